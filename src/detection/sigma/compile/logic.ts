import type { DetectionRule, Expression, Predicate } from '../rule.ts';

/** A condition on one field, the same object wherever rules share it. */
export interface FieldTerm {
  readonly kind: 'field';
  /** Counts all terms of the engine: where the result within one event is kept. */
  readonly id: number;
  readonly field: string;
  /** Where the event's value of the field is kept. */
  readonly slot: number;
  readonly predicate: Predicate;
  /** In how many places rules use it. */
  uses: number;
}

export interface KeywordTerm {
  readonly kind: 'keyword';
  readonly id: number;
  readonly predicate: Predicate;
  uses: number;
}

/** A condition without names, shared terms made one. */
export type Logic =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Logic[] }
  | { readonly kind: 'not'; readonly term: Logic }
  | FieldTerm
  | KeywordTerm;

export const always: Logic = { kind: 'constant', value: true };
export const never: Logic = { kind: 'constant', value: false };

/** All distinct fields and terms of a set of rules, numbered. */
export class TermTable {
  readonly fields: string[] = [];
  readonly #slots = new Map<string, number>();
  readonly #fieldTerms = new Map<string, FieldTerm>();
  readonly #keywordTerms = new Map<string, KeywordTerm>();

  /** Number of terms, each of which has an id below it. */
  get size(): number {
    return this.#fieldTerms.size + this.#keywordTerms.size;
  }

  logicOf(rule: DetectionRule): Logic {
    return this.#convert(rule.condition);
  }

  slotOf(field: string): number {
    const known = this.#slots.get(field);
    if (known !== undefined) return known;
    this.#slots.set(field, this.fields.length);
    this.fields.push(field);
    return this.fields.length - 1;
  }

  #convert(expression: Expression): Logic {
    switch (expression.kind) {
      case 'named':
        return this.#convert(expression.term);
      case 'not':
        return negate(this.#convert(expression.term));
      case 'and':
      case 'or':
        return combine(
          expression.kind,
          expression.terms.map((term) => this.#convert(term)),
        );
      case 'field':
        return this.#fieldTerm(expression.field, expression.predicate);
      case 'keyword':
        return this.#keywordTerm(expression.predicate);
    }
  }

  #fieldTerm(field: string, predicate: Predicate): FieldTerm {
    const key = `${JSON.stringify(predicate)}${field}`;
    let term = this.#fieldTerms.get(key);
    if (term === undefined) {
      term = { kind: 'field', id: this.size, field, slot: this.slotOf(field), predicate, uses: 0 };
      this.#fieldTerms.set(key, term);
      if (predicate.kind === 'fieldref') this.slotOf(predicate.field);
    }
    term.uses += 1;
    return term;
  }

  #keywordTerm(predicate: Predicate): KeywordTerm {
    const key = JSON.stringify(predicate);
    let term = this.#keywordTerms.get(key);
    if (term === undefined) {
      term = { kind: 'keyword', id: this.size, predicate, uses: 0 };
      this.#keywordTerms.set(key, term);
    }
    term.uses += 1;
    return term;
  }
}

export function negate(logic: Logic): Logic {
  if (logic.kind === 'not') return logic.term;
  if (logic.kind === 'constant') return logic.value ? never : always;
  return { kind: 'not', term: logic };
}

/** And or or of the terms: nested ones of the same kind made flat, constants and doubles taken out. */
export function combine(kind: 'and' | 'or', terms: readonly Logic[]): Logic {
  const isAnd = kind === 'and';
  const flat = new Set<Logic>();
  for (const term of terms) {
    if (term.kind === 'constant') {
      if (term.value !== isAnd) return term;
    } else if (term.kind === kind) {
      for (const inner of term.terms) flat.add(inner);
    } else flat.add(term);
  }
  const [first] = flat;
  if (first === undefined) return isAnd ? always : never;
  return flat.size === 1 ? first : { kind, terms: [...flat] };
}

/**
 * The condition when some of its terms are known; the very same object when none is. `settle` returns null for
 * a term that stays open.
 */
export function specialise(logic: Logic, settle: (term: FieldTerm) => boolean | null): Logic {
  switch (logic.kind) {
    case 'field': {
      const value = settle(logic);
      if (value === null) return logic;
      return value ? always : never;
    }
    case 'not': {
      const term = specialise(logic.term, settle);
      return term === logic.term ? logic : negate(term);
    }
    case 'and':
    case 'or': {
      const terms = logic.terms.map((term) => specialise(term, settle));
      return terms.every((term, index) => term === logic.terms[index]) ? logic : combine(logic.kind, terms);
    }
    default:
      return logic;
  }
}
