import { type Severity, severityRank, severityScore } from '../../contracts/severity.ts';
import type { OcsfDetectionFinding } from './schema.ts';

type Levels = Pick<
  OcsfDetectionFinding,
  | 'severity_id'
  | 'severity'
  | 'confidence_id'
  | 'confidence'
  | 'confidence_score'
  | 'risk_level_id'
  | 'risk_level'
  | 'risk_score'
>;

const severityCaptions = ['Informational', 'Low', 'Medium', 'High', 'Critical'] as const;
const riskCaptions = ['Info', 'Low', 'Medium', 'High', 'Critical'] as const;

/** Where each level of risk begins, 0..100: where the severities do. */
const riskFloors = [0, 25, 50, 75, 95];

/**
 * How bad, how sure, and both together. Risk is severity times confidence (impact times likelihood, NIST SP 800-30), on
 * the scale of `threat.enriched` times ten.
 */
export function levelsOf(severity: Severity, confidence: number): Levels {
  const rank = severityRank(severity);
  const sure = Math.min(1, Math.max(0, confidence));
  const riskScore = Math.round(severityScore[severity] * 10 * sure);
  const riskLevel = riskFloors.findLastIndex((floor) => riskScore >= floor);
  return {
    severity_id: rank + 1,
    severity: severityCaptions[rank] ?? 'Informational',
    ...certainty(sure),
    confidence_score: Math.round(sure * 100),
    risk_level_id: riskLevel,
    risk_level: riskCaptions[riskLevel] ?? 'Info',
    risk_score: riskScore,
  };
}

/** OCSF names three levels and gives no bounds; ours part the scale in equal shares. */
function certainty(confidence: number): Pick<Levels, 'confidence_id' | 'confidence'> {
  if (confidence >= 2 / 3) return { confidence_id: 3, confidence: 'High' };
  if (confidence >= 1 / 3) return { confidence_id: 2, confidence: 'Medium' };
  return { confidence_id: 1, confidence: 'Low' };
}
