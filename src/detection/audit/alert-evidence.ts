import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { Verb } from './lexicon.ts';
import { mailEvidence } from './mail-evidence.ts';
import type { AuditRecord } from './record.ts';
import { vendorLevel } from './vendor-level.ts';
import { wordList } from './word-set.ts';

/** Members that only an alert has; a plain audit record with a severity is no alert. */
const alertMembers =
  wordList(`findingproviderfields detectionid alertid findingid incidentkey threatid threatinfo shieldalert
  compositeid alerttype threatsinfomap detectdescription detectname mitreattacks mitreattack
  tactic technique sourcerule riskeventtype riskdetail generatorid detectorid alertname threatname
  malwarename falconhostlink objective verdict flaggedrules alertdisplayname occurrencecount
  canaryid severitynormalized incidentid threattype triggeredrules`);
/** Members that an alert has, but other records as well: they count where a severity stands beside them. */
const looseMembers = wordList('issue detection threat alert finding incident');
const alertWords =
  /alert|violation|lockout|rootkit|vulnerab|ddos|flagged|quarantin|finding|detection|threat|incident|suspicious|malicious|malware|anomal|compromis|phish|ransom|exploit|attack|risk detected|honeytoken|canary|decoy|impossible travel|leaked|breach/;
const threatWords =
  /malicious|malware|phish|ransom|compromis|suspicious|rootkit|honeytoken|canary|leaked|breach|exploit|brute.?force|credential.?stuffing|impossible.?travel|hijack|exfiltrat|ddos|attack/;
const denials = /\b(?:non|not|no)[ _-](?:suspicious|malicious|compromised|vulnerable|threats?)\b/;
const closedWords =
  /^(?:resolved|closed|dismissed|benign|false_?positive|suppressed|archived|fixed|remediated|ignored|mitigated|rejected|inactive|cleared|expired)$/;
const statusKeys =
  wordList(`status issuestatus workflowstatus workflowstate recordstate verdict resolution triagestate
  analystverdict alertstatus state threatstatus`);
const badVerdict =
  /^(?:malicious|phish(?:ing)?|malware|threat|bad|infected|compromised|suspicious|spam|true_?positive|confirmedcompromised|atrisk)$/;
const goodVerdict =
  /^(?:benign|clean|safe|not_?compromised|allow(?:ed)?_safe|false_?positive|no_?threat|harmless|trusted|legitimate)$/;
const verdictKeys =
  wordList(`verdict attackverdict devicecompromisedstate classification threatstatus riskstate disposition
  confidencelevel reputation attackscoreverdict riskdetail mitigationstatus`);
const blockedWords =
  /^(?:block(?:ed)?|deny|denied|drop(?:ped)?|quarantined?|challenge|jschallenge|managed_challenge|prevented?)$/;
const allowedWords = /^(?:allow(?:ed)?|permit(?:ted)?|delivered|pass(?:ed)?|log)$/;
const intelMembers =
  /^(?:otx|alienvault|greynoise|ipinfothreat|threatintel|virustotal|torexitnodes?|tor|abuseipdb|recordedfuture|crowdstrikeintel|pulses?|pulseinfo|indicatortype|threatindicator|ioc|iocs|spamhaus|feodo|urlhaus|malwarefamilies|adversary|threatactor|snykdb|panthertorexitnodes|hibp)$/;
const intelParts = /otx|threatintel|threatindicator|alienvault|maliciousip|torexit|abuseip|greynoise|misp$/;
/** Verbs of changes to settings, in which `threat` and `attack` name what the setting guards against. */
const settingVerbs: ReadonlySet<Verb> = new Set(['update', 'delete', 'enable', 'disable']);

/** What a security product says of its own alert: how bad, whether it is still open, whether it is a test. */
export function alertEvidence(event: AuditEvent, out: EvidenceList): void {
  const words = wordsOf(event);
  const isRated = hasAlertMembers(event.record);
  const isAlert = isRated || alertWords.test(words);
  if (isAlert) out.add(isRated ? 'alert:is-alert' : 'alert:worded', 'vendor-alert', event.action);
  const { verb } = event.phrase;
  if ((verb === null || !settingVerbs.has(verb)) && threatWords.test(words)) {
    out.add('word:threat', 'vendor-alert', event.action);
  }
  if (denials.test(words)) out.add('verdict:good', null, 'not suspicious');
  levelEvidence(event, isAlert, isRated, out);
  verdictEvidence(event, isAlert, out);
  intelEvidence(event, out);
  mailEvidence(event, out);
}

function wordsOf(event: AuditEvent): string {
  const title = event.record.text('title', 'alertname', 'threatname', 'rulename', 'ruledescription');
  return `${event.action.toLowerCase()} ${title.slice(0, 200)}`;
}

function hasAlertMembers(record: AuditRecord): boolean {
  if (alertMembers.some((name) => record.has(name) || record.objects.has(name))) return true;
  return looseMembers.some((name) => record.objects.has(name)) && vendorLevel(record) !== null;
}

function levelEvidence(event: AuditEvent, isAlert: boolean, isRated: boolean, out: EvidenceList): void {
  const level = vendorLevel(event.record);
  if (level === null) {
    if (isRated) out.add('alert:unrated', 'vendor-alert');
  } else if (isAlert) {
    out.add(`alert:${level}`, level === 'info' ? null : 'vendor-alert', level);
  } else if (level === 'critical' || level === 'high') {
    // Below that, the severity of a plain audit record is its log level.
    out.add(`severity:${level}`, null, level);
  }
}

function verdictEvidence({ record }: AuditEvent, isAlert: boolean, out: EvidenceList): void {
  const isTrue = (key: string): boolean => record.text(key) === 'true';
  const isClosed = (key: string): boolean => record.all(key).some((leaf) => closedWords.test(leaf.text));
  if (isAlert && statusKeys.some(isClosed)) out.add('alert:closed');
  for (const { text } of verdictKeys.flatMap((key) => record.all(key))) {
    if (badVerdict.test(text)) out.add('verdict:bad', 'vendor-alert', text);
    else if (goodVerdict.test(text)) out.add('verdict:good', null, text);
  }
  if (isTrue('sample') || isTrue('issample') || isTrue('istest')) out.add('alert:sample');
  if (isTrue('flagged') || isTrue('suspicious') || isTrue('issuspicious')) {
    out.add('verdict:bad', 'vendor-alert', 'flagged');
  }
  const taken = record.text('action', 'actiontaken', 'outcome', 'disposition', 'devicerespond');
  if (blockedWords.test(taken)) out.add('verdict:blocked', null, taken);
  else if (allowedWords.test(taken)) out.add('verdict:allowed', null, taken);
}

/** What a look-up of addresses, names and hashes has added to the record on its way. */
function intelEvidence({ record }: AuditEvent, out: EvidenceList): void {
  const isTor = record.has('torexitnodes') || record.has('torexit') || record.objects.has('torexitnodes');
  if (isTor) out.add('intel:enriched', 'known-bad', 'Tor exit node');
  for (const name of record.objects) {
    if (!intelMembers.test(name) && !intelParts.test(name)) continue;
    const named = record.text('indicator', 'adversary', 'classification', 'threatname', 'malwarefamilies');
    if (named !== '' && !/^(?:benign|unknown)$/.test(named)) out.add('intel:enriched', 'known-bad', named);
  }
}
