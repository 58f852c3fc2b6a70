import type { Detection, Finding } from '../../contracts/detection.ts';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { type Severity, severityRank } from '../../contracts/severity.ts';
import type { MatchedIndicator, Threat } from '../../contracts/threat.ts';
import { type CaseField, fieldsOf } from './case-fields.ts';
import { chosen } from './case-selection.ts';
import { neutralised } from './text.ts';

/** A finding without what the Sentinel does not weigh. Texts are bounded and hold nothing invisible. */
export interface CaseFinding {
  readonly detectorId: string;
  readonly title: string;
  readonly reason: string;
  readonly severity: Severity;
  /** 0..1. */
  readonly confidence: number;
  readonly techniques: readonly string[];
}

/** One event with what was found in it. */
export interface CaseEntry {
  readonly eventId: string;
  /** Event time, RFC 3339. */
  readonly timestamp: string;
  /** Sensor. */
  readonly source: string;
  readonly eventType: string;
  readonly fields: readonly CaseField[];
  readonly findings: readonly CaseFinding[];
}

export const criticalities = ['low', 'normal', 'high', 'critical'] as const;
export type Criticality = (typeof criticalities)[number];

/** What we know of the machine that was aimed at. Written by its owner, never by the stream. */
export interface Asset {
  /** Address or host name. */
  readonly name: string;
  readonly role?: string;
  readonly criticality?: Criticality;
}

export interface CaseHistory {
  /** Threats of the same attacker before this one. */
  readonly earlierThreats: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** All detections of the Threat, shown here or not. */
  readonly detectionCount: number;
}

/** All the Sentinel is shown of one Threat: bounded, typed, oldest first. */
export interface Case {
  readonly attacker: string;
  readonly target: string;
  readonly entries: readonly CaseEntry[];
  readonly indicators: readonly MatchedIndicator[];
  readonly asset: Asset | null;
  readonly history: CaseHistory;
}

/** What enrichment knows that bears on a case. */
export interface CaseEnrichment {
  readonly indicators: readonly MatchedIndicator[];
  /** Threats of the same attacker before this one. */
  readonly earlierThreats: number;
}

/** Bounds of a case, whatever the stream says. What of it goes into a prompt has a bound of its own (`prompt.ts`). */
export const caseBounds = {
  entries: 24,
  findingsPerEntry: 6,
  techniquesPerFinding: 8,
  indicators: 12,
  titleChars: 200,
  reasonChars: 300,
  nameChars: 128,
  /** Of all field values together; what comes later in the timeline goes without fields. */
  fieldChars: 24_000,
} as const;

/**
 * The case of a Threat from what the ledger holds about it. Pure: the same rows give the same case in whatever order
 * they come. An event that is missing leaves its detection in the timeline without fields.
 */
export function caseOf(
  threat: Threat,
  detections: readonly Detection[],
  events: readonly SecurityEvent[],
  enrichment: CaseEnrichment,
  asset: Asset | null,
): Case {
  const eventsById = new Map(events.map((event) => [event.event_id, event]));
  const unique = new Map(detections.map((detection) => [detection.detection_id, detection]));
  const timeline = chosen([...unique.values()], caseBounds.entries);
  let room: number = caseBounds.fieldChars;
  const entries = timeline.map((detection): CaseEntry => {
    const event = eventsById.get(detection.event_id);
    const fields = event === undefined ? [] : fieldsOf(event, detection.findings, room);
    for (const { name, value } of fields) room -= name.length + String(value).length;
    return {
      eventId: detection.event_id,
      timestamp: detection.timestamp,
      source: neutralised(event?.source ?? 'unknown', caseBounds.nameChars),
      eventType: neutralised(event?.event_type ?? 'unknown', caseBounds.nameChars),
      fields,
      findings: caseFindings(detection.findings),
    };
  });
  return {
    attacker: neutralised(threat.attacker, caseBounds.nameChars),
    target: neutralised(threat.target, caseBounds.nameChars),
    entries,
    indicators: [...enrichment.indicators]
      .sort((a, b) => b.confidence - a.confidence || order(a.value, b.value) || order(a.source, b.source))
      .slice(0, caseBounds.indicators),
    asset,
    history: {
      earlierThreats: enrichment.earlierThreats,
      firstSeen: threat.first_seen,
      lastSeen: threat.last_seen,
      detectionCount: threat.detection_count,
    },
  };
}

function caseFindings(findings: readonly Finding[]): CaseFinding[] {
  return strongestFirst(findings)
    .slice(0, caseBounds.findingsPerEntry)
    .map((finding) => ({
      detectorId: neutralised(finding.detector_id, caseBounds.nameChars),
      title: neutralised(finding.title, caseBounds.titleChars),
      reason: neutralised(finding.reason, caseBounds.reasonChars),
      severity: finding.severity,
      confidence: finding.confidence,
      techniques: finding.mitre_techniques.slice(0, caseBounds.techniquesPerFinding),
    }));
}

function strongestFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severityRank(b.severity) - severityRank(a.severity) ||
      b.confidence - a.confidence ||
      order(a.detector_id, b.detector_id),
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
