import type { AuditEvent } from './audit-event.ts';
import type { EvidenceList } from './evidence.ts';
import type { Topic } from './lexicon.ts';
import type { Leaf } from './record.ts';
import { actorParents, offWords, oldKeys, onWords } from './setting-words.ts';
import { wordList, wordSet } from './word-set.ts';

const newKeys =
  wordSet(`newvalue newvalues new after to value state status enabled isenabled active newstate setting
  newsetting valuestring workspaceconfvalues changedescription mfadelete enforcement isactive
  disabled newpolicy enforcementlevel enable enforcementstatus`);
/** Names of any object's state: they tell a setting's new value only where the action changes a setting. */
const stateKeys = wordSet('enabled isenabled active isactive disabled status state enable value');
const toOff =
  /\bto (?:off|none|never|disabled?|optional|bypass)\b|: off\b|\b(?:turned|switched) off\b|^disabled$/;
const toOn = /\bto (?:on|enabled?|required|enforced)\b|: on\b|\b(?:turned|switched) on\b|^enabled$/;
const sentenceKeys = wordList(
  'operationdetail changedescription description displaymessage message details custommessage',
);
const guarding: readonly Topic[] = [
  'mfa',
  'federation',
  'logging',
  'detection',
  'safeguard',
  'network',
  'encryption',
];

/** Whether a setting went on or off. For one that protects, off is bad; for one that exposes, on is. */
export function directionEvidence(event: AuditEvent, out: EvidenceList): void {
  wordedDirection(event, out);
  const change = changeOf(event);
  if (change === null) return;
  if (change.now.text === change.before) {
    out.add('change:none');
    return;
  }
  const { key, text } = change.now;
  const isOn = key === 'disabled' ? offWords.test(text) : onWords.test(text);
  if (guarding.some((topic) => speaksOf(event, topic))) {
    out.add(isOn ? 'change:guard-on' : 'change:guard-off', isOn ? null : 'safeguard-weakened', text);
  } else if (speaksOf(event, 'exposure')) {
    out.add(isOn ? 'change:exposure-on' : 'change:exposure-off', isOn ? 'made-public' : null, text);
  } else {
    out.add(isOn ? 'change:on' : 'change:off', null, text);
  }
}

function speaksOf(event: AuditEvent, topic: Topic): boolean {
  return event.phrase.topics.has(topic) || event.details.some((detail) => detail.topics.has(topic));
}

interface Change {
  readonly now: Leaf;
  readonly before: string;
}

function changeOf(event: AuditEvent): Change | null {
  const { verb } = event.phrase;
  const isSetting = verb === null || verb === 'update' || verb === 'enable' || verb === 'disable';
  let now: Leaf | null = null;
  let before = '';
  for (const leaf of event.record.leaves) {
    if (leaf.text.length > 40 || actorParents.has(leaf.parent)) continue;
    if (leaf.isAside && !oldKeys.has(leaf.key)) continue;
    if (!isSetting && stateKeys.has(leaf.key) && !newKeys.has(leaf.parent)) continue;
    if (now === null && isNewValue(leaf)) now = leaf;
    else if (before === '' && oldKeys.has(leaf.key)) before = leaf.text;
  }
  return now === null ? null : { now, before };
}

function isNewValue({ key, parent, text }: Leaf): boolean {
  // A bare number under `value` counts something more often than it switches it.
  if (key === 'value' && /^\d$/.test(text)) return false;
  return newKeys.has(key) && parent !== 'outcome' && (offWords.test(text) || onWords.test(text));
}

/** Changes that are told in a sentence: `from On to Off`. */
function wordedDirection(event: AuditEvent, out: EvidenceList): void {
  for (const key of sentenceKeys) {
    const text = event.record.text(key);
    if (toOff.test(text)) out.add('text:off', 'safeguard-weakened', text);
    else if (toOn.test(text)) out.add('text:on', null, text);
  }
}
