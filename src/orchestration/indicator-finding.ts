import type { Finding } from '../contracts/detection.ts';
import { entityKey, type SecurityEvent } from '../contracts/security-event.ts';
import type { Severity } from '../contracts/severity.ts';
import type { MatchedIndicator } from '../contracts/threat.ts';
import { type Roles, rolesOf } from '../detection/verdict.ts';

/**
 * What an indicator in an event means. Something of ours that reaches out to a listed address, name or URL
 * (T1071) is worse than a listed address that knocks (T1595), for which the whole Internet is knocked on.
 */
export function indicatorFinding(
  event: SecurityEvent,
  matches: readonly MatchedIndicator[],
): { finding: Finding; roles: Roles } {
  const best = matches.reduce((a, b) => (b.confidence > a.confidence ? b : a));
  const isInbound = matches.every((match) => match.entity === event.source_ip);
  const severity: Severity = isInbound ? 'medium' : best.confidence >= 0.7 ? 'high' : 'medium';
  const names = matches.map((match) => `${match.value} (${match.source})`).join(', ');
  return {
    finding: {
      detector_id: 'indicator_match',
      title: isInbound ? 'Activity from a listed address' : 'Contact with a listed address, name or file',
      reason: `On an indicator list: ${names}.`.slice(0, 1024),
      severity,
      confidence: isInbound ? best.confidence * 0.8 : best.confidence,
      mitre_techniques: [isInbound ? 'T1595' : best.type === 'hash' ? 'T1204' : 'T1071'],
      evidence_event_ids: [event.event_id],
    },
    roles: isInbound || best.type === 'hash' ? rolesOf(event) : outboundRoles(event, best),
  };
}

/**
 * The attacker is what is listed, never merely what was spoken to: the far end of a DNS query is a resolver, and an
 * address behind a listed name may be shared by thousands of others.
 */
function outboundRoles(event: SecurityEvent, best: MatchedIndicator): Roles {
  return { attacker: best.entity, target: entityKey(event) };
}
