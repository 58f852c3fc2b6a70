import type { Finding } from '../../contracts/detection.ts';
import type { Severity } from '../../contracts/severity.ts';
import type { MatchedField } from './engine.ts';
import type { LoadedRule, SigmaLevel } from './rule.ts';

const severities: Readonly<Record<SigmaLevel, Severity>> = {
  informational: 'info',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

/**
 * How sure a hit is, from what its author says: Sigma defines `high` as to be looked at promptly and `critical` as
 * to be looked at immediately, `medium` as one to review, `low` and `informational` as context.
 */
const confidenceByLevel: Readonly<Record<SigmaLevel, number>> = {
  informational: 0.1,
  low: 0.3,
  medium: 0.5,
  high: 0.75,
  critical: 0.9,
};

/** What the rule's maturity adds: a stable rule has been in use without complaints for a year. */
const confidenceByStatus: ReadonlyMap<string, number> = new Map([
  ['stable', 0.05],
  ['test', 0],
  ['experimental', -0.05],
  ['deprecated', -0.15],
  ['unsupported', -0.15],
]);

const MAX_FIELDS_TOLD = 4;

/** A hit as a finding: with the rule's author, licence and link, as the Detection Rule License 1.1 asks. */
export function findingOfRule(
  rule: LoadedRule,
  evidenceEventIds: readonly string[],
  fields: readonly MatchedField[],
): Finding {
  const told = fields.slice(0, MAX_FIELDS_TOLD).map(({ field, value }) => `${field} = ${value}`);
  const kind = rule.kind === 'correlation' ? 'Correlation' : 'Sigma rule';
  const reference = rule.references[0];
  return {
    detector_id: `sigma:${rule.id}`,
    title: rule.title,
    reason: `${kind} “${rule.title}”${told.length > 0 ? `: ${told.join(', ')}` : ' matched'}.`,
    severity: severities[rule.level],
    confidence: confidenceOf(rule),
    mitre_techniques: [...rule.techniques],
    evidence_event_ids: [...evidenceEventIds],
    ...(fields.length > 0 ? { matched_fields: fields.map((one) => ({ ...one })) } : {}),
    ...(rule.author === null ? {} : { author: rule.author }),
    ...(rule.license === null ? {} : { license: rule.license }),
    ...(reference === undefined ? {} : { reference }),
  };
}

function confidenceOf(rule: LoadedRule): number {
  const change = confidenceByStatus.get(rule.status ?? '') ?? 0;
  return Math.round((confidenceByLevel[rule.level] + change) * 100) / 100;
}
