import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { Scalar } from './scalar.ts';

/**
 * What an event has in a field. Any element decides about a list, so one with a null in it is null as well as what
 * its other elements are. `none` are objects, and lists without a single plain value.
 */
export const fieldStates = { missing: 0, null: 1, one: 2, many: 3, manyAndNull: 4, none: 5 } as const;
export type FieldState = number;

const placeholder = new Scalar('');
const noScalars: readonly Scalar[] = [];
/** Nested lists are looked into so deep, and so many elements are taken. */
const maxListDepth = 8;
const maxElements = 4096;

/** No event has more than this number before the marks begin anew; half of what a mark holds. */
const lastEpoch = 0x7fff_fffe;

/**
 * One event while it is matched: values of fields and results of terms, each worked out once. Reused for all events:
 * an epoch marks what belongs to the present one, so that nothing has to be cleared.
 */
export class EventView {
  epoch = 0;
  readonly #fields: readonly string[];
  #event: SigmaEvent | null = null;
  readonly #stamps: Uint32Array;
  readonly #states: Uint8Array;
  /** The value of a field with one; only of the present epoch. */
  readonly #ones: Scalar[];
  readonly #lists: (readonly Scalar[])[];
  /** Epoch twice, plus one for what is true. */
  readonly #results: Uint32Array;
  #leaves: readonly Scalar[] | null = null;

  constructor(fields: readonly string[], terms: number) {
    this.#fields = fields;
    this.#stamps = new Uint32Array(fields.length);
    this.#states = new Uint8Array(fields.length);
    this.#ones = new Array<Scalar>(fields.length).fill(placeholder);
    this.#lists = new Array<readonly Scalar[]>(fields.length).fill(noScalars);
    this.#results = new Uint32Array(terms);
  }

  begin(event: SigmaEvent): void {
    this.#event = event;
    this.#leaves = null;
    if (this.epoch === lastEpoch) {
      this.epoch = 0;
      this.#stamps.fill(0);
      this.#results.fill(0);
    }
    this.epoch += 1;
  }

  /** Lets go of the event, so that it is not kept until the next one. */
  end(): void {
    this.#event = null;
    this.#leaves = null;
  }

  /** 1 or 0 when the term's result is known, else -1. */
  known(term: number): number {
    const mark = this.#results[term] ?? 0;
    return mark >>> 1 === this.epoch ? mark & 1 : -1;
  }

  remember(term: number, result: boolean): void {
    this.#results[term] = this.epoch * 2 + (result ? 1 : 0);
  }

  stateOf(slot: number): FieldState {
    if (this.#stamps[slot] !== this.epoch) this.take(slot, this.#event?.field(this.#fields[slot] ?? ''));
    return this.#states[slot] ?? fieldStates.missing;
  }

  /** Of a field in state `one`. */
  one(slot: number): Scalar {
    return this.#ones[slot] ?? placeholder;
  }

  /** Of a field in state `many` or `manyAndNull`. */
  many(slot: number): readonly Scalar[] {
    return this.#lists[slot] ?? noScalars;
  }

  /** Notes a field's value. */
  take(slot: number, value: FieldValue): FieldState {
    this.#stamps[slot] = this.epoch;
    const state = this.#classify(slot, value);
    this.#states[slot] = state;
    return state;
  }

  leaves(): readonly Scalar[] {
    return this.#leaves ?? this.leavesOf(this.#event?.leaves() ?? []);
  }

  /** The leaves, when the event has already been asked for them. */
  leavesOf(leaves: readonly string[]): readonly Scalar[] {
    this.#leaves = leaves.map((leaf) => new Scalar(leaf));
    return this.#leaves;
  }

  #classify(slot: number, value: FieldValue): FieldState {
    if (value === undefined) return fieldStates.missing;
    if (value === null) return fieldStates.null;
    if (isPlain(value)) {
      this.#ones[slot] = new Scalar(value);
      return fieldStates.one;
    }
    if (!Array.isArray(value)) return fieldStates.none;
    const found: Collected = { scalars: [], hasNull: false };
    collect(value, found, 0);
    this.#lists[slot] = found.scalars;
    if (found.hasNull) return found.scalars.length === 0 ? fieldStates.null : fieldStates.manyAndNull;
    return found.scalars.length === 0 ? fieldStates.none : fieldStates.many;
  }
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

interface Collected {
  readonly scalars: Scalar[];
  hasNull: boolean;
}

function collect(list: readonly unknown[], found: Collected, depth: number): void {
  for (const element of list) {
    if (found.scalars.length === maxElements) return;
    if (isPlain(element)) found.scalars.push(new Scalar(element));
    else if (element === null) found.hasNull = true;
    else if (Array.isArray(element) && depth < maxListDepth) collect(element, found, depth + 1);
  }
}
