import type { Detection, Finding } from '../contracts/detection.ts';
import { entityKey, type SecurityEvent } from '../contracts/security-event.ts';
import { severityRank } from '../contracts/severity.ts';
import { deterministicId } from '../ids.ts';

/** Who did it to whom, when it is not simply the event's source to its destination. */
export interface Roles {
  readonly attacker: string;
  readonly target: string;
}

/** Source to destination, falling back on the machine the event was seen on. */
export function rolesOf(event: SecurityEvent): Roles {
  const attacker = entityKey(event);
  const target = event.destination_ip ?? event.context.host ?? '-';
  return { attacker, target };
}

/** The weightiest finding: by severity, then by confidence, then by order. */
export function leadingFinding(findings: readonly [Finding, ...Finding[]]): Finding {
  return findings.reduce((best, finding) => {
    const byRank = severityRank(finding.severity) - severityRank(best.severity);
    return byRank > 0 || (byRank === 0 && finding.confidence > best.confidence) ? finding : best;
  }, findings[0]);
}

/**
 * All findings on one event as one Detection, without its threat. Severity and confidence are the highest of
 * the findings: detectors look at the same event, so their doubts are not independent and do not multiply.
 */
export function judge(
  event: SecurityEvent,
  findings: readonly [Finding, ...Finding[]],
  roles: Roles,
  minThreatConfidence: number,
): Omit<Detection, 'threat_id'> {
  const lead = leadingFinding(findings);
  const confidence = Math.max(...findings.map((finding) => finding.confidence));
  const techniques = new Set(lead.mitre_techniques);
  for (const finding of findings) for (const id of finding.mitre_techniques) techniques.add(id);
  return {
    detection_id: deterministicId('det', event.event_id),
    event_id: event.event_id,
    is_threat: confidence >= minThreatConfidence,
    confidence,
    severity: lead.severity,
    mitre_techniques: [...techniques],
    timestamp: event.timestamp,
    attacker: roles.attacker,
    target: roles.target,
    findings: [...findings],
  };
}
