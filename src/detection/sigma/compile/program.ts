import type { Predicate } from '../rule.ts';
import { type EventView, fieldStates } from './event-view.ts';
import { fold } from './fold.ts';
import type { FieldTerm, KeywordTerm, Logic, TermTable } from './logic.ts';
import type { Scalar } from './scalar.ts';
import type { ValueTest } from './text-test.ts';
import { compileValueTest } from './value-test.ts';

/** A condition ready to be asked of an event. */
export interface Program {
  /** Rough cost of asking. */
  readonly cost: number;
  holds(view: EventView): boolean;
}

/** Compiles conditions. What rules share is compiled once, and worked out once an event. */
export class ProgramCompiler {
  readonly #terms: TermTable;
  readonly #programs = new WeakMap<Logic, Program>();

  constructor(terms: TermTable) {
    this.#terms = terms;
  }

  compile(logic: Logic): Program {
    let program = this.#programs.get(logic);
    if (program === undefined) {
      program = this.#build(logic);
      this.#programs.set(logic, program);
    }
    return program;
  }

  #build(logic: Logic): Program {
    switch (logic.kind) {
      case 'constant': {
        const { value } = logic;
        return { cost: 0, holds: () => value };
      }
      case 'not':
        return new Not(this.compile(logic.term));
      case 'and':
        return new All(this.#byCost(logic.terms));
      case 'or':
        return new Any(this.#byCost(withSets(logic.terms)));
      case 'field':
        return this.#field(logic);
      case 'keyword':
        return keyword(logic);
    }
  }

  #byCost(terms: readonly (Logic | Program)[]): readonly Program[] {
    const programs = terms.map((term) => ('holds' in term ? term : this.compile(term)));
    return programs.sort((left, right) => left.cost - right.cost);
  }

  #field(term: FieldTerm): Program {
    const { predicate } = term;
    if (predicate.kind === 'null') return new IsNull(term.slot);
    if (predicate.kind === 'exists') return new Exists(term.slot, predicate.isThere);
    if (predicate.kind === 'fieldref') {
      return new FieldReference(term.slot, this.#terms.slotOf(predicate.field), predicate);
    }
    const { test, cost } = compileValueTest(predicate);
    return term.uses > 1 ? new SharedFieldTest(term, test, cost) : new FieldTest(term, test, cost);
  }
}

class Not implements Program {
  readonly cost: number;
  readonly #term: Program;

  constructor(term: Program) {
    this.cost = term.cost;
    this.#term = term;
  }

  holds(view: EventView): boolean {
    return !this.#term.holds(view);
  }
}

class All implements Program {
  readonly cost: number;
  readonly #terms: readonly Program[];

  constructor(terms: readonly Program[]) {
    this.#terms = terms;
    // The first terms decide most often.
    this.cost = terms.reduce((sum, term, index) => sum + term.cost / (index + 1), 0);
  }

  holds(view: EventView): boolean {
    for (const term of this.#terms) if (!term.holds(view)) return false;
    return true;
  }
}

class Any implements Program {
  readonly cost: number;
  readonly #terms: readonly Program[];

  constructor(terms: readonly Program[]) {
    this.#terms = terms;
    this.cost = terms.reduce((sum, term) => sum + term.cost, 0);
  }

  holds(view: EventView): boolean {
    for (const term of this.#terms) if (term.holds(view)) return true;
    return false;
  }
}

/** Whether the test holds for the field's value, or for any of its elements. */
function fieldHolds(view: EventView, slot: number, test: ValueTest): boolean {
  const state = view.stateOf(slot);
  if (state === fieldStates.one) return test(view.one(slot));
  if (state !== fieldStates.many && state !== fieldStates.manyAndNull) return false;
  for (const scalar of view.many(slot)) if (test(scalar)) return true;
  return false;
}

class FieldTest implements Program {
  readonly cost: number;
  readonly #slot: number;
  readonly #test: ValueTest;

  constructor(term: FieldTerm, test: ValueTest, cost: number) {
    this.cost = cost;
    this.#slot = term.slot;
    this.#test = test;
  }

  holds(view: EventView): boolean {
    return fieldHolds(view, this.#slot, this.#test);
  }
}

class SharedFieldTest implements Program {
  readonly cost: number;
  readonly #slot: number;
  readonly #id: number;
  readonly #test: ValueTest;

  constructor(term: FieldTerm, test: ValueTest, cost: number) {
    this.cost = cost;
    this.#slot = term.slot;
    this.#id = term.id;
    this.#test = test;
  }

  holds(view: EventView): boolean {
    const known = view.known(this.#id);
    if (known >= 0) return known === 1;
    const result = fieldHolds(view, this.#slot, this.#test);
    view.remember(this.#id, result);
    return result;
  }
}

/** From so many on, one look-up is quicker than comparing with each. */
const minSetSize = 4;

/** The terms, with those that ask for whole values of one field made one look-up. */
function withSets(terms: readonly Logic[]): readonly (Logic | Program)[] {
  const bySlot = new Map<number, { readonly texts: Set<string>; readonly terms: Logic[] }>();
  const others: (Logic | Program)[] = [];
  for (const term of terms) {
    const text = wholeText(term);
    if (text === null || term.kind !== 'field') {
      others.push(term);
      continue;
    }
    const set = bySlot.get(term.slot) ?? { texts: new Set(), terms: [] };
    bySlot.set(term.slot, set);
    set.texts.add(text);
    set.terms.push(term);
  }
  for (const [slot, { texts, terms: same }] of bySlot) {
    if (same.length < minSetSize) others.push(...same);
    else others.push(new OneOf(slot, texts));
  }
  return others;
}

function wholeText(logic: Logic): string | null {
  if (logic.kind !== 'field' || logic.predicate.kind !== 'text' || logic.predicate.isCased) return null;
  const { parts } = logic.predicate;
  const [only] = parts;
  return parts.length === 1 && typeof only === 'string' ? fold(only) : null;
}

class OneOf implements Program {
  readonly cost = 2;
  readonly #slot: number;
  readonly #test: ValueTest;

  constructor(slot: number, texts: ReadonlySet<string>) {
    this.#slot = slot;
    this.#test = (scalar) => texts.has(scalar.folded);
  }

  holds(view: EventView): boolean {
    return fieldHolds(view, this.#slot, this.#test);
  }
}

class IsNull implements Program {
  readonly cost = 1;
  readonly #slot: number;

  constructor(slot: number) {
    this.#slot = slot;
  }

  holds(view: EventView): boolean {
    const state = view.stateOf(this.#slot);
    return state === fieldStates.missing || state === fieldStates.null || state === fieldStates.manyAndNull;
  }
}

class Exists implements Program {
  readonly cost = 1;
  readonly #slot: number;
  readonly #isThere: boolean;

  constructor(slot: number, isThere: boolean) {
    this.#slot = slot;
    this.#isThere = isThere;
  }

  holds(view: EventView): boolean {
    return (view.stateOf(this.#slot) !== fieldStates.missing) === this.#isThere;
  }
}

type Reference = Extract<Predicate, { readonly kind: 'fieldref' }>;

class FieldReference implements Program {
  readonly cost = 4;
  readonly #slot: number;
  readonly #other: number;
  readonly #place: Reference['place'];
  readonly #isCased: boolean;

  constructor(slot: number, other: number, { place, isCased }: Reference) {
    this.#slot = slot;
    this.#other = other;
    this.#place = place;
    this.#isCased = isCased;
  }

  holds(view: EventView): boolean {
    return fieldHolds(view, this.#slot, (value) =>
      fieldHolds(view, this.#other, (other) => this.#compare(value, other)),
    );
  }

  #compare(value: Scalar, other: Scalar): boolean {
    const text = this.#isCased ? value.text : value.folded;
    const sought = this.#isCased ? other.text : other.folded;
    switch (this.#place) {
      case 'whole':
        return text === sought;
      case 'start':
        return text.startsWith(sought);
      case 'end':
        return text.endsWith(sought);
      case 'anywhere':
        return text.includes(sought);
    }
  }
}

/** A keyword asks every leaf value, which costs more than any field. */
const keywordCost = 200;

const keywordTests = new WeakMap<KeywordTerm, ValueTest>();

/** Whether one leaf value is what a keyword asks for. */
export function keywordTest(term: KeywordTerm): ValueTest {
  let test = keywordTests.get(term);
  if (test === undefined) {
    const { predicate } = term;
    const asksForField =
      predicate.kind === 'null' || predicate.kind === 'exists' || predicate.kind === 'fieldref';
    test = asksForField ? () => false : compileValueTest(predicate).test;
    keywordTests.set(term, test);
  }
  return test;
}

function keyword(term: KeywordTerm): Program {
  const { id } = term;
  const test = keywordTest(term);
  return {
    cost: keywordCost,
    holds(view) {
      const known = view.known(id);
      if (known >= 0) return known === 1;
      const result = view.leaves().some(test);
      view.remember(id, result);
      return result;
    },
  };
}
