import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { createSigmaEngine } from '../src/detection/sigma/compile/create-sigma-engine.ts';
import { compileRules } from '../src/detection/sigma/compile-rules.ts';
import type { RuleSet } from '../src/detection/sigma/parse/rule-set.ts';
import { loadRuleFolder } from '../src/detection/sigma/rule-folder.ts';
import type { SigmaEvent } from '../src/detection/sigma/sigma-event.ts';
import { sigmaEventFromRecord, toSigmaEvent } from '../src/detection/sigma/taxonomy/to-sigma-event.ts';
import { createReader } from '../src/events/read.ts';
import { windowsLogsource } from '../src/events/windows-logsource.ts';
import { windowsRecord } from '../src/events/windows-record.ts';
import { isJsonObject } from '../src/json.ts';

/**
 * Our side of `bench/sigma.ts`, in a process of its own so that memory and load time are its own. Prints one line of
 * JSON with the figures of one task.
 */
const { values: flags } = parseArgs({
  options: {
    task: { type: 'string', default: 'text' },
    rules: { type: 'string', default: '' },
    events: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
  },
});
const rounds = Number(flags.rounds);

const beforeLoad = performance.now();
const set = await loadRuleFolder([flags.rules]);
const afterRead = performance.now();
const compiled = compileRules(set);
const loadSeconds = (performance.now() - beforeLoad) / 1000;
const compileSeconds = (performance.now() - afterRead) / 1000;

const tasks: Readonly<Record<string, () => Promise<object>>> = { text, parsed, pipeline, scale, correlation };
const figures = await tasks[flags.task]?.();
process.stdout.write(
  `${JSON.stringify({ rules: set.detections.length, loadSeconds, compileSeconds, ...figures })}\n`,
);

/** From the bytes of NDJSON: JSON.parse, the view under Sigma's names, the rules. The first round is a new process's. */
async function text(): Promise<object> {
  const engine = createSigmaEngine(set.detections);
  const seconds: number[] = [];
  const loadedMiB = residentMiB();
  let [seen, matches] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    [seen, matches] = [0, 0];
    const startedAt = performance.now();
    await eachLine(flags.events, (line) => {
      seen += 1;
      matches += engine.match(viewOf(line)).length;
    });
    seconds.push((performance.now() - startedAt) / 1000);
  }
  const evaluatedShare = engine.evaluations / (seen * rounds) / set.detections.length;
  return { events: seen, matches, seconds, evaluatedShare, loadedMiB, residentMiB: residentMiB() };
}

/** The engine alone: the time in `match` while the events stream by, parsed and seen under Sigma's names. */
async function parsed(): Promise<object> {
  return await matchSeconds(set.detections);
}

/** From the bytes of NDJSON through the whole of the intake's normalising: what a detector in the pipeline costs. */
async function pipeline(): Promise<object> {
  const read = createReader({ maxRecordBytes: 1_048_576 });
  const seconds: number[] = [];
  let seen = 0;
  for (let round = 0; round < rounds; round += 1) {
    seen = 0;
    const startedAt = performance.now();
    await eachLine(flags.events, (line) => {
      seen += 1;
      for (const result of read(Buffer.from(line), { position: `bench@${seen}`, receivedAtMs: 0 })) {
        if (result.kind === 'event') compiled.engine.match(toSigmaEvent(result.event));
      }
    });
    seconds.push((performance.now() - startedAt) / 1000);
  }
  return { events: seen, seconds };
}

/** The same with more and more of the rules, taken evenly from all of them. */
async function scale(): Promise<object> {
  const scaled: object[] = [];
  for (const size of [10, 100, 1000, set.detections.length]) {
    const step = set.detections.length / size;
    const rules = Array.from({ length: size }, (_, index) => set.detections[Math.floor(index * step)]);
    scaled.push({ size, ...(await matchSeconds(rules.filter((rule) => rule !== undefined))) });
  }
  return { scaled };
}

/** From the bytes of NDJSON through the rules and into the correlations that refer to them. */
async function correlation(): Promise<object> {
  const seconds: number[] = [];
  let [seen, hits] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const state = compiled.correlations.open();
    [seen, hits] = [0, 0];
    const startedAt = performance.now();
    await eachLine(flags.events, (line) => {
      seen += 1;
      const event = viewOf(line);
      const timeMs = Date.parse(String(event.field('TimeCreated')));
      for (const rule of compiled.engine.match(event)) {
        for (const signal of compiled.correlations.signalsOf(rule, event, String(seen), timeMs)) {
          hits += state.observe(signal).length;
        }
      }
    });
    seconds.push((performance.now() - startedAt) / 1000);
  }
  return { events: seen, hits, seconds };
}

async function matchSeconds(rules: RuleSet['detections']): Promise<object> {
  const engine = createSigmaEngine(rules);
  const seconds: number[] = [];
  let seen = 0;
  for (let round = 0; round < rounds; round += 1) {
    seen = 0;
    let spentMs = 0;
    await eachLine(flags.events, (line) => {
      const event = viewOf(line);
      const startedAt = performance.now();
      engine.match(event);
      spentMs += performance.now() - startedAt;
      seen += 1;
    });
    seconds.push(spentMs / 1000);
  }
  return { events: seen, seconds };
}

function viewOf(line: string): SigmaEvent {
  const record: unknown = JSON.parse(line);
  const parts = isJsonObject(record) ? windowsRecord(record) : null;
  if (!isJsonObject(record) || parts === null) throw new Error('expected a Windows record in every line');
  const source = windowsLogsource(parts.channel, parts.eventId ?? 0, parts.data['EventType']);
  return sigmaEventFromRecord('windows', record, source);
}

async function eachLine(file: string, take: (line: string) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 4_194_304 })) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      take(bytes.toString('utf8', start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) take(rest.toString('utf8'));
}

function residentMiB(): number {
  return Math.round(process.memoryUsage.rss() / 1_048_576);
}
