import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DetectionRule, Expression, LogSource, Predicate, TextPart } from '../rule.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { createSigmaEngine } from './create-sigma-engine.ts';
import { eventOf, ruleOf } from './workbench.ts';

/**
 * Rules and events are made of the same few pieces, so that they meet often, and of pieces chosen to break an index:
 * cuts within a run of four, letters that change length or place with their case, signs of regular expressions.
 */
const pieces = [
  '',
  'a',
  'ab',
  'abc',
  'abcd',
  'bcda',
  'abcde',
  '\\powershell.exe',
  'POWERSHELL',
  '.exe',
  'C:\\',
  ' ',
  '-enc',
  '*',
  '?',
  'İ',
  'i̇',
  'ß',
  'SS',
  'K',
  'k',
  'ſ',
  's',
  'Σ',
  'ς',
  'ΑΣ',
  '😀',
  'é',
  'É',
  'Ж',
  '\u0141a\u0142b',
  '\n',
  '1',
  '01',
  '1.0',
  '10.1.2.3',
  '::1',
  'fe80::1',
  'true',
  'null',
];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((parts) => parts.join(''));
const fields = ['Image', 'CommandLine', 'EventID', 'a.b', 'User'];
const field = fc.constantFrom(...fields);
const number = fc.constantFrom(0, 1, -1, 1.5, 10, 4624);

const any: TextPart = { wildcard: 'any' };
const part: fc.Arbitrary<TextPart> = fc.oneof(
  text,
  fc.constant(any),
  fc.constant<TextPart>({ wildcard: 'one' }),
);
const parts: fc.Arbitrary<readonly TextPart[]> = fc.oneof(
  text.map((literal) => [literal]),
  text.map((literal) => [literal, any]),
  text.map((literal) => [any, literal]),
  text.map((literal) => [any, literal, any]),
  fc.array(part, { maxLength: 5 }),
);
const textPredicate = fc.record({ kind: fc.constant('text' as const), parts, isCased: fc.boolean() });
const leafPredicate: fc.Arbitrary<Predicate> = fc.oneof(
  { weight: 8, arbitrary: textPredicate },
  { weight: 2, arbitrary: number.map((value): Predicate => ({ kind: 'number', value })) },
  fc.boolean().map((value): Predicate => ({ kind: 'boolean', value })),
  fc.constantFrom<Predicate>(
    { kind: 'regex', source: 'ab+c', flags: '' },
    { kind: 'regex', source: '(?:abcd|POWER\\w+)', flags: 'i' },
    { kind: 'regex', source: '^.?k$', flags: 'i' },
    { kind: 'regex', source: 's|\\d{2}', flags: '' },
    { kind: 'cidr', network: '10.0.0.0/8' },
    { kind: 'cidr', network: 'fe80::/10' },
    { kind: 'compare', comparison: 'gte', value: 1 },
    { kind: 'compare', comparison: 'lt', value: 10 },
    { kind: 'timepart', part: 'hour', of: { kind: 'compare', comparison: 'gt', value: 3 } },
  ),
);
const predicate: fc.Arbitrary<Predicate> = fc.oneof(
  { weight: 8, arbitrary: leafPredicate },
  fc.constant<Predicate>({ kind: 'null' }),
  fc.boolean().map((isThere): Predicate => ({ kind: 'exists', isThere })),
  fc.record({
    kind: fc.constant('fieldref' as const),
    field,
    place: fc.constantFrom('whole' as const, 'start' as const, 'end' as const, 'anywhere' as const),
    isCased: fc.boolean(),
  }),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('field' as const), field, predicate }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('keyword' as const), predicate: leafPredicate }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        terms: fc.array(tie('expression'), { maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('not' as const), term: tie('expression') }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('named' as const),
        name: fc.constant('selection'),
        term: tie('expression'),
      }),
    },
  ),
}));

const logSource: fc.Arbitrary<LogSource> = fc.record({
  product: fc.constantFrom(null, 'windows', 'linux'),
  category: fc.constantFrom(null, null, 'process_creation'),
  service: fc.constantFrom(null, null, 'sysmon'),
});

const plain = fc.oneof(
  { weight: 6, arbitrary: text },
  number,
  fc.boolean(),
  fc.constant(null),
  fc.constant({ c: 'abc' }),
);
const value: fc.Arbitrary<FieldValue> = fc.oneof(
  { weight: 6, arbitrary: plain },
  fc.array(fc.oneof(plain, fc.array(plain, { maxLength: 2 })), { maxLength: 3 }),
  fc.constant('2026-05-01T04:00:00Z'),
);

const event: fc.Arbitrary<SigmaEvent> = fc
  .record({
    product: fc.constantFrom('windows', 'linux', 'other'),
    categories: fc.constantFrom([], ['process_creation'], ['other', 'process_creation']),
    services: fc.constantFrom([], ['sysmon']),
    values: fc.dictionary(field, value, { maxKeys: 5 }),
  })
  .map(({ values, ...source }) => eventOf(values, source));

const rules = fc
  .array(fc.tuple(expression, logSource), { minLength: 1, maxLength: 40 })
  .map((list) => list.map(([condition, source], index) => ruleOf(condition, source, `rule-${index}`)));

function idsOf(found: readonly DetectionRule[]): readonly string[] {
  return found.map(({ id }) => id);
}

describe('the compiled engine, against a scan of all rules', () => {
  it('finds exactly the rules that match, in their order, whatever rules and events are', () => {
    fc.assert(
      fc.property(rules, fc.array(event, { minLength: 1, maxLength: 12 }), (generated, events) => {
        const engine = createSigmaEngine(generated);
        for (const one of events) expect(idsOf(engine.match(one))).toEqual(idsOf(engine.matchFullScan(one)));
      }),
      { numRuns: 1500 },
    );
  });

  it('does so when most rules hang on one field, for which it keeps plans by value', () => {
    const byId = fc.tuple(
      fc.oneof(number, fc.constantFrom('4624', '04624', 'abc', 'ABC', '', '1')),
      expression,
    );
    const condition = byId.map(
      ([id, rest]): Expression => ({
        kind: 'and',
        terms: [
          {
            kind: 'field',
            field: 'EventID',
            predicate:
              typeof id === 'number'
                ? { kind: 'number', value: id }
                : { kind: 'text', parts: [id], isCased: false },
          },
          rest,
        ],
      }),
    );
    const source: LogSource = { product: 'windows', category: null, service: null };
    const eventId = fc.constantFrom<FieldValue>(
      4624,
      '4624',
      '04624',
      '4624.0',
      1,
      '1',
      'Abc',
      '',
      null,
      undefined,
      true,
      [4624, 1],
      7,
      1.5,
      '-1',
      { a: 1 },
    );
    const windows = fc
      .tuple(fc.dictionary(field, value), eventId)
      .map(([values, EventID]) =>
        eventOf({ ...values, EventID }, { product: 'windows', categories: [], services: [] }),
      );
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 6, maxLength: 20 }),
        fc.array(windows, { minLength: 1, maxLength: 8 }),
        (conditions, events) => {
          const engine = createSigmaEngine(
            conditions.map((one, index) => ruleOf(one, source, `rule-${index}`)),
          );
          for (const one of events)
            expect(idsOf(engine.match(one))).toEqual(idsOf(engine.matchFullScan(one)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('names matched fields of rules that match, each a field of the event, and none of the others', () => {
    fc.assert(
      fc.property(rules, event, (generated, one) => {
        const engine = createSigmaEngine(generated);
        const matched = engine.match(one);
        for (const rule of generated) {
          const named = engine.matchedFields(rule, one).map((match) => match.field);
          if (!matched.includes(rule)) expect(named).toEqual([]);
          for (const name of named) expect(name === 'keywords' || one.field(name) !== undefined).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
