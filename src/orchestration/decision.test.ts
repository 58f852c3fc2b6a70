import { describe, expect, it } from 'vitest';
import type { Threat } from '../contracts/threat.ts';
import { threatFrom } from './aggregation.ts';
import { decide } from './decision.ts';

const thresholds = { minThreatConfidence: 0.5, autoResponseThreshold: 0.8 };

function threat(confidence: number, change: Partial<Threat> = {}): Threat {
  return {
    ...threatFrom({
      detection_id: 'det_1',
      event_id: 'e1',
      is_threat: true,
      confidence,
      severity: 'high',
      mitre_techniques: [],
      timestamp: '2026-01-01T00:00:00Z',
      attacker: 'a',
      target: 't',
      findings: [],
    }),
    ...change,
  };
}

describe('the decision on a threat', () => {
  it.each([
    [0.49, 'observe'],
    [0.5, 'ask'],
    [0.79, 'ask'],
    [0.8, 'respond'],
    [1, 'respond'],
  ])('at confidence %d is to %s', (confidence, verdict) => {
    expect(decide(threat(confidence), 'p', thresholds).verdict).toBe(verdict);
  });

  it('is to ask when no playbook is made for it, however sure it is', () => {
    expect(decide(threat(1), null, thresholds)).toMatchObject({ verdict: 'ask', playbook_id: null });
    expect(decide(threat(1, { ttps: ['T1046'] }), null, thresholds).reason).toContain('T1046');
  });

  it("keeps a person's yes", () => {
    const decision = {
      verdict: 'respond' as const,
      playbook_id: 'p',
      reason: 'Approved by ana.',
      approved_by: 'ana',
    };
    expect(decide(threat(0.6, { decision }), 'q', thresholds)).toEqual(decision);
  });
});
