import type { Analysis } from '../../contracts/analysis.ts';
import { severities, severityRank } from '../../contracts/severity.ts';

const MAX_TECHNIQUES = 50;

/**
 * What a model made of a Threat, held against a deterministic verdict that is not the one it was shown: the Threat has
 * grown meanwhile. Nothing falls below `floor`, and nothing the model has raised is lost.
 */
export function raised(floor: Analysis, amended: Analysis): Analysis {
  if (amended.analyst !== 'llm') return floor;
  const techniques = new Map(floor.techniques.map((one) => [one.technique, one]));
  for (const one of amended.techniques)
    if (!techniques.has(one.technique)) techniques.set(one.technique, one);
  const rank = Math.max(severityRank(floor.severity), severityRank(amended.severity));
  return {
    ...amended,
    is_threat: floor.is_threat || amended.is_threat,
    severity: severities[rank] ?? floor.severity,
    confidence: Math.max(floor.confidence, amended.confidence),
    techniques: [...techniques.values()].slice(0, MAX_TECHNIQUES),
    false_positive_likelihood: Math.min(floor.false_positive_likelihood, amended.false_positive_likelihood),
    floor: floor.floor,
  };
}
