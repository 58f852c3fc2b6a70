import { type ActorKind, actorKindOf, actorOf, sourceOf } from './actor.ts';
import { type KubernetesCall, kubernetesCall } from './kubernetes-call.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { type Phrase, phraseOf } from './phrase.ts';
import type { AuditRecord, Leaf } from './record.ts';
import { auth0Codes, oneloginCodes } from './vocabulary/codes.ts';
import { type KnownAction, knownActions } from './vocabulary/vocabulary.ts';
import { wordList, wordSet } from './word-set.ts';

/** What a record says happened, whatever product wrote it. */
export interface AuditEvent {
  readonly record: AuditRecord;
  /** The action's name as the product spells it; '' when none was found. */
  readonly action: string;
  readonly phrase: Phrase;
  /** Descriptions and settings that say more about the action. */
  readonly details: readonly Phrase[];
  /** What the products' vocabularies say of the action; null for one they do not know. */
  readonly known: KnownAction | null;
  readonly outcome: Outcome;
  readonly actorKind: ActorKind;
  readonly actor: string;
  /** Domain of the actor's e-mail address; '' when there is none. */
  readonly actorDomain: string;
  readonly sourceAddress: string;
  readonly userAgent: string;
  readonly kubernetes: KubernetesCall | null;
}

/** Members that hold the action, surest first. */
const actionKeys =
  wordList(`eventname methodname operationname eventtypename actionname eventtype activitydisplayname
  operation action activity activityname activitytype querytype event type alerttype auditlogtype
  logtype fdreventtype name path`);

/** Values of those members that name no action. */
const noActions =
  wordSet(`event awsapicall awsconsolesignin awsserviceevent awsconsoleaction awsvpceevent user info log
  audit person session authactivityauditevent useractivityauditevent webhook`);

const detailKeys =
  wordSet(`displaymessage description changedescription operationdetail sourcelabel title message
  eventdescription custommessage settingname workspaceconfkeys settings legacyeventtype
  activitydisplayname category subcategory querytext actiontype objecttype sourcetype resourcetype
  targettype short alertname rulename summary displayname`);

const userAgentKeys =
  wordList(`useragent callersupplieduseragent rawuseragent requestuseragent useragentheader
  clientrequestuseragent httpuseragent useragentinfo`);

/** Members that may name the action a second time, in words a vocabulary knows. */
const secondNames = wordList('activitydisplayname legacyeventtype eventtype operationname action');
/** Objects in which `type` and `event` speak of the record itself. */
const nearTop: ReadonlySet<string> = new Set(['', 'event', 'data', 'detail', 'events', 'metadata']);

/** Reads a record into an event. */
export function auditEventOf(record: AuditRecord): AuditEvent {
  const kubernetes = kubernetesCall(record);
  const action = actionOf(record, kubernetes);
  const phrase = phraseOf(action);
  const actor = actorOf(record);
  const at = actor.lastIndexOf('@');
  return {
    record,
    action,
    phrase,
    details: detailsOf(record),
    known: knownAction(phrase, record),
    outcome: outcomeOf(record, action),
    actor,
    actorKind: actorKindOf(record, actor),
    actorDomain: at === -1 ? '' : actor.slice(at + 1),
    sourceAddress: sourceOf(record),
    userAgent: record.text(...userAgentKeys),
    kubernetes,
  };
}

function actionOf(record: AuditRecord, kubernetes: KubernetesCall | null): string {
  if (kubernetes !== null) {
    const { resource, subresource, verb } = kubernetes;
    return subresource === '' ? `${resource}.${verb}` : `${resource}.${subresource}.${verb}`;
  }
  const coded = codedAction(record);
  if (coded !== undefined) return coded;
  for (const key of actionKeys) {
    for (const leaf of record.all(key)) if (namesAction(leaf)) return String(leaf.value);
  }
  return '';
}

function namesAction({ key, parent, value, text }: Leaf): boolean {
  if (typeof value !== 'string' || value === '' || value.length > 160 || noActions.has(text)) return false;
  if (key === 'name') return parent === '' || parent === 'event' || parent === 'events';
  return (key !== 'type' && key !== 'event') || nearTop.has(parent);
}

/** Products that write a code, or put the action where others put something else. */
function codedAction(record: AuditRecord): string | undefined {
  const onelogin = record.first(['eventtypeid']);
  if (onelogin !== undefined) return oneloginCodes.get(onelogin.text);
  const words = auth0Action(record);
  if (words !== undefined) return words;
  // Azure's exports, Dropbox's tagged unions and osquery's packs.
  const leaf =
    record.under('operationname', 'value') ??
    record.under('eventtype', 'tag') ??
    (record.has('hostidentifier') ? record.under('', 'name') : undefined) ??
    // Google Workspace puts the action under `name`, beside its group in `type`.
    (record.has('applicationname')
      ? (record.under('', 'name') ?? record.under('events', 'name'))
      : undefined);
  return typeof leaf?.value === 'string' ? leaf.value : undefined;
}

function auth0Action(record: AuditRecord): string | undefined {
  const type = record.under('data', 'type');
  const isAuth0 = record.has('logid') || record.has('clientname') || record.objects.has('details');
  return type !== undefined && isAuth0 ? auth0Codes.get(type.text) : undefined;
}

function knownAction(phrase: Phrase, record: AuditRecord): KnownAction | null {
  for (const key of phrase.keys) {
    const known = knownActions.get(key);
    if (known !== undefined) return known;
  }
  for (const name of secondNames) {
    const [key] = phraseOf(record.text(name)).keys;
    const known = key === undefined ? undefined : knownActions.get(key);
    if (known !== undefined) return known;
  }
  return null;
}

function detailsOf(record: AuditRecord): Phrase[] {
  const details: Phrase[] = [];
  for (const leaf of record.leaves) {
    if (typeof leaf.value !== 'string' || leaf.value.length < 4 || !detailKeys.has(leaf.key)) continue;
    // The log's own category says nothing of the action.
    if (leaf.key.endsWith('category') && /log|audit|administrative|^policy$/i.test(leaf.value)) continue;
    details.push(phraseOf(leaf.value));
    if (details.length >= 12) break;
  }
  return details;
}
