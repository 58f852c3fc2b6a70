import { describe, expect, it } from 'vitest';
import type { CorrelationRule } from '../rule.ts';
import { formatRuleProblem } from './problem.ts';
import { readRuleSet } from './rule-set.ts';
import { parseTimespan } from './timespan.ts';

const bases = ['a', 'b', 'c'].map(
  (name) =>
    `---\ntitle: ${name}\nname: ${name}\nlogsource: {product: x}\ndetection: {s: {F: ${name}}, condition: s}\n`,
);

function read(body: string, header = ''): { rule: CorrelationRule | undefined; problems: readonly string[] } {
  const text = `title: t\nname: t\n${header}correlation:\n${body.replace(/^/gm, '  ')}\n${bases.join('')}`;
  const set = readRuleSet(text, 'c.yml');
  return { rule: set.correlations[0], problems: set.problems.map(formatRuleProblem) };
}

const count = 'type: event_count\nrules: [a]\ntimespan: 5m\n';

describe('a correlation', () => {
  it('is read whole', () => {
    const { rule, problems } = read(
      `type: value_count
rules:
  - a
  - b
group-by: [Host, ip]
timespan: 1h
condition: {field: User, gte: 5, lte: 9}
aliases:
  ip: {a: src, b: dst}`,
      'level: high\ngenerate: true\n',
    );
    expect(problems).toEqual([]);
    expect(rule).toMatchObject({
      kind: 'correlation',
      id: 't',
      level: 'high',
      type: 'value_count',
      rules: [
        { reference: 'a', ruleId: 'a' },
        { reference: 'b', ruleId: 'b' },
      ],
      groupBy: ['Host', 'ip'],
      aliases: new Map([
        [
          'ip',
          new Map([
            ['a', 'src'],
            ['b', 'dst'],
          ]),
        ],
      ]),
      window: { kind: 'sliding', lengthMs: 3_600_000, gapMs: null },
      bounds: { gte: 5, lte: 9 },
      valueFields: ['User'],
      percentile: null,
      temporal: null,
      generate: true,
      origin: { file: 'c.yml', line: 1 },
    });
  });

  it.each(['event_count', 'temporal', 'temporal_ordered'])(
    'of type %s needs a bound and no field',
    (type) => {
      expect(read(`type: ${type}\nrules: [a, b]\ntimespan: 5m\ncondition: {gt: 1}`).rule).toMatchObject({
        type,
        bounds: { gt: 1 },
      });
    },
  );

  it.each(['value_count', 'value_sum', 'value_avg', 'value_percentile'])('of type %s has a field', (type) => {
    const { rule } = read(
      `type: ${type}\nrules: [a]\ntimespan: 5m\ncondition: {neq: 1.5, field: [F, G], percentile: 95}`,
    );
    expect(rule).toMatchObject({ type, bounds: { neq: 1.5 }, valueFields: ['F', 'G'] });
    expect(rule?.percentile).toBe(type === 'value_percentile' ? 95 : null);
  });

  it('takes the median when a percentile is not given, with a warning', () => {
    const { rule, problems } = read(
      'type: value_percentile\nrules: [a]\ntimespan: 5m\ncondition: {gt: 1, field: F}',
    );
    expect(rule?.percentile).toBe(50);
    expect(problems.join()).toContain('taken as 50');
  });

  it('has one rule, one field and one group alone as text', () => {
    const { rule } = read(
      'type: value_sum\nrules: a\ngroup-by: Host\ntimeframe: 5m\nfield: F\ncondition: {gt: 1}',
    );
    expect(rule).toMatchObject({ rules: [{ ruleId: 'a' }], groupBy: ['Host'], valueFields: ['F'] });
  });
});

describe('windows', () => {
  it('slide, tumble, or last as long as a session', () => {
    expect(read(`${count}window: tumbling\ncondition: {gte: 2}`).rule?.window).toEqual({
      kind: 'tumbling',
      lengthMs: 300_000,
      gapMs: null,
    });
    expect(read(`${count}window: session\ngap: 30s\ncondition: {gte: 2}`).rule?.window).toEqual({
      kind: 'session',
      lengthMs: 300_000,
      gapMs: 30_000,
    });
    expect(
      read(`${count}condition: {gte: 2}`, 'rsigma.window: session\nrsigma.gap: 10s\n').rule?.window,
    ).toMatchObject({ kind: 'session', gapMs: 10_000 });
  });

  it.each([
    ['window: hopping', 'expected a window (sliding, tumbling, session), got "hopping"'],
    ['window: session', 'expected "gap" as a number and s, m, h, d, w, M or y'],
    ['gap: 5s', 'expected "gap" with "window: session" only'],
    ['window: session\ngap: 6m', 'expected a "gap" that is not longer than "timespan"'],
  ])('are refused: %s', (lines, message) => {
    const { rule, problems } = read(`${count}${lines}\ncondition: {gte: 2}`);
    expect(rule).toBeUndefined();
    expect(problems.join('\n')).toContain(message);
  });

  it.each([
    ['15s', 15_000],
    ['30m', 1_800_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
    ['1M', 2_629_746_000],
    ['1y', 31_556_952_000],
    ['0s', null],
    ['5', null],
    ['5x', null],
    ['-5m', null],
    ['1.5h', null],
  ])('last %s', (text, ms) => {
    expect(parseTimespan(text)).toBe(ms);
  });
});

describe('conditions over rules', () => {
  const temporal = (condition: string, type = 'temporal'): ReturnType<typeof read> =>
    read(`type: ${type}\nrules: [a, b, c]\ntimespan: 5m\ncondition: ${condition}`);

  it('combine rules with and, or, not and parentheses', () => {
    expect(temporal('a and (b or not c)').rule?.temporal).toEqual({
      kind: 'and',
      terms: [
        { kind: 'rule', reference: 'a' },
        {
          kind: 'or',
          terms: [
            { kind: 'rule', reference: 'b' },
            { kind: 'not', term: { kind: 'rule', reference: 'c' } },
          ],
        },
      ],
    });
    expect(temporal('all of them').rule?.temporal).toMatchObject({ kind: 'and', terms: [{}, {}, {}] });
  });

  it('say what must be absent in a sequence', () => {
    expect(temporal('a and not b and c', 'temporal_ordered').rule).toMatchObject({
      type: 'temporal_ordered',
      bounds: null,
      temporal: { kind: 'and', terms: [{ kind: 'rule' }, { kind: 'not' }, { kind: 'rule' }] },
    });
  });

  it('name the rules themselves when there is no list, and have another name in pySigma', () => {
    const { rule } = read('type: temporal_extended\ntimespan: 5m\ncondition: c and not a');
    expect(rule).toMatchObject({ type: 'temporal', rules: [{ ruleId: 'c' }, { ruleId: 'a' }] });
  });

  it('are not needed: then all rules must fire', () => {
    expect(read('type: temporal\nrules: [a, b]\ntimespan: 5m').rule).toMatchObject({
      bounds: null,
      temporal: null,
    });
  });

  it.each([
    ['a and x', 'expected one of "a", "b", "c", got "x"'],
    ['not a', 'expected a condition that some rule has to fire for'],
    ['a or not b', 'expected a condition that some rule has to fire for'],
    ['a and', 'got the end of the condition'],
  ])('are refused: %s', (condition, message) => {
    const { rule, problems } = temporal(condition);
    expect(rule).toBeUndefined();
    expect(problems.join('\n')).toContain(message);
  });

  it('warn of rules they do not use', () => {
    expect(temporal('a and b').problems).toEqual([
      'c.yml:7:14: warning: the rule "c" is not used by the condition',
    ]);
  });
});

describe('what is wrong with a correlation', () => {
  it.each([
    [
      'rules: [a]\ntimespan: 5m',
      'c.yml:4:3: error: expected a correlation type (event_count, value_count, temporal',
    ],
    ['type: count\nrules: [a]\ntimespan: 5m', 'expected a correlation type'],
    ['type: temporal\ntimespan: 5m', 'expected "rules": the ids or names of at least one rule, got none'],
    ['type: temporal\nrules: [{a: b}]\ntimespan: 5m', 'expected the id or name of a rule, got a mapping'],
    ['type: temporal\nrules: [a, a]\ntimespan: 5m', 'expected each rule once, got "a" again'],
    ['type: temporal\nrules: [a]', 'expected "timespan" as a number'],
    ['type: temporal\nrules: [a]\ntimespan: soon', 'c.yml:6:13: error: expected "timespan" as a number'],
    ['type: temporal\nrules: [a]\ntimespan: 5y', 'expected "timespan" of at most 366d'],
    [
      'type: event_count\nrules: [a]\ntimespan: 5m',
      'expected a "condition" such as "gte: 10" for event_count, got none',
    ],
    ['type: event_count\nrules: [a]\ntimespan: 5m\ncondition: a', 'expected "condition" as a mapping'],
    [
      'type: event_count\nrules: [a]\ntimespan: 5m\ncondition: [a]',
      'as a mapping or as one text, got a list',
    ],
    [
      'type: event_count\nrules: [a]\ntimespan: 5m\ncondition: {}',
      'expected at least one of gt, gte, lt, lte, eq, neq',
    ],
    [
      'type: event_count\nrules: [a]\ntimespan: 5m\ncondition: {gte: many}',
      'expected a number for "gte", got "many"',
    ],
    [
      'type: event_count\nrules: [a]\ntimespan: 5m\ncondition: {gte: true}',
      'expected a number for "gte", got true',
    ],
    [
      'type: event_count\nrules: [a]\ntimespan: 5m\ncondition: {ge: 5}',
      'expected one of gt, gte, lt, lte, eq, neq, field, percentile, got "ge"',
    ],
    [
      'type: value_count\nrules: [a]\ntimespan: 5m\ncondition: {gte: 5}',
      'expected "field" in the condition of value_count, got none',
    ],
    [
      'type: value_percentile\nrules: [a]\ntimespan: 5m\ncondition: {gte: 5, field: F, percentile: 101}',
      'expected "percentile" from 0 to 100, got 101',
    ],
    [
      'type: temporal\nrules: [a]\ntimespan: 5m\ngroup-by: [[x]]',
      'expected the name of a field in "group-by", got a list',
    ],
    ['type: temporal\nrules: [a]\ntimespan: 5m\naliases: [x]', 'expected "aliases" as a mapping'],
    [
      'type: temporal\nrules: [a]\ntimespan: 5m\naliases: {x: y}',
      'expected a mapping of rules to fields for "x"',
    ],
    [
      'type: temporal\nrules: [a]\ntimespan: 5m\naliases: {x: {a: [y]}}',
      'expected the name of a field, got a list',
    ],
    [
      'type: temporal\nrules: [a]\ntimespan: 5m\naliases: {x: {z: y}}',
      'c.yml:7: error: expected the id or name of a rule in alias "x", got "z"',
    ],
    ['type: temporal\nrules: [a]\ntimespan: 5m\ngenerate: often', 'expected "generate" as true or false'],
  ])('is told: %j', (body, message) => {
    const { rule, problems } = read(body);
    expect(rule).toBeUndefined();
    expect(problems.join('\n')).toContain(message);
  });

  it('is told when there is no mapping', () => {
    expect(
      readRuleSet('title: t\nname: t\ncorrelation: none\n', 'c.yml').problems.map(formatRuleProblem),
    ).toEqual(['c.yml:3:14: error: expected a mapping as "correlation", got "none"']);
  });

  it('is warned of what means nothing', () => {
    const { problems } = read(`${count}colour: red\ncondition: {gte: 2, field: F, percentile: 5}`);
    expect(problems.join('\n')).toContain('in "correlation", got "colour"');
    expect(problems.join('\n')).toContain('"field" means nothing for event_count');
    expect(problems.join('\n')).toContain('"percentile" means nothing for event_count');
  });
});
