import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildCondition, ConditionFault, parseCondition } from './condition.ts';

/** The condition written out with its parentheses. */
function written(
  text: string,
  names: readonly string[] = ['a', 'b', 'c', 'sel_1', 'sel_2', 'sel_3', '_hidden'],
): string {
  const tree = parseCondition(text);
  if (tree instanceof ConditionFault) return `${tree.message} @${tree.at}`;
  const built = buildCondition<string>(tree, {
    names,
    lookUp: (name) => (names.includes(name) ? name : null),
    combine: (kind, terms) => (terms.length === 1 ? (terms[0] ?? '') : `(${terms.join(` ${kind} `)})`),
    negate: (term) => `not ${term}`,
  });
  return built instanceof ConditionFault ? `${built.message} @${built.at}` : built;
}

describe('a condition', () => {
  it.each([
    ['a', 'a'],
    ['a or b and c', '(a or (b and c))'],
    ['a and not b or c', '((a and not b) or c)'],
    ['not a and b', '(not a and b)'],
    ['not (a or b)', 'not (a or b)'],
    ['not not a', 'not not a'],
    ['(a or b) and c', '((a or b) and c)'],
    ['a AND NOT b', '(a and not b)'],
    ['1 of sel_*', '(sel_1 or sel_2 or sel_3)'],
    ['any of sel_*', '(sel_1 or sel_2 or sel_3)'],
    ['all of sel_*', '(sel_1 and sel_2 and sel_3)'],
    ['2 of sel_*', '((sel_1 and sel_2) or (sel_1 and sel_3) or (sel_2 and sel_3))'],
    ['3 of sel_*', '(sel_1 and sel_2 and sel_3)'],
    ['1 of *_2', 'sel_2'],
    ['1 of _*', '_hidden'],
    ['1 of sel_?', '(sel_1 or sel_2 or sel_3)'],
    ['1 of them', '(a or b or c or sel_1 or sel_2 or sel_3)'],
    ['all of them', '(a and b and c and sel_1 and sel_2 and sel_3)'],
    ['a and not 1 of sel_*', '(a and not (sel_1 or sel_2 or sel_3))'],
  ])('reads %s', (text, meaning) => {
    expect(written(text)).toBe(meaning);
  });

  it('takes a name that begins like an operator as a name', () => {
    expect(written('and_more or not_this', ['and_more', 'not_this'])).toBe('(and_more or not_this)');
  });

  it.each([
    ['', 'expected a search identifier, got the end of the condition @0'],
    ['a and', 'expected a search identifier, got the end of the condition @5'],
    ['a b', 'expected "and", "or" or the end of the condition, got "b" @2'],
    ['(a', 'expected ")" @2'],
    ['a)', 'expected "and", "or" or the end of the condition, got ")" @1'],
    ['a and ) b', 'expected a search identifier, got ")" @6'],
    ['and', 'expected a search identifier, got "and" @0'],
    ['sel_*', 'expected "1 of sel_*" or "all of sel_*", got it alone @0'],
    ['x', 'expected one of "a", "b", "c", "sel_1", "sel_2", "sel_3", "_hidden", got "x" @0'],
    [
      '1 of x*',
      'expected one of "a", "b", "c", "sel_1", "sel_2", "sel_3", "_hidden" to match "x*", got none that does @0',
    ],
    ['4 of sel_*', 'expected at least 4 names for "4 of sel_*", got 3 @0'],
    ['0 of them', 'expected "all", "any" or a number before "of", got "0" @0'],
    ['some of them', 'expected "all", "any" or a number before "of", got "some" @0'],
    ['1 of', 'expected "them" or search identifiers such as "selection*" after "of" @4'],
    ['1 of (a)', 'expected "them" or search identifiers such as "selection*" after "of" @5'],
    ['a & b', 'expected names, and, or, not, "1 of", "all of" and parentheses, got "&" @2'],
  ])('refuses %j', (text, message) => {
    expect(written(text)).toBe(message);
  });

  it('says what has become of aggregations', () => {
    expect(written('a | count() by x > 5')).toBe(
      'expected a condition on one event, got the aggregation "| count() by x > 5": that is a rule of its own now, ' +
        'with "correlation:" (type: event_count, value_count, …) @2',
    );
  });

  it('bounds length, depth and combinations', () => {
    expect(written(`a${' or a'.repeat(10_000)}`)).toContain('at most 16384 characters');
    expect(written(`${'('.repeat(100)}a${')'.repeat(100)}`)).toContain('at most 64 deep');
    expect(written(`${'not '.repeat(100)}a`)).toContain('at most 64 deep');
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    expect(written('20 of n*', names)).toContain('at most 1000 combinations');
  });

  it('never throws, whatever it is given', () => {
    const word = fc.constantFrom(
      'a',
      'not',
      'and',
      'or',
      '(',
      ')',
      '1 of',
      'all of',
      'them',
      'sel_*',
      '|',
      'x',
      '9 of',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          expect(typeof written(text)).toBe('string');
        },
      ),
    );
  });
});
