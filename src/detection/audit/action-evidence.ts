import type { AuditEvent } from './audit-event.ts';
import type { IncidentClassId } from './classes.ts';
import type { EvidenceList } from './evidence.ts';
import type { Topic, Verb } from './lexicon.ts';
import { pairWeight } from './pair-weights.ts';
import type { Phrase } from './phrase.ts';

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

/** The same verb may be missing from the action's name and stand in what describes it. */
function verbOf(event: AuditEvent): Verb | null {
  if (event.phrase.verb !== null) return event.phrase.verb;
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

/** Interfaces that create and change by one call: it tells less than a verb of its own. */
const upserts = new Set(['write', 'put']);
const scaleWords =
  /\b(?:bulk|mass|multiple|excessive|large|anomal\w*|unusual|abnormal|unauthori[sz]ed|unexpected|too many|threshold)\b/;

/** What the action's name says: the products' vocabularies, then verb and topic. */
export function actionEvidence(event: AuditEvent, out: EvidenceList): void {
  if (knownEvidence(event, out)) return;
  if (event.kubernetes !== null) {
    const verb = kubernetesVerbs.get(event.kubernetes.verb);
    if (verb !== undefined) out.add(`k8s:${verb}`);
    return;
  }
  const { phrase } = event;
  if (upserts.has(phrase.words.at(-1) ?? '') || upserts.has(phrase.words[0] ?? '')) out.add('word:upsert');
  if (scaleWords.test(phrase.words.join(' '))) out.add('word:scale', 'admin-change', event.action);
  const verb = verbOf(event);
  // The name of an alert is no deed of the one it is about.
  if (verb === 'read' && (out.has('alert:is-alert') || out.has('alert:worded'))) return;
  if (verb !== null) out.add(`verb:${verb}`);
  else out.add(event.action === '' ? 'action:none' : 'action:unclear');
  // A name without a verb (`ApiAnomaly`, `CertificateAuthoritySet`) still tells what was touched.
  const reading = strongest(verb ?? 'update', phrase.topics);
  if (reading !== null && isTelling(event, verb, reading)) addReading(reading, 'pair', event.action, out);
  else out.add('topic:none');
  detailEvidence(event, verb, reading, out);
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

function addReading(reading: Reading, kind: 'pair' | 'detail', detail: string, out: EvidenceList): void {
  const { verb, topic, weight } = reading;
  const incident = weight > 0 ? incidentFor(verb, topic) : null;
  out.add(`${kind}:${verb}:${topic}`, incident, detail);
}
