import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../contracts/analysis.ts';
import {
  failedLogin,
  MiniatureData,
  processStart,
  row,
  ruleIds,
  wholeMiniature,
} from './evaluation-workbench.ts';

const { dump, tool } = ruleIds;

describe('an evaluation of a miniature folder', () => {
  it('counts cells that differ, and gold rules that fire on all of their events', async () => {
    const { report, details } = await (await wholeMiniature()).evaluate();
    expect(report.sigma).toMatchObject({
      events: 25,
      events_compared: 18,
      cells_expected: 13,
      cells_matched: 13,
      cells_differing: 2,
      cells_missing: 1,
      cells_extra: 1,
      gold_fired: 1,
      gold_total: 2,
      gold_events_fired: 1,
      gold_events: 2,
      expectations_unseen: 1,
      differing_by_file: { attacks: 2 },
    });
    expect(report.sigma?.differences).toEqual([
      { event: 'a3', rule: tool, kind: 'missing' },
      { event: 'a7', rule: tool, kind: 'extra' },
    ]);
    expect(details.filter(({ kind }) => kind === 'cell')).toHaveLength(2);
  });

  it('holds correlations against the groups that must fire and those that must not', async () => {
    const { report, details } = await (await wholeMiniature()).evaluate();
    expect(report.correlation).toEqual({
      must_fired: 1,
      must_total: 2,
      must_elsewhere: 0,
      silent_fired: 0,
      silent_total: 1,
    });
    expect(details).toContainEqual({
      kind: 'correlation',
      rule: 'twice',
      scenario: 'lone tool',
      group: ['ws1.corp.example'],
      difference: 'silent',
    });
  });

  it('tells at which level each scenario is found, and which of its techniques are named', async () => {
    const { report, details } = await (await wholeMiniature()).evaluate();
    expect(report.scenarios).toEqual({
      attacks: {
        total: 7,
        detected: 4,
        detected_medium: 3,
        detected_high: 3,
        detected_threat: 3,
        informational_only: 1,
        // a1, a2, a4 to a7, b1 and the fifth failed login; high ones: the dumps, the last of the burst, the guessing.
        events: { events: 14, any: 8, low: 7, medium: 4, high: 4, critical: 0 },
        techniques: 4,
        // T1003.001 and T1570; by parent also T1059 for T1059.001; T1033 has only an informational finding.
        techniques_named: 2,
        techniques_named_by_parent: 3,
        technique_recall: 0.5,
        technique_recall_by_parent: 0.75,
        benign_total: 1,
        benign_high: 1,
      },
    });
    const levels = details.flatMap((one) => (one.kind === 'scenario' ? [[one.scenario, one.level]] : []));
    expect(levels).toEqual([
      ['dumping', 'high'],
      ['asking', 'info'],
      ['quiet', null],
      ['burst', 'high'],
      ['lone tool', 'low'],
      ['guessing', 'high'],
      ['unreadable', null],
      ['harmless', 'high'],
    ]);
  });

  it('counts what is found in harmless events, and by which rule', async () => {
    const { report, details } = await (await wholeMiniature()).evaluate();
    expect(report.benign).toMatchObject({
      events: 4,
      high: 1,
      high_share: 0.25,
      high_by_detector: [{ detector: `sigma:${dump}`, title: 'Command line with dump-memory', events: 1 }],
    });
    expect(report.unlabelled).toMatchObject({ 'zeek-wire': { events: 1, high: 1 } });
    expect(details).toContainEqual(expect.objectContaining({ kind: 'benign', event: 'n2', level: 'high' }));
  });

  it('judges each case by itself, in total and by log type', async () => {
    const { report } = await (await wholeMiniature()).evaluate();
    expect(report.triage).toMatchObject({
      unread: 0,
      tp: 2,
      fn: 1,
      fp: 1,
      tn: 2,
      tpr: 0.666667,
      fpr: 0.333333,
    });
    expect(report.triage?.by_log_type).toMatchObject({
      A: { tp: 2, fn: 1, tpr: 0.666667, fpr: null },
      B: { fp: 1, tn: 2, tpr: null },
    });
    expect(report.triage_sentinel).toMatchObject({ tp: 2, fn: 1 });
    expect(report.triage_llm).toBeNull();
    expect(report.skipped).toEqual({ triage_llm: 'no model' });
  });

  it('reports rows that nobody can read, and what it ran on', async () => {
    const { report, details } = await (await wholeMiniature()).evaluate();
    expect(report).toMatchObject({ vertice: '1.2.3', events: 25, node: process.versions.node });
    expect(report.files).toMatchObject({ attacks: { events: 14, rejected: 1 }, cases: { rejected: 0 } });
    expect(report.rules).toMatchObject({
      pack: { detections: 3, correlations: 1, errors: 0 },
      product: { detections: 3, correlations: 1, filtered: 0 },
    });
    expect(details).toContainEqual(expect.objectContaining({ kind: 'rejected', event: 'x1' }));
  });
});

describe('further rules', () => {
  it('and their filters are in force in all parts but the conformance of the pack', async () => {
    const data = await wholeMiniature();
    const folder = join(data.path, 'more');
    await mkdir(folder);
    await writeFile(
      join(folder, 'filter.yml'),
      [
        'title: Backups may dump',
        'id: 55555555-5555-4555-8555-555555555555',
        'logsource: { product: windows, category: process_creation }',
        'filter:',
        `  rules: [${dump}]`,
        '  backup: { CommandLine|contains: by a backup }',
        '  condition: not backup',
        '',
      ].join('\n'),
    );
    const { report } = await data.evaluate({ ruleFolders: [folder] });
    expect(report.rules.product.filtered).toBe(1);
    expect(report.scenarios?.['attacks']).toMatchObject({ benign_total: 1, benign_high: 0 });
    expect(report.sigma?.cells_differing).toBe(2);
  });
});

describe('a language model', () => {
  const told = (change: Partial<Analysis>) => (floor: Analysis) => ({ ...floor, ...change });

  it('is shown the cases with findings, and can raise a verdict', async () => {
    const raise = told({ is_threat: true, analyst: 'llm' });
    const llm = { analyse: async (_subject: object, floor: Analysis) => raise(floor) };
    const { report } = await (await wholeMiniature()).evaluate({ llm });
    expect(report.triage_llm).toMatchObject({
      cases_asked: 4,
      cases_failed: 0,
      tp: 2,
      fn: 1,
      fp: 2,
      tn: 1,
    });
    expect(report.skipped).toEqual({});
  });

  it('that does not answer leaves the deterministic verdicts, and is counted', async () => {
    const llm = { analyse: async (_subject: object, floor: Analysis) => floor };
    const { report } = await (await wholeMiniature()).evaluate({ llm });
    const { by_log_type: _, ...verdicts } = report.triage_sentinel ?? { by_log_type: {} };
    expect(report.triage_llm).toMatchObject({ ...verdicts, cases_asked: 4, cases_failed: 4 });
  });
});

it('a case that nobody can read is no threat, and is counted apart', async () => {
  const data = await MiniatureData.open();
  await data.lines('cases.jsonl.gz', [row('c1', 's', 'malicious', '\u0001', { fire: true })]);
  expect((await data.evaluate()).report.triage).toMatchObject({ unread: 1, fn: 1, tp: 0 });
});

describe('a folder that lacks something', () => {
  it('is evaluated on what it has, with the reasons for the rest', async () => {
    const data = await MiniatureData.open();
    await data.lines('events.jsonl.gz', [row('e1', 's', 'malicious', failedLogin(1))]);
    const { report } = await data.evaluate();
    expect(report).toMatchObject({ sigma: null, correlation: null, benign: null, triage: null });
    expect(report.rules.pack).toBeNull();
    expect(report.scenarios).toMatchObject({ events: { total: 1, detected: 0, technique_recall: null } });
    expect(report.skipped).toEqual({
      sigma: 'expect-sigma.jsonl.gz or sigma-rules-pack.tar.gz is not in the folder',
      correlation: 'correlations.json is not in the folder',
      technique_recall: 'index.json is not in the folder',
      benign: 'no file has rows labelled benign alone',
      unlabelled: 'no file has unlabelled rows alone',
      triage: 'no row has "fire"',
      triage_sentinel: 'no row has "fire"',
      triage_llm: 'no row has "fire"',
    });
  });

  it('is refused when it holds no events at all, or is no folder', async () => {
    const data = await MiniatureData.open();
    await expect(data.evaluate()).rejects.toMatchObject({
      code: 'VTC_USAGE',
      message: expect.stringContaining('*.jsonl.gz'),
    });
    await expect(data.evaluate({ data: join(data.path, 'nowhere') })).rejects.toMatchObject({
      code: 'VTC_USAGE',
    });
  });
});

it('a row without scenario and label is one of unlabelled events', async () => {
  const data = await MiniatureData.open();
  await data.lines('events.jsonl.gz', [{ id: 'e1', raw: failedLogin(1) }]);
  const { report } = await data.evaluate();
  expect(report).toMatchObject({ scenarios: null, unlabelled: { events: { events: 1, any: 0 } } });
  expect(report.skipped['scenarios']).toBe('no file has rows labelled malicious or mixed');
});

describe('a file that is not what it should be', () => {
  const good = row('e1', 's', 'benign', processStart('x'));

  it.each([
    ['a torn line', '{"id":', /events\.jsonl\.gz:2: not JSON/],
    ['a list', '[1]', /events\.jsonl\.gz:2: expected a JSON object/],
    ['a numeric id', JSON.stringify({ ...good, id: 7 }), /:2: expected "id"/],
    ['no scenario', JSON.stringify({ ...good, scn: null }), /:2: expected "scn"/],
    ['an unknown label', JSON.stringify({ ...good, label: 'odd' }), /:2: expected "label", one of malicious/],
    ['no record', JSON.stringify({ ...good, event: undefined }), /:2: expected "event", an object, or "raw"/],
  ])('with %s is refused with file and line', async (_, line, message) => {
    const data = await MiniatureData.open();
    await writeFile(join(data.path, 'events.jsonl.gz'), gzipSync(`${JSON.stringify(good)}\n${line}\n`));
    await expect(data.evaluate()).rejects.toMatchObject({
      code: 'VTC_EVENT_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['index.json', 'without scenarios', '{}', 'expected "scenarios"'],
    ['index.json', 'that is torn', '{', 'expected JSON'],
    ['correlations.json', 'that is torn', '{', 'expected JSON'],
    ['correlations.json', 'without rules', '{}', 'base_rules'],
    [
      'expect-sigma.jsonl.gz',
      'without rule ids',
      gzipSync('{"id":"e1"}\n'),
      'expected "id", a text, and "sigma"',
    ],
    ['sigma-rules-pack.tar.gz', 'that is none', 'no archive', 'neither a zip nor a gzip'],
  ])('such as %s %s is refused', async (name, _, content, message) => {
    const data = await MiniatureData.open();
    await data.lines('events.jsonl.gz', [good]);
    await data.rulePack();
    await writeFile(join(data.path, name), content);
    await expect(data.evaluate()).rejects.toThrow(message);
  });

  it('does not keep the user waiting who wants out', async () => {
    const data = await wholeMiniature();
    await expect(data.evaluate({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'VTC_SHUTTING_DOWN',
    });
  });
});

const shared = resolve(import.meta.dirname, '../../../shared/data/detection');
const isThere = existsSync(shared);
if (!isThere)
  process.stderr.write('evaluate-detection.test.ts skips: ../shared/data/detection is not there\n');

describe.skipIf(!isThere)('an evaluation of a part of the development set', () => {
  it('finds every gold rule and every attack of the regression data', { timeout: 60_000 }, async () => {
    const part = await MiniatureData.open();
    const names = ['sigmahq-regression', 'benign-linux-process', 'cloudtrail-stratus', 'expect-sigma'];
    for (const name of [...names.map((one) => `${one}.jsonl.gz`), 'sigma-rules-pack.tar.gz', 'index.json']) {
      await symlink(join(shared, name), join(part.path, name));
    }
    const { report } = await part.evaluate();
    expect(report.sigma).toMatchObject({ events: 1400, events_compared: 1400, cells_differing: 0 });
    expect(report.sigma).toMatchObject({ gold_fired: 102, gold_total: 102, gold_events_fired: 115 });
    expect(report.scenarios?.['sigmahq-regression']).toMatchObject({ total: 102, detected: 102 });
    expect(report.scenarios?.['sigmahq-regression']?.technique_recall_by_parent).toBe(1);
    expect(report.benign).toMatchObject({ events: 1117, high: 0 });
  });
});
