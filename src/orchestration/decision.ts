import type { Decision, Threat } from '../contracts/threat.ts';

export interface DecisionThresholds {
  /** Below it a Threat is observed only, 0..1. */
  readonly minThreatConfidence: number;
  /** From it on a Threat is contained without asking, 0..1. */
  readonly autoResponseThreshold: number;
}

/**
 * What to do about a Threat. A person's yes stands; otherwise confidence decides, and only a Threat that a
 * playbook is made for is ever acted upon.
 */
export function decide(threat: Threat, playbookId: string | null, thresholds: DecisionThresholds): Decision {
  if (threat.decision?.approved_by !== undefined) return threat.decision;
  const confidence = threat.confidence.toFixed(2);
  if (threat.confidence < thresholds.minThreatConfidence) {
    return {
      verdict: 'observe',
      playbook_id: playbookId,
      reason: `Confidence ${confidence} is below MIN_THREAT_CONFIDENCE ${thresholds.minThreatConfidence}.`,
    };
  }
  if (playbookId === null) {
    return {
      verdict: 'ask',
      playbook_id: null,
      reason: `No playbook is routed to ${threat.ttps.join(', ') || 'its techniques'}: a person must look.`,
    };
  }
  if (threat.confidence < thresholds.autoResponseThreshold) {
    return {
      verdict: 'ask',
      playbook_id: playbookId,
      reason: `Confidence ${confidence} is below AUTO_RESPONSE_THRESHOLD ${thresholds.autoResponseThreshold}: a person must say yes.`,
    };
  }
  return {
    verdict: 'respond',
    playbook_id: playbookId,
    reason: `Confidence ${confidence} reaches AUTO_RESPONSE_THRESHOLD ${thresholds.autoResponseThreshold}.`,
  };
}
