import type { Decision, Threat } from '../contracts/threat.ts';

export interface DecisionThresholds {
  /** Below it a Threat is observed only, 0..1. */
  readonly minThreatConfidence: number;
  /** From it on a Threat is contained without asking, 0..1. */
  readonly autoResponseThreshold: number;
}

/**
 * What to do about a Threat. A person's yes stands; otherwise confidence decides, and only a Threat that a
 * playbook is made for is ever acted upon. The deterministic analysis may make it surer; what a language model
 * makes of it can bring it before a person, and no further.
 */
export function decide(threat: Threat, playbookId: string | null, thresholds: DecisionThresholds): Decision {
  if (threat.decision?.approved_by !== undefined) return threat.decision;
  const { minThreatConfidence, autoResponseThreshold } = thresholds;
  const confidence = Math.max(threat.confidence, threat.analysis?.floor.confidence ?? 0);
  const told = confidence.toFixed(2);
  if (confidence < minThreatConfidence) {
    const analysis = threat.analysis;
    if (analysis?.analyst === 'llm' && analysis.is_threat && analysis.confidence >= minThreatConfidence) {
      return {
        verdict: 'ask',
        playbook_id: playbookId,
        reason:
          `Rules alone reach confidence ${told}; a language model holds it for a threat with ` +
          `${analysis.confidence.toFixed(2)}: a person must look.`,
      };
    }
    return {
      verdict: 'observe',
      playbook_id: playbookId,
      reason: `Confidence ${told} is below MIN_THREAT_CONFIDENCE ${minThreatConfidence}.`,
    };
  }
  if (playbookId === null) {
    return {
      verdict: 'ask',
      playbook_id: null,
      reason: `No playbook is routed to ${threat.ttps.join(', ') || 'its techniques'}: a person must look.`,
    };
  }
  if (confidence < autoResponseThreshold) {
    return {
      verdict: 'ask',
      playbook_id: playbookId,
      reason: `Confidence ${told} is below AUTO_RESPONSE_THRESHOLD ${autoResponseThreshold}: a person must say yes.`,
    };
  }
  return {
    verdict: 'respond',
    playbook_id: playbookId,
    reason: `Confidence ${told} reaches AUTO_RESPONSE_THRESHOLD ${autoResponseThreshold}.`,
  };
}
