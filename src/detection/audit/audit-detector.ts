import type { Finding } from '../../contracts/detection.ts';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { type Severity, severities, severityRank } from '../../contracts/severity.ts';
import type { Detector } from '../detector.ts';
import { type Observed, observe } from './assess.ts';
import { type IncidentClass, type IncidentClassId, incidentClasses } from './classes.ts';
import { describeEvidence } from './explain.ts';
import { vendorLevel } from './vendor-level.ts';
import { calibratedWeights, probability, type Weights } from './weigh.ts';

/** Formats whose records are audit logs, vendor alerts or other JSON that no sensor of ours reads. */
const auditFormats: ReadonlySet<string> = new Set(['generic-json', 'cloudtrail']);

/** Reasons name at most so many pieces of evidence for and against. */
const maxFor = 5;
const maxAgainst = 3;
/** Evidence below this log-odds is not worth a word. */
const worthNaming = 0.25;

/**
 * Judges records of cloud and SaaS audit trails one by one: what was done, to what, by whom, and whether it took
 * effect, weighed as log-odds. Keeps no state. A finding's confidence is the probability that the record is
 * suspicious, so that 0.5 is the line; nothing below it is reported.
 */
export function createAuditDetector(weights: Weights = calibratedWeights()): Detector {
  function inspect(event: SecurityEvent, _timeMs: number, findings: Finding[]): void {
    if (!auditFormats.has(event.context.format ?? '')) return;
    const finding = judge(event, weights);
    if (finding !== null) findings.push(finding);
  }
  return {
    id: 'audit',
    title: 'Audit-log analyst',
    windowMs: 0,
    eventTypes: null,
    open: () => ({ inspect }),
  };
}

function judge(event: SecurityEvent, weights: Weights): Finding | null {
  const observed = observe(event.payload);
  const confidence = probability(observed.evidence, weights);
  if (!(confidence >= 0.5)) return null;
  const incident = incidentOf(observed, weights);
  return {
    detector_id: 'audit',
    title: incident.title,
    reason: reasonFor(observed, weights),
    severity: severityOf(observed, incident, confidence),
    confidence: Math.min(0.99, Math.round(confidence * 1000) / 1000),
    mitre_techniques: [...incident.techniques],
    evidence_event_ids: [event.event_id],
    matched_fields: matchedFields(observed),
  };
}

/** The class of the heaviest evidence that names one. */
function incidentOf(observed: Observed, weights: Weights): IncidentClass {
  let best: IncidentClassId = 'admin-change';
  let heaviest = Number.NEGATIVE_INFINITY;
  for (const { id, incident } of observed.evidence) {
    const weight = weights.of(id);
    if (incident !== null && weight > heaviest) {
      best = incident;
      heaviest = weight;
    }
  }
  return incidentClasses[best];
}

function reasonFor(observed: Observed, weights: Weights): string {
  const weighed = observed.evidence
    .map((item) => ({ item, weight: weights.of(item.id) }))
    .sort((a, b) => b.weight - a.weight);
  const raised = weighed.filter(({ weight }) => weight >= worthNaming).slice(0, maxFor);
  const lowered = weighed.filter(({ weight }) => weight <= -worthNaming).slice(-maxAgainst);
  const name = ({ item, weight }: (typeof weighed)[number]): string =>
    `${describeEvidence(item)} ${weight > 0 ? '+' : '−'}${Math.abs(weight).toFixed(1)}`;
  const against = lowered.length === 0 ? '' : ` Against it: ${lowered.map(name).join('; ')}.`;
  return `Log-odds for it: ${raised.map(name).join('; ') || 'the product’s ordinary rate'}.${against}`;
}

/** The class's severity; a vendor's own where it raises an alert; one step lower while doubtful. */
function severityOf(observed: Observed, incident: IncidentClass, confidence: number): Severity {
  const vendor = observed.evidence.some((item) => item.id === 'alert:is-alert')
    ? vendorLevel(observed.event.record)
    : null;
  const base =
    vendor !== null && severityRank(vendor) > severityRank(incident.severity) ? vendor : incident.severity;
  const rank = severityRank(base) - (confidence < 0.65 ? 1 : 0);
  return severities[Math.max(severityRank('low'), rank)] ?? base;
}

function matchedFields({ event }: Observed): { field: string; value: string }[] {
  const fields = [
    { field: 'action', value: event.action },
    { field: 'actor', value: event.actor },
    { field: 'source', value: event.sourceAddress },
    { field: 'outcome', value: event.outcome },
  ];
  return fields
    .filter(({ value }) => value !== '' && value !== 'unknown')
    .map(({ field, value }) => ({ field, value: value.slice(0, 256) }));
}
