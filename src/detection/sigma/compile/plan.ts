import type { DetectionRule } from '../rule.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { type EventView, fieldStates } from './event-view.ts';
import { type FieldIndex, FieldIndexBuilder, type RuleSink } from './field-index.ts';
import type { Logic } from './logic.ts';
import type { Program, ProgramCompiler } from './program.ts';
import { Scalar } from './scalar.ts';
import { keywordSlot, witnessOf } from './witness.ts';

/** A rule as one plan sees it. */
export interface PlannedRule {
  readonly rule: DetectionRule;
  /** Its place among the engine's rules. */
  readonly order: number;
  readonly logic: Logic;
}

/** What all plans of an engine share. */
export interface PlanContext {
  readonly compiler: ProgramCompiler;
  readonly fields: readonly string[];
  /** Rules evaluated so far, for measurements. */
  evaluations: number;
}

interface PlanField {
  readonly slot: number;
  readonly name: string;
  readonly index: FieldIndex;
}

const noRules: readonly DetectionRule[] = Object.freeze([]);

/**
 * The rules of one kind of event: an index of their witnesses, and the rules as programs. An event is shown to the
 * index field by field; only rules whose witness holds are evaluated.
 */
export class Plan implements RuleSink {
  readonly #rules: readonly PlannedRule[];
  readonly #context: PlanContext;
  readonly #fields: PlanField[] = [];
  #leafIndex: FieldIndex | null = null;
  /** Rules without a witness. */
  readonly #always: Int32Array;
  readonly #programs: (Program | undefined)[];
  /** Epoch in which a rule last became a candidate. */
  readonly #marks: Uint32Array;
  readonly #candidates: Int32Array;
  #count = 0;
  #epoch = 0;

  constructor(rules: readonly PlannedRule[], context: PlanContext) {
    this.#rules = rules;
    this.#context = context;
    this.#programs = new Array<Program | undefined>(rules.length).fill(undefined);
    this.#marks = new Uint32Array(rules.length);
    this.#candidates = new Int32Array(rules.length);
    const builders = new Map<number, FieldIndexBuilder>();
    const always: number[] = [];
    for (const [number, { logic }] of rules.entries()) {
      const witness = witnessOf(logic);
      if (witness === null) always.push(number);
      for (const trigger of witness?.triggers ?? []) {
        let builder = builders.get(trigger.slot);
        if (builder === undefined) {
          builder = new FieldIndexBuilder();
          builders.set(trigger.slot, builder);
        }
        builder.add(trigger, number);
      }
    }
    this.#always = Int32Array.from(always);
    for (const [slot, builder] of builders) {
      const index = builder.build();
      if (slot === keywordSlot) this.#leafIndex = index;
      else this.#fields.push({ slot, name: context.fields[slot] ?? '', index });
    }
  }

  get size(): number {
    return this.#rules.length;
  }

  match(event: SigmaEvent, view: EventView): readonly DetectionRule[] {
    if (this.#rules.length === 0) return noRules;
    view.begin(event);
    this.#count = 0;
    this.#epoch = view.epoch;
    for (let index = 0; index < this.#fields.length; index += 1) {
      const field = this.#fields[index];
      if (field !== undefined) this.#lookUp(field, event.field(field.name), view);
    }
    if (this.#leafIndex !== null) this.#lookUpLeaves(this.#leafIndex, event, view);
    if (this.#always.length > 0) this.take(this.#always);
    const matches = this.#count === 0 ? noRules : this.#evaluate(view);
    view.end();
    return matches;
  }

  /** Makes rules candidates, each once an event. */
  take(rules: Int32Array): void {
    const epoch = this.#epoch;
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index] ?? 0;
      if (this.#marks[rule] === epoch) continue;
      this.#marks[rule] = epoch;
      this.#candidates[this.#count] = rule;
      this.#count += 1;
    }
  }

  /** Notes the value for the programs, too, so that the event is asked for it only once. */
  #lookUp({ slot, index }: PlanField, value: FieldValue, view: EventView): void {
    const state = view.take(slot, value);
    if (state === fieldStates.missing) return;
    if (state === fieldStates.one) index.search(view.one(slot), this);
    else if (state === fieldStates.many || state === fieldStates.manyAndNull) {
      for (const scalar of view.many(slot)) index.search(scalar, this);
    }
    if (index.present.length > 0) this.take(index.present);
  }

  /** All leaves in one search: what is found in them joined need not be in any, which the programs then see. */
  #lookUpLeaves(index: FieldIndex, event: SigmaEvent, view: EventView): void {
    const leaves = event.leaves();
    const shortest = index.shortestInside;
    if (shortest === null) {
      for (const leaf of view.leavesOf(leaves)) index.search(leaf, this);
      return;
    }
    let joined = '';
    for (const leaf of leaves) if (leaf.length >= shortest) joined += `${leaf}\n`;
    index.search(new Scalar(joined), this);
  }

  #evaluate(view: EventView): readonly DetectionRule[] {
    let matches: number[] | null = null;
    this.#context.evaluations += this.#count;
    for (let index = 0; index < this.#count; index += 1) {
      const number = this.#candidates[index] ?? 0;
      if (!this.#program(number).holds(view)) continue;
      matches ??= [];
      matches.push(number);
    }
    if (matches === null) return noRules;
    if (matches.length > 1) matches.sort((left, right) => left - right);
    const found: DetectionRule[] = [];
    for (const number of matches) {
      const planned = this.#rules[number];
      if (planned !== undefined) found.push(planned.rule);
    }
    return found;
  }

  /** Most rules are never asked, so a program is made when its rule first is. */
  #program(number: number): Program {
    let program = this.#programs[number];
    if (program === undefined) {
      program = this.#context.compiler.compile(
        this.#rules[number]?.logic ?? { kind: 'constant', value: false },
      );
      this.#programs[number] = program;
    }
    return program;
  }
}
