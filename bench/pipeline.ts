import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  benchRuleBook,
  benchValues,
  measureEmbedded,
  openBenchBus,
  openRig,
  parseOnly,
  publishEvents,
} from '../src/bench/embedded.ts';
import { benchEvent } from '../src/bench/load.ts';
import { createKafkaBus } from '../src/bus/kafka.ts';
import { systemClock } from '../src/clock.ts';
import { topics } from '../src/contracts/topics.ts';
import { silentLog } from '../src/observability/log.ts';
import { untilProcessed } from '../src/orchestration/until-processed.ts';
import { startKafkaBroker } from '../tests/support/kafka-broker.ts';

/**
 * The pipeline against a loop that only parses the same events, in the same run. Ratios are what counts.
 *
 *   node bench/pipeline.ts [--events 2000000] [--no-embedded] [--kafka] [--memory]
 */
const { values: flags } = parseArgs({
  options: {
    events: { type: 'string', default: '2000000' },
    embedded: { type: 'boolean', default: true },
    kafka: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
const events = Number(flags.events);
/** The Kafka runs keep their events in memory. */
const KAFKA_EVENTS = 600_000;

function print(name: string, value: number | string, unit: string): void {
  process.stdout.write(`${name.padEnd(64)} ${String(value).padStart(10)} ${unit}\n`);
}

if (flags.embedded)
  for (const { name, value, unit } of await measureEmbedded(events)) print(name, value, unit);
if (flags.kafka) await measureKafka();
if (flags.memory) await measureMemory();

/** One process in a consumer group, then two: records already on the broker, outcomes durable, detections out. */
async function measureKafka(): Promise<void> {
  const broker = await startKafkaBroker();
  try {
    const payload = benchValues(Math.min(events, KAFKA_EVENTS), systemClock.now() - 3_600_000, 'kafka');
    const parse = parseOnly(payload);
    const one = await throughKafka(broker.brokers, payload, 1);
    const two = await throughKafka(broker.brokers, payload, 2);
    print('Kafka in and out, one process', Math.round(one), 'events/s');
    print('share of parse-only', (one / parse).toFixed(3), 'ratio');
    print('Kafka in and out, two processes', Math.round(two), 'events/s');
    print('two processes against one', (two / one).toFixed(2), 'ratio');
  } finally {
    await broker.stop();
  }
}

/**
 * Workers join while the topic is empty, are stopped (SIGSTOP) while it is filled, and go on together: so neither
 * joining nor filling is in the figure.
 */
async function throughKafka(
  brokers: readonly string[],
  payload: readonly Buffer[],
  workers: number,
): Promise<number> {
  const bus = await createKafkaBus({
    brokers,
    clientId: 'bench-fill',
    partitions: 4,
    replicationFactor: 1,
    maxRecordBytes: 1_048_576,
    clock: systemClock,
    log: silentLog,
  });
  await bus.ensureTopics([topics.events]);
  const before = await total(bus.ranges(topics.events));
  const group = `bench-${workers}-${process.pid}`;
  const started = Array.from({ length: workers }, () => startWorker(brokers, group));
  try {
    await until(() => started.every(({ state }) => state.partitions === 4 / workers));
    // The topic may hold an earlier measurement, which the new group reads first.
    await until(() => started.reduce((sum, { state }) => sum + state.done, 0) >= before);
    for (const { child } of started) child.kill('SIGSTOP');
    await publishEvents(bus, payload, systemClock.now() - 3_600_000, 'kafka');
    const startedAt = performance.now();
    for (const { child } of started) child.kill('SIGCONT');
    await until(() => started.reduce((sum, { state }) => sum + state.done, 0) >= before + payload.length);
    return payload.length / ((performance.now() - startedAt) / 1000);
  } finally {
    for (const { child } of started) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    await bus.close();
  }
}

async function total(ranges: Promise<ReadonlyMap<number, { readonly end: number }>>): Promise<number> {
  return [...(await ranges).values()].reduce((sum, { end }) => sum + end, 0);
}

function startWorker(
  brokers: readonly string[],
  group: string,
): { child: ChildProcess; state: { partitions: number; done: number } } {
  const worker = fileURLToPath(new URL('kafka-worker.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [...process.execArgv, worker, '--brokers', brokers.join(','), '--group', group],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const state = { partitions: 0, done: 0 };
  createInterface({ input: child.stdout }).on('line', (line) => {
    Object.assign(state, JSON.parse(line));
  });
  return { child, state };
}

async function until(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (!isDone()) {
    if (performance.now() > deadline) throw new Error('not done within five minutes');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Ten million events through the door; resident memory after each million. */
async function measureMemory(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-bench-memory-'));
  const rig = await openRig(await openBenchBus(folder), folder, 'memory', await benchRuleBook());
  const startMs = systemClock.now() - 3_600_000;
  const resident: number[] = [];
  for (let start = 0; start < 10_000_000; start += 1_000) {
    const records = Array.from({ length: 1_000 }, (_, index) => {
      const event = benchEvent(start + index, startMs, 'memory');
      return { value: Buffer.from(JSON.stringify(event)), position: event.event_id };
    });
    await rig.intake('bench', records);
    if ((start + 1_000) % 1_000_000 === 0) {
      await untilProcessed(rig.bus, rig.store, 'memory');
      resident.push(process.memoryUsage.rss() / 1_048_576);
      print(
        `resident memory after ${(start + 1_000) / 1_000_000} million events`,
        Math.round(resident.at(-1) ?? 0),
        'MiB',
      );
    }
  }
  print(
    'memory after ten million against after two',
    ((resident[9] ?? 0) / (resident[1] ?? 1)).toFixed(2),
    'ratio',
  );
  await rig.close();
  await rm(folder, { recursive: true, force: true });
}
