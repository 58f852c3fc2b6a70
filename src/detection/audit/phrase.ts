import { type Topic, topics, type Verb, verbs } from './lexicon.ts';

/** The meaning of an action's name: `DeleteFlowLogs`, `protected_branch.destroy`, `LOCKS/DELETE`. */
export interface Phrase {
  /** Words, lower case, in order. */
  readonly words: readonly string[];
  /** The verb that governs the name; null when it has none. */
  readonly verb: Verb | null;
  /** Every verb in it. */
  readonly verbs: ReadonlySet<Verb>;
  readonly topics: ReadonlySet<Topic>;
  /** The whole name and its tails, letters and digits only, longest first: what vocabularies are asked for. */
  readonly keys: readonly string[];
}

const azureCall = /\/action$/i;
const maxText = 200;
const maxWords = 28;
const longestPhrase = 4;
const maxRemembered = 8192;
const remembered = new Map<string, Phrase>();
const emptyPhrase: Phrase = { words: [], verb: null, verbs: new Set(), topics: new Set(), keys: [] };

/** Verbs whose presence anywhere decides, strongest first: `delete_mfa_enabled` is a deletion. */
const weighty: readonly Verb[] = ['disable', 'delete', 'assume', 'revoke'];

/** Reads a name or a short sentence. Remembered: one product says the same few hundred things for ever. */
export function phraseOf(text: string): Phrase {
  if (text === '') return emptyPhrase;
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const phrase = parse(text.length > maxText ? text.slice(0, maxText) : text);
  if (remembered.size >= maxRemembered) remembered.clear();
  if (text.length <= maxText) remembered.set(text, phrase);
  return phrase;
}

function parse(text: string): Phrase {
  const segments = text
    .split(/[./:|]+/)
    .filter((segment) => segment !== '')
    .slice(-8);
  const words: string[] = [];
  // Azure ends the names of calls that are neither reads nor writes in `/action`.
  const named = azureCall.test(text) ? segments.slice(0, -1) : segments;
  for (const segment of named) for (const word of wordsOf(segment)) words.push(word);
  words.splice(maxWords);
  const found = new Set<Verb>();
  const about = new Set<Topic>();
  let first: Verb | null = null;
  let last: Verb | null = null;
  let thing: Verb | null = null;
  for (let i = 0; i < words.length; ) {
    const length = longestKnown(words, i);
    const key = words.slice(i, i + length).join('');
    const verb = verbs.get(key);
    if (verb !== undefined) {
      if (!topics.has(key)) found.add(verb);
      else thing ??= verb;
      // `lock.created`: a word that is a thing as well governs only where no other verb follows.
      if (i === 0 && !topics.has(key)) first = verb;
      if (!topics.has(key)) last = verb;
    }
    for (const topic of topics.get(key) ?? []) about.add(topic);
    i += length;
  }
  const verb = first ?? weighty.find((name) => found.has(name)) ?? last ?? thing;
  return { words, verb, verbs: found, topics: about, keys: keysOf(segments) };
}

/** Words in the longest phrase of the lexicon that starts here; 1 when none does. */
function longestKnown(words: readonly string[], start: number): number {
  for (let length = Math.min(longestPhrase, words.length - start); length > 1; length -= 1) {
    const key = words.slice(start, start + length).join('');
    if (topics.has(key) || verbs.has(key)) return length;
  }
  return 1;
}

/** Splits camelCase, snake_case and sentences, and compounds written together (`STARTPACKETCAPTURE`). */
function wordsOf(segment: string): string[] {
  const out: string[] = [];
  const spaced = segment
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase();
  for (const word of spaced.split(/[^a-z0-9]+/)) {
    if (word === '') continue;
    if (isKnown(word) || word.length < 7 || word.length > 48) out.push(word);
    else out.push(...compound(word));
  }
  return out;
}

function isKnown(word: string): boolean {
  return topics.has(word) || verbs.has(word);
}

/** Cuts known words off the front and the back of a compound; the rest stays one word. */
function compound(word: string): string[] {
  const head: string[] = [];
  const tail: string[] = [];
  let rest = word;
  for (let step = 0; step < 4 && rest.length > 3; step += 1) {
    const front = longestEdge(rest, true);
    if (front !== null) {
      head.push(front);
      rest = rest.slice(front.length);
      continue;
    }
    const back = longestEdge(rest, false);
    if (back === null) break;
    tail.unshift(back);
    rest = rest.slice(0, -back.length);
  }
  return rest === '' ? [...head, ...tail] : [...head, rest, ...tail];
}

function longestEdge(word: string, front: boolean): string | null {
  for (let length = Math.min(word.length, 24); length >= 4; length -= 1) {
    const edge = front ? word.slice(0, length) : word.slice(-length);
    // What is left must be nothing or a word's worth: `catalog` is no `cata` + `log`.
    const left = word.length - length;
    if ((left === 0 || left > 2) && isKnown(edge)) return edge;
  }
  return null;
}

function keysOf(segments: readonly string[]): string[] {
  const plain = segments.map((segment) => segment.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const keys: string[] = [];
  for (let start = 0; start < plain.length; start += 1) {
    const key = plain.slice(start).join('');
    if (key !== '') keys.push(key);
  }
  return keys;
}
