import { describe, expect, it } from 'vitest';
import type { Detection } from '../contracts/detection.ts';
import { Aggregation, aggregationTechnique } from './aggregation.ts';

let serial = 0;
const startMs = Date.parse('2026-01-01T00:00:00Z');

function detection(atMs: number, change: Partial<Detection> = {}): Omit<Detection, 'threat_id'> {
  return {
    detection_id: `det_${++serial}`,
    event_id: `e${serial}`,
    is_threat: true,
    confidence: 0.8,
    severity: 'medium',
    mitre_techniques: ['T1110.001', 'T1110'],
    timestamp: new Date(startMs + atMs).toISOString(),
    attacker: '198.51.100.7',
    target: 'web',
    findings: [],
    ...change,
  };
}

describe('aggregation', () => {
  it('makes one threat of what one attacker does to one target by one technique', () => {
    const open = new Aggregation(60_000);
    const first = open.add(detection(0), startMs);
    const second = open.add(
      detection(1_000, { confidence: 0.9, severity: 'critical', mitre_techniques: ['T1110', 'T1078'] }),
      startMs + 1_000,
    );
    expect(second.threat_id).toBe(first.threat_id);
    expect(second).toMatchObject({ version: 2, detection_count: 2, confidence: 0.9, detected_severity: 9.5 });
    expect(second.ttps).toEqual(['T1110.001', 'T1110', 'T1078']);
    expect(second.first_seen).toBe(first.first_seen);
  });

  it.each([
    ['another attacker', { attacker: '192.0.2.1' }],
    ['another target', { target: 'db' }],
    ['another technique', { mitre_techniques: ['T1046'] }],
  ])('makes another threat of %s', (_, change) => {
    const open = new Aggregation(60_000);
    const first = open.add(detection(0), startMs);
    expect(open.add(detection(1, change), startMs + 1).threat_id).not.toBe(first.threat_id);
  });

  it('slides: a threat goes on as long as no gap is longer than the window', () => {
    const open = new Aggregation(60_000);
    const first = open.add(detection(0), startMs);
    let last = first;
    for (let minute = 1; minute <= 10; minute++) {
      last = open.add(detection(minute * 50_000), startMs + minute * 50_000);
    }
    expect(last.threat_id).toBe(first.threat_id);
    const later = open.add(detection(700_000), startMs + 700_000);
    expect(later.threat_id).not.toBe(first.threat_id);
  });

  it('never lowers what was known, and takes late detections in', () => {
    const open = new Aggregation(60_000);
    open.add(detection(30_000, { severity: 'high', confidence: 0.9 }), startMs + 30_000);
    const late = open.add(detection(0, { severity: 'low', confidence: 0.3 }), startMs);
    expect(late).toMatchObject({ detected_severity: 7.5, confidence: 0.9 });
    expect(late.first_seen).toBe('2026-01-01T00:00:00.000Z');
    expect(late.last_seen).toBe('2026-01-01T00:00:30.000Z');
  });

  it('goes on with the threats of the ledger after a restart', () => {
    const before = new Aggregation(60_000);
    const threat = before.add(detection(0), startMs);
    const after = new Aggregation(60_000);
    after.resume(threat);
    after.resume({ ...threat, threat_id: 'older', last_seen: '2025-12-31T23:59:59Z' });
    expect(after.add(detection(1_000), startMs + 1_000)).toMatchObject({
      threat_id: threat.threat_id,
      version: 2,
    });
  });

  it('forgets what nothing can join any more, and stays within its bound', () => {
    const open = new Aggregation(60_000, 3);
    for (let index = 0; index < 5; index++)
      open.add(detection(index, { target: `t${index}` }), startMs + index);
    expect(open.size).toBe(3);
    open.expire(startMs + 1_000);
    expect(open.size).toBe(3);
    open.expire(startMs + 100_000);
    expect(open.size).toBe(0);
  });

  it('is by the parent technique', () => {
    expect(aggregationTechnique(['T1110.001'])).toBe('T1110');
    expect(aggregationTechnique([])).toBe('unknown');
  });
});
