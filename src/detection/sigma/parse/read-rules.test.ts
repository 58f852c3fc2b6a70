import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRuleProblem } from './problem.ts';
import { readRules } from './read-rules.ts';
import { readRuleSet } from './rule-set.ts';
import { read, ruleText, search } from './sigma-workbench.ts';

function problemsOf(text: string, options = {}): readonly string[] {
  return readRules(text, 'a.yml', options).problems.map(formatRuleProblem);
}

const named = (name: string): object => ({ kind: 'named', name });

describe('a rule', () => {
  it('is read whole', () => {
    const text = `title: Whoami
id: 7FB1C5B0-0000-4000-8000-000000000001
name: whoami
status: test
description: |
    Somebody asks.
references:
    - https://example.org/a
author: A. Uthor
license: DRL-1.1
date: 2026-01-02
tags:
    - attack.discovery
    - attack.t1033
    - attack.T1059.001
    - cve.2020-1
logsource:
    product: Windows
    category: Process_Creation
    definition: 'any'
detection:
    selection:
        Image|endswith: '\\whoami.exe'
        User: null
    filter:
        - ParentImage: a
        - ParentImage: b
          User: c
    condition: selection and not filter
fields: [CommandLine]
falsepositives: Administrators
level: high
`;
    const file = readRules(text, 'rules/whoami.yml');
    expect(file.problems).toEqual([]);
    expect(file.rules).toEqual([
      {
        kind: 'detection',
        id: '7fb1c5b0-0000-4000-8000-000000000001',
        name: 'whoami',
        title: 'Whoami',
        description: 'Somebody asks.',
        status: 'test',
        level: 'high',
        author: 'A. Uthor',
        references: ['https://example.org/a'],
        license: 'DRL-1.1',
        tags: ['attack.discovery', 'attack.t1033', 'attack.T1059.001', 'cve.2020-1'],
        techniques: ['T1033', 'T1059.001'],
        fields: ['CommandLine'],
        falsePositives: ['Administrators'],
        origin: { file: 'rules/whoami.yml', line: 1 },
        logSource: { product: 'windows', category: 'process_creation', service: null },
        filters: [],
        condition: {
          kind: 'and',
          terms: [
            {
              kind: 'named',
              name: 'selection',
              term: {
                kind: 'and',
                terms: [
                  {
                    kind: 'field',
                    field: 'Image',
                    predicate: { kind: 'text', parts: [{ wildcard: 'any' }, '\\whoami.exe'], isCased: false },
                  },
                  { kind: 'field', field: 'User', predicate: { kind: 'null' } },
                ],
              },
            },
            {
              kind: 'not',
              term: {
                kind: 'named',
                name: 'filter',
                term: {
                  kind: 'or',
                  terms: [
                    {
                      kind: 'field',
                      field: 'ParentImage',
                      predicate: { kind: 'text', parts: ['a'], isCased: false },
                    },
                    {
                      kind: 'and',
                      terms: [
                        {
                          kind: 'field',
                          field: 'ParentImage',
                          predicate: { kind: 'text', parts: ['b'], isCased: false },
                        },
                        {
                          kind: 'field',
                          field: 'User',
                          predicate: { kind: 'text', parts: ['c'], isCased: false },
                        },
                      ],
                    },
                  ],
                },
              },
            },
          ],
        },
      },
    ]);
  });

  it('has several conditions as alternatives', () => {
    const { rule } = read('a:\n  F: 1\nb:\n  F: 2\ncondition:\n  - a\n  - not b');
    expect(rule?.condition).toMatchObject({
      kind: 'or',
      terms: [named('a'), { kind: 'not', term: named('b') }],
    });
  });

  it('has lists of mappings and keywords in one search', () => {
    expect(search('- F: 1\n- word')).toMatchObject({
      kind: 'or',
      terms: [{ kind: 'field' }, { kind: 'keyword' }],
    });
    expect(search('- F: 1\n  G: 2')).toMatchObject({ kind: 'and' });
  });

  it('has keys without a field name anywhere in a mapping', () => {
    expect(search("'|all': [a, b]\nF: 1")).toMatchObject({
      kind: 'and',
      terms: [{ kind: 'keyword' }, {}, { kind: 'field' }],
    });
  });

  it('takes the place of an id from its name, else from where it stands', () => {
    const body = 'logsource: {product: a}\ndetection: {s: {F: 1}, condition: s}\n';
    expect(readRules(`name: n\n${body}`, 'a.yml').rules[0]).toMatchObject({ id: 'n', title: 'n' });
    expect(readRules(`\n---\n${body}`, 'a.yml').rules[0]).toMatchObject({ id: 'a.yml:3', title: 'a.yml:3' });
  });

  it('may use merge keys and aliases', () => {
    const { rule } = read('base: &base\n  F: 1\nmore:\n  <<: *base\n  G: 2\ncondition: base and more');
    expect(rule?.condition).toMatchObject({
      terms: [named('base'), { term: { kind: 'and', terms: [{ field: 'G' }, { field: 'F' }] } }],
    });
  });

  it('is used although its header has faults, which are warnings with their lines', () => {
    const text = `id: not-a-uuid
status: finished
level: fatal
tags: [attack.t9999, attack.t1059, [x]]
author: {a: b}
logsource: {product: a}
detection: {s: {F: 1}, condition: s}
`;
    const isKnownTechnique = (id: string): boolean => id === 'T1059';
    expect(problemsOf(text, { isKnownTechnique })).toEqual([
      'a.yml:1:5: warning: expected a UUID as "id", got "not-a-uuid"',
      'a.yml:1:1: warning: expected a "title", got none',
      'a.yml:4:36: warning: expected a list of texts for "tags", got a list',
      'a.yml:2:9: warning: expected a status (stable, test, experimental, deprecated, unsupported), got "finished"',
      'a.yml:3:8: warning: expected a level (informational, low, medium, high, critical), got "fatal"; taken as medium',
      'a.yml:5:1: warning: expected text for "author", got a mapping',
      'a.yml:4:8: warning: expected an ATT&CK technique, got "attack.t9999"',
    ]);
    expect(readRules(text, 'a.yml').rules[0]).toMatchObject({
      level: 'medium',
      status: null,
      techniques: ['T9999', 'T1059'],
    });
  });

  it('may name several authors in a list', () => {
    const [rule] = readRules(ruleText('s: {F: 1}\ncondition: s', 'author: [A, B]\n'), 'a.yml').rules;
    expect(rule?.author).toBe('A, B');
  });

  it('is warned of when it has neither id nor name, searches nobody uses, or a timeframe', () => {
    const text =
      'title: t\nlogsource: {product: a}\ndetection:\n  s: {F: 1}\n  _t: {F: 1}\n  timeframe: 5m\n  condition: 1 of them\n';
    expect(problemsOf(text)).toEqual([
      'a.yml:1:1: warning: expected an "id" (a UUID) or a "name", got neither',
      'a.yml:5:3: warning: the search identifier "_t" is not used by the condition',
      'a.yml:6:3: warning: expected no "timeframe" in a rule on single events: it does nothing here',
    ]);
  });

  it('is left out when its status is unsupported', () => {
    const file = readRules(ruleText('s: {F: 1}\ncondition: s', 'status: unsupported\n'), 'a.yml');
    expect(file.rules).toEqual([]);
    expect(file.problems.map(formatRuleProblem)).toEqual([
      'a.yml:3:1: warning: a rule of status "unsupported" is left out',
    ]);
  });
});

describe('what is wrong with a rule', () => {
  it.each([
    ['condition: a', ':6:3: error: expected at least one search identifier beside "condition"'],
    ['a: {F: 1}', ':6:3: error: expected a "condition", got none'],
    ['a: {F: 1}\ncondition: []', ':7:14: error: expected a condition, got an empty list'],
    [
      'a: {F: 1}\ncondition: {b: c}',
      ':7:14: error: expected a condition such as "selection and not filter", got a mapping',
    ],
    ['a: {F: 1}\ncondition: a and b', ':7:20: error: expected one of "a", got "b"'],
    ["a: {F: 1}\ncondition: 'a and b'", ':7:21: error: expected one of "a", got "b"'],
    [
      'a: {F: 1}\ncondition: a | count() > 5',
      ':7:16: error: expected a condition on one event, got the aggregation',
    ],
    ['a: {}\ncondition: a', ':6:6: error: expected a mapping of fields to values'],
    ['a: []\ncondition: a', ':6:6: error: expected a mapping of fields to values'],
    [
      'a:\ncondition: a',
      'error: expected a mapping of fields to values, or a list of mappings or keywords, got nothing',
    ],
    ['a: {F: 1, F: 2}\ncondition: a', ':6:13: error: expected each key once in a mapping, got "F" again'],
    ['a: {? [x] : 2}\ncondition: a', 'error: expected plain text as a key, got a collection'],
    ['a: {F: *nobody}\ncondition: a', 'nobody'],
    ['a: {F: "x}\ncondition: a', 'error: expected YAML'],
  ])('is told with its line: %j', (detection, message) => {
    const { rule, problems } = read(detection);
    expect(rule).toBeUndefined();
    expect(problems[0]).toContain(message);
  });

  it.each([
    [
      'title: x\ndetection: {s: {F: 1}, condition: s}',
      'expected "logsource" with at least one of product, category and service, got none',
    ],
    ['logsource: windows\ndetection: {s: {F: 1}, condition: s}', 'got "windows"'],
    ['logsource: {definition: x}\ndetection: {s: {F: 1}, condition: s}', 'got none of them'],
    [
      'logsource: {product: [a]}\ndetection: {s: {F: 1}, condition: s}',
      'expected text for "product", got a list',
    ],
    ['logsource: {product: a}', 'expected a "detection", got none'],
    ['logsource: {product: a}\ndetection: [a]', 'expected a mapping of searches, got a list'],
    ['- a', 'expected a Sigma rule (a mapping), got a list'],
    ['just text', 'expected a Sigma rule (a mapping), got "just text"'],
    ['jobs: {build: {}}', 'warning: this is no Sigma rule'],
  ])('is told for %j', (text, message) => {
    const file = readRules(text, 'a.yml');
    expect(file.rules).toEqual([]);
    expect(file.problems.map(formatRuleProblem).join('\n')).toContain(message);
  });

  it('does not keep the other rules of the file from being used', () => {
    const good = 'name: good\nlogsource: {product: a}\ndetection: {s: {F: 1}, condition: s}\n';
    const file = readRules(
      `name: bad\nlogsource: {}\ndetection: {}\n---\n${good}---\n"\n---\n${good.replace('good', 'other')}`,
      'a.yml',
    );
    expect(file.rules.map(({ name }) => name)).toContain('good');
    expect(file.leftOut).toContain('bad');
  });
});

describe('the actions of old collections', () => {
  const head = 'action: global\ntitle: T\nlogsource: {product: a}\ndetection: {condition: s}\n';

  it('add to what follows, repeat it with changes, and end', () => {
    const text = `${head}---\nname: one\ndetection: {s: {F: 1}}\n---\naction: repeat\nname: two\ndetection: {s: {F: 2}}\n---\naction: reset\n---\nname: three\ndetection: {s: {F: 3}}\n`;
    const file = readRules(text, 'a.yml');
    expect(file.rules).toMatchObject([
      { name: 'one', title: 'T', condition: { term: { predicate: { value: 1 } } } },
      { name: 'two', title: 'T', condition: { term: { predicate: { value: 2 } } } },
    ]);
    expect(file.problems.map(formatRuleProblem).join('\n')).toContain('expected "logsource"');
  });

  it('are refused when they make no sense', () => {
    expect(problemsOf('action: repeat\ntitle: a')).toEqual([
      'a.yml:1:9: error: expected a document before "action: repeat", got none',
    ]);
    expect(problemsOf('action: dance\ntitle: a')).toEqual([
      'a.yml:1:9: error: expected action global, reset or repeat, got "dance"',
    ]);
  });
});

describe('bounds', () => {
  it('stop aliases of aliases', () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join(', ')}]`,
    );
    const bomb = `l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}\ncondition: l0`;
    expect(read(bomb).problems[0]).toMatch(
      /error: expected (?:at most 200000 nodes|collections at most 32 deep)/,
    );
  });

  it('leave many aliases fast, and take the last anchor of a name', () => {
    const many = Array.from({ length: 50_000 }, (_, index) => `k${index}: *a`).join('\n');
    expect(problemsOf(`a: &a x\n${many}\n`)).toEqual([expect.stringContaining('this is no Sigma rule')]);
    const { rule } = read('a: {F: &x 1, G: *x}\nb: {F: &x 2, G: *x}\ncondition: a and b');
    expect(rule?.condition).toMatchObject({
      terms: [
        { term: { terms: [{}, { predicate: { value: 1 } }] } },
        { term: { terms: [{}, { predicate: { value: 2 } }] } },
      ],
    });
    expect(problemsOf('a: *b\nb: &b 1')[0]).toContain('expected an anchor "&b" before the alias "*b"');
  });

  it('stop an alias of what it stands in', () => {
    expect(read('a: &a\n  F: [*a]\ncondition: a').problems[0]).toContain('error: expected');
  });

  it('stop depth, length and number', () => {
    expect(read(`a: ${'['.repeat(40)}x${']'.repeat(40)}\ncondition: a`).problems[0]).toContain(
      'at most 32 deep',
    );
    expect(problemsOf('['.repeat(100_000))[0]).toContain('error: expected');
    expect(problemsOf(`a: ${'x'.repeat(2_000_000)}`)[0]).toContain('at most 1048576 characters');
    expect(problemsOf('a: 1\n---\n'.repeat(10_001))[0]).toContain('at most 10000 documents');
    const values = Array.from({ length: 2_000 }, (_, index) => `v${index}`).join(', ');
    const often = Array.from({ length: 200 }, () => 'a').join(' or ');
    expect(read(`a: {F: [${values}]}\ncondition: ${often}`).problems[0]).toContain(
      'at most 250000 comparisons',
    );
  });

  it('never throw, whatever the file holds', () => {
    const piece = fc.constantFrom(
      'title: x\n',
      'detection:\n',
      '  sel:\n',
      '    F|re: ',
      '    F|contains|all:\n',
      "      - '",
      '*',
      '&a ',
      '*a',
      '[',
      ']',
      '{',
      '}',
      '---\n',
      'correlation:\n',
      '  type: temporal\n',
      '  rules: [a]\n',
      '  timespan: 5m\n',
      '  condition: sel\n',
      'filter:\n',
      'logsource:\n',
      '  product: x\n',
      'null',
      '|',
      '>',
      ': ',
      '\n',
      '"',
      '\t',
      '\u0000',
      '1 of them',
      '<<: ',
      '!!binary x',
      '? ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (content) => {
        const set = readRuleSet(content);
        for (const problem of set.problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.message).not.toBe('');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
