import { actionEvidence } from './action-evidence.ts';
import { alertEvidence } from './alert-evidence.ts';
import { type AuditEvent, auditEventOf } from './audit-event.ts';
import { circumstanceEvidence } from './circumstance-evidence.ts';
import { contentEvidence } from './content-evidence.ts';
import { type Evidence, EvidenceList } from './evidence.ts';
import { kubernetesEvidence } from './kubernetes-evidence.ts';
import { loginEvidence } from './login-evidence.ts';
import { networkEvidence } from './network-evidence.ts';
import { parameterEvidence } from './parameter-evidence.ts';
import { AuditRecord } from './record.ts';
import { wordSet } from './word-set.ts';

/** What a record shows, before it is weighed. */
export interface Observed {
  readonly event: AuditEvent;
  readonly evidence: readonly Evidence[];
}

/** Gathers everything that speaks for or against a record. Pure, bounded, never throws. */
export function observe(payload: unknown): Observed {
  const event = auditEventOf(new AuditRecord(payload));
  const out = new EvidenceList();
  alertEvidence(event, out);
  actionEvidence(event, out);
  circumstanceEvidence(event, out);
  parameterEvidence(event, out);
  kubernetesEvidence(event, out);
  loginEvidence(event, out);
  contentEvidence(event, out);
  networkEvidence(event, out);
  return { event, evidence: withSupport(offset(out)) };
}

/** Pieces of evidence overlap: what several of them say together is counted once more, as their number. */
function withSupport(items: readonly Evidence[]): readonly Evidence[] {
  const count = Math.min(4, items.filter((item) => item.incident !== null).length);
  return [...items, { id: `support:${count}`, incident: null, detail: '' }];
}

/** A change turned out to protect, to change nothing, or to be bounded. */
const reassuring =
  wordSet(`change:guard-on change:exposure-off value:private value:protection-on text:on change:none
  policy:condition policy:service-principal verdict:good value:inner-range value:deny-rule
  change:taken-back grant:inside`);
/** A change turned out to weaken or to expose. */
const alarming =
  wordSet(`change:guard-off change:exposure-on value:public value:everyone value:protection-off text:off
  policy:any-action`);
/** What settles the matter, however routine the action is in general. */
const decisive =
  wordSet(`content:ransom-note content:injection value:customer-key value:foreign-key value:password-set
  value:public value:everyone value:protection-off source:instance-credential-outside agent:attack-tool
  intel:enriched actor:foreign-account request:plaintext request:unauthenticated`);
/** Sign-ins that are not what a routine sign-in is: its reassurance does not apply to them. */
const weakLogin =
  wordSet(`login:root login:no-mfa login:password-only login:legacy-protocol login:device-code risk:high
  login:untrusted-device login:anomaly-named intel:enriched source:anonymiser`);
const routineLogin = /^(?:known:-\d|login:is-login)$/;
/** Where the platform's own account is used from outside, that it is the platform's speaks against it. */
const platformOutside = 'k8s:system-from-internet';
const generalSuspicion = /^(?:known:[123]|word:threat|policy:any-principal)$/;
const askedFor = /^(?:known:(?:[123]|recon)$|value:|policy:|role:|change:|text:|target:)/;
const routine =
  /^(?:known:-\d|word:(?:upsert|put)|(?:pair|detail):(?:read|create|update):(?:data|repository|directory|compute))$/;

/** Drops what the rest of the evidence has overtaken. */
function offset(list: EvidenceList): readonly Evidence[] {
  const { items } = list;
  // What was asked for does not matter where nothing came of it.
  if (list.has('outcome:failed:change') || list.has('outcome:denied:change')) {
    return items.filter((item) => !askedFor.test(item.id));
  }
  const isAlarming = items.some((item) => alarming.has(item.id));
  const isSettled = items.some((item) => decisive.has(item.id));
  const isTurnedOn = list.has('text:on');
  const isWeakLogin = items.some((item) => weakLogin.has(item.id));
  const isReassuring = !isAlarming && items.some((item) => reassuring.has(item.id));
  return items.filter(({ id }) => {
    // One safeguard taken away is not made good by another left standing.
    if (isAlarming && reassuring.has(id) && id !== 'policy:condition') return false;
    if (isTurnedOn && /^detail:(?:disable|delete):/.test(id)) return false;
    if (isWeakLogin && routineLogin.test(id)) return false;
    if (id === 'actor:system' && list.has(platformOutside)) return false;
    if (isReassuring && generalSuspicion.test(id)) return false;
    return !(isSettled && routine.test(id));
  });
}
