import type { CorrelationRule, TemporalExpression } from '../rule.ts';
import { refuse } from './refuse.ts';

/** One way for an ordered correlation to come true. Rules are named by their position in the correlation's list. */
export interface Sequence {
  /** What must happen, in this order. */
  readonly steps: readonly number[];
  /**
   * What must not: `forbidden[k]` between step `k - 1` and step `k`; the first before all steps, the last after them.
   */
  readonly forbidden: readonly (readonly number[])[];
}

/** Alternatives of one ordered expression; more are refused. */
const maxSequences = 64;

/** What an ordered correlation waits for: its rules in their order, or what its condition makes of them. */
export function sequencesOf(rule: CorrelationRule): Sequence[] {
  const all = rule.rules.map((_, stage) => stage);
  if (rule.temporal === null) return [{ steps: all, forbidden: [...all.map(() => []), []] }];
  const sequences: Sequence[] = [];
  for (const literals of alternatives(rule, rule.temporal, false)) {
    const steps = all.filter((stage) => literals.get(stage) === true);
    if (steps.length === 0) {
      refuse(rule, 'a sequence in which something happens', 'an alternative in which nothing does');
    }
    const forbidden = Array.from({ length: steps.length + 1 }, () => [] as number[]);
    for (const [stage, happens] of literals) {
      if (!happens) forbidden[steps.filter((step) => step < stage).length]?.push(stage);
    }
    sequences.push({ steps, forbidden });
  }
  if (sequences.length === 0) refuse(rule, 'a condition that can hold', 'one that contradicts itself');
  return sequences;
}

/** Whether an unordered condition holds, given which rules have fired within the window. */
export type PresenceTest = (isPresent: (stage: number) => boolean) => boolean;

export function presenceTestOf(rule: CorrelationRule): PresenceTest | null {
  return rule.temporal === null ? null : presence(rule, rule.temporal);
}

function presence(rule: CorrelationRule, expression: TemporalExpression): PresenceTest {
  switch (expression.kind) {
    case 'rule': {
      const stages = stagesOf(rule, expression.reference);
      return (isPresent) => stages.some(isPresent);
    }
    case 'not': {
      const term = presence(rule, expression.term);
      return (isPresent) => !term(isPresent);
    }
    case 'and': {
      const terms = expression.terms.map((term) => presence(rule, term));
      return (isPresent) => terms.every((term) => term(isPresent));
    }
    case 'or': {
      const terms = expression.terms.map((term) => presence(rule, term));
      return (isPresent) => terms.some((term) => term(isPresent));
    }
  }
}

/** Position of a rule → whether it must happen or must not. */
type Literals = ReadonlyMap<number, boolean>;

/** The disjunctive normal form, without alternatives that contradict themselves. */
function alternatives(rule: CorrelationRule, expression: TemporalExpression, isNegated: boolean): Literals[] {
  switch (expression.kind) {
    case 'rule':
      return [new Map([[stagesOf(rule, expression.reference)[0] ?? 0, !isNegated]])];
    case 'not':
      return alternatives(rule, expression.term, !isNegated);
    default: {
      const parts = expression.terms.map((term) => alternatives(rule, term, isNegated));
      if ((expression.kind === 'or') !== isNegated) return parts.flat();
      return parts.reduce<Literals[]>(
        (soFar, part) => {
          const joined = soFar.flatMap((left) => part.flatMap((right) => merged(left, right) ?? []));
          if (joined.length > maxSequences) {
            refuse(rule, `at most ${maxSequences} alternatives`, 'more: split the rule');
          }
          return joined;
        },
        [new Map()],
      );
    }
  }
}

function merged(left: Literals, right: Literals): Literals | null {
  const both = new Map(left);
  for (const [stage, happens] of right) {
    if (both.has(stage) && both.get(stage) !== happens) return null;
    both.set(stage, happens);
  }
  return both;
}

function stagesOf(rule: CorrelationRule, reference: string): number[] {
  const stages = rule.rules.flatMap((one, stage) => (one.reference === reference ? [stage] : []));
  if (stages.length > 0) return stages;
  return refuse(rule, 'a condition on the rules it lists', `“${reference}”, which it does not list`);
}
