import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  MiniatureData,
  processStart,
  row,
  ruleIds,
  wholeMiniature,
} from '../../evaluation/evaluation-workbench.ts';
import { runLine } from '../cli-workbench.ts';

async function miniature(): Promise<MiniatureData> {
  const data = await MiniatureData.open();
  await data.rulePack();
  const cases = Array.from({ length: 21 }, (_, index) =>
    row(`c${index}`, 'case', 'malicious', processStart('dump-memory'), { fire: true, fmt: 'vendor:Log' }),
  );
  await data.lines('attacks.jsonl.gz', [
    row('a1', 'dumping', 'malicious', processStart('x dump-memory y')),
    ...cases,
  ]);
  await data.lines('benign.jsonl.gz', [row('n1', 'day', 'benign', processStart('dump-memory'))]);
  await data.lines('expect-sigma.jsonl.gz', [
    { id: 'a1', sigma: [ruleIds.dump], gold: ruleIds.dump },
    { id: 'n1', sigma: [] },
  ]);
  return data;
}

const noStarter = '--no-starter-rules';

describe('vertice eval detection', () => {
  it('prints one JSON document and nothing else with --json', async () => {
    const { path } = await miniature();
    const { code, stdout, stderr } = await runLine([
      'eval',
      'detection',
      '--data',
      path,
      '--json',
      noStarter,
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      vertice: '1.2.3',
      data: path,
      // Every case matches what nobody expects, and so does the harmless event.
      sigma: { events: 23, cells_differing: 22, gold_fired: 1, gold_total: 1 },
      scenarios: { attacks: { total: 1, detected: 1, detected_high: 1 } },
      benign: { events: 1, high: 1 },
      triage: { tpr: 1, fpr: null },
      correlation: null,
      skipped: { correlation: 'correlations.json is not in the folder', triage_llm: 'no --llm was given' },
    });
  });

  it('prints tables for a person, and shows progress on a terminal only', async () => {
    const { path } = await miniature();
    const { code, stdout, stderr } = await runLine(['eval', 'detection', '--data', path], { isTTY: true });
    expect(code).toBe(0);
    expect(stdout).toContain('cells differing   22 (0 missing, 22 extra)');
    expect(stdout).toMatch(/attacks +1 +1 +1 +1/);
    expect(stdout).toContain('1 (100.000 %)');
    expect(stdout).toMatch(/pipeline +21 +0 +0 +0 +100\.0 %/);
    expect(stdout).toMatch(/ {2}Log +21/);
    expect(stdout).toContain('correlations.json is not in the folder');
    expect(stderr).toContain('attacks: 22 events');
  });

  it('prints every part that was measured', async () => {
    const { path } = await wholeMiniature();
    const { stdout } = await runLine(['eval', 'detection', '--data', path, noStarter]);
    expect(stdout).toContain('fired at the right event  1 of 2 (0 at another)');
    expect(stdout).toMatch(/attacks +7 +4 +3 +3 +50\.0 % +75\.0 % +14 +4/);
    expect(stdout).toMatch(/1 × +Command line with dump-memory/);
    expect(stdout).toMatch(/Sentinel +2 +1/);
    // Too few cases of each log type for a line of their own.
    expect(stdout).not.toMatch(/^ {2}A /m);
  });

  it('tells which rules of the user are wrong, and goes on without them', async () => {
    const data = await miniature();
    const file = join(data.path, 'wrong.yml');
    await writeFile(
      file,
      'title: Wrong\nlogsource: { product: windows }\ndetection: { condition: missing }\n',
    );
    const { code, stdout } = await runLine([
      'eval',
      'detection',
      '--data',
      data.path,
      noStarter,
      '--rules',
      file,
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('Rules that are wrong, and not in force: 1');
    expect(stdout).toContain(`${file}:3`);
  });

  it('writes what lies behind the figures to --details', async () => {
    const data = await miniature();
    const file = join(data.path, 'details.jsonl');
    const line = ['eval', 'detection', '--data', data.path, '--json', noStarter, '--details', file];
    expect((await runLine(line)).code).toBe(0);
    const details = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(details.map((one) => JSON.parse(one))).toContainEqual({
      kind: 'benign',
      file: 'benign',
      event: 'n1',
      detector: `sigma:${ruleIds.dump}`,
      title: 'Command line with dump-memory',
      level: 'high',
    });
  });

  it('tells that there is no language model to ask', async () => {
    const { path } = await miniature();
    const { stdout } = await runLine(['eval', 'detection', '--data', path, '--json', '--llm', noStarter]);
    expect(JSON.parse(stdout)).toMatchObject({
      triage_llm: null,
      skipped: { triage_llm: 'no language model is configured' },
    });
  });

  it('ends with 2 when it is used wrongly', async () => {
    const { path } = await miniature();
    const wrong = [
      ['eval', 'detection'],
      ['eval', 'detection', '--data', join(path, 'nowhere')],
      ['eval', 'detection', '--data', path, '--details', join(path, 'no', 'such', 'folder')],
    ];
    for (const line of wrong) {
      const { code, stdout, stderr } = await runLine(line);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).not.toBe('');
    }
  });
});
