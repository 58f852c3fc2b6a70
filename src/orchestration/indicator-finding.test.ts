import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { MatchedIndicator } from '../contracts/threat.ts';
import { indicatorFinding } from './indicator-finding.ts';

const event: SecurityEvent = {
  event_id: 'e',
  timestamp: '2026-01-01T00:00:00Z',
  source: 's',
  event_type: 'network_flow',
  source_ip: '10.0.0.5',
  destination_ip: '203.0.113.9',
  payload: {},
  context: {},
};
const match = (entity: string, change: Partial<MatchedIndicator> = {}): MatchedIndicator => ({
  type: 'ip',
  value: entity,
  entity,
  confidence: 0.9,
  source: 'feed',
  ...change,
});

describe('an indicator in an event', () => {
  it('that something of ours reaches out to makes the far end the attacker (T1071)', () => {
    const { finding, roles } = indicatorFinding(event, [match('203.0.113.9')]);
    expect(finding).toMatchObject({ severity: 'high', confidence: 0.9, mitre_techniques: ['T1071'] });
    expect(roles).toEqual({ attacker: '203.0.113.9', target: '10.0.0.5' });
  });

  it('that knocks from outside is less sure (T1595)', () => {
    const { finding, roles } = indicatorFinding(
      { ...event, source_ip: '198.51.100.7', destination_ip: '10.0.0.5' },
      [match('198.51.100.7', { type: 'cidr', value: '198.51.100.0/24' })],
    );
    expect(finding.severity).toBe('medium');
    expect(finding.confidence).toBeCloseTo(0.72);
    expect(finding.mitre_techniques).toEqual(['T1595']);
    expect(roles.attacker).toBe('198.51.100.7');
  });

  it('that is a name makes the name the attacker, not the resolver that was asked', () => {
    const query = { ...event, event_type: 'dns_query', destination_ip: '10.0.0.53' };
    const { finding, roles } = indicatorFinding(query, [
      match('evil.example', { type: 'domain', confidence: 0.6 }),
    ]);
    expect(finding.severity).toBe('medium');
    expect(roles).toEqual({ attacker: 'evil.example', target: '10.0.0.5' });
  });

  it('that is a file leaves the roles as they are (T1204)', () => {
    const { finding, roles } = indicatorFinding(event, [
      match('abc', { type: 'hash' }),
      match('x', { confidence: 0.1 }),
    ]);
    expect(finding.mitre_techniques).toEqual(['T1204']);
    expect(roles).toEqual({ attacker: '10.0.0.5', target: '203.0.113.9' });
  });
});
