import type { AuditEvent } from './audit-event.ts';
import type { IncidentClassId } from './classes.ts';
import type { EvidenceList } from './evidence.ts';
import type { KubernetesCall } from './kubernetes-call.ts';
import type { Topic, Verb } from './lexicon.ts';
import { pairWeight } from './pair-weights.ts';
import type { Phrase } from './phrase.ts';
import { wordSet } from './word-set.ts';

/** What an action on a topic amounts to. */
const incidentOf: Readonly<Record<Topic, IncidentClassId>> = {
  mfa: 'mfa-weakened',
  federation: 'federation-changed',
  logging: 'logging-impaired',
  detection: 'detection-impaired',
  safeguard: 'safeguard-weakened',
  network: 'network-opened',
  encryption: 'key-changed',
  credential: 'credential-added',
  secret: 'secret-read',
  password: 'password-changed',
  privilege: 'privilege-granted',
  account: 'account-added',
  integration: 'integration-added',
  trust: 'trust-changed',
  organisation: 'admin-change',
  exposure: 'made-public',
  data: 'data-exported',
  repository: 'supply-chain',
  compute: 'code-executed',
  session: 'login-anomaly',
  mail: 'mail-forwarding',
  billing: 'resource-hijack',
  directory: 'admin-change',
};

function incidentFor(verb: Verb, topic: Topic): IncidentClassId {
  if (verb === 'delete' && (topic === 'data' || topic === 'repository' || topic === 'compute'))
    return 'data-destroyed';
  if ((verb === 'delete' || verb === 'revoke' || verb === 'disable') && topic === 'account')
    return 'account-removed';
  if (verb === 'assume') return 'impersonation';
  if (verb === 'share' && topic === 'data') return 'shared-externally';
  return incidentOf[topic];
}

interface Reading {
  readonly verb: Verb;
  readonly topic: Topic;
  readonly weight: number;
}

/** The most telling pair of verb and topic; with a verb that reads nothing, the least. */
function strongest(verb: Verb, topics: ReadonlySet<Topic>): Reading | null {
  let best: Reading | null = null;
  for (const topic of topics) {
    const weight = pairWeight(verb, topic);
    if (best === null || weight > best.weight) best = { verb, topic, weight };
  }
  return best;
}

const carveOuts = wordSet(
  'exclusion exclusions exemption exemptions exception exceptions suppression suppressions',
);

/** The same verb may be missing from the action's name and stand in what describes it. */
function verbOf(event: AuditEvent): Verb | null {
  const { verb, words } = event.phrase;
  // An exclusion that is created switches something off.
  if ((verb === 'create' || verb === 'enable') && words.some((word) => carveOuts.has(word))) return 'disable';
  if (verb !== null) return verb;
  for (const detail of event.details) if (detail.verb !== null) return detail.verb;
  return null;
}

const kubernetesVerbs: ReadonlyMap<string, Verb> = new Map([
  ['get', 'read'],
  ['list', 'read'],
  ['watch', 'read'],
  ['create', 'create'],
  ['update', 'update'],
  ['patch', 'update'],
  ['delete', 'delete'],
  ['deletecollection', 'delete'],
]);

const scaleWords =
  /\b(?:bulk|mass|multiple|excessive|large|anomal\w*|unusual|abnormal|unauthori[sz]ed|unexpected|too many|threshold)\b/;

const conferring: ReadonlySet<Verb> = new Set(['create', 'update', 'grant', 'delete', 'enable']);
const highOffices = wordSet(
  `admin admins administrator administrators owner owners superadmin superuser root globaladmin accountadmin`,
);

/** Google names interfaces for administrators `admin.v1`, whatever they do. */
const adminInterface = /\.admin\.v\d/;

/** What the action's name says: the products' vocabularies, then verb and topic. */
export function actionEvidence(event: AuditEvent, out: EvidenceList): void {
  if (knownEvidence(event, out)) return;
  if (event.kubernetes !== null) {
    clusterVerb(event.kubernetes, out);
    return;
  }
  const { phrase } = event;
  wordingEvidence(event, out);
  const verb = verbOf(event);
  // The name of an alert is no deed of the one it is about.
  if (verb === 'read' && (out.has('alert:is-alert') || out.has('alert:worded'))) return;
  if (verb !== null) out.add(`verb:${verb}`);
  else out.add(event.action === '' ? 'action:none' : 'action:unclear');
  // A name without a verb (`ApiAnomaly`, `CertificateAuthoritySet`) still tells what was touched.
  const reading = strongest(verb ?? 'update', phrase.topics);
  if (reading !== null && isTelling(event, verb, reading)) {
    addReading(reading, verb === null ? 'named' : 'pair', event.action, out);
  } else {
    out.add('topic:none');
    if (verb !== null && reading === null) out.add(`bare:${verb}`, null, event.action);
  }
  if (verb !== null && conferring.has(verb) && namesOffice(event)) {
    out.add('word:admin', 'privilege-granted', event.action);
  }
  detailEvidence(event, verb, reading, out);
}

/** What else the words of a name say beside verb and topic. */
function wordingEvidence(event: AuditEvent, out: EvidenceList): void {
  const { words } = event.phrase;
  // Interfaces that create and change by one call: it tells less than a verb of its own.
  if (words.at(-1) === 'write') out.add('word:upsert');
  else if (words[0] === 'put' || words.at(-1) === 'put') out.add('word:put');
  if (words.includes('requested') || words.includes('pending')) out.add('word:requested');
  if (scaleWords.test(words.join(' '))) out.add('word:scale', 'admin-change', event.action);
  scopeEvidence(event, out);
}

function namesOffice({ phrase, action }: AuditEvent): boolean {
  return phrase.words.some((word) => highOffices.has(word)) && !adminInterface.test(action);
}

function clusterVerb(call: KubernetesCall, out: EvidenceList): void {
  const verb = kubernetesVerbs.get(call.verb);
  // A shell or a tunnel is asked for by `create` as well; it creates nothing.
  if (verb === undefined || (verb === 'create' && tunnels.has(call.subresource))) return;
  out.add(`k8s:${verb}`);
}

const tunnels: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'portforward',
  'proxy',
  'ephemeralcontainers',
]);
const scopeKeys = ['auditlevel', 'servicename', 'resourcetype', 'scopelevel', 'grouptype'] as const;
const narrowScope = /^(?:workspace(?:_level)?|(?:api\.)?project|chat_project|team|folder|repository)$/;
const wideScope =
  /^(?:account_level|accounts|(?:api\.)?organization|tenant|enterprise|global|tenant_?level)$/;

/** Whether a change of accounts or rights holds for the whole organisation or for one workspace of many. */
function scopeEvidence({ record, phrase }: AuditEvent, out: EvidenceList): void {
  if (!phrase.topics.has('account') && !phrase.topics.has('privilege') && !phrase.topics.has('password'))
    return;
  for (const key of scopeKeys) {
    const scope = record.text(key);
    if (narrowScope.test(scope)) out.add('scope:narrow', null, scope);
    else if (wideScope.test(scope)) out.add('scope:wide', null, scope);
  }
}

/** Whether the vocabularies alone settle what the action is. */
function knownEvidence({ known, outcome, action }: AuditEvent, out: EvidenceList): boolean {
  if (known === null) return false;
  // A harmless action that is refused is not so harmless.
  if (known.strength < 0 && (outcome === 'denied' || outcome === 'failed')) return false;
  const isRecon = known.incident === 'discovery';
  out.add(
    isRecon ? 'known:recon' : `known:${known.strength}`,
    known.strength > 0 ? known.incident : null,
    action,
  );
  return isRecon;
}

/** Where the vocabularies know the action, they stand against what its words say. */
function isTelling({ known }: AuditEvent, verb: Verb | null, { weight }: Reading): boolean {
  if (verb === 'login' || (verb === null && weight < 0)) return false;
  return known === null || Math.sign(weight) !== -Math.sign(known.strength);
}

/** Descriptions and names of settings: where the action itself is only `update`, they name the thing. */
function detailEvidence(
  event: AuditEvent,
  verb: Verb | null,
  reading: Reading | null,
  out: EvidenceList,
): void {
  let best: Reading | null = null;
  let words: Phrase | null = null;
  for (const detail of event.details) {
    const own = detail.verb ?? verb;
    if (own === null || detail.words.length > 24) continue;
    const found = strongest(own, detail.topics);
    if (found !== null && (best === null || found.weight > best.weight)) {
      best = found;
      words = detail;
    }
  }
  if (best === null || words === null) return;
  if (reading === null || best.weight > reading.weight)
    addReading(best, 'detail', words.words.join(' '), out);
}

function addReading(
  reading: Reading,
  kind: 'pair' | 'detail' | 'named',
  detail: string,
  out: EvidenceList,
): void {
  const { verb, topic, weight } = reading;
  const incident = weight > 0 ? incidentFor(verb, topic) : null;
  out.add(`${kind}:${verb}:${topic}`, incident, detail);
}
