import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import { createEmbeddedBus } from '../bus/embedded.ts';
import type { BenchFigure } from '../cli/ports.ts';
import { systemClock } from '../clock.ts';
import { entityKey } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import { createDetectors } from '../detection/detectors.ts';
import { createReader } from '../events/read.ts';
import { createIndicatorIntelligence } from '../intelligence/indicator-intelligence.ts';
import { parseIndicators } from '../intelligence/indicator-list.ts';
import { silentLog } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';
import { createAnnouncements } from '../orchestration/announcements.ts';
import { createIntake } from '../orchestration/intake.ts';
import { startOutboxRelay } from '../orchestration/outbox-relay.ts';
import { type Pipeline, startPipeline } from '../orchestration/pipeline.ts';
import { untilProcessed } from '../orchestration/until-processed.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { benchEvent, benchRules } from './load.ts';

const MAX_RECORD_BYTES = 1_048_576;
const BATCH = 1_000;
const noIndicators = parseIndicators('');
const LATENCY_TICK_MS = 10;
const LATENCY_SECONDS = 5;

/** A pipeline with its bus and ledger, without the slow path: what a benchmark drives. */
export interface Rig {
  readonly bus: Bus;
  readonly store: Store;
  readonly announcements: ReturnType<typeof createAnnouncements>;
  readonly intake: ReturnType<typeof createIntake>;
  readonly pipeline: Pipeline;
  close(): Promise<void>;
}

export async function openRig(bus: Bus, folder: string, group: string): Promise<Rig> {
  const store = await openStore(
    { kind: 'sqlite', file: join(folder, 'bench.db') },
    { clock: systemClock, log: silentLog },
  );
  const outputs = [topics.detections, topics.deadLetters];
  await bus.ensureTopics([topics.events, ...outputs]);
  const metrics = new Metrics();
  const announcements = createAnnouncements();
  const base = { bus, store, clock: systemClock, metrics, log: silentLog };
  const relay = await startOutboxRelay({ ...base, instance: 'bench', announcements }, outputs);
  const read = createReader({ maxRecordBytes: MAX_RECORD_BYTES });
  const pipeline = await startPipeline({
    ...base,
    read,
    detectors: [...createDetectors({ failedLogins: { count: 5, windowMs: 60_000 } }), benchRules()],
    intelligence: createIndicatorIntelligence({
      list: () => noIndicators,
      countEarlierThreats: async () => 0,
    }),
    seed: [1, 2],
    settings: {
      instance: 'bench',
      group,
      minThreatConfidence: 0.5,
      threatWindowMs: 3_600_000,
      rememberedIds: 65_536,
    },
    onThreats: () => {},
    onOwnership: () => {},
    onOutbox: relay.kick,
    onFailed: (error) => {
      throw error;
    },
  });
  return {
    bus,
    store,
    announcements,
    intake: createIntake({ bus, read, clock: systemClock, metrics }),
    pipeline,
    async close() {
      await pipeline.close();
      await relay.drain();
      await relay.close();
      await store.close();
      await bus.close();
    },
  };
}

export function openBenchBus(folder: string): Promise<Bus> {
  return createEmbeddedBus({
    dir: join(folder, 'bus'),
    partitions: 4,
    maxRecordBytes: MAX_RECORD_BYTES,
    segmentBytes: 67_108_864,
    retentionBytes: 17_179_869_184,
    retentionMs: 3_600_000,
    fsync: 'always',
    fullTimeoutMs: 60_000,
    clock: systemClock,
    log: silentLog,
  });
}

/** Puts events on the bus as bytes, as another process would have. */
export async function publishEvents(
  bus: Bus,
  values: readonly Buffer[],
  startMs: number,
  run: string,
): Promise<void> {
  for (let start = 0; start < values.length; start += BATCH) {
    const records = values.slice(start, start + BATCH).map((value, index) => ({
      key: entityKey(benchEvent(start + index, startMs, run)),
      value,
    }));
    await bus.publish(topics.events, records);
  }
}

export function benchValues(events: number, startMs: number, run: string): Buffer[] {
  return Array.from({ length: events }, (_, index) =>
    Buffer.from(JSON.stringify(benchEvent(index, startMs, run))),
  );
}

/** Events a second of a loop that turns the bytes into objects and does nothing else. */
export function parseOnly(values: readonly Buffer[]): number {
  const startedAt = performance.now();
  let fields = 0;
  for (const value of values) {
    const parsed: unknown = JSON.parse(value.toString('utf8'));
    if (parsed !== null) fields++;
  }
  return fields / ((performance.now() - startedAt) / 1000);
}

/** The embedded pipeline against a loop that only parses, over the same events, in the same process. */
export async function measureEmbedded(events: number): Promise<readonly BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-bench-'));
  try {
    const startMs = systemClock.now();
    const values = benchValues(events, startMs, 'log');
    parseOnly(values.slice(0, 20_000));
    const parseBefore = parseOnly(values);

    const filled = await openBenchBus(folder);
    await filled.ensureTopics([topics.events]);
    await publishEvents(filled, values, startMs, 'log');
    await filled.close();
    const startedAt = performance.now();
    const rig = await openRig(await openBenchBus(folder), folder, 'bench');
    await untilProcessed(rig.bus, rig.store, 'bench');
    const fromLog = events / ((performance.now() - startedAt) / 1000);

    const doorValues = benchValues(events, startMs + events / 10, 'door');
    const doorStartedAt = performance.now();
    const waiting: Promise<unknown>[] = [];
    for (let start = 0; start < events; start += BATCH) {
      const records = doorValues
        .slice(start, start + BATCH)
        .map((value, index) => ({ value, position: `bench/${start + index}` }));
      waiting.push(rig.intake('bench', records));
      if (waiting.length >= 8) await waiting.shift();
    }
    await Promise.all(waiting);
    await untilProcessed(rig.bus, rig.store, 'bench');
    const fromDoor = events / ((performance.now() - doorStartedAt) / 1000);

    const parse = (parseBefore + parseOnly(values)) / 2;
    const latency = await measureLatency(rig, fromDoor / 2);
    await rig.close();
    return [
      { name: 'parse-only loop', value: Math.round(parse), unit: 'events/s' },
      { name: 'log to durable outcome, 100 rules', value: Math.round(fromLog), unit: 'events/s' },
      { name: 'share of parse-only', value: round(fromLog / parse), unit: 'ratio' },
      { name: 'door to durable outcome, 100 rules', value: Math.round(fromDoor), unit: 'events/s' },
      { name: 'share of parse-only (door)', value: round(fromDoor / parse), unit: 'ratio' },
      ...latency,
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Time from handing an event in to its published detection, at a steady rate. */
async function measureLatency(rig: Rig, eventsPerSecond: number): Promise<BenchFigure[]> {
  const perTick = Math.max(1, Math.round((eventsPerSecond * LATENCY_TICK_MS) / 1000));
  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  const unsubscribe = rig.announcements.subscribe(({ topic, value }) => {
    if (topic !== topics.detections) return;
    const at = sentAt.get(/"event_id":"([^"]+)"/.exec(value)?.[1] ?? '');
    if (at !== undefined) latencies.push(performance.now() - at);
  });
  const startMs = systemClock.now() + 600_000;
  const ticks = (LATENCY_SECONDS * 1000) / LATENCY_TICK_MS;
  const batches = Array.from({ length: ticks }, (_, tick) =>
    Array.from({ length: perTick }, (_unused, index) => {
      const event = benchEvent(tick * perTick + index, startMs, 'latency');
      return { event, record: { value: Buffer.from(JSON.stringify(event)), position: event.event_id } };
    }),
  );
  const startedAt = performance.now();
  const waiting: Promise<unknown>[] = [];
  for (const [tick, batch] of batches.entries()) {
    const dueMs = startedAt + tick * LATENCY_TICK_MS - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const now = performance.now();
    for (const { event } of batch) if (event.event_type === 'ids_alert') sentAt.set(event.event_id, now);
    waiting.push(
      rig.intake(
        'bench',
        batch.map(({ record }) => record),
      ),
    );
  }
  await Promise.all(waiting);
  await untilProcessed(rig.bus, rig.store, 'bench');
  while (latencies.length < sentAt.size) await new Promise((resolve) => setTimeout(resolve, 10));
  unsubscribe();
  latencies.sort((a, b) => a - b);
  const quantile = (q: number): number =>
    round(latencies[Math.floor((latencies.length - 1) * q)] ?? Number.NaN);
  return [
    {
      name: `event to published detection at ${Math.round(eventsPerSecond)} events/s, p50`,
      value: quantile(0.5),
      unit: 'ms',
    },
    {
      name: `event to published detection at ${Math.round(eventsPerSecond)} events/s, p99`,
      value: quantile(0.99),
      unit: 'ms',
    },
  ];
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
