import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isJsonObject, type JsonObject } from '../src/json.ts';
import { prepareSigmaData } from './sigma-data.ts';

/**
 * The Sigma engine on one core with all of SigmaHQ's rules, on recorded Windows events, against RSigma and sigma-rust
 * in the same run on the same NDJSON. Ratios are what counts.
 *
 *   node bench/sigma.ts [--data ../shared/data/detection] [--rounds 3] [--peer-events 2000]
 *
 * RSigma is looked for in $RSIGMA, on the PATH and in .cache/rsigma/bin, where
 * `cargo install --locked --root .cache/rsigma rsigma` puts it; sigma-rust is built from bench/sigma-rust by cargo.
 * Engines that are not there are left out, and it says so.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: join(root, '../shared/data/detection') },
    rounds: { type: 'string', default: '3' },
    'peer-events': { type: 'string', default: '2000' },
  },
});
const rounds = Number(flags.rounds);
const cache = join(root, '.cache/sigma-bench');
const worker = join(root, 'bench/sigma-worker.ts');

if (!existsSync(flags.data)) {
  process.stderr.write(
    `expected the evaluation data in ${flags.data}, found none; name its folder with --data\n`,
  );
  process.exit(1);
}
const { rules, events } = await prepareSigmaData(flags.data, cache);
const isPinned = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

interface Ours {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly matches: number;
}

async function measureOurs(): Promise<Ours> {
  const fromText = await task('text', rules, events);
  const seen = numberOf(fromText, 'events');
  const warm = seen / median(numbersOf(fromText, 'seconds').slice(1));
  print('rules loaded', numberOf(fromText, 'rules'), 'rules');
  print('reading and compiling them', numberOf(fromText, 'loadSeconds').toFixed(2), 's');
  print('of which compiling', numberOf(fromText, 'compileSeconds').toFixed(2), 's');
  print('events in the mix', seen, 'events');
  print('from NDJSON text (parse, field view, match)', Math.round(warm), 'events/s');
  print('the same, first pass of a new process', Math.round(seen / first(fromText)), 'events/s');
  print('matches', numberOf(fromText, 'matches'), 'matches');
  print('rules evaluated, of all rules', percent(numberOf(fromText, 'evaluatedShare')), '% an event');
  print('resident memory, rules loaded', numberOf(fromText, 'loadedMiB'), 'MiB');
  print('resident memory, after all rounds', numberOf(fromText, 'residentMiB'), 'MiB');

  const parsed = await task('parsed', rules, events);
  print(
    'on parsed events (match alone)',
    Math.round(numberOf(parsed, 'events') / median(numbersOf(parsed, 'seconds').slice(1))),
    'events/s',
  );
  const intake = await task('pipeline', rules, events);
  print(
    "from NDJSON text through the intake's normalising",
    Math.round(numberOf(intake, 'events') / median(numbersOf(intake, 'seconds').slice(1))),
    'events/s',
  );

  const scale = await task('scale', rules, events);
  const scaled = scale['scaled'];
  for (const step of Array.isArray(scaled) ? scaled.filter(isJsonObject) : []) {
    const seconds = median(numbersOf(step, 'seconds').slice(1));
    const cost = (seconds / numberOf(step, 'events')) * 1e6;
    print(`match alone with ${numberOf(step, 'size')} rules`, cost.toFixed(2), 'µs an event');
  }
  return { events: seen, eventsPerSecond: warm, matches: numberOf(fromText, 'matches') };
}

async function measureRsigma(ours: Ours): Promise<void> {
  const binary = rsigmaBinary();
  if (binary === null) return;
  const one = join(cache, 'one.ndjson');
  await writeFile(one, `${await firstLine(events)}\n`);
  const args = (file: string): readonly string[] => [
    'engine',
    'eval',
    '--rules',
    rules,
    '--logsource-routing',
    '--quiet',
    '--event',
    `@${file}`,
  ];
  const loads: number[] = [];
  const whole: number[] = [];
  let peakMiB = 0;
  let matches = 0;
  for (let round = 0; round < rounds; round += 1) {
    loads.push((await run(binary, args(one))).seconds);
    const all = await run(binary, args(events));
    whole.push(all.seconds);
    peakMiB = Math.max(peakMiB, all.peakMiB);
    matches = all.lines;
  }
  const theirs = ours.events / (median(whole) - median(loads));
  print('RSigma: loading the rules', median(loads).toFixed(2), 's');
  print('RSigma: from NDJSON text, loading not counted', Math.round(theirs), 'events/s');
  print('RSigma: matches', matches, 'matches');
  print('RSigma: peak memory', peakMiB, 'MiB');
  print('ours against RSigma, from NDJSON text', (ours.eventsPerSecond / theirs).toFixed(2), 'ratio');
}

async function measureSigmaRust(ours: Ours): Promise<void> {
  const manifest = join(root, 'bench/sigma-rust/Cargo.toml');
  const target = join(root, '.cache/sigma-rust');
  const built = spawnSync(
    'cargo',
    ['build', '--release', '--locked', '--quiet', '--manifest-path', manifest, '--target-dir', target],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (built.status !== 0) {
    process.stdout.write(
      'sigma-rust is left out: expected cargo to build bench/sigma-rust; install Rust for it\n',
    );
    return;
  }
  // It asks every rule of the log source, so a part of the mix will do.
  const part = join(cache, 'part.ndjson');
  const step = Math.max(1, Math.floor(ours.events / Number(flags['peer-events'])));
  await writePart(part, step);
  const theirs = await run(join(target, 'release/sigma-rust-bench'), [rules, part]);
  const report: unknown = JSON.parse(theirs.output);
  if (!isJsonObject(report)) throw new Error('expected a line of JSON from sigma-rust-bench');
  const rate = numberOf(report, 'events') / numberOf(report, 'matchSeconds');
  const own = await task('text', rules, part);
  const ownRate = numberOf(own, 'events') / median(numbersOf(own, 'seconds').slice(1));
  print(`sigma-rust: from NDJSON text, every ${step}th event`, Math.round(rate), 'events/s');
  print('ours on the same events', Math.round(ownRate), 'events/s');
  print('ours against sigma-rust, from NDJSON text', (ownRate / rate).toFixed(0), 'ratio');
}

/** `value_count` over a window that always holds 1,800 different values, and never fires. */
async function measureCorrelation(): Promise<void> {
  const folder = join(cache, 'value-count');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'rules.yml'), valueCountRules);
  const file = join(cache, 'value-count.ndjson');
  const count = 100_000;
  const lines = Array.from({ length: count }, (_, index) => JSON.stringify(failedLogon(index)));
  await writeFile(file, `${lines.join('\n')}\n`);
  const own = await task('correlation', folder, file);
  const ownRate = count / median(numbersOf(own, 'seconds').slice(1));
  print('value_count at 1,800 different values, from NDJSON text', Math.round(ownRate), 'events/s');
  const binary = rsigmaBinary();
  if (binary === null) return;
  const args = ['engine', 'eval', '--rules', folder, '--logsource-routing', '--no-detections', '--quiet'];
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    seconds.push((await run(binary, [...args, '--event', `@${file}`])).seconds);
  }
  const theirs = count / median(seconds);
  print('RSigma: the same', Math.round(theirs), 'events/s');
  print('ours against RSigma, value_count', (ownRate / theirs).toFixed(1), 'ratio');
}

const valueCountRules = `title: Failed logon
id: 6f7a1c1e-3f0e-4a51-9d59-3c1a7b1f0a01
name: failed_logon
logsource:
    product: windows
    service: security
detection:
    selection:
        EventID: 4625
    condition: selection
level: low
---
title: Many accounts tried from one address
id: 6f7a1c1e-3f0e-4a51-9d59-3c1a7b1f0a02
correlation:
    type: value_count
    rules:
        - failed_logon
    group-by:
        - IpAddress
    timespan: 1h
    condition:
        field: TargetUserName
        gte: 1801
level: high
`;

/** One each two seconds: an hour holds 1,800. */
function failedLogon(index: number): JsonObject {
  const time = new Date(Date.UTC(2026, 4, 1) + index * 2_000).toISOString();
  return {
    EventID: 4625,
    Channel: 'Security',
    Provider_Name: 'Microsoft-Windows-Security-Auditing',
    Computer: 'dc1',
    TimeCreated: time,
    '@timestamp': time,
    IpAddress: '203.0.113.7',
    TargetUserName: `user${(index * 7919) % 1800}`,
    product: 'windows',
    service: 'security',
  };
}

function rsigmaBinary(): string | null {
  const named = process.env['RSIGMA'];
  const candidates = [
    ...(named === undefined ? [] : [named]),
    'rsigma',
    join(root, '.cache/rsigma/bin/rsigma'),
  ];
  const found = candidates.find((binary) => spawnSync(binary, ['--version']).status === 0);
  if (found !== undefined) return found;
  process.stdout.write(
    'RSigma is left out: expected it in $RSIGMA, on the PATH or in .cache/rsigma/bin; ' +
      'install it with `cargo install --locked --root .cache/rsigma rsigma`\n',
  );
  return null;
}

async function task(name: string, folder: string, file: string): Promise<JsonObject> {
  // The first round warms the compiler up and is not counted.
  const own = ['--task', name, '--rules', folder, '--events', file, '--rounds', String(rounds + 1)];
  const { output } = await run(process.execPath, [...process.execArgv, worker, ...own]);
  const figures: unknown = JSON.parse(output);
  if (!isJsonObject(figures)) throw new Error(`expected a line of JSON from the task ${name}`);
  return figures;
}

interface Run {
  readonly seconds: number;
  readonly output: string;
  readonly lines: number;
  readonly peakMiB: number;
}

/** All engines on one and the same core, where the system can pin them. */
async function run(binary: string, args: readonly string[]): Promise<Run> {
  const command = isPinned ? ['taskset', '--cpu-list', '1', binary, ...args] : [binary, ...args];
  const [program = binary, ...rest] = command;
  const startedAt = performance.now();
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let peakMiB = 0;
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (peak !== undefined) peakMiB = Math.round(Number(peak) / 1024);
  }, 50);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  clearInterval(timer);
  const seconds = (performance.now() - startedAt) / 1000;
  if (code !== 0) throw new Error(`${binary} ended with ${code}`);
  return { seconds, output, lines: output.split('\n').length - 1, peakMiB };
}

async function firstLine(file: string): Promise<string> {
  for await (const line of createInterface({ input: createReadStream(file) })) return line;
  return '';
}

async function writePart(target: string, step: number): Promise<void> {
  const kept: string[] = [];
  let seen = 0;
  for await (const line of createInterface({ input: createReadStream(events) })) {
    if (seen % step === 0) kept.push(line);
    seen += 1;
  }
  await writeFile(target, `${kept.join('\n')}\n`);
}

function numberOf(record: JsonObject, name: string): number {
  const value = record[name];
  if (typeof value !== 'number') throw new Error(`expected the number ${name} in a worker's figures`);
  return value;
}

function numbersOf(record: JsonObject, name: string): readonly number[] {
  const value = record[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
}

function first(record: JsonObject): number {
  return numbersOf(record, 'seconds')[0] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function percent(share: number): string {
  return (share * 100).toFixed(3);
}

function print(name: string, value: number | string, unit: string): void {
  process.stdout.write(`${name.padEnd(64)} ${String(value).padStart(10)} ${unit}\n`);
}

const ours = await measureOurs();
await measureRsigma(ours);
await measureSigmaRust(ours);
await measureCorrelation();
