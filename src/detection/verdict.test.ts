import { describe, expect, it } from 'vitest';
import type { Finding } from '../contracts/detection.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { judge, rolesOf } from './verdict.ts';

const event: SecurityEvent = {
  event_id: 'e1',
  timestamp: '2026-01-01T00:00:00Z',
  source: 's',
  event_type: 't',
  source_ip: '192.0.2.1',
  destination_ip: '192.0.2.2',
  payload: {},
  context: { host: 'h' },
};

function finding(change: Partial<Finding>): Finding {
  return {
    detector_id: 'd',
    title: 't',
    reason: 'r',
    severity: 'low',
    confidence: 0.4,
    mitre_techniques: [],
    evidence_event_ids: ['e1'],
    ...change,
  };
}

describe('the verdict on an event', () => {
  it('is one detection with the highest severity and confidence of its findings', () => {
    const detection = judge(
      event,
      [
        finding({ mitre_techniques: ['T1046'], confidence: 0.9 }),
        finding({ severity: 'high', mitre_techniques: ['T1110.001'], confidence: 0.6 }),
        finding({ severity: 'high', mitre_techniques: ['T1078'], confidence: 0.7 }),
      ],
      rolesOf(event),
      0.5,
    );
    expect(detection).toMatchObject({
      severity: 'high',
      confidence: 0.9,
      is_threat: true,
      attacker: '192.0.2.1',
    });
    expect(detection.mitre_techniques).toEqual(['T1078', 'T1046', 'T1110.001']);
  });

  it('has the same id each time', () => {
    const once = judge(event, [finding({})], rolesOf(event), 0.5);
    const again = judge(event, [finding({ severity: 'high' })], rolesOf(event), 0.5);
    expect(again.detection_id).toBe(once.detection_id);
  });

  it('is no threat below the minimum confidence', () => {
    expect(judge(event, [finding({})], rolesOf(event), 0.5).is_threat).toBe(false);
  });

  it('aims at the destination, else at the machine, else at nothing known', () => {
    const { destination_ip: _, ...local } = event;
    expect(rolesOf(event).target).toBe('192.0.2.2');
    expect(rolesOf(local).target).toBe('h');
    expect(rolesOf({ ...local, context: {} }).target).toBe('-');
  });
});
