import type { AuditRecord } from './record.ts';
import { wordList } from './word-set.ts';

/** Who acted, as far as the record tells. */
export type ActorKind = 'person' | 'root' | 'service' | 'system' | 'anonymous' | 'unknown';

const sourceKeys =
  wordList(`sourceipaddress callerip calleripaddress clientip sourceips sourceip ipaddress ipaddr
  clientipaddress remoteip remoteaddress remoteaddr addrremote actoripaddress actorip userip requestip ip srcaddr
  remoteaddressip4`);
const actorKeys =
  wordList(`principalemail authorityselector userprincipalname alternateid emailaddress useremail loginname
  actorusername createdbyemailaddress actor operator initiatedby userid username email user login arn adminid`);
const actorObjects = wordList('actor initiatedby useridentity authenticationinfo createdby');
const nameKeys = wordList(
  'principalemail email alternateid emailaddress login username authorityselector arn',
);
const platformActors =
  /^(?:system-user$|nt authority\\|system$|eks:|aks-|gke-|kube-|azure-)|@(?:[a-z0-9-]+\.)?cloudservices\.|@gcp-sa-|@system\.gserviceaccount|container-engine-robot|^service-(?:\d+|agent-manager)@/;

const looksLikeAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9a-f:]{2,39}:[0-9a-f.]*)$/;
const applicationId = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Address the call came from, lower case; '' when none is told. */
export function sourceOf(record: AuditRecord): string {
  for (const key of sourceKeys) {
    const leaves = record.all(key).filter((leaf) => typeof leaf.value === 'string');
    // Of a chain of proxies the first that is an address at all.
    const found = leaves.find(({ text }) => looksLikeAddress.test(text)) ?? leaves[0];
    if (found !== undefined) return found.text;
  }
  return '';
}

/** The actor's name or e-mail address, lower case; '' when none is told. */
export function actorOf(record: AuditRecord): string {
  const user = record.under('user', 'username')?.text;
  if (user !== undefined) return user;
  for (const parent of actorObjects) {
    for (const key of nameKeys) {
      const found = record.under(parent, key)?.text;
      if (found !== undefined && found !== '') return found;
    }
  }
  return record.text(...actorKeys);
}

/** A person, a service in a person's name, the platform itself, root, or nobody known. */
export function actorKindOf(record: AuditRecord, actor: string): ActorKind {
  const type = record.under('useridentity', 'type')?.text ?? record.under('actor', 'type')?.text ?? '';
  if (/^(?:system:anonymous|anonymous|system:unauthenticated)$/.test(actor)) return 'anonymous';
  if (type === 'root' || actor.endsWith(':root')) return 'root';
  if (type === 'awsservice' || type === 'systemprincipal' || type === 'system') return 'system';
  if (isCalledByService(record)) return 'service';
  if (actor.startsWith('system:')) {
    return /^system:serviceaccount:(?!kube-)/.test(actor) ? 'service' : 'system';
  }
  if (platformActors.test(actor)) return 'system';
  if (actor.endsWith('.gserviceaccount.com') || type === 'service_account' || type === 'serviceaccount') {
    return 'service';
  }
  // Where an account has an e-mail address, an application has its id.
  if (applicationId.test(record.under('useridentity', 'email')?.text ?? '') || /\[bot\]$/.test(actor))
    return 'service';
  return actor === '' ? 'unknown' : 'person';
}

/** AWS services acting for someone; the sign-in service is the person at the console. */
function isCalledByService(record: AuditRecord): boolean {
  const invokedBy = record.text('invokedby');
  if (invokedBy.startsWith('signin.')) return false;
  return sourceOf(record).endsWith('.amazonaws.com') || invokedBy.endsWith('.amazonaws.com');
}
