import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../events/read.ts';
import { createSigmaEngine } from './compile/create-sigma-engine.ts';
import { createCorrelationSet } from './correlate/create-correlation-set.ts';
import { formatRuleProblem } from './parse/problem.ts';
import { findTestFiles, loadRuleFolder } from './rule-folder.ts';
import { runRuleTests } from './rule-test.ts';
import { readTestFile } from './rule-test-file.ts';
import { folderOf, processEvent, processRule } from './rule-workbench.ts';
import { toSigmaEvent } from './taxonomy/to-sigma-event.ts';

async function run(files: Readonly<Record<string, string>>) {
  const folder = await folderOf(files);
  const set = await loadRuleFolder([folder]);
  const report = await runRuleTests(await findTestFiles([folder]), set, {
    read: createReader({ maxRecordBytes: 65_536 }),
    toSigmaEvent,
    engine: createSigmaEngine(set.detections),
    correlations: createCorrelationSet(set.correlations, set.detections),
  });
  return {
    ...report,
    outcomes: report.results.map(({ case: name, failure }) => `${name}: ${failure ?? 'passed'}`),
    told: report.problems
      .map(formatRuleProblem)
      .map((line) => line.replace(`${folder}/`, '').replaceAll(`${folder}/`, '')),
    lacking: report.untested.map(({ rule, lacks }) => `${rule.title}: ${lacks}`),
    place: dirname(folder),
  };
}

const event = (image: string, user?: string): string => JSON.stringify(processEvent(image, user));

describe('tests of a rule', () => {
  it('pass when its events match and do not match as they should', async () => {
    const { outcomes, told, lacking } = await run({
      'a.yml': processRule('a', 'a.exe'),
      'a.test.yml': `match:
  - name: by bob
    event: ${event('a.exe')}
  - raw: '${event('a.exe', 'eve')}'
    format: windows
no_match:
  - name: by the system
    event: ${event('a.exe', 'SYSTEM')}
`,
    });
    expect(told).toEqual([]);
    expect(outcomes).toEqual(['by bob: passed', 'match at line 4: passed', 'by the system: passed']);
    expect(lacking).toEqual([]);
  });

  it('fail with what came, and how the event was read', async () => {
    const { outcomes } = await run({
      'a.yml': processRule('a', 'a.exe'),
      'a.test.yml': `match: [{ name: one, event: ${event('b.exe')} }, { name: two, raw: '' }]\nno_match: [{ name: three, event: ${event('a.exe')} }]`,
    });
    expect(outcomes[0]).toMatch(
      /^one: expected match, got none \(read as windows: windows .*process_creation/,
    );
    expect(outcomes[1]).toMatch(/^two: the event cannot be read: empty/);
    expect(outcomes[2]).toMatch(/^three: expected no match, got a match/);
  });

  it('tell which rules have none, or only one kind', async () => {
    const { lacking } = await run({
      'a.yml': processRule('a', 'a.exe'),
      'a.test.yml': `match: [{ event: ${event('a.exe')} }]`,
      'b.yml': processRule('b', 'b.exe'),
      'c.yml': processRule('c', 'c.exe'),
      'c.test.yml': `no_match: [{ event: ${event('a.exe')} }]`,
    });
    expect(lacking).toEqual(['a: no match', 'b: both', 'c: match']);
  });

  it('say which rule they mean when a file holds several', async () => {
    const rules = `${processRule('a', 'a.exe')}---\n${processRule('b', 'b.exe')}`;
    const tests = `match: [{ name: b, event: ${event('b.exe')} }]`;
    expect((await run({ 'x.yml': rules, 'x.test.yml': tests })).told).toEqual([
      'x.test.yml:1: error: expected "rule": x.yml holds 2 rules of their own',
    ]);
    expect((await run({ 'x.yml': rules, 'x.test.yml': `rule: b\n${tests}` })).outcomes).toEqual([
      'b: passed',
    ]);
    expect((await run({ 'x.yml': rules, 'x.test.yml': `rule: z\n${tests}` })).told[0]).toContain('got "z"');
    expect((await run({ 'y.yml': rules, 'x.test.yml': tests })).told[0]).toContain(
      'expected a rule in x.yml, got none',
    );
  });
});

describe('tests of a correlation', () => {
  const correlation = `title: many
name: many
correlation:
  type: event_count
  rules: [base]
  group-by: [User]
  timespan: 1m
  condition: {gte: 3}
---
${processRule('base', 'a.exe')}`;

  const events = (repeat: number, every: string, user = 'bob'): string =>
    `{ at: 0s, repeat: ${repeat}, every: ${every}, event: ${event('a.exe', user)} }`;

  it('have events in order, with times of their own', async () => {
    const { outcomes, lacking } = await run({
      'many.yml': correlation,
      'many.test.yml': `match:
  - name: three in a minute
    events: [${events(3, '10s')}]
    group: { User: bob }
    completed_by: 3
no_match:
  - name: three in an hour
    events: [${events(3, '20m')}]
  - name: of different people
    events: [${events(2, '1s')}, ${events(2, '1s', 'eve')}]
  - name: at times of the calendar
    events:
      - { at: '2026-01-01T00:00:00Z', repeat: 2, event: ${event('a.exe')} }
      - { at: '2026-01-01T00:01:01Z', event: ${event('a.exe')} }
`,
    });
    expect(outcomes).toEqual([
      'three in a minute: passed',
      'three in an hour: passed',
      'of different people: passed',
      'at times of the calendar: passed',
    ]);
    expect(lacking).toEqual([]);
  });

  it('fail with the group or the event that was not expected', async () => {
    const { outcomes } = await run({
      'many.yml': correlation,
      'many.test.yml': `match:
  - { name: one, events: [${events(3, '1s')}], group: { User: eve } }
  - { name: two, events: [${events(4, '1s')}], completed_by: 4 }
  - { name: three, events: [${events(2, '1s')}] }
  - { name: four, events: [{ raw: 'x', format: windows }] }
no_match:
  - { name: five, events: [${events(3, '1s')}] }
`,
    });
    expect(outcomes[0]).toBe('one: expected a match of that group, got only User=bob');
    expect(outcomes[1]).toBe('two: expected event 4 to complete it, got event 3');
    expect(outcomes[2]).toBe('three: expected a match, got none');
    expect(outcomes[3]).toContain('four: event 1: the event cannot be read');
    expect(outcomes[4]).toBe('five: expected no match, got one with event 3 (User=bob)');
  });
});

describe('a test file', () => {
  it.each([
    ['', 'expected "match" and "no_match", got nothing'],
    ['- a', 'got a list'],
    ['match: x', 'expected a list of cases'],
    ['matches: []', 'expected "rule", "match" or "no_match", got "matches"'],
    ['match: [x]', 'expected a case with "event", "raw" or "events"'],
    ['match: [{}]', 'expected either "event" (an object) or "raw" (text)'],
    ['match: [{event: {}, raw: x}]', 'expected either "event"'],
    ['match: [{event: x}]', 'expected an object as "event", got "x"'],
    ['match: [{raw: {}}]', 'expected text as "raw", got a mapping'],
    ['match: [{raw: x, colour: red}]', 'got "colour"'],
    ['match: [{events: x}]', 'expected a list of events'],
    ['match: [{events: [x]}]', 'expected an event, got "x"'],
    ['match: [{events: [{raw: x, name: y}]}]', 'got "name"'],
    ['match: [{raw: x, at: noon}]', 'expected "at" as a time'],
    ['match: [{raw: x, repeat: 0}]', 'expected "repeat" from 1 to 100000, got 0'],
    ['match: [{raw: x, repeat: 2, every: often}]', 'expected "every" as a time'],
    ['match: [{events: [{raw: x, repeat: 90000}, {raw: x, repeat: 90000}]}]', 'at most 100000 events'],
    ['match: [{raw: x, group: y}]', 'expected a mapping of fields to values'],
    ['match: [{raw: x, completed_by: last}]', 'expected the number of an event'],
    ['match: []\n---\nmatch: []', 'expected one document of tests'],
    ['match: "', 'expected YAML'],
  ])('is told what is wrong: %j', (text, message) => {
    expect(readTestFile(text, 'a.test.yml').problems.map(formatRuleProblem).join('\n')).toContain(message);
  });
});
