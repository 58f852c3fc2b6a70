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
  /(?:^|[^a-z])(?:viewer|reader|read[ _-]?only(?:access)?|viewonlyaccess|securityaudit|member|guest|basic|user|restricted|collaborator|billing|observer|end user|can_view|developer)(?:$|[^a-z])/;
/** Compound names of administrators: `organizationAdmin`, `Privileged_Role_Administrator`. */
const officeRoles =
  /(?:organization|project|folder|security|iam|network|account|global|super|user|cluster|tenant|org|workspace|team|application|exchange|intune|billing|databaseuser|storage|compute|secretmanager|resourcemanager|container|system|service|site|group|key)[ _.-]?(?:admin|administrator|owner)s?$/;
/** Google's roles for one service and one kind of use. */
const narrowRole = /^roles\/[a-z0-9.]+\.[a-z]+$/;
const roleKeys =
  wordSet(`role rolename newrole roles rolearn policyarn roledefinitionname permission permissions
  newpermission grantedrole rolepublicid roledisplayname usertype privilege privilegegranted
  accesslevel roleid roledefinitionid groupname targetgroupname bindingrole newvalue newvalues roletype orgrole
  name`);
const publicFlags =
  wordSet(`publiclyaccessible ispublic publicaccess allowblobpublicaccess publicnetworkaccess public
  publiclink anonymousaccess allowanonymous publiclyshared ispubliclyshared acceptpublic`);
const protectiveFlags =
  wordSet(`blockpublicacls ignorepublicacls blockpublicpolicy restrictpublicbuckets enablelogfilevalidation
  includeglobalserviceevents ismultiregiontrail deletionprotection enabledeletionprotection
  enforcemfa mfarequired requiremfa requireuppercasecharacters requiresymbols requirenumbers
  secureboot supportshttpstrafficonly ismfaenabled twofactorrequired enableloggingconfig httpsonly
  securetransferrequired enablepurgeprotection enablerbac enforcessl enablesoftdelete
  softdeleteenabled encryptionenabled globalstate stealthenabled automaticcheckenabled automaticdownload
  configdatainstall criticalupdateinstall autoupdate filevault filevaultenabled gatekeeper assessmentsenabled
  mfaenabled twofactorenabled ssoenforced ssorequired requiresso requiredmfa auditenabled loggingenabled`);
const visibilityKeys =
  /visibility|^acl$|accesslevel|sharing|cannedacl|xamzacl|audience|publicaccess|linkaccess/;
const openKeys =
  /cidr|iprange|sourceaddressprefix|sourceranges|remoteipprefix|startipaddress|allowedips|ipaccesslist|ipwhitelist|trustedips/;
const externalKeys =
  wordSet(`targetuser granteeemail targetemail newowner email emailforwardingdestinationaddress forwardto
  redirectto forwardingsmtpaddress targetdomain invitee invitedemail targetusername
  inviteduseremailaddress recipient destinationaddress sharedwith collaborator accessibleby
  invitedby usergemail memberemail guestemail targetuseremail externaluser owneremail member`);
const sentenceKeys = ['description', 'changedescription', 'message', 'summary'] as const;
const innerRange = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.|fd[0-9a-f]{2}:|virtualnetwork$)/;
const handouts: ReadonlySet<string> = new Set(['mail-forwarding', 'shared-externally', 'made-public']);
/** Azure's built-in roles by their ids. */
const strongRoleIds =
  /(?:8e3af657-a8ff-443c-a75c-2fe8c4bcb635|b24988ac-6180-42a0-ab88-20f7382dd24c|18d7d88d-d35e-4fb5-a5c3-7773c20a72d9|f58310d9-a9f6-439a-9e8d-f62e7b41a168)$/;
const weakRoleIds = /acdd72a7-3385-48ef-bd42-f606fba81ae7$/;
/** Settings with words of their own for less and for more protection. */
const worded: ReadonlyMap<string, readonly [less: RegExp, more: RegExp]> = new Map([
  ['httptokens', [/^optional$/, /^required$/]],
  ['minimumtlsversion', [/^(?:tls)?1[._]?[01]$|^tls1_[01]$/, /^(?:tls)?1[._]?[23]$|^tls1_[23]$/]],
  ['mintlsversion', [/^1\.[01]$/, /^1\.[23]$/]],
  ['defaultaction', [/^allow$/, /^deny$/]],
  ['publicnetworkaccess', [/^enabled$/, /^disabled$/]],
  ['authtype', [/^none$/, /^aws_iam$/]],
  ['enforcementmode', [/^(?:donotenforce|disabled)$/, /^default$/]],
  ['tfapolicy', [/^(?:disabled|optional)$/, /^required$/]],
]);
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
    for (const key of sentenceKeys) namedOutsiders(event, key, out);
    scopeOfChange(event, out);
    if (newPasswords.some((key) => event.record.has(key))) out.add('value:password-set', 'password-changed');
    if (event.record.objects.has('loggingenabled')) out.add('change:guard-on', null, 'logging');
  }
  directionEvidence(event, out);
  encryptionEvidence(event, out);
  policyEvidence(event, out);
}

/** What narrows a change: only inner addresses, only removals, a small role, a colleague, a rule that denies. */
function scopeOfChange({ record, known, phrase }: AuditEvent, out: EvidenceList): void {
  const ranges = record.leaves.filter(({ key, isAside }) => !isAside && openKeys.test(key));
  if (ranges.length > 0 && ranges.every(({ text }) => innerRange.test(text))) {
    out.add('value:inner-range', null, ranges[0]?.text);
  }
  if (record.under('properties', 'access')?.text === 'deny') out.add('value:deny-rule');
  const deltas = record.all('action').filter(({ parent }) => parent === 'bindingdeltas');
  const isRemoval = record.objects.has('remove') && !record.objects.has('add');
  if (isRemoval || (deltas.length > 0 && deltas.every(({ text }) => text === 'remove'))) {
    out.add('change:taken-back');
  }
  const isGrant = known?.incident === 'privilege-granted' || phrase.topics.has('privilege');
  if (isGrant && out.has('role:strong')) out.add('grant:strong', 'privilege-granted');
  else if (isGrant && out.has('role:weak')) out.add('grant:weak');
  const isHandout = known !== null && handouts.has(known.incident);
  if (isHandout && out.has('target:internal') && !out.has('target:external')) out.add('grant:inside');
}

function isHanding({ verb }: { readonly verb: Verb | null }): boolean {
  return verb !== null && handing.has(verb);
}

function valueEvidence(event: AuditEvent, leaf: Leaf, handsOut: boolean, out: EvidenceList): void {
  const { key, text } = leaf;
  if (text.length > 5 && publicParts.test(text)) out.add('value:everyone', 'made-public', text);
  if (text.length > 400) return;
  if (text === 'true' || text === 'false') flagEvidence(event, leaf, text === 'true', out);
  else if ((text === '0' || text === '1') && protectiveFlags.has(key))
    flagEvidence(event, leaf, text === '1', out);
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
  const setting = worded.get(key);
  if (setting?.[0].test(text) === true) {
    out.add('value:protection-off', 'safeguard-weakened', `${key} ${text}`);
  } else if (setting?.[1].test(text) === true) {
    out.add('value:protection-on', null, `${key} ${text}`);
  } else if (anywhere.test(text)) {
    if (openKeys.test(key)) out.add('value:open-to-internet', 'network-opened', text);
  } else if (visibilityKeys.test(key)) {
    visibilityEvidence(event, leaf, out);
  } else if (isEveryone(leaf)) {
    out.add('value:everyone', 'made-public', text);
  } else if (text === 'bypass' && (key === 'status' || key === 'newenrollpolicy')) {
    out.add('value:protection-off', 'mfa-weakened', `${key} ${text}`);
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
  if (strongRoles.test(text) || officeRoles.test(text) || strongRoleIds.test(text))
    out.add('role:strong', 'privilege-granted', text);
  else if (weakRoles.test(text) || weakRoleIds.test(text)) out.add('role:weak', null, text);
  else if (narrowRole.test(text)) out.add('role:narrow', null, text);
}

function externalEvidence(event: AuditEvent, leaf: Leaf, out: EvidenceList): void {
  if (leaf.text === event.actor) return;
  externalDomain(event, leaf.text.slice(leaf.text.lastIndexOf('@') + 1), out);
  if (freeMail.test(leaf.text)) out.add('target:free-mail', 'shared-externally', leaf.text);
}

/** Outsiders whom a sentence names: `Added user eve@elsewhere.example to the organisation`. */
function namedOutsiders(event: AuditEvent, key: string, out: EvidenceList): void {
  const text = event.record.text(key).slice(0, 300);
  if (!/^(?:added|invited|created|granted|assigned|shared|user added)\b/.test(text)) return;
  const address = /[a-z0-9._%+-]{1,64}@([a-z0-9.-]{3,80}\.[a-z]{2,12})\b/.exec(text);
  if (address?.[1] !== undefined && address[0] !== event.actor) externalDomain(event, address[1], out);
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
