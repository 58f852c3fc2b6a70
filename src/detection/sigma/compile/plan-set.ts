import type { SigmaEvent } from '../sigma-event.ts';
import { fold } from './fold.ts';
import { type FieldTerm, type Logic, specialise } from './logic.ts';
import { Plan, type PlanContext, type PlannedRule } from './plan.ts';
import { numberOf } from './scalar.ts';
import { textShape } from './text-test.ts';

/** A value in the form in which plans are looked up: folded text, or a number however it was written. */
type Key = string | number;

/**
 * The plans of one log source. Where enough of its rules hang on one field having one of a few values (`EventID`,
 * `eventName`), there is a plan for each of these values, with the conditions on them already worked out, and
 * one for all other values. So an event is not even looked up in fields that only other kinds of event have.
 */
export interface PlanSet {
  planOf(event: SigmaEvent): Plan;
}

/** Below these a split costs more than it saves. */
const minRules = 6;
const minShare = 0.2;

export function createPlanSet(rules: readonly PlannedRule[], context: PlanContext): PlanSet {
  const slot = bestSlot(rules);
  if (slot === null) {
    const plan = new Plan(rules, context);
    return { planOf: () => plan };
  }
  return new SplitPlans(rules, slot, context);
}

class SplitPlans implements PlanSet {
  readonly #rules: readonly PlannedRule[];
  readonly #slot: number;
  readonly #field: string;
  readonly #context: PlanContext;
  /** Values that rules name, and their plans, each made when first needed. */
  readonly #named = new Map<Key, Plan | null>();
  #others: Plan | null = null;
  #whole: Plan | null = null;

  constructor(rules: readonly PlannedRule[], slot: number, context: PlanContext) {
    this.#rules = rules;
    this.#slot = slot;
    this.#field = context.fields[slot] ?? '';
    this.#context = context;
    for (const { logic } of rules) {
      eachField(logic, (term) => {
        const key = term.slot === slot ? exactKey(term) : null;
        if (key !== null) this.#named.set(key, null);
      });
    }
  }

  planOf(event: SigmaEvent): Plan {
    const value = event.field(this.#field);
    if (value === undefined || value === null) return this.#forOthers();
    const key = typeof value === 'string' || typeof value === 'number' ? keyOf(value) : null;
    if (key === null) {
      this.#whole ??= new Plan(this.#rules, this.#context);
      return this.#whole;
    }
    const known = this.#named.get(key);
    if (known === undefined) return this.#forOthers();
    if (known !== null) return known;
    const plan = this.#specialised((wanted) => wanted === key);
    this.#named.set(key, plan);
    return plan;
  }

  #forOthers(): Plan {
    this.#others ??= this.#specialised(() => false);
    return this.#others;
  }

  #specialised(isValue: (wanted: Key) => boolean): Plan {
    const left: PlannedRule[] = [];
    for (const planned of this.#rules) {
      const logic = specialise(planned.logic, (term) => {
        if (term.slot !== this.#slot || !isExact(term)) return null;
        const wanted = exactKey(term);
        return wanted !== null && isValue(wanted);
      });
      if (logic.kind !== 'constant' || logic.value) left.push({ ...planned, logic });
    }
    return new Plan(left, this.#context);
  }
}

/** Null for text that is a number in an unusual form (`04624`): it equals numbers that it does not look like. */
function keyOf(value: string | number): Key | null {
  if (typeof value === 'number') return value;
  const number = numberOf(value);
  if (Number.isNaN(number)) return fold(value);
  return String(number) === value ? number : null;
}

/** Whether the term is settled by the key of the field's value. */
function isExact({ predicate }: FieldTerm): boolean {
  if (predicate.kind === 'number') return true;
  return (
    predicate.kind === 'text' && !predicate.isCased && textShape(predicate.parts, false).kind === 'whole'
  );
}

/** The key of the values for which an exact term is true; null when no value with a key is. */
function exactKey(term: FieldTerm): Key | null {
  const { predicate } = term;
  if (predicate.kind === 'number') return predicate.value;
  if (predicate.kind !== 'text' || predicate.isCased) return null;
  const shape = textShape(predicate.parts, false);
  return shape.kind === 'whole' ? keyOf(shape.literal) : null;
}

/** The field on which most rules hang, when these are enough. */
function bestSlot(rules: readonly PlannedRule[]): number | null {
  const counts = new Map<number, number>();
  for (const { logic } of rules) {
    for (const slot of deciding(logic)) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  let best: number | null = null;
  let most = Math.max(minRules, rules.length * minShare) - 1;
  for (const [slot, count] of counts) {
    if (count > most) {
      best = slot;
      most = count;
    }
  }
  return best;
}

const none: ReadonlySet<number> = new Set();

/** Fields without an exact value in which the condition cannot hold. */
function deciding(logic: Logic): ReadonlySet<number> {
  switch (logic.kind) {
    case 'field':
      return isExact(logic) ? new Set([logic.slot]) : none;
    case 'and': {
      const all = new Set<number>();
      for (const term of logic.terms) for (const slot of deciding(term)) all.add(slot);
      return all;
    }
    case 'or': {
      const [first, ...rest] = logic.terms;
      if (first === undefined) return none;
      let common = deciding(first);
      for (const term of rest) {
        if (common.size === 0) return none;
        const own = deciding(term);
        common = new Set([...common].filter((slot) => own.has(slot)));
      }
      return common;
    }
    default:
      return none;
  }
}

function eachField(logic: Logic, visit: (term: FieldTerm) => void): void {
  if (logic.kind === 'field') visit(logic);
  else if (logic.kind === 'not') eachField(logic.term, visit);
  else if (logic.kind === 'and' || logic.kind === 'or')
    for (const term of logic.terms) eachField(term, visit);
}
