import { compileRegex, requiredLiterals } from '../parse/regex.ts';
import type { Comparison, Predicate } from '../rule.ts';
import { compileCidr } from './cidr.ts';
import { Scalar } from './scalar.ts';
import { compileText, type ValueTest } from './text-test.ts';
import { timePart } from './time-part.ts';

/** Predicates that one value decides by itself; the others look at the whole field, or at several. */
export type ValuePredicate = Exclude<Predicate, { readonly kind: 'null' | 'exists' | 'fieldref' }>;

export interface CompiledTest {
  readonly test: ValueTest;
  /** Rough cost, to put cheap terms first: 1 is a comparison. */
  readonly cost: number;
}

export function compileValueTest(predicate: ValuePredicate): CompiledTest {
  switch (predicate.kind) {
    case 'text':
      return {
        test: compileText(predicate.parts, predicate.isCased),
        cost: textCost(predicate.parts.length),
      };
    case 'number': {
      const { value } = predicate;
      return { test: (scalar) => scalar.number === value, cost: 1 };
    }
    case 'boolean': {
      const text = String(predicate.value);
      return { test: (scalar) => scalar.folded === text, cost: 1 };
    }
    case 'compare': {
      const compare = comparisons[predicate.comparison];
      const { value } = predicate;
      return { test: (scalar) => compare(scalar.number, value), cost: 1 };
    }
    case 'cidr': {
      const contains = compileCidr(predicate.network);
      return { test: (scalar) => contains(scalar.text), cost: 4 };
    }
    case 'regex':
      return { test: regexTest(predicate), cost: 50 };
    case 'timepart': {
      const inner = ofPart(predicate.of);
      const { part } = predicate;
      return { test: (scalar) => inner(timePart(scalar.text, part)), cost: 10 };
    }
  }
}

/** With every wildcard the pattern gets slower. */
function textCost(parts: number): number {
  return parts <= 2 ? 1 + parts : parts + 3;
}

/** Comparisons with NaN are false, so what is no number is never above or below anything. */
const comparisons: Record<Comparison, (left: number, right: number) => boolean> = {
  lt: (left, right) => left < right,
  lte: (left, right) => left <= right,
  gt: (left, right) => left > right,
  gte: (left, right) => left >= right,
};

/** The expression runs only on values that hold a text without which it cannot match. */
function regexTest(predicate: { readonly source: string; readonly flags: string }): ValueTest {
  const regex = compileRegex(predicate);
  const literals = requiredLiterals(predicate.source, predicate.flags);
  if (literals === null) return (scalar) => regex.test(scalar.text);
  return (scalar) => {
    for (const literal of literals) if (scalar.folded.includes(literal)) return regex.test(scalar.text);
    return false;
  };
}

function ofPart(predicate: Predicate): (part: number) => boolean {
  if (predicate.kind === 'null' || predicate.kind === 'exists' || predicate.kind === 'fieldref')
    return () => false;
  const { test } = compileValueTest(predicate);
  return (part) => !Number.isNaN(part) && test(new Scalar(part));
}
