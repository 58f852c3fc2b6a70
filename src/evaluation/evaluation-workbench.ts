import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Detail } from './detail.ts';
import { type EvaluationOptions, evaluateDetection } from './evaluate-detection.ts';
import type { EvaluationReport } from './report.ts';

/** Rules of the miniature pack. */
export const ruleIds = {
  dump: '11111111-1111-4111-8111-111111111111',
  tool: '22222222-2222-4222-8222-222222222222',
  ask: '33333333-3333-4333-8333-333333333333',
  burst: '44444444-4444-4444-8444-444444444444',
} as const;

const rule = (id: string, level: string, text: string, tags: readonly string[] = []): string =>
  [
    `title: Command line with ${text}`,
    `id: ${id}`,
    'status: test',
    `level: ${level}`,
    ...(tags.length === 0 ? [] : ['tags:', ...tags.map((tag) => `  - ${tag}`)]),
    'logsource: { product: windows, category: process_creation }',
    'detection:',
    `  selection: { CommandLine|contains: ${text} }`,
    '  condition: selection',
    '',
  ].join('\n');

export const packedRules: Readonly<Record<string, string>> = {
  'rules/dump.yml': rule(ruleIds.dump, 'high', 'dump-memory', ['attack.t1003.001']),
  'rules/tool.yml': rule(ruleIds.tool, 'low', 'odd-tool', ['attack.t1059']),
  'rules/ask.yml': rule(ruleIds.ask, 'informational', 'who-am-i', ['attack.t1033']),
  'rules/burst.yml': [
    'title: Many odd tools',
    `id: ${ruleIds.burst}`,
    'status: test',
    'level: high',
    'tags: [attack.t1570]',
    'correlation:',
    '  type: event_count',
    `  rules: [${ruleIds.tool}]`,
    '  group-by: [Computer]',
    '  timespan: 5m',
    '  condition: { gte: 3 }',
    '  generate: true',
    '',
  ].join('\n'),
};

/** The start of a process as Sysmon tells it, a number of seconds into the hour. */
export function processStart(commandLine: string, second = 0, user = 'CORP\\ann'): object {
  const time = new Date(Date.UTC(2026, 0, 5, 12, 0, second)).toISOString();
  return {
    '@timestamp': time,
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    SourceName: 'Microsoft-Windows-Sysmon',
    Hostname: 'ws1.corp.example',
    Image: 'C:\\tools\\thing.exe',
    CommandLine: commandLine,
    User: user,
  };
}

const processSource = { product: 'windows', category: ['process_creation'], service: ['sysmon'] };

/** A row as the data's author writes it. */
export function row(
  id: string,
  scn: string,
  label: string,
  record: object | string,
  more: object = {},
): object {
  const text = typeof record === 'string';
  return {
    id,
    scn,
    label,
    fmt: text ? 'line:test' : 'winevt-flat',
    ...(text ? { raw: record } : { ls: processSource, event: record }),
    ...more,
  };
}

/** A folder in the layout of evaluation data; gone when the test is. */
export class MiniatureData {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async open(): Promise<MiniatureData> {
    const path = await mkdtemp(join(tmpdir(), 'vertice-evaluation-'));
    onTestFinished(() => rm(path, { recursive: true, force: true }));
    return new MiniatureData(path);
  }

  async lines(name: string, rows: readonly object[]): Promise<void> {
    const text = rows.map((one) => `${JSON.stringify(one)}\n`).join('');
    await writeFile(join(this.path, name), gzipSync(text));
  }

  async json(name: string, value: object): Promise<void> {
    await writeFile(join(this.path, name), JSON.stringify(value));
  }

  async rulePack(files: Readonly<Record<string, string>> = packedRules): Promise<void> {
    const archive = pack();
    for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
    archive.finalize();
    const target = createWriteStream(join(this.path, 'sigma-rules-pack.tar.gz'));
    await pipeline(archive, createGzip(), target);
  }

  /** Evaluates the folder; the report and what lies behind it. */
  async evaluate(
    change: Partial<EvaluationOptions> = {},
  ): Promise<{ readonly report: EvaluationReport; readonly details: readonly Detail[] }> {
    const details: Detail[] = [];
    const report = await evaluateDetection({
      data: this.path,
      ruleFolders: [],
      llm: 'no model',
      version: '1.2.3',
      clock: systemClock,
      now: () => performance.now(),
      signal: new AbortController().signal,
      onDetail: (detail) => details.push(detail),
      onProgress: () => {},
      ...change,
    });
    return { report, details };
  }
}

/** What sshd writes, in the first minute of the hour. */
export function failedLogin(second: number): string {
  return `2026-01-05T12:00:${String(second).padStart(2, '0')}Z web1 sshd[77]: Failed password for root from 203.0.113.9 port 4711 ssh2`;
}

/** A folder with something of everything; what is wrong in its expectations is said beside it. */
export async function wholeMiniature(): Promise<MiniatureData> {
  const { dump, tool, ask } = ruleIds;
  const data = await MiniatureData.open();
  await data.rulePack();
  await data.lines('attacks.jsonl.gz', [
    row('a1', 'dumping', 'malicious', processStart('x dump-memory y')),
    row('a2', 'asking', 'mixed', processStart('who-am-i')),
    row('a3', 'quiet', 'mixed', processStart('nothing to see')),
    row('a4', 'burst', 'mixed', processStart('odd-tool 1', 40)),
    row('a5', 'burst', 'mixed', processStart('odd-tool 2', 0)),
    row('a6', 'burst', 'mixed', processStart('odd-tool 3', 20)),
    row('a7', 'lone tool', 'mixed', processStart('odd-tool 4', 50)),
    ...[3, 1, 2, 5, 4].map((second) => row(`l${second}`, 'guessing', 'malicious', failedLogin(second))),
    row('x1', 'unreadable', 'malicious', '\u0001'),
    row('b1', 'harmless', 'benign', processStart('dump-memory by a backup')),
  ]);
  await data.lines('benign-office.jsonl.gz', [
    row('n1', 'day', 'benign', processStart('letter.docx')),
    row('n2', 'day', 'benign', processStart('dump-memory')),
    row('n3', 'day', 'benign', processStart('odd-tool')),
    row('n4', 'day', 'benign', processStart('letter.docx')),
  ]);
  await data.lines('zeek-wire.jsonl.gz', [row('z1', 'conn', 'unlabelled', processStart('dump-memory'))]);
  await data.lines('cases.jsonl.gz', [
    row('c1', 'case', 'malicious', processStart('dump-memory'), { fire: true, fmt: 'vendor:A' }),
    row('c2', 'case', 'malicious', processStart('letter'), { fire: true, fmt: 'vendor:A' }),
    row('c3', 'case', 'malicious', processStart('dump-memory'), { fire: true, fmt: 'vendor:A' }),
    row('c4', 'case', 'benign', processStart('dump-memory'), { fire: false, fmt: 'vendor:B' }),
    row('c5', 'case', 'benign', processStart('letter'), { fire: false, fmt: 'vendor:B' }),
    row('c6', 'case', 'benign', processStart('odd-tool'), { fire: false, fmt: 'vendor:B' }),
  ]);
  const dumps = ['b1', 'n2', 'c1', 'c3', 'c4'].map((id) => ({ id, sigma: [dump] }));
  await data.lines('expect-sigma.jsonl.gz', [
    { id: 'a1', sigma: [dump], gold: dump },
    { id: 'a2', sigma: [ask] },
    // Wrong: nothing matches it.
    { id: 'a3', sigma: [tool], gold: tool },
    ...['a4', 'a5', 'a6', 'n3', 'c6'].map((id) => ({ id, sigma: [tool] })),
    // a7 is missing: what matches there is too much.
    ...dumps,
    { id: 'elsewhere', sigma: [dump] },
  ]);
  await data.json('index.json', {
    scenarios: [
      { id: 'dumping', techniques: ['T1003.001'] },
      { id: 'asking', techniques: ['T1033'] },
      { id: 'burst', techniques: ['T1059.001', 'T1570'] },
    ],
  });
  await data.json('correlations.json', {
    base_rules: [
      {
        name: 'odd',
        logsource: { product: 'windows', category: 'process_creation' },
        detection: { sel: { 'CommandLine|contains': 'odd-tool' }, condition: 'sel' },
      },
    ],
    correlation_rules: [
      {
        name: 'twice',
        correlation: {
          type: 'event_count',
          rules: ['odd'],
          'group-by': ['Computer'],
          timespan: '5m',
          condition: { gte: 2 },
        },
      },
    ],
    must_fire: [
      // In order of time a5, a6, a4: the second is a6.
      { rule: 'twice', scn: 'burst', group: ['ws1.corp.example'], first_fire_event: 'a6' },
      { rule: 'twice', scn: 'lone tool', group: ['ws1.corp.example'], first_fire_event: 'a7' },
    ],
    silent: [{ rule: 'twice', scn: 'quiet', group: ['ws1.corp.example'] }],
  });
  return data;
}
