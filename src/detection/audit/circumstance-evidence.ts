import { isIpv4 } from '../../events/ip-address.ts';
import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { Verb } from './lexicon.ts';
import type { AuditRecord } from './record.ts';
import { wordSet } from './word-set.ts';

const readingVerbs: ReadonlySet<Verb> = new Set(['read', 'logout', 'export']);
const clusterReads = wordSet('get list watch');
const refusedAccess = /access[_ .]?(?:failed|failure|denied|refused)|unauth|forbidden/i;
const attackTools =
  /pacu|cloudfox|scoutsuite|prowler|trufflehog|kali|parrot|metasploit|sqlmap|nikto|fuzz faster|zgrab|dirsearch|feroxbuster|nmap|nuclei|masscan|stratus-red|powerzure|aadinternals|roadtools|azurehound|bloodhound|gcploit|hydra|medusa|wpscan|dirbuster|gobuster|ffuf|acunetix|burp|peirates|teamfiltration|mimikatz|evilginx/;
const commandTools =
  /aws-cli|boto|curl|wget|python|go-http|powershell|kubectl|azurecli|gcloud|gsutil|postman|okhttp|rclone|s3browser|ruby|java\/|node-fetch|terraform|pulumi|ansible/;
const infrastructureTools =
  /terraform|pulumi|cloudformation|ansible|crossplane|elb-healthchecker|kube-probe|googlehc|kube-controller|amazon-ssm-agent|hashicorp|github-actions|argocd|flux|eks-|trustedadvisor/;
const hiding = /^(?:true|tor|vpn|proxy|anonymi[sz]er|hosting|yes|1)$/;
const hidingKeys =
  wordSet(`isproxy istor isvpn isanonymous anonymizer proxytype torexit tor vpn isanonymousproxy ishosting
  proxy relay`);

const accountId = /^\d{12}$/;
const loginWords = /log-?in|logon|sign-?in|authenticat|session\.start|credentialverification/i;

/** Who did it, from where, with what, and whether it took effect. */
export function circumstanceEvidence(event: AuditEvent, out: EvidenceList): void {
  outcomeEvidence(event, out);
  out.add(`actor:${event.actorKind}`, null, event.actor);
  if (isOwnAffair(event)) out.add('target:self');
  sourceEvidence(event, out);
  if (isHealthCheck(event)) out.add('agent:health-check');
  accountEvidence(event.record, out);
  const { userAgent } = event;
  if (userAgent !== '') {
    if (attackTools.test(userAgent)) out.add('agent:attack-tool', 'discovery', userAgent);
    else if (infrastructureTools.test(userAgent)) out.add('agent:infrastructure', null, userAgent);
    else if (/^(?:console|signin)\.amazonaws\.com|^aws internal|cloud console/.test(userAgent)) {
      out.add('agent:console', null, userAgent);
    } else if (commandTools.test(userAgent)) out.add('agent:command-line', null, userAgent);
  }
  for (const key of hidingKeys) {
    if (event.record.all(key).some((leaf) => hiding.test(leaf.text)))
      out.add('source:anonymiser', 'login-anomaly', key);
  }
  if (event.record.text('readonly') === 'true' && (event.known?.strength ?? 0) <= 0)
    out.add('flag:read-only');
  // A role session named after an instance belongs inside the cloud's own network.
  if (
    /:assumed-role\/[^/]{1,128}\/i-[0-9a-f]{8,17}$/.test(
      event.record.under('useridentity', 'arn')?.text ?? '',
    ) &&
    isPublic(event.sourceAddress) &&
    !event.record.has('invokedby') &&
    !/^amazon-ssm/.test(userAgent) &&
    !/^(?:ssm|ec2messages)/.test(event.record.text('eventsource'))
  ) {
    out.add('source:instance-credential-outside', 'login-anomaly', event.sourceAddress);
  }
}

function outcomeEvidence(event: AuditEvent, out: EvidenceList): void {
  const verb = event.phrase.verb;
  const isLogin =
    isLoginIncident(event) ||
    verb === 'login' ||
    (loginWords.test(event.action) &&
      (verb === null || verb === 'create' || verb === 'enable' || verb === 'read'));
  const call = event.kubernetes;
  const isRead =
    (call !== null && clusterReads.has(call.verb)) ||
    (verb !== null && readingVerbs.has(verb)) ||
    refusedAccess.test(event.action);
  if (isAlert(out)) return;
  const kind = isRequest(event) ? 'request' : isLogin ? 'login' : isRead ? 'read' : 'change';
  if (event.outcome === 'failed' || event.outcome === 'denied') {
    out.add(`outcome:${event.outcome}:${kind}`, kind === 'login' ? 'login-failed' : 'access-denied');
  } else if (event.outcome === 'success') {
    out.add(`outcome:success:${kind}`);
  } else {
    out.add(`outcome:unstated:${kind}`);
  }
}

/** What an alert's object did or failed to do says nothing of the alert. */
function isAlert(out: EvidenceList): boolean {
  return out.has('alert:is-alert');
}

function isLoginIncident(event: AuditEvent): boolean {
  const incident = event.known?.incident;
  return (
    (event.known?.strength ?? 0) > 0 &&
    (incident === 'login-failed' ||
      incident === 'login-anomaly' ||
      incident === 'mfa-abuse' ||
      incident === 'access-denied')
  );
}

/** A web request, a message or an alert: that it was refused is no failed change, but a blocked attack. */
function isRequest(event: AuditEvent): boolean {
  const { record } = event;
  return (
    record.has('clientrequestpath') ||
    record.has('clientrequesthost') ||
    record.objects.has('httprequest') ||
    (record.has('requesturl') && event.actor === '') ||
    record.has('threatsinfomap') ||
    record.objects.has('threatsinfomap') ||
    record.has('elbstatuscode') ||
    record.has('commandline') ||
    record.has('workflowrun') ||
    record.objects.has('workflowrun') ||
    record.objects.has('pullrequest')
  );
}

function sourceEvidence(event: AuditEvent, out: EvidenceList): void {
  const address = event.sourceAddress;
  if (address === '' || address === '0.0.0.0') return;
  if (isPrivate(address)) out.add('source:private', null, address);
  else if (address.endsWith('.amazonaws.com') || address === 'aws internal')
    out.add('source:cloud-service', null, address);
}

/** AWS: an identity of another account than the one whose trail this is; S3: a request without TLS or a signature. */
function accountEvidence(record: AuditRecord, out: EvidenceList): void {
  const caller = record.under('useridentity', 'accountid')?.text ?? '';
  const home = record.text('vpcendpointaccountid', 'recipientaccountid');
  if (caller !== '' && home !== '' && caller !== home && accountId.test(caller) && accountId.test(home)) {
    out.add('actor:foreign-account', 'trust-changed', caller);
  }
  if (!record.has('bucket') || !/^(?:rest|website)\./.test(record.text('operation'))) return;
  if (record.has('hostheader') && !/^tls/.test(record.text('tlsversion')) && !record.has('ciphersuite')) {
    out.add('request:plaintext', 'safeguard-weakened', 'no TLS');
  }
  if (/^-?$/.test(record.text('requester')) && record.text('httpstatus').startsWith('2')) {
    out.add('request:unauthenticated', 'made-public', 'no requester');
  }
}

/** What people do to their own account, as self-service has them do. */
function isOwnAffair({ record, actor }: AuditEvent): boolean {
  if (!actor.includes('@')) return false;
  return ['alternateid', 'email', 'useremail', 'userprincipalname', 'login'].some((key) =>
    record.all(key).some((leaf) => leaf.parent === 'target' && leaf.text === actor),
  );
}

/** Probes of load balancers and kubelets, which ask without a name by design. */
function isHealthCheck(event: AuditEvent): boolean {
  if (/^(?:elb-healthchecker|kube-probe|googlehc|googlekubernetesenginefrontend)/.test(event.userAgent))
    return true;
  return (
    /^\/(?:healthz|livez|readyz|version|ping)/.test(event.record.text('requesturi')) ||
    /\.(?:healthz|livez|readyz)$/.test(event.action)
  );
}

function isPublic(address: string): boolean {
  return isIpv4(address) && !isPrivate(address);
}

/** RFC 1918, loopback, link-local and unique local addresses. */
export function isPrivate(address: string): boolean {
  const host = address.split(':').length === 2 ? address.slice(0, address.indexOf(':')) : address;
  if (!isIpv4(host)) return host === '::1' || /^f[cd][0-9a-f]{2}:|^fe80:/.test(host);
  const [a = 0, b = 0] = host.split('.', 2).map(Number);
  return (
    a === 10 ||
    a === 127 ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 169 && b === 254)
  );
}
