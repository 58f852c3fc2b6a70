import type { Detection, Finding } from '../../contracts/detection.ts';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { leadingFinding } from '../verdict.ts';
import { attacksOf } from './attacks.ts';
import { evidenceOf, observablesOf } from './evidences.ts';
import { levelsOf } from './levels.ts';
import type { OcsfAnalytic, OcsfDetectionFinding, OcsfEvidence } from './schema.ts';

/** Events and matched fields told of; a flood of them is in the ledger, under the finding's id. */
const maxTold = 100;
const maxText = 4096;

/**
 * A detection as an OCSF Detection Finding. Pure: the same detection gives the same finding.
 *
 * `time` is the time of the event, as a detection is made as soon as its event is seen and carries no other.
 *
 * @param event the event it is on; without it the finding has no evidence but the matched fields
 */
export function toDetectionFinding(
  detection: Detection,
  event: SecurityEvent | null,
  product: { readonly version: string },
): OcsfDetectionFinding {
  const { findings } = detection;
  const [first, ...others] = findings;
  const lead = first === undefined ? null : leadingFinding([first, ...others]);
  const title = capped(lead?.title ?? 'Detection');
  const timeMs = Date.parse(detection.timestamp);
  const attacks = attacksOf(detection.mitre_techniques);
  const relatedIds = [
    ...new Set([detection.event_id, ...findings.flatMap((finding) => finding.evidence_event_ids)]),
  ];
  const evidence = evidenceFor(findings, event);
  const observables = event === null ? [] : observablesOf(event);
  const related = findings.filter((finding) => finding !== lead);
  const link = lead?.reference ?? findings.find(({ reference }) => reference !== undefined)?.reference;
  return {
    activity_id: 1,
    activity_name: 'Create',
    category_uid: 2,
    category_name: 'Findings',
    class_uid: 2004,
    class_name: 'Detection Finding',
    type_uid: 200401,
    type_name: 'Detection Finding: Create',
    time: timeMs,
    start_time: timeMs,
    end_time: timeMs,
    ...levelsOf(detection.severity, detection.confidence),
    status_id: 1,
    status: 'New',
    is_alert: detection.is_threat,
    message: capped(lead?.reason ?? title),
    metadata: {
      version: '1.5.0',
      uid: detection.detection_id,
      correlation_uid: detection.threat_id,
      event_code: lead?.detector_id ?? 'detection',
      log_name: 'defense.detections',
      profiles: [],
      product: { name: 'Vértice', vendor_name: 'Vértice', version: product.version },
    },
    finding_info: {
      uid: detection.detection_id,
      title,
      desc: capped(findings.map((finding) => finding.reason).join('\n')),
      types: [...new Set(findings.map((finding) => kindOf(finding.detector_id)))],
      created_time: timeMs,
      first_seen_time: timeMs,
      last_seen_time: timeMs,
      analytic:
        lead === null ? { uid: 'detection', name: title, type_id: 99, type: 'Other' } : analyticOf(lead),
      ...(related.length === 0 ? {} : { related_analytics: related.map(analyticOf) }),
      ...(attacks.length === 0 ? {} : { attacks }),
      ...(event === null ? {} : { data_sources: [event.source] }),
      related_events: relatedIds.slice(0, maxTold).map((uid) => ({
        uid,
        ...(event !== null && uid === event.event_id ? { type: event.event_type } : {}),
      })),
      related_events_count: relatedIds.length,
      ...(isLink(link) ? { src_url: link } : {}),
    },
    ...(evidence === null ? {} : { evidences: [evidence] }),
    ...(observables.length === 0 ? {} : { observables }),
    unmapped: {
      attacker: detection.attacker,
      target: detection.target,
      is_threat: detection.is_threat,
      confidence: detection.confidence,
      rules: findings.map(({ detector_id, author, license, reference }) => ({
        detector_id,
        ...(author === undefined ? {} : { author }),
        ...(license === undefined ? {} : { license }),
        ...(reference === undefined ? {} : { reference }),
      })),
    },
  };
}

/** Null when nothing is known: OCSF asks for at least one artifact. */
function evidenceFor(findings: readonly Finding[], event: SecurityEvent | null): OcsfEvidence | null {
  const matched = findings
    .flatMap(({ detector_id, matched_fields = [] }) =>
      matched_fields.map(({ field, value }) => ({ detector_id, field, value })),
    )
    .slice(0, maxTold);
  const { entities } = event?.context ?? {};
  const data = {
    ...(matched.length === 0 ? {} : { matched_fields: matched }),
    ...(entities === undefined ? {} : entities),
  };
  const isEmpty = Object.keys(data).length === 0;
  if (event === null) return isEmpty ? null : { data };
  const evidence = evidenceOf(event);
  if (!isEmpty) return { ...evidence, data };
  const { uid: _uid, name: _name, ...artifacts } = evidence;
  return Object.keys(artifacts).length === 0 ? null : evidence;
}

function analyticOf({ detector_id, title }: Finding): OcsfAnalytic {
  const kind = kindOf(detector_id);
  const type =
    kind === 'sentinel' || kind === 'model'
      ? ({ type_id: 4, type: 'Learning (ML/DL)' } as const)
      : ({ type_id: 1, type: 'Rule' } as const);
  return { uid: detector_id, name: capped(title), ...type };
}

/** The detector's family: what stands before the colon. */
function kindOf(detectorId: string): string {
  return detectorId.split(':', 1)[0] ?? detectorId;
}

function isLink(link: string | undefined): link is string {
  return link !== undefined && /^https?:\/\//i.test(link) && URL.canParse(link);
}

function capped(text: string): string {
  return text.length <= maxText ? text : text.slice(0, maxText);
}
