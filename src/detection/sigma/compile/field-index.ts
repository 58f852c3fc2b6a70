import { createGramIndex, type GramIndex } from './gram-index.ts';
import { LiteralTrie } from './literal-trie.ts';
import type { Scalar } from './scalar.ts';
import type { Trigger } from './witness.ts';

/** Takes in the numbers of rules that a value may concern; a rule may come several times. */
export interface RuleSink {
  take(rules: Int32Array): void;
}

/** Collects the triggers of one field, then becomes its index. Rules go by their number in the plan. */
export class FieldIndexBuilder {
  readonly #entries = new Map<string, { readonly trigger: Trigger; readonly rules: number[] }>();

  add(trigger: Trigger, rule: number): void {
    const wanted = trigger.kind === 'present' ? '' : trigger.kind === 'number' ? trigger.value : trigger.text;
    const key = `${trigger.kind} ${wanted}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { trigger, rules: [rule] });
    else if (entry.rules.at(-1) !== rule) entry.rules.push(rule);
  }

  build(): FieldIndex {
    const parts: IndexParts = {
      wholes: new Map(),
      numbers: new Map(),
      start: { literals: [], rules: [] },
      end: { literals: [], rules: [] },
      anywhere: { literals: [], rules: [] },
      present: new Int32Array(0),
    };
    for (const { trigger, rules: numbers } of this.#entries.values()) {
      const rules = Int32Array.from(numbers);
      if (trigger.kind === 'present') parts.present = rules;
      else if (trigger.kind === 'number') parts.numbers.set(trigger.value, rules);
      else if (trigger.kind === 'whole') parts.wholes.set(trigger.text, rules);
      else {
        parts[trigger.kind].literals.push(trigger.text);
        parts[trigger.kind].rules.push(rules);
      }
    }
    return new FieldIndex(parts);
  }
}

/** Literals in one place of the text, with their rules. */
interface Placed {
  readonly literals: string[];
  readonly rules: Int32Array[];
}

interface IndexParts {
  readonly wholes: Map<string, Int32Array>;
  readonly numbers: Map<number, Int32Array>;
  readonly start: Placed;
  readonly end: Placed;
  readonly anywhere: Placed;
  present: Int32Array;
}

/** Lengths that are told apart; longer ones share the last. */
const lengths = 512;

/** The triggers of all rules of a plan on one field: tells which rules a value may concern. */
export class FieldIndex {
  /** Rules that an event concerns which has the field at all. */
  readonly present: Int32Array;
  /**
   * When the index asks only what is anywhere in a text, so that texts may be joined before the search: characters
   * that a text needs to be of interest. Else null.
   */
  readonly shortestInside: number | null;
  readonly #wholes: ReadonlyMap<string, Int32Array> | null;
  /** Lengths that a whole value has: most values need not even be folded to see that they are none. */
  readonly #wholeLengths = new Uint8Array(lengths);
  readonly #numbers: ReadonlyMap<number, Int32Array> | null;
  readonly #starts: LiteralTrie | null;
  readonly #ends: LiteralTrie | null;
  readonly #inside: GramIndex | null;
  #sink: RuleSink | null = null;
  readonly #onStart: (literal: number) => void;
  readonly #onEnd: (literal: number) => void;
  readonly #onInside: (literal: number) => void;

  constructor({ wholes, numbers, start, end, anywhere, present }: IndexParts) {
    this.present = present;
    this.#wholes = wholes.size === 0 ? null : wholes;
    for (const text of wholes.keys()) this.#wholeLengths[lengthClass(text)] = 1;
    this.#numbers = numbers.size === 0 ? null : numbers;
    this.#starts = start.literals.length === 0 ? null : new LiteralTrie(start.literals, false);
    this.#ends = end.literals.length === 0 ? null : new LiteralTrie(end.literals, true);
    this.#inside = anywhere.literals.length === 0 ? null : createGramIndex(anywhere.literals);
    const isInside = wholes.size + numbers.size + start.literals.length + end.literals.length === 0;
    this.shortestInside = isInside ? Math.min(...anywhere.literals.map(({ length }) => length)) : null;
    // Made once, so that a search makes no closures.
    this.#onStart = (literal) => this.#give(start.rules[literal]);
    this.#onEnd = (literal) => this.#give(end.rules[literal]);
    this.#onInside = (literal) => this.#give(anywhere.rules[literal]);
  }

  /** Gives the sink the rules a trigger of which holds for the value. */
  search(value: Scalar, sink: RuleSink): void {
    this.#sink = sink;
    if (this.#wholes !== null) this.#searchWhole(this.#wholes, value);
    if (this.#numbers !== null && !Number.isNaN(value.number)) this.#give(this.#numbers.get(value.number));
    if (this.#starts !== null) this.#starts.search(value.searchable, this.#onStart);
    if (this.#ends !== null) this.#ends.search(value.searchable, this.#onEnd);
    if (this.#inside !== null) this.#inside.search(value, this.#onInside);
  }

  #searchWhole(wholes: ReadonlyMap<string, Int32Array>, value: Scalar): void {
    if (this.#wholeLengths[lengthClass(value.searchable)] === 1) this.#give(wholes.get(value.folded));
  }

  #give(rules: Int32Array | undefined): void {
    if (rules !== undefined) this.#sink?.take(rules);
  }
}

function lengthClass(text: string): number {
  return Math.min(text.length, lengths - 1);
}
