import { describe, expect, it } from 'vitest';
import type { TextPart } from '../rule.ts';
import { Scalar } from './scalar.ts';
import { compileText, textShape } from './text-test.ts';

const any: TextPart = { wildcard: 'any' };
const one: TextPart = { wildcard: 'one' };

function holds(parts: readonly TextPart[], text: string, isCased = false): boolean {
  return compileText(parts, isCased)(new Scalar(text));
}

describe('compileText', () => {
  it.each<[readonly TextPart[], string]>([
    [[], 'whole'],
    [['a', 'b'], 'whole'],
    [[any], 'any'],
    [[any, any], 'any'],
    [['a', any], 'start'],
    [[any, '', 'a'], 'end'],
    [[any, 'a', any, any], 'anywhere'],
    [[one], 'glob'],
    [['a', any, 'b'], 'glob'],
  ])('recognises the shape of %j: %s', (parts, kind) => {
    expect(textShape(parts, false).kind).toBe(kind);
  });

  it.each<[readonly TextPart[], string, boolean]>([
    [['a', any, 'b'], 'ab', true],
    [['ab', any, 'bc'], 'abc', false],
    [['a', one, 'c'], 'abc', true],
    [['a', one, 'c'], 'ac', false],
    [['a', one], 'a', false],
    [[one], '😀', true],
    [[one, one], '😀', false],
    [[any, one, 'b', any], 'b', false],
    [[any, one, 'b', any], 'ab', true],
    [[any, 'a', one, any, 'c'], 'xaac', true],
    [[any, one], '', false],
    [[any, one], 'x', true],
    [['a', any, 'a'], 'a', false],
    [[any, 'aab', any, 'b', one], 'aaabxbz', true],
    [['line', any, 'two'], 'line\none\ntwo', true],
    [[], '', true],
    [[], 'x', false],
    [[any], '', true],
  ])('%j against "%s": %s', (parts, text, expected) => {
    expect(holds(parts, text)).toBe(expected);
  });

  it('minds the case only where the rule says so', () => {
    expect(holds(['PowerShell', any], 'POWERSHELL.EXE')).toBe(true);
    expect(holds(['PowerShell', any], 'POWERSHELL.EXE', true)).toBe(false);
    expect(holds([any, '.exe'], 'a.EXE', true)).toBe(false);
    expect(holds([any, 'x', any], 'aXb', true)).toBe(false);
    expect(holds(['x'], 'X', true)).toBe(false);
    expect(holds(['x', one], 'Xy', true)).toBe(false);
    expect(holds(['x', one], 'xY', true)).toBe(true);
  });

  it('takes hostile patterns and texts in time that grows with both, not faster', () => {
    const parts = Array.from({ length: 400 }, (_, index): TextPart => (index % 2 === 0 ? any : 'aaaaaaaab'));
    expect(holds(parts, 'a'.repeat(200_000))).toBe(false);
  });
});
