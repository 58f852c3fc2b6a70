import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { checkRegex, compileRegex, requiredLiterals } from './regex.ts';
import { costOfSearch } from './regex-cost.ts';
import { spellRegex } from './regex-spelling.ts';
import { parseRegex, RegexFault } from './regex-syntax.ts';

function find(source: string, text: string, flags = ''): boolean {
  const checked = checkRegex(source, flags);
  if (!checked.ok) throw new Error(checked.message);
  return compileRegex(checked).test(text);
}

function refusal(source: string): string {
  const checked = checkRegex(source, '');
  return checked.ok ? 'taken' : checked.message;
}

function degree(source: string, flags = ''): number {
  const parsed = parseRegex(source);
  if (parsed instanceof RegexFault) throw new Error(parsed.message);
  return costOfSearch(parsed.root, flags).degree;
}

describe('expressions as rules write them', () => {
  it.each([
    ['\\s-[FTd]\\s', 'curl -F x', true],
    ['\\s-[FTd]\\s', 'curl -f x', false],
    ['(?i)/lib/python3\\.([5-9]|[0-9]{2})/', '/LIB/Python3.11/', true],
    ['foo(?i)bar|baz', 'fooBAR', true],
    ['foo(?i)bar|baz', 'FOObar', false],
    ['foo(?i)bar|baz', 'BAZ', true],
    ['(?i:a)b', 'Ab', true],
    ['(?i:a)b', 'aB', false],
    ['a(?-i:b)', 'Ab', false],
    ['^a$', 'a\n', false],
    ['\\Aa\\z', 'a', true],
    ['\\Aa\\Z', 'a\n', true],
    ['\\Aa\\z', 'ba', false],
    ['[[:alpha:]]+[[:^digit:]]', 'ab', true],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['[\\w.-]+@', 'a-b.c@', true],
    ['[a\\-z]', '-', true],
    ['[\\d-x]', '-', true],
    ['a{,3}', 'a{,3}', true],
    ['{x}', '{x}', true],
    ['\\x41\\x{42}\\u0043', 'ABC', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['a(?#comment)b', 'ab', true],
    ['(?P<name>a)(?<other>b)', 'ab', true],
    ['(a)b\\1', 'aba', true],
    ['(?<!x)foo(?=bar)', 'foobar', true],
    ['(?<=x)foo(?!bar)', 'xfoobar', false],
    ['\\cA', '\u0001', true],
    ['a\\hb', 'a\tb', true],
    ['\\bfoo\\B', 'foox', true],
    ['', 'anything', true],
    ['(|a)b', 'b', true],
    ['a/b', 'a/b', true],
    ['[–-]e', '–e', true],
  ])('searches %s in %j', (source, text, isFound) => {
    expect(find(source, text)).toBe(isFound);
  });

  it('obeys the flags i, m and s', () => {
    expect(find('^b', 'a\nB', 'im')).toBe(true);
    expect(find('a.b', 'a\nb')).toBe(false);
    expect(find('a.b', 'a\nb', 's')).toBe(true);
    expect(find('(?s)a.b', 'a\nb')).toBe(true);
    expect(find('(?s:a.)(?-s:.)', 'a\n\n')).toBe(false);
  });

  it.each([
    ['a++', 'possessive'],
    ['(?>a)', 'a group of the kinds'],
    ['(?R)', 'a group of the kinds'],
    ['\\p{L}', 'an escape that PCRE and V8 both know, got "\\p"'],
    ['\\K', 'an escape'],
    ['*a', 'something to repeat'],
    ['^*', 'something to repeat that takes characters'],
    ['a**', 'one quantifier'],
    ['(a', '")" at the end of the group'],
    ['a)', 'got ")" with no "(" before it'],
    ['[a', '"]" at the end of the character class'],
    ['[z-a]', 'a range of characters from low to high'],
    ['a{3,1}', 'a repetition from few to many'],
    ['a{9999999}', 'at most 1000000 repetitions'],
    ['\\2(a)', 'a group 2'],
    ['a\\', 'a character after "\\"'],
    ['[\\', 'a character after "\\"'],
    ['\\x{1F600}', 'a character up to U+FFFF'],
    ['\\xZZ', 'digits after the escape'],
    ['(?#open', '")" at the end of the comment'],
    ['[[:nothing:]]', 'a POSIX class'],
    ['('.repeat(100), 'groups at most 64 deep'],
    ['a'.repeat(10_000), 'at most 8192 characters'],
  ])('refuses %s', (source, message) => {
    expect(refusal(source)).toContain(message);
  });
});

describe('the cost of a search', () => {
  it.each([
    ['abc', 1],
    ['^abc', 0],
    ['^[a-z]+$', 1],
    ['^.*$', 1],
    ['[^/]{100,}$', 2],
    ['a+', 1],
    ['\\s+$', 2],
    ['(\\w+\\s)+x', 3],
    ['.*a.*b', 3],
    ['(a+)+$', Number.POSITIVE_INFINITY],
    ['(a|aa)+$', Number.POSITIVE_INFINITY],
    ['(a|a)*b', Number.POSITIVE_INFINITY],
    ['(a*)*b', Number.POSITIVE_INFINITY],
    ['(\\w+\\d?)+x', Number.POSITIVE_INFINITY],
    ['(x+x+)+y', Number.POSITIVE_INFINITY],
    ['(?:a+(?=b))+$', Number.POSITIVE_INFINITY],
  ])('reckons %s as n^%d', (source, wanted) => {
    expect(degree(source)).toBe(wanted);
  });

  it('knows that case may be ignored, and that "$" may stand in the middle', () => {
    expect(degree('^a+A+$', 'i')).toBeGreaterThan(degree('^a+A+$'));
    expect(degree('^[a\\n]+$x', 'm')).toBeGreaterThan(degree('^[a\\n]+$x'));
  });
});

describe('what a regular expression may cost', () => {
  const hostile = [
    '(a+)+$',
    '(a|aa)+$',
    '(a|a)*b',
    '(.*a){20}',
    '(.*){10}x',
    '([a-z]+)*!',
    '(a?){50}a{50}',
    '^(\\w+\\s?)*$',
    '.*.*.*=.*x',
    '\\s+$',
    '(?i).+@.+\\..+x$',
    '([^"\\\\]|\\\\.)*"$',
  ];
  const texts = [
    'a'.repeat(200_000),
    `${'a'.repeat(100_000)}!`,
    ' '.repeat(100_000),
    'ab@.='.repeat(40_000),
    '"\\'.repeat(50_000),
  ];

  // Every one of these would run for hours, or years, on a backtracking engine.
  it.each(hostile)('ends on any text: %s', (source) => {
    const checked = checkRegex(source, '');
    if (!checked.ok) throw new Error(checked.message);
    const regex = compileRegex(checked);
    expect(texts.map((text) => typeof regex.test(text))).toEqual(texts.map(() => 'boolean'));
  });

  it('refuses what needs backtracking and could run away', () => {
    for (const source of [
      '(a+)+(?=b)',
      '(a{0,50}){0,50}b',
      '(?<!x)(a|aa)+$',
      '(a*)*\\1b',
      '(?=.*a.*b.*c)x',
    ]) {
      expect(refusal(source)).toContain('that can be searched in bounded time');
    }
  });

  it('warns when only the beginning of a long value is searched', () => {
    const checked = checkRegex('(?<!x)a+b', '');
    expect(checked).toMatchObject({ ok: true, warning: expect.stringContaining('first 4096 characters') });
    expect(find('(?<!x)a+b', `${'c'.repeat(1_000_000)}aab`)).toBe(false);
    expect(find('(?<!x)a+b', `aab${'c'.repeat(1_000_000)}`)).toBe(true);
  });

  it('finds the same with either engine', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\w',
      '\\s',
      '\\S',
      '(a|b)',
      '(ab)',
      '\\.',
      '\\b',
      '(?i:b)',
    );
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '*?');
    const piece = fc.tuple(atom, quantifier).map(([body, times]) => (body === '\\b' ? body : body + times));
    const source = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
    const whole = fc
      .tuple(source, source, fc.constantFrom('', '$'))
      .map(([left, right, end]) => `${left}|(${right})${end}`);
    const char = fc.constantFrom('a', 'A', 'b', 'B', ' ', '1', '.', '\r', '\n', '\u2028', '\u00a0', 'é');
    const text = fc.array(char, { maxLength: 12 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(whole, text, fc.constantFrom('', 'i', 's', 'is'), (expression, sought, flags) => {
        const parsed = parseRegex(expression);
        if (parsed instanceof RegexFault) throw new Error(parsed.message);
        const v8 = spellRegex(parsed.root, 'v8', flags.includes('s')) ?? '';
        const re2 = spellRegex(parsed.root, 're2', flags.includes('s')) ?? '';
        const linear = RE2JS.compile(flags === '' ? re2 : `(?${flags})${re2}`);
        expect(linear.test(sought)).toBe(new RegExp(v8, flags).test(sought));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throws, whatever it is given', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '?',
      '*',
      '+',
      '|',
      '\\',
      '^',
      '$',
      '.',
      'a',
      '1',
      ',',
      ':',
      '=',
      '!',
      '<',
      'i',
      '-',
      'Q',
      'x',
    );
    const source = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(source, fc.string(), (expression, text) => {
        const checked = checkRegex(expression, '');
        if (checked.ok) {
          const found = compileRegex(checked).test(text);
          expect(typeof found).toBe('boolean');
          // What is kept in the rule means the same when it is read again to be compiled.
          const again = checkRegex(checked.source, checked.flags);
          expect(again.ok && compileRegex(again).test(text)).toBe(found);
        } else expect(checked.message).not.toBe('');
        requiredLiterals(expression, '');
      }),
      { numRuns: 500 },
    );
  });
});

describe('texts without which an expression cannot be found', () => {
  it.each([
    ['foo.*barbaz', ['barbaz']],
    ['(?i)FOO', ['foo']],
    ['[Ff]oo[0-9]', ['foo']],
    ['(foo|bar)baz', ['foobaz', 'barbaz']],
    ['a?bc', ['bc']],
    ['(abc)+d', ['abc']],
    ['(?:ab){2}', ['abab']],
    ['x*', null],
    ['\\w+', null],
    ['foo|x*', null],
    ['[äö]', null],
    ['(?=foo)', null],
    ['(a)\\1', ['a']],
  ])('reads %s', (source, literals) => {
    expect(requiredLiterals(source, '')).toEqual(literals);
  });

  it('stand in every text the expression is found in', () => {
    const atom = fc.constantFrom('a', 'B', '[ab]', '(ab|c)', '(a|bc)', 'd', 'x', '.', '\\d');
    const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{2,3}');
    const piece = fc.tuple(atom, quantifier).map(([body, times]) => body + times);
    const source = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
    const text = fc.array(fc.constantFrom('a', 'A', 'b', 'B', 'c', 'd', 'D', 'x', '1'), { maxLength: 16 });
    fc.assert(
      fc.property(source, text, fc.constantFrom('', 'i'), (expression, chars, flags) => {
        const sought = chars.join('');
        const literals = requiredLiterals(expression, flags);
        if (literals === null || !find(expression, sought, flags)) return;
        expect(literals.some((literal) => sought.toLowerCase().includes(literal))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
