import { describe, expect, it } from 'vitest';
import { messageAbout, predicate, predicates, read, search } from './sigma-workbench.ts';

const any = { wildcard: 'any' };
const text = (...parts: readonly unknown[]): object => ({ kind: 'text', parts, isCased: false });
const cased = (...parts: readonly unknown[]): object => ({ kind: 'text', parts, isCased: true });

describe('values without modifiers', () => {
  it.each([
    ["F: 'value'", text('value')],
    ["F: ''", text()],
    ['F: null', { kind: 'null' }],
    ['F:', { kind: 'null' }],
    ['F: 4625', { kind: 'number', value: 4625 }],
    ["F: '4625'", text('4625')],
    ['F: 1.5', { kind: 'number', value: 1.5 }],
    ['F: 0x10', { kind: 'number', value: 16 }],
    ['F: 12345678901234567890', text('12345678901234567890')],
    ['F: true', { kind: 'boolean', value: true }],
    ['F: yes', text('yes')],
    ["F: 'C:\\*\\a?.exe'", text('C:*\\a', { wildcard: 'one' }, '.exe')],
  ])('reads %s', (line, wanted) => {
    expect(predicate(line)).toEqual(wanted);
  });

  it('takes a list as alternatives', () => {
    expect(search('F: [a, 1, null]')).toMatchObject({
      kind: 'or',
      terms: [{ kind: 'field', field: 'F' }, {}, {}],
    });
  });
});

describe('modifiers on text', () => {
  it.each([
    ['F|contains: a', text(any, 'a', any)],
    ['F|contains: 7', text(any, '7', any)],
    ["F|contains: '*a*'", text(any, 'a', any)],
    ["F|contains: ''", text(any)],
    ['F|startswith: a', text('a', any)],
    ["F|endswith: '\\a.exe'", text(any, '\\a.exe')],
    ['F|cased: aB', cased('aB')],
    ['F|contains|cased: aB', cased(any, 'aB', any)],
    ['F|base64: foo', text('Zm9v')],
    ['F|utf16le|base64: ab', text('YQBiAA==')],
    ['F|wide|base64|contains: ab', text(any, 'YQBiAA==', any)],
    ['F|utf16be|base64: ab', text('AGEAYg==')],
    ['F|utf16|base64: a', text('//5hAA==')],
    ['F|wide: a', text('a\u0000')],
  ])('reads %s', (line, wanted) => {
    expect(predicate(line)).toEqual(wanted);
  });

  it('makes three texts of base64offset', () => {
    expect(predicates('F|base64offset|contains: foobar')).toEqual([
      text(any, 'Zm9vYmFy', any),
      text(any, 'Zvb2Jhc', any),
      text(any, 'mb29iYX', any),
    ]);
  });

  it('makes five texts of one dash, of which any will do, and all values are wanted with "all"', () => {
    expect(predicates("F|windash|contains: ' -f'")).toHaveLength(5);
    expect(search("F|contains|windash|all: [' -f', ' -g']")).toMatchObject({
      kind: 'and',
      terms: [{ kind: 'or' }, { kind: 'or' }],
    });
  });

  it('joins values with "and" for all', () => {
    expect(search('F|contains|all: [a, b]')).toMatchObject({ kind: 'and', terms: [{}, {}] });
  });

  it('negates what it applies to for neq', () => {
    expect(search('F|neq: a')).toEqual({
      kind: 'not',
      term: { kind: 'field', field: 'F', predicate: text('a') },
    });
    expect(search('F|neq: [a, b]')).toMatchObject({ kind: 'not', term: { kind: 'or' } });
    expect(search('F|fieldref|neq: G')).toMatchObject({
      kind: 'not',
      term: { predicate: { kind: 'fieldref' } },
    });
  });
});

describe('modifiers that make something else of a value', () => {
  it.each([
    ["F|re: '^a+$'", { kind: 'regex', source: '^a+$', flags: '' }],
    ["F|re|i|m|s: 'a.b'", { kind: 'regex', source: 'a.b', flags: 'ims' }],
    ["F|re: '(?i)a\\d'", { kind: 'regex', source: '(?i)a\\d', flags: 'i' }],
    ['F|re: 12', { kind: 'regex', source: '12', flags: '' }],
    ['F|cidr: 10.0.0.0/8', { kind: 'cidr', network: '10.0.0.0/8' }],
    ['F|cidr: "fe80::/10"', { kind: 'cidr', network: 'fe80::/10' }],
    ['F|lt: 5', { kind: 'compare', comparison: 'lt', value: 5 }],
    ['F|lte: 5', { kind: 'compare', comparison: 'lte', value: 5 }],
    ['F|gt: "1.5"', { kind: 'compare', comparison: 'gt', value: 1.5 }],
    ['F|gte: -5', { kind: 'compare', comparison: 'gte', value: -5 }],
    ['F|exists: true', { kind: 'exists', isThere: true }],
    ['F|exists: false', { kind: 'exists', isThere: false }],
    ['F|fieldref: G', { kind: 'fieldref', field: 'G', place: 'whole', isCased: false }],
    ['F|fieldref|startswith: G', { kind: 'fieldref', field: 'G', place: 'start', isCased: false }],
    ['F|endswith|fieldref: G', { kind: 'fieldref', field: 'G', place: 'end', isCased: false }],
    ['F|fieldref|contains|cased: G', { kind: 'fieldref', field: 'G', place: 'anywhere', isCased: true }],
    ['F|hour: 5', { kind: 'timepart', part: 'hour', of: { kind: 'number', value: 5 } }],
    [
      'F|week|gte: 50',
      { kind: 'timepart', part: 'week', of: { kind: 'compare', comparison: 'gte', value: 50 } },
    ],
    [
      'F|lt|year: 2020',
      { kind: 'timepart', part: 'year', of: { kind: 'compare', comparison: 'lt', value: 2020 } },
    ],
  ])('reads %s', (line, wanted) => {
    expect(predicate(line)).toEqual(wanted);
  });

  it.each(['minute', 'hour', 'day', 'week', 'month', 'year'])('knows the part %s of a time', (part) => {
    expect(predicate(`F|${part}: 1`)).toMatchObject({ kind: 'timepart', part });
  });
});

describe('placeholders', () => {
  const placeholders = new Map([
    ['admins', ['adm_*', 'root']],
    ['servers', ['dc1']],
  ]);

  it('stand for each of their values, wildcards included', () => {
    expect(predicates("F|expand: '%admins%'", { placeholders })).toEqual([text('adm_', any), text('root')]);
  });

  it('stand inside a text, several at once, and after other modifiers', () => {
    expect(predicates("F|contains|expand: 'x\\*%servers%/%admins%'", { placeholders })).toEqual([
      text(any, 'x*dc1/adm_', any),
      text(any, 'x*dc1/root', any),
    ]);
  });

  it('are plain text without the modifier, and where the percent sign is escaped', () => {
    expect(predicate("F: '%admins%'", { placeholders })).toEqual(text('%admins%'));
    expect(predicate("F|expand: '\\%plain%servers%'", { placeholders })).toEqual(text('%plaindc1'));
  });

  it('leave the rule out, with a warning, when nobody gave values', () => {
    const { rule, problems } = read("selection:\n  F|expand: '%nobody%'\ncondition: selection", {
      placeholders,
    });
    expect(rule).toBeUndefined();
    expect(problems).toEqual([
      'a.yml:7:15: warning: the rule is left out: expected values for the placeholder %nobody%, got none (give them in the settings)',
    ]);
  });
});

describe('keywords', () => {
  it('are searched anywhere in a value, alone, in a list, and all together', () => {
    expect(search('- a\n- 4\n')).toEqual({
      kind: 'or',
      terms: [
        { kind: 'keyword', predicate: text(any, 'a', any) },
        { kind: 'keyword', predicate: text(any, '4', any) },
      ],
    });
    expect(search("'|all': [a, 'b*c']")).toMatchObject({
      kind: 'and',
      terms: [{ kind: 'keyword' }, { predicate: { parts: [any, 'b', any, 'c', any] } }],
    });
  });

  it('may be regular expressions', () => {
    expect(search("'|re': 'a+b'")).toEqual({
      kind: 'keyword',
      predicate: { kind: 'regex', source: 'a+b', flags: '' },
    });
  });
});

describe('what it refuses', () => {
  it.each([
    ['F|contain: a', 'expected a modifier'],
    ['F|contains|contains: a', 'expected each modifier once, got "contains" again'],
    ['F|contains: null', 'expected text for "contains", got nothing'],
    [
      'F|cidr: 10.0.0.0/33',
      'expected a network such as 10.0.0.0/8 or fe80::/10 for "cidr", got "10.0.0.0/33"',
    ],
    ['F|cidr: 10.0.0.0', 'expected a network'],
    ['F|cidr|contains: 10.0.0.0/8', 'expected text for "contains", got what another modifier made (cidr)'],
    ['F|gt: many', 'expected a number for "gt", got "many"'],
    ['F|gt: true', 'expected a number for "gt", got true'],
    ['F|exists: 3', 'expected true or false for "exists", got 3'],
    ['F|exists|contains: true', 'expected "exists" alone'],
    ['F|re|contains|i: (', 'expected ")" at the end of the group'],
    ["F|re|startswith: 'a'", 'expected "^" or "$" in the regular expression, got "startswith" on one'],
    ["F|i: 'a'", 'expected "i" after "re"'],
    ["F|contains|re: 'a'", 'expected a regular expression for "re", got text'],
    ['F|cased|re: a', 'expected "cased" on text, got it together with "re"'],
    ['F|cased: null', 'expected text for "cased", got nothing'],
    ["F|base64: 'a*'", 'expected text without wildcards for "base64", got some (put "contains" last)'],
    ["F|wide|utf16be: 'a'", 'expected one encoding, got "utf16be" as well'],
    ["F|fieldref: 'a*'", 'expected the name of a field for "fieldref", got wildcards'],
    ['F|fieldref: 3', 'expected the name of a field for "fieldref", got 3'],
    [
      'F|fieldref|contains|endswith: G',
      'expected one of contains, startswith and endswith, got "endswith" as well',
    ],
    ['F|hour: late', 'expected a number for "hour"'],
    ['F|hour|day: 3', 'expected one part of a time, got "hour" and "day"'],
    ['F|hour|contains: 3', 'expected "hour" alone or with lt, lte, gt, gte, got it together with "contains"'],
    ["'|gt': 3", 'expected text or a regular expression as a keyword'],
    ["'|hour': 3", 'expected a field for "hour", got a keyword search'],
    ["'|contains': null", 'expected text for "contains", got nothing'],
    ["F|windash: '-a -b -c -d -e -f'", 'expected at most 3125 spellings of a "windash" value, got 15625'],
    ['F|expand: null', 'expected text for "expand", got nothing'],
    ['F: []', 'expected at least one value for "F", got an empty list'],
    ['F: {a: b}', 'expected a value or a list of values for "F", got a mapping'],
    ['F: [[a]]', 'expected a value for "F", got a list'],
  ])('refuses %s', (line, message) => {
    expect(messageAbout(line)).toContain(`: error: ${message}`);
  });

  it('bounds what placeholders may expand to', () => {
    const placeholders = new Map([['many', Array.from({ length: 100 }, (_, index) => `v${index}`)]]);
    expect(messageAbout("F|expand: '%many%%many%'", { placeholders })).toContain(
      'error: expected at most 3125 expansions',
    );
    expect(messageAbout("F|contains|expand: '%many%*%many%'", { placeholders })).toContain(
      'expected at most 3125',
    );
  });
});
