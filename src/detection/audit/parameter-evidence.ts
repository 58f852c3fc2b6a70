import type { AuditEvent } from './audit-event.ts';
import { directionEvidence } from './direction-evidence.ts';
import type { EvidenceList } from './evidence.ts';
import type { Topic, Verb } from './lexicon.ts';
import { encryptionEvidence, policyEvidence } from './policy-evidence.ts';
import type { Leaf } from './record.ts';
import { actorParents, anywhere, offWords, oldKeys, onWords } from './setting-words.ts';
import { wordList, wordSet } from './word-set.ts';

const publicNames =
  /^(?:allusers|allauthenticatedusers|everyone|public|anonymous|public-?read(?:-?write)?|public_read(?:_write)?|authenticated-read|anyone|anyone_with_link|people_with_link|world|public_on_the_web|system:anonymous|system:unauthenticated|container|blob)$/;
const publicParts =
  /allusers|allauthenticatedusers|__public_principal__|global\/(?:allusers|authenticatedusers)|acs\.amazonaws\.com\/groups\/global|everyone@|system:unauthenticated|system:anonymous/;
const privateNames =
  /^(?:private|internal|none|restricted|shared_internally|people_within_domain(?:_with_link)?|off|disabled)$/;
const strongRoles =
  /(?:^|[^a-z])(?:admin|administrator|administratoraccess|owner|root|superuser|super admin|superadmin|global_admin|cluster-admin|accountadmin|securityadmin|sysadmin|orgadmin|poweruseraccess|iamfullaccess|editor|system:masters|privileged|full_?access|fullcontrol|manager|maintainer|site_admin|org_admin|global admin|breakglass|tokencreator|serviceaccountuser|user access administrator|contributor|can_manage)(?:$|[^a-z])/;
const weakRoles =
  /(?:^|[^a-z])(?:viewer|reader|read[ _-]?only|member|guest|basic|user|restricted|collaborator|billing|observer|end user|can_view|developer)(?:$|[^a-z])/;
const roleKeys =
  wordSet(`role rolename newrole roles rolearn policyarn roledefinitionname permission permissions
  newpermission grantedrole rolepublicid roledisplayname usertype privilege privilegegranted
  accesslevel roleid groupname targetgroupname bindingrole newvalue newvalues roletype orgrole
  name`);
const publicFlags =
  wordSet(`publiclyaccessible ispublic publicaccess allowblobpublicaccess publicnetworkaccess public
  publiclink anonymousaccess allowanonymous publiclyshared ispubliclyshared acceptpublic`);
const protectiveFlags =
  wordSet(`blockpublicacls ignorepublicacls blockpublicpolicy restrictpublicbuckets enablelogfilevalidation
  includeglobalserviceevents ismultiregiontrail deletionprotection enabledeletionprotection
  enforcemfa mfarequired requiremfa requireuppercasecharacters requiresymbols requirenumbers
  secureboot supportshttpstrafficonly ismfaenabled twofactorrequired enableloggingconfig httpsonly
  securetransferrequired enablepurgeprotection enablerbac enforcessl`);
const visibilityKeys =
  /visibility|^acl$|accesslevel|sharing|cannedacl|xamzacl|audience|publicaccess|linkaccess/;
const openKeys =
  /cidr|iprange|sourceaddressprefix|sourceranges|remoteipprefix|startipaddress|allowedips|ipaccesslist|ipwhitelist|trustedips/;
const externalKeys =
  wordSet(`targetuser granteeemail targetemail newowner email emailforwardingdestinationaddress forwardto
  redirectto forwardingsmtpaddress targetdomain invitee invitedemail targetusername
  inviteduseremailaddress recipient destinationaddress sharedwith collaborator accessibleby
  invitedby usergemail memberemail guestemail targetuseremail externaluser owneremail member`);
const newPasswords = wordList(
  `masteruserpassword newpassword adminpassword administratorloginpassword rootpassword`,
);
const freeMail =
  /@(?:gmail|googlemail|yahoo|hotmail|outlook|live|proton(?:mail)?|pm|icloud|aol|gmx|mail|yandex|tutanota)\.[a-z.]{2,8}$/;
/** Verbs that take away or look: what is open already they do not open. */
const harmless: ReadonlySet<Verb> = new Set(['read', 'logout', 'delete', 'revoke']);
/** Verbs that put something into someone's hands. */
const handing: ReadonlySet<Verb> = new Set(['share', 'grant', 'create', 'update', 'export']);
const powerful: readonly Topic[] = ['privilege', 'credential', 'password'];

/** What the values of a change say: opened to the world, given to admins, switched off, handed outside. */
export function parameterEvidence(event: AuditEvent, out: EvidenceList): void {
  const { verb } = event.phrase;
  const isLook = event.kubernetes !== null && /^(?:get|list|watch)$/.test(event.kubernetes.verb);
  if (!isLook && (verb === null || !harmless.has(verb))) {
    const handsOut = verb === null || handing.has(verb) || event.details.some(isHanding);
    for (const leaf of event.record.leaves) {
      if (!leaf.isAside && !actorParents.has(leaf.parent)) valueEvidence(event, leaf, handsOut, out);
    }
    if (newPasswords.some((key) => event.record.has(key))) out.add('value:password-set', 'password-changed');
    if (event.record.objects.has('loggingenabled')) out.add('change:guard-on', null, 'logging');
  }
  directionEvidence(event, out);
  encryptionEvidence(event, out);
  policyEvidence(event, out);
}

function isHanding({ verb }: { readonly verb: Verb | null }): boolean {
  return verb !== null && handing.has(verb);
}

function valueEvidence(event: AuditEvent, leaf: Leaf, handsOut: boolean, out: EvidenceList): void {
  const { key, text } = leaf;
  if (text.length > 5 && publicParts.test(text)) out.add('value:everyone', 'made-public', text);
  if (text.length > 400) return;
  if (text === 'true' || text === 'false') flagEvidence(event, leaf, text === 'true', out);
  else if (text.length <= 64) wordEvidence(event, leaf, out);
  if (roleKeys.has(key)) roleEvidence(event, leaf, out);
  if (!handsOut) return;
  if (text.includes('@') && externalKeys.has(key)) externalEvidence(event, leaf, out);
  else if (key === 'targetdomain' && text.includes('.')) externalDomain(event, text, out);
}

function flagEvidence(event: AuditEvent, { key }: Leaf, isOn: boolean, out: EvidenceList): void {
  if (publicFlags.has(key)) {
    out.add(isOn ? 'value:public' : 'value:private', isOn ? 'made-public' : null, key);
  } else if (protectiveFlags.has(key) && (isOn || event.phrase.verb !== 'create')) {
    // What is new without a protection has lost none.
    out.add(isOn ? 'value:protection-on' : 'value:protection-off', isOn ? null : 'safeguard-weakened', key);
  }
}

function wordEvidence(event: AuditEvent, leaf: Leaf, out: EvidenceList): void {
  const { key, text, parent } = leaf;
  if (anywhere.test(text)) {
    if (openKeys.test(key)) out.add('value:open-to-internet', 'network-opened', text);
  } else if (visibilityKeys.test(key)) {
    visibilityEvidence(event, leaf, out);
  } else if (isEveryone(leaf)) {
    out.add('value:everyone', 'made-public', text);
  } else if (key === 'mfadelete' || (key === 'status' && parent.includes('versioning'))) {
    if (offWords.test(text)) out.add('value:protection-off', 'safeguard-weakened', `${key} ${text}`);
    else if (onWords.test(text)) out.add('value:protection-on', null, `${key} ${text}`);
  }
  if (key === 'newvalue' && opensUp(text) && exposes(event)) {
    out.add('value:external', 'shared-externally', text);
  }
}

function isEveryone({ key, text }: Leaf): boolean {
  if (text === 'all') return key === 'group' || key === 'groups' || key === 'userids';
  return publicNames.test(text) && /member|grantee|principal|group|userid|attribute|allowed/.test(key);
}

function visibilityEvidence(event: AuditEvent, { key, text }: Leaf, out: EvidenceList): void {
  if (/^(?:old|previous|prior)/.test(key)) return;
  if (publicNames.test(text)) out.add('value:public', 'made-public', text);
  else if (!concernsExposure(event)) return;
  else if (privateNames.test(text)) out.add('value:private', null, text);
  else if (text.includes('external')) out.add('value:external', 'shared-externally', text);
}

/** A record may state a thing's visibility by the way; it matters where the action is about it. */
function concernsExposure(event: AuditEvent): boolean {
  if (event.phrase.topics.has('exposure')) return true;
  return /access|visib|public|acl|shar|owner|change|update/i.test(event.action);
}

function exposes(event: AuditEvent): boolean {
  if (event.phrase.topics.has('exposure')) return true;
  return event.details.some((detail) => detail.topics.has('exposure') || detail.verbs.has('share'));
}

function opensUp(text: string): boolean {
  return (
    /read|write|manage|access|all|public|external|anyone/.test(text) && !/^(?:no|none|private)/.test(text)
  );
}

function roleEvidence(event: AuditEvent, leaf: Leaf, out: EvidenceList): void {
  const { key, text, parent } = leaf;
  if (typeof leaf.value !== 'string' || text.length > 200 || oldKeys.has(parent)) return;
  if (key.startsWith('newvalue') && !event.phrase.topics.has('privilege')) return;
  if (key === 'name' && !/role|group|policy/.test(parent)) return;
  if (strongRoles.test(text)) out.add('role:strong', 'privilege-granted', text);
  else if (weakRoles.test(text)) out.add('role:weak', null, text);
}

function externalEvidence(event: AuditEvent, leaf: Leaf, out: EvidenceList): void {
  if (leaf.text === event.actor) return;
  externalDomain(event, leaf.text.slice(leaf.text.lastIndexOf('@') + 1), out);
  if (freeMail.test(leaf.text)) out.add('target:free-mail', 'shared-externally', leaf.text);
}

function externalDomain(event: AuditEvent, domain: string, out: EvidenceList): void {
  if (event.actorDomain === '' || domain.length > 100) return;
  if (isRelated(domain, event.actorDomain)) {
    // A colleague made administrator is no less of a change for being a colleague.
    if (!powerful.some((topic) => event.phrase.topics.has(topic))) out.add('target:internal', null, domain);
  } else if (!domain.endsWith('gserviceaccount.com')) {
    out.add('target:external', 'shared-externally', domain);
  }
}

function isRelated(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}
