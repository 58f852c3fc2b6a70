import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { AuditRecord } from './record.ts';
import { wordList, wordSet } from './word-set.ts';

const loginWords =
  /log-?i?n(?!fo)|logon|sign-?in|signon|session\.start|authenticat|credentialverification|\bsso\b|auth_via|verification/i;
const anomaly =
  /impossible[ _]?travel|unfamiliar|leaked|anomal|suspicious|atypical|new[ _-]?(?:country|device|geo|location|ip)|unusual|high[ _]?risk|risky|password[ _]?spray|brute|credential[ _]?stuffing|malware|anonymi[sz]ed|tor\b|nation[ _]?state|threat|compromis|session[ _]?hijack|token[ _]?(?:theft|reuse|anomal)|bot[ _]?detect|phish|fraud|velocity/;
const anomalyKeys =
  wordSet(`riskeventtype riskeventtypes riskreasons reason reasons issuspicious threatsuspected risktype
  riskdetail description failurereason anomalytype behaviors alerttype eventtype categories`);
const legacy =
  /\b(?:imap4?|pop3?|smtp|exchange activesync|other clients|mapi|autodiscover|legacy|authenticated smtp|exchange web services|basic)\b/;
const lockReasons = /lock|too many|exceeded|max(?:imum)? (?:sign|login)|suspended/;
/** Refusals that a neglected device or a mistyped name explains, and place-holders for records left out. */
const mundaneReasons =
  /out[ _]of[ _]date|outdated|elided|expired|no[ _]keys[ _]pressed|interrupt|cancel|timed?[ _]?out|software|version[ _]restricted/;
const refusals =
  /user[ _]?(?:reject|denied|decline|mistake|marked[ _]?fraud)|fraud|reject|no[ _]response|deny_push|anomalous[ _]push|denied by user/;
const untrusted =
  /not[ _](?:trusted|in[ _]management|managed|compliant)|failed[ _].*verification|could[ _]not[ _]determine|invalid[ _]device|unmanaged|noncompliant|unknown[ _]device|untrusted|blocked[ _]country|location[ _]restricted|anonymous[ _]ip|version[ _]restricted|platform[ _]restricted|endpoint/;

/** Members that only a record of a sign-in has. */
const loginMembers = [
  'authenticationprotocol',
  'authenticationdetails',
  'factor',
  'conditionalaccessstatus',
  'firstauthenticationfactor',
  'mfaused',
] as const;
const deviceCode = /device[_ ]?code/;
const proven = /^(?:yes|true|multifactorauthentication|duo|totp|passcode)/;
const unproven = /^(?:no|false|singlefactorauthentication|none)$/;
const localMethods = /^(?:local|password_login|google_password)$/;

/** Sign-ins: how strong the proof was, what the provider itself found odd, and what the user did. */
export function loginEvidence(event: AuditEvent, out: EvidenceList): void {
  if (!isSetting(event)) anomalyEvidence(event.record, out);
  riskEvidence(event, out);
  if (!isLogin(event)) return;
  if (event.outcome !== 'failed' && event.outcome !== 'denied') {
    out.add('login:is-login');
    proofEvidence(event, out);
  }
  protocolEvidence(event.record, out);
  reasonEvidence(event.record, out);
}

function isLogin({ action, phrase: { verb }, record }: AuditEvent): boolean {
  if (loginMembers.some((key) => record.has(key))) return true;
  if (!loginWords.test(action)) return false;
  return verb === null || verb === 'login' || verb === 'enable' || verb === 'create';
}

/** A change to what the provider looks for names anomalies without meeting one. */
function isSetting({ phrase: { verb }, record }: AuditEvent): boolean {
  if (verb === 'update' || verb === 'enable' || verb === 'delete') return true;
  return /^(?:set|update|create|enable)s?\b/.test(record.under('data', 'description')?.text ?? '');
}

function anomalyEvidence(record: AuditRecord, out: EvidenceList): void {
  for (const { key, text } of record.leaves) {
    if (anomalyKeys.has(key) && text.length < 200 && anomaly.test(text)) {
      out.add('login:anomaly-named', 'login-anomaly', text);
    }
  }
}

/** How a successful sign-in was proven. */
function proofEvidence(event: AuditEvent, out: EvidenceList): void {
  const { record } = event;
  const second = record.text(
    'mfaused',
    'mfaauthenticated',
    'secondauthenticationfactor',
    'authenticationrequirement',
    'multifactorauthentication',
  );
  if (unproven.test(second)) out.add('login:no-mfa', 'login-anomaly');
  else if (proven.test(second)) out.add('login:mfa');
  const isIamUser = record.under('useridentity', 'type')?.text === 'iamuser';
  if (isIamUser || localMethods.test(record.text('method', 'logintype'))) {
    out.add('login:local-account', 'login-anomaly');
  }
  if (event.actorKind === 'root' || record.text('login') === 'root') out.add('login:root', 'login-anomaly');
  const first = record.text('firstauthenticationfactor', 'factor');
  if (first === 'password' && !record.has('secondauthenticationfactor')) {
    out.add('login:password-only', 'login-anomaly', first);
  }
}

function protocolEvidence(record: AuditRecord, out: EvidenceList): void {
  if (legacy.test(record.text('clientappused', 'clientapp', 'protocol'))) {
    out.add('login:legacy-protocol', 'login-anomaly');
  }
  if (deviceCode.test(record.text('authenticationprotocol', 'originaltransfermethod', 'granttype'))) {
    out.add('login:device-code', 'login-anomaly', 'device code');
  }
}

function reasonEvidence(record: AuditRecord, out: EvidenceList): void {
  const reason = record.text(
    'reason',
    'failurereason',
    'outcomereason',
    'errormessage',
    'description',
    'statusreason',
  );
  if (mundaneReasons.test(reason)) out.add('login:mundane-reason', null, reason);
  if (lockReasons.test(reason)) out.add('login:locked', 'login-failed', reason);
  if (refusals.test(reason)) out.add('login:refused-by-user', 'mfa-abuse', reason);
  else if (untrusted.test(reason)) out.add('login:untrusted-device', 'login-anomaly', reason);
  if (/\bbypass\b|remember/.test(reason)) out.add('login:bypass', 'mfa-weakened', reason);
}

const behaviours = wordList('newgeolocation newdevice newip newstate newcountry newcity velocity');
const riskKeys = wordList('risklevelduringsignin risklevelaggregated risklevel threatlevel riskrating');

function riskEvidence(event: AuditEvent, out: EvidenceList): void {
  const { record } = event;
  for (const key of riskKeys) {
    const level = record.text(key);
    if (level === 'high' || level === 'critical') out.add('risk:high', 'login-anomaly', level);
    else if (level === 'medium') out.add('risk:medium', 'login-anomaly', level);
    else if (level === 'low' || level === 'none') out.add('risk:low');
  }
  if (/^(?:atrisk|confirmedcompromised)$/.test(record.text('riskstate')))
    out.add('risk:high', 'login-anomaly', 'at risk');
  if (record.text('threatsuspected') === 'true') out.add('risk:high', 'login-anomaly', 'threat suspected');
  const odd =
    behaviours.filter((key) => record.text(key) === 'positive').length +
    (record.text('behaviors').match(/=positive/g)?.length ?? 0);
  if (odd >= 2) out.add('risk:new-behaviour', 'login-anomaly', `${odd} new behaviours`);
}
