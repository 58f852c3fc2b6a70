import { exceedsDepth } from '../../events/json-text.ts';
import { isJsonObject } from '../../json.ts';
import { wordSet } from './word-set.ts';

/** One value of an audit record, with the names it stands under. */
export interface Leaf {
  /** Name of the member, letters and digits only, lower case: `newvalue` for `NEW_VALUE`. */
  readonly key: string;
  /** Name of the object it stands in, spelt alike; '' at the top. */
  readonly parent: string;
  readonly value: string | number | boolean;
  /** Whether it tells what was before or what the service answered, not what was asked for. */
  readonly isAside: boolean;
  /** The value as lower-case text of at most {@link maxText} characters. */
  readonly text: string;
}

/** Bounds on one record; whatever lies beyond is not looked at. */
const maxLeaves = 600;
const maxDepth = 14;
const maxText = 2048;
const maxEmbedded = 16_384;
const maxNames = 16_384;
const maxItems = 24;

/** Objects that hold the answer to a request, or the state before it. */
const asideKeys = wordSet(
  `responseelements response responseobject preaction before old previous beforestate oldvalues remove removed`,
);

/** Members that name their neighbour `value`: `{"key": "role", "value": "admin"}`. */
const nameKeys = wordSet('key name displayname field attribute setting');
const valueKeys = wordSet('value valuestring newvalue new after boolvalue intvalue values');

const names = new Map<string, string>();

/** A member's name without case and punctuation; remembered, because records of one product repeat theirs. */
export function plainName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const plain = name
    .slice(0, 96)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  if (names.size >= maxNames) names.clear();
  if (name.length <= 96) names.set(name, plain);
  return plain;
}

/** A record of any shape as a flat list, embedded JSON texts opened. Never throws; cost is bounded. */
export class AuditRecord {
  readonly leaves: Leaf[] = [];
  readonly #byKey = new Map<string, Leaf[]>();
  readonly objects = new Set<string>();
  /** Leaves of each statement of an access policy: every object with an `Effect`, as a range of `leaves`. */
  readonly statements: (readonly [from: number, to: number])[] = [];
  #embedded = 0;

  constructor(payload: unknown) {
    this.#walk(payload, '', '', 0, false);
  }

  /** All values under this name, wherever it stands. */
  all(key: string): readonly Leaf[] {
    return this.#byKey.get(key) ?? [];
  }

  /** The first value under the first of these names that has one. */
  first(keys: readonly string[]): Leaf | undefined {
    for (const key of keys) {
      const found = this.#byKey.get(key)?.[0];
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Lower-case text of the first value under these names; '' when there is none. */
  text(...keys: readonly string[]): string {
    return this.first(keys)?.text ?? '';
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Value at `parent.key`, names plain. */
  under(parent: string, key: string): Leaf | undefined {
    return this.#byKey.get(key)?.find((leaf) => leaf.parent === parent);
  }

  #walk(value: unknown, key: string, parent: string, depth: number, isAside: boolean): void {
    if (this.leaves.length >= maxLeaves) return;
    if (typeof value === 'string') {
      this.#addText(value, key, parent, depth, isAside);
    } else if (typeof value === 'number' || typeof value === 'boolean') {
      this.#add({ key, parent, value, isAside, text: String(value) });
    } else if (depth < maxDepth && Array.isArray(value)) {
      for (const item of value.slice(0, maxItems)) this.#walk(item, key, parent, depth + 1, isAside);
    } else if (depth < maxDepth && isJsonObject(value)) {
      this.#walkObject(value, key, depth, isAside || asideKeys.has(key));
    }
  }

  #walkObject(value: Readonly<Record<string, unknown>>, key: string, depth: number, isAside: boolean): void {
    if (key !== '') this.objects.add(key);
    let name: string | null = null;
    let named: unknown;
    let seen = 0;
    const from = this.leaves.length;
    let isStatement = false;
    for (const member in value) {
      seen += 1;
      if (seen > maxLeaves) break;
      const inner = value[member];
      const plain = plainName(member);
      if (plain === 'effect') isStatement = true;
      if (name === null && typeof inner === 'string' && nameKeys.has(plain)) name = plainName(inner);
      else if (named === undefined && inner !== null && valueKeys.has(plain)) named = inner;
      this.#walk(inner, plain, key, depth + 1, isAside);
    }
    if (isStatement) this.statements.push([from, this.leaves.length]);
    if (name !== null && name !== '' && named !== undefined && seen <= 8) {
      this.#walk(named, name, key, depth + 1, isAside);
    }
  }

  #addText(value: string, key: string, parent: string, depth: number, isAside: boolean): void {
    const first = value.charCodeAt(0);
    if ((first === 0x7b || first === 0x5b || first === 0x25) && value.length > 2 && this.#embedded < 4) {
      const inner = embeddedJson(value);
      if (inner !== null) {
        this.#embedded += 1;
        this.#walk(inner, key, parent, depth + 1, isAside);
        return;
      }
    }
    this.#add({ key, parent, value, isAside, text: value.slice(0, maxText).toLowerCase() });
  }

  #add(leaf: Leaf): void {
    this.leaves.push(leaf);
    const list = this.#byKey.get(leaf.key);
    if (list === undefined) this.#byKey.set(leaf.key, [leaf]);
    else if (list.length < 64) list.push(leaf);
  }
}

/** JSON inside a text, as clouds put policies and inner records; null when it is none or too large. */
function embeddedJson(text: string): unknown {
  if (text.length > maxEmbedded) return null;
  let json = text;
  if (text.charCodeAt(0) === 0x25) {
    if (!/^%(?:7b|5b)/i.test(text)) return null;
    try {
      json = decodeURIComponent(text);
    } catch {
      return null;
    }
  }
  const last = json.charCodeAt(json.length - 1);
  if ((last !== 0x7d && last !== 0x5d && last > 0x20) || exceedsDepth(json, maxDepth)) return null;
  try {
    const parsed: unknown = JSON.parse(json);
    return parsed !== null && typeof parsed === 'object' ? parsed : null;
  } catch {
    return null;
  }
}
