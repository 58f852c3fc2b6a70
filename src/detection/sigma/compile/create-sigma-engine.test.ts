import { describe, expect, it } from 'vitest';
import type { Expression } from '../rule.ts';
import type { FieldValue } from '../sigma-event.ts';
import { createSigmaEngine } from './create-sigma-engine.ts';
import { contains, eventOf, field, ruleOf, wholly } from './workbench.ts';

function matches(condition: Expression, values: Readonly<Record<string, FieldValue>>): boolean {
  const engine = createSigmaEngine([ruleOf(condition)]);
  const event = eventOf(values);
  const found = engine.match(event).length > 0;
  expect(engine.matchFullScan(event).length > 0).toBe(found);
  return found;
}

describe('what a comparison means', () => {
  it('minds no case, and wants the whole value', () => {
    expect(matches(wholly('User', 'Administrator'), { User: 'ADMINISTRATOR' })).toBe(true);
    expect(matches(wholly('User', 'Administrator'), { User: 'Administrators' })).toBe(false);
  });

  it('is false for a missing field, null and objects', () => {
    for (const User of [undefined, null, { name: 'x' }, []]) {
      expect(matches(contains('User', ''), { User })).toBe(false);
    }
  });

  it('tells missing and null from empty', () => {
    const isNull = field('User', { kind: 'null' });
    expect(matches(isNull, {})).toBe(true);
    expect(matches(isNull, { User: null })).toBe(true);
    expect(matches(isNull, { User: ['a', null] })).toBe(true);
    expect(matches(isNull, { User: '' })).toBe(false);
    expect(matches(wholly('User', ''), { User: '' })).toBe(true);
  });

  it('asks exists for the field, not its value', () => {
    expect(matches(field('User', { kind: 'exists', isThere: true }), { User: null })).toBe(true);
    expect(matches(field('User', { kind: 'exists', isThere: true }), {})).toBe(false);
    expect(matches(field('User', { kind: 'exists', isThere: false }), {})).toBe(true);
  });

  it('holds for a list when it holds for any element, however deep', () => {
    expect(matches(contains('Groups', 'admin'), { Groups: ['users', ['Domain Admins']] })).toBe(true);
    expect(matches({ kind: 'not', term: contains('Groups', 'admin') }, { Groups: ['users', 'admins'] })).toBe(
      false,
    );
  });

  it('takes numbers as numbers and as text', () => {
    for (const EventID of [4625, '4625', '4625.0', '04625', [1, '4625']]) {
      expect(matches(field('EventID', { kind: 'number', value: 4625 }), { EventID })).toBe(true);
    }
    for (const EventID of ['4625a', '0x1211', ' 4625', '', true, '46250']) {
      expect(matches(field('EventID', { kind: 'number', value: 4625 }), { EventID })).toBe(false);
    }
    expect(matches(wholly('EventID', '4625'), { EventID: 4625 })).toBe(true);
  });

  it('compares numbers, and nothing with what is none', () => {
    const isBig = field('Size', { kind: 'compare', comparison: 'gte', value: 10 });
    expect(matches(isBig, { Size: '10.5' })).toBe(true);
    expect(matches(isBig, { Size: '9' })).toBe(false);
    expect(matches(isBig, { Size: 'ten' })).toBe(false);
    expect(matches(field('Size', { kind: 'compare', comparison: 'lt', value: 10 }), { Size: 'ten' })).toBe(
      false,
    );
    expect(matches(field('Size', { kind: 'compare', comparison: 'lte', value: 10 }), { Size: 10 })).toBe(
      true,
    );
    expect(matches(field('Size', { kind: 'compare', comparison: 'gt', value: 10 }), { Size: 10 })).toBe(
      false,
    );
  });

  it('takes booleans as booleans and as text', () => {
    expect(matches(field('Initiated', { kind: 'boolean', value: true }), { Initiated: 'True' })).toBe(true);
    expect(matches(field('Initiated', { kind: 'boolean', value: true }), { Initiated: false })).toBe(false);
    expect(matches(wholly('Initiated', 'TRUE'), { Initiated: true })).toBe(true);
  });

  it('minds case in regular expressions unless told, and finds them anywhere', () => {
    const regex = (flags: string): Expression =>
      field('CommandLine', { kind: 'regex', source: 'Pass(word)?=', flags });
    expect(matches(regex(''), { CommandLine: 'x Pass=1' })).toBe(true);
    expect(matches(regex(''), { CommandLine: 'x PASSWORD=1' })).toBe(false);
    expect(matches(regex('i'), { CommandLine: 'x PASSWORD=1' })).toBe(true);
  });

  it('looks for keywords in all leaf values', () => {
    const keyword: Expression = {
      kind: 'keyword',
      predicate: {
        kind: 'text',
        parts: [{ wildcard: 'any' }, 'mimikatz', { wildcard: 'any' }],
        isCased: false,
      },
    };
    expect(matches(keyword, { a: 1, b: ['x', 'run MimiKatz now'] })).toBe(true);
    expect(matches(keyword, { a: 'MIMIKATZ' })).toBe(true);
    // Not across two values.
    expect(matches(keyword, { a: 'mimi', b: 'katz' })).toBe(false);
  });

  it('compares fields with each other', () => {
    const same: Expression = field('User', {
      kind: 'fieldref',
      field: 'Owner',
      place: 'whole',
      isCased: false,
    });
    expect(matches(same, { User: 'Ann', Owner: 'ANN' })).toBe(true);
    expect(matches(same, { User: 'Ann' })).toBe(false);
    expect(matches(same, {})).toBe(false);
  });

  it('reads parts of times', () => {
    const atNight: Expression = field('Time', {
      kind: 'timepart',
      part: 'hour',
      of: { kind: 'compare', comparison: 'gte', value: 22 },
    });
    expect(matches(atNight, { Time: '2026-05-01T23:00:00Z' })).toBe(true);
    expect(matches(atNight, { Time: '2026-05-01T21:00:00Z' })).toBe(false);
    expect(matches(atNight, { Time: 'at night' })).toBe(false);
  });
});

describe('which rules are asked', () => {
  const rules = [
    ruleOf(wholly('A', 'x'), { product: 'windows' }, 'product'),
    ruleOf(wholly('A', 'x'), { product: 'windows', category: 'process_creation' }, 'category'),
    ruleOf(wholly('A', 'x'), { service: 'sysmon' }, 'service'),
    ruleOf(wholly('A', 'x'), { product: 'linux' }, 'linux'),
  ];
  const engine = createSigmaEngine(rules);
  const idsFor = (source: Parameters<typeof eventOf>[1]): readonly string[] =>
    engine.match(eventOf({ A: 'X' }, source)).map(({ id }) => id);

  it('are those whose product, category and service are all among the event’s, in their order', () => {
    expect(
      idsFor({ product: 'windows', categories: ['other', 'process_creation'], services: ['sysmon'] }),
    ).toEqual(['product', 'category', 'service']);
    expect(idsFor({ product: 'windows' })).toEqual(['product']);
    expect(idsFor({ product: 'linux', services: ['sysmon'] })).toEqual(['service', 'linux']);
    expect(idsFor({ product: 'macos' })).toEqual([]);
  });

  it('does not grow with log sources that no rule names, and forgets a flood of made-up ones', () => {
    for (let index = 0; index < 20_000; index += 1) {
      expect(idsFor({ product: `p${index}`, categories: [`c${index}`] })).toEqual([]);
    }
    const many = ['process_creation', 'other'];
    for (let length = 0; length < 9000; length += 1000) {
      const categories = Array.from({ length }, (_, index) => many[index % 2] ?? '');
      expect(idsFor({ product: 'linux', categories })).toEqual(['linux']);
    }
    expect(idsFor({ product: 'windows', categories: ['process_creation'] })).toEqual(['product', 'category']);
  });

  it('evaluates only rules whose witness holds', () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      ruleOf(contains('A', `needle-${index}-`), {}, `r${index}`),
    );
    const large = createSigmaEngine(many);
    expect(large.match(eventOf({ A: 'hay NEEDLE-77- hay' })).map(({ id }) => id)).toEqual(['r77']);
    expect(large.evaluations).toBe(1);
  });

  it('gives the same empty list whenever nothing matches', () => {
    expect(engine.match(eventOf({ A: 'y' }))).toBe(engine.match(eventOf({})));
  });
});

describe('matchedFields', () => {
  const rule = ruleOf({
    kind: 'and',
    terms: [
      {
        kind: 'named',
        name: 'selection',
        term: { kind: 'or', terms: [contains('Image', 'cmd'), wholly('User', 'root')] },
      },
      { kind: 'not', term: wholly('Parent', 'explorer.exe') },
      {
        kind: 'keyword',
        predicate: { kind: 'text', parts: [{ wildcard: 'any' }, 'cmd', { wildcard: 'any' }], isCased: false },
      },
      field('Id', { kind: 'number', value: 7 }),
    ],
  });
  const engine = createSigmaEngine([rule]);

  it('names what spoke for the match, with the event’s values', () => {
    const event = eventOf({ Image: 'C:\\cmd.exe', User: 'ann', Parent: 'x.exe', Id: 7 });
    expect(engine.matchedFields(rule, event)).toEqual([
      { field: 'Image', value: 'C:\\cmd.exe' },
      { field: 'keywords', value: 'C:\\cmd.exe' },
      { field: 'Id', value: '7' },
    ]);
  });

  it('caps long values', () => {
    const event = eventOf({ Image: `cmd${'x'.repeat(5000)}`, Id: 7 });
    expect(engine.matchedFields(rule, event)[0]?.value).toHaveLength(513);
  });

  it('is empty when the rule does not match', () => {
    const linux = eventOf({ Image: 'cmd', Id: 7 }, { product: 'linux' });
    expect(engine.matchedFields(rule, linux)).toEqual([]);
    expect(createSigmaEngine([]).matchedFields(rule, eventOf({ Image: 'cmd', Id: 7 }))).toEqual([]);
    expect(engine.matchedFields(rule, eventOf({ Image: 'cmd', Parent: 'explorer.exe', Id: 7 }))).toEqual([]);
  });
});
