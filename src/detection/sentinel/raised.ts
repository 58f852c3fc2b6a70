import type { Analysis } from '../../contracts/analysis.ts';
import { severities, severityRank } from '../../contracts/severity.ts';
import { added, addedPart, higher, isSuggested, mergedMoves, united } from './merge.ts';

const MAX_TECHNIQUES = 50;

/**
 * What a model made of a Threat, held against a deterministic verdict that is not the one it was shown: the Threat has
 * grown meanwhile. Nothing falls below `floor`, which tells the newer story, and nothing the model has added is lost.
 */
export function raised(floor: Analysis, amended: Analysis): Analysis {
  if (amended.analyst !== 'llm') return floor;
  const techniques = new Map(floor.techniques.map((one) => [one.technique, one]));
  for (const one of amended.techniques)
    if (!techniques.has(one.technique)) techniques.set(one.technique, one);
  const rank = Math.max(severityRank(floor.severity), severityRank(amended.severity));
  const [ours, theirs] = [floor.attacker_profile, amended.attacker_profile];
  return {
    ...amended,
    is_threat: floor.is_threat || amended.is_threat,
    severity: severities[rank] ?? floor.severity,
    confidence: Math.max(floor.confidence, amended.confidence),
    techniques: [...techniques.values()].slice(0, MAX_TECHNIQUES),
    description: added(floor.description, addedPart(amended.description), 2000),
    recommended_actions: united(
      floor.recommended_actions,
      amended.recommended_actions.filter(isSuggested),
      20,
      500,
    ),
    attacker_profile: {
      sophistication: higher(ours.sophistication, theirs.sophistication),
      tools: united(ours.tools, theirs.tools, 20, 200),
      objectives: united(ours.objectives, theirs.objectives, 10, 300),
      next_moves: mergedMoves(ours.next_moves, theirs.next_moves),
    },
    reasoning: added(floor.reasoning, addedPart(amended.reasoning), 4000),
    false_positive_likelihood: Math.min(floor.false_positive_likelihood, amended.false_positive_likelihood),
    floor: floor.floor,
  };
}
