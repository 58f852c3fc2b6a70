import { describe, expect, it } from 'vitest';
import { formatRuleProblem } from './problem.ts';
import { readRules } from './read-rules.ts';
import { assembleRules, type RuleSet, readRuleSet } from './rule-set.ts';

const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

function rule(name: string, more = ''): string {
  return `title: ${name}\nname: ${name}\n${more}logsource: {product: windows, category: process_creation}\ndetection: {selection: {F: ${name}}, condition: selection}\n`;
}

function correlation(name: string, body: string): string {
  return `title: ${name}\nname: ${name}\ncorrelation:\n${body.replace(/^/gm, '  ')}\n`;
}

function filter(body: string, source = '{product: windows}'): string {
  return `title: site\nname: site\nlogsource: ${source}\nfilter:\n${body.replace(/^/gm, '  ')}\n`;
}

function told(set: RuleSet): readonly string[] {
  return set.problems.map(formatRuleProblem);
}

const all = (...documents: readonly string[]): RuleSet => readRuleSet(documents.join('---\n'), 'a.yml');

describe('filters', () => {
  it('are added to the conditions of the rules they name, by id or name', () => {
    const set = all(
      rule('one', `id: ${idOf(1)}\n`),
      rule('two'),
      rule('three'),
      filter(`rules: [${idOf(1).toUpperCase()}, two]\nselection: {User: root}\ncondition: not selection`),
    );
    expect(told(set)).toEqual([]);
    expect(set.detections).toMatchObject([
      {
        filters: ['site'],
        condition: {
          kind: 'and',
          terms: [
            { kind: 'named', name: 'selection' },
            {
              kind: 'named',
              name: 'filter site',
              term: { kind: 'not', term: { kind: 'named', name: 'selection' } },
            },
          ],
        },
      },
      { filters: ['site'] },
      { filters: [], condition: { kind: 'named' } },
    ]);
  });

  it('apply to every rule within their log source when they name "any"', () => {
    const any = 'rules: any\nselection: {User: root}\ncondition: not selection';
    expect(all(rule('one'), filter(any)).detections[0]?.filters).toEqual(['site']);
    expect(all(rule('one'), filter(any, '{product: linux}')).detections[0]?.filters).toEqual([]);
    expect(all(rule('one'), filter(any, '{product: windows, service: x}')).detections[0]?.filters).toEqual(
      [],
    );
  });

  it('may be for rules by id that are not loaded here', () => {
    const absent =
      'rules: [0c7bd3b2-6d7f-4b0e-9f0e-5b7f6a6b2d02]\nselection: {User: root}\ncondition: not selection';
    expect(told(all(rule('one'), filter(absent)))).toEqual([]);
  });

  it('warn when they do nothing, or the wrong thing', () => {
    const set = all(
      rule('one'),
      filter(
        'rules:\n  - one\n  - nobody\nselection: {User: root}\ncondition: selection',
        '{product: linux}',
      ),
    );
    expect(told(set)).toEqual([
      'a.yml:11: warning: the filter does not apply to "one": its log source is another',
      'a.yml:12: warning: expected the id or name of a rule, got "nobody", which no rule here has',
      'a.yml:14:3: warning: this filter keeps only the events that meet its condition; to leave them out, write "not …"',
    ]);
  });

  it.each([
    [
      'selection: {F: 1}\ncondition: not selection',
      'expected "rules": a list of ids or names, or "any", got none',
    ],
    ['rules: {a: b}\nselection: {F: 1}\ncondition: not selection', 'got a mapping'],
    ['rules: [[a]]\nselection: {F: 1}\ncondition: not selection', 'got a list'],
    ['rules: any\ncondition: not selection', 'expected at least one search identifier'],
    ['rules: any\nselection: {F: 1}', 'expected a "condition", got none'],
  ])('are refused when they are broken: %j', (body, message) => {
    expect(told(all(filter(body))).join('\n')).toContain(message);
  });

  it('are refused when they are no mapping', () => {
    expect(told(all('title: x\nname: x\nlogsource: {product: a}\nfilter: none\n'))[0]).toContain(
      'expected a mapping as "filter"',
    );
  });
});

describe('references', () => {
  const count = (reference: string): string =>
    `type: event_count\nrules: [${reference}]\ntimespan: 5m\ncondition: {gte: 2}`;

  it('are resolved by id or name over all files, each correlation after what it rests on', () => {
    const set = assembleRules([
      readRules(correlation('outer', count('inner')), 'outer.yml'),
      readRules(correlation('inner', count(idOf(1))), 'inner.yml'),
      readRules(rule('one', `id: ${idOf(1)}\n`), 'one.yml'),
    ]);
    expect(told(set)).toEqual([]);
    expect(set.correlations).toMatchObject([
      { id: 'inner', rules: [{ reference: idOf(1), ruleId: idOf(1) }] },
      { id: 'outer', rules: [{ reference: 'inner', ruleId: 'inner' }] },
    ]);
  });

  it('to nothing are errors with their lines, and what rests on them is left out', () => {
    const set = all(
      correlation('outer', count('inner')),
      correlation('inner', 'type: event_count\nrules:\n  - nobody\ntimespan: 5m\ncondition: {gte: 2}'),
    );
    expect(set.correlations).toEqual([]);
    expect(told(set)).toEqual([
      'a.yml:5: error: expected a rule that can be used, got "inner", which has errors',
      'a.yml:14: error: expected the id or name of a rule, got "nobody", which no rule here has',
    ]);
  });

  it('to a rule that is left out say so', () => {
    const set = all('name: bad\nlogsource: {}\ndetection: {}\n', correlation('c', count('bad')));
    expect(told(set).at(-1)).toContain('expected a rule that can be used, got "bad", which is left out');
  });

  it('in a circle are errors', () => {
    const set = all(
      correlation('a', count('b')),
      correlation('b', count('a')),
      correlation('self', count('self')),
    );
    expect(set.correlations).toEqual([]);
    expect(told(set).join('\n')).toContain(
      'expected correlations that do not refer to themselves, got "a" → "b" → "a"',
    );
    expect(told(set).join('\n')).toContain('got "self" → "self"');
  });

  it('may not reach further than a bound', () => {
    const chain = Array.from({ length: 100 }, (_, index) => correlation(`c${index}`, count(`c${index + 1}`)));
    expect(told(all(...chain)).join('\n')).toContain('at most 64 correlations on each other');
  });
});

describe('ids and names', () => {
  it('belong to one rule: the first of an id is used, the first of a name is meant', () => {
    const set = all(
      rule('one', `id: ${idOf(1)}\n`),
      rule('two', `id: ${idOf(1)}\n`),
      rule('one', `id: ${idOf(2)}\n`),
    );
    expect(set.detections.map(({ title }) => title)).toEqual(['one', 'one']);
    expect(told(set)).toEqual([
      `a.yml:7: warning: the rule is left out: expected an id of its own, got ${idOf(1)}, which a.yml:1 has`,
      'a.yml:13: warning: expected a name of its own, got "one", which a.yml:1 has: references mean that one',
    ]);
  });
});
