import type { Evidence } from './evidence.ts';
import type { Topic, Verb } from './lexicon.ts';

const wordsOfTopics: Readonly<Record<Topic, string>> = {
  mfa: 'multi-factor authentication',
  federation: 'single sign-on',
  logging: 'logging',
  detection: 'detection and alerting',
  safeguard: 'a protective setting',
  network: 'network access',
  encryption: 'encryption keys',
  credential: 'credentials',
  secret: 'secrets',
  password: 'passwords',
  privilege: 'privileges',
  account: 'accounts',
  integration: 'an integration',
  trust: 'trust between organisations',
  organisation: 'an organisation or workspace',
  exposure: 'public exposure',
  data: 'data',
  repository: 'a repository',
  compute: 'compute',
  session: 'sessions',
  mail: 'mail flow',
  billing: 'limits and billing',
  directory: 'directory data',
};

const wordsOfVerbs: Readonly<Record<Verb, string>> = {
  read: 'reads',
  create: 'adds to',
  update: 'changes',
  delete: 'deletes',
  disable: 'switches off',
  enable: 'switches on',
  grant: 'grants',
  revoke: 'revokes',
  export: 'exports',
  share: 'shares',
  assume: 'takes over',
  execute: 'runs on',
  login: 'signs in with',
  logout: 'signs out of',
};

const topicNames: ReadonlyMap<string, string> = new Map(Object.entries(wordsOfTopics));
const verbNames: ReadonlyMap<string, string> = new Map(Object.entries(wordsOfVerbs));

const phrases: Readonly<Record<string, string>> = {
  'known:3': 'an action intruders are known for',
  'known:2': 'an action rarely routine',
  'known:1': 'a notable action',
  'known:recon': 'a typical reconnaissance call',
  'known:-1': 'a routine action',
  'known:-2': 'a harmless or protective action',
  'topic:none': 'nothing known is touched',
  'action:none': 'no action named',
  'action:unclear': 'the action’s name says little',
  'word:upsert': 'creates or changes by one call',
  'outcome:unstated:change': 'the outcome is not stated',
  'outcome:success:change': 'the change took effect',
  'outcome:failed:change': 'the change failed',
  'outcome:denied:change': 'the change was refused',
  'outcome:denied:read': 'the access was refused',
  'outcome:failed:login': 'the sign-in failed',
  'outcome:denied:login': 'the sign-in was refused',
  'actor:root': 'done by the root account',
  'actor:anonymous': 'done by nobody known',
  'actor:service': 'done by a service',
  'actor:system': 'done by the platform itself',
  'source:private': 'from a private address',
  'source:anonymiser': 'through an anonymiser',
  'source:instance-credential-outside': 'an instance’s credentials used outside the cloud',
  'agent:attack-tool': 'with an attack tool',
  'agent:command-line': 'with a script or command line',
  'agent:infrastructure': 'by infrastructure tooling',
  'flag:read-only': 'read only',
  'value:everyone': 'given to everyone',
  'value:public': 'made public',
  'value:private': 'made private',
  'value:external': 'opened to outsiders',
  'value:open-to-internet': 'open to any address',
  'value:protection-off': 'a protection switched off',
  'value:protection-on': 'a protection switched on',
  'value:customer-key': 'written under a key the owner does not hold',
  'value:foreign-key': 'encrypted with a key of another account',
  'value:password-set': 'a password set in the request',
  'role:strong': 'a powerful role',
  'role:weak': 'a weak role',
  'target:external': 'to someone outside the organisation',
  'target:self': 'to their own account',
  'target:internal': 'within the organisation',
  'target:free-mail': 'to a free mail address',
  'change:none': 'old and new value are the same',
  'change:guard-off': 'a safeguard switched off',
  'change:guard-on': 'a safeguard switched on',
  'change:exposure-on': 'exposure switched on',
  'change:exposure-off': 'exposure switched off',
  'text:off': 'described as switched off',
  'text:on': 'described as switched on',
  'policy:any-principal': 'a policy that allows any principal',
  'policy:any-action': 'a policy that allows any action',
  'policy:foreign-account': 'a policy that trusts another account',
  'policy:condition': 'restricted by a condition',
  'policy:service-principal': 'for a service of the platform',
  'alert:is-alert': 'an alert of a security product',
  'alert:worded': 'its name speaks of an alert',
  'alert:unrated': 'an alert without a severity',
  'word:threat': 'its name speaks of a threat',
  'alert:closed': 'already closed',
  'alert:sample': 'a sample or test',
  'verdict:bad': 'judged malicious by the product',
  'verdict:good': 'judged harmless by the product',
  'verdict:blocked': 'blocked by the product',
  'intel:enriched': 'named by threat intelligence',
  'login:mfa': 'with a second factor',
  'login:no-mfa': 'without a second factor',
  'login:root': 'as root',
  'login:local-account': 'with a local account instead of single sign-on',
  'login:password-only': 'with a password alone',
  'login:legacy-protocol': 'over a legacy protocol',
  'login:device-code': 'with a device code',
  'login:locked': 'the account was locked',
  'login:refused-by-user': 'the user refused the prompt',
  'login:untrusted-device': 'from an untrusted device',
  'login:anomaly-named': 'the provider names an anomaly',
  'risk:high': 'the provider rates the risk high',
  'risk:medium': 'the provider rates the risk medium',
  'risk:low': 'the provider rates the risk low',
  'risk:new-behaviour': 'new behaviour of the account',
  'mail:high-score': 'high threat score of the mail gateway',
  'mail:unauthenticated': 'sender not authenticated',
  'word:scale': 'its name speaks of scale or anomaly',
  'k8s:system-actor': 'done by the cluster itself',
  'k8s:host-access': 'a container with access to its host',
  'k8s:exec': 'a shell in a running container',
  'k8s:secret-refused': 'a secret asked for in vain',
  'k8s:secrets-listed': 'secrets listed',
  'k8s:system-from-internet': 'a credential of the cluster used from outside it',
  'word:put': 'creates or changes by one call',
  'word:admin': 'it concerns administrators or owners',
  'word:requested': 'asked for, not yet done',
  'scope:narrow': 'within one workspace or project',
  'scope:wide': 'for the whole organisation',
  'role:narrow': 'a role for one service',
  'agent:console': 'from the provider’s console',
  'actor:foreign-account': 'by an identity of another account',
  'request:plaintext': 'without transport encryption',
  'request:unauthenticated': 'without a signature',
  'flow:public-dns': 'a well-known public resolver',
  'dns:blocked': 'a name that the resolver blocks',
  'volume:large': 'an unusual amount of data',
  'login:mundane-reason': 'for an everyday reason',
  'command:remote-start': 'a program started on another machine',
  'value:inner-range': 'for private addresses only',
  'value:deny-rule': 'a rule that denies',
  'change:taken-back': 'access taken back',
  'grant:strong': 'a powerful role granted',
  'grant:weak': 'only a weak role granted',
  'grant:inside': 'handed to a colleague',
  'support:0': 'nothing speaks for it',
  'support:1': 'one thing speaks for it',
  'support:2': 'two things speak for it',
  'support:3': 'three things speak for it',
  'support:4': 'four or more things speak for it',
};

/** What a piece of evidence says, in a few words. Text from the record is quoted, cut and without controls. */
export function describeEvidence({ id, detail }: Evidence): string {
  const known = phrases[id];
  const words = known ?? described(id);
  return detail === '' || !quotes(id) ? words : `${words} (“${clean(detail)}”)`;
}

function described(id: string): string {
  const [kind, verb = '', topic = ''] = id.split(':');
  const did = verbNames.get(verb);
  const what = topicNames.get(topic);
  if ((kind === 'pair' || kind === 'detail') && did !== undefined && what !== undefined)
    return `${did} ${what}`;
  if (kind === 'named' && what !== undefined) return `concerns ${what}`;
  if (kind === 'bare' && did !== undefined) return `${did} something unnamed`;
  return id.replaceAll(/[:-]/g, ' ');
}

function quotes(id: string): boolean {
  return !/^(?:actor|source|agent|outcome)/.test(id);
}

function clean(text: string): string {
  return text.slice(0, 60).replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}
