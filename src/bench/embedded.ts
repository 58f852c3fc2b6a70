import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bus } from '../bus/bus.ts';
import { createEmbeddedBus } from '../bus/embedded.ts';
import type { BenchFigure } from '../cli/ports.ts';
import { systemClock } from '../clock.ts';
import { entityKey } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import { createDetectors } from '../detection/detectors.ts';
import { compileRules } from '../detection/sigma/compile-rules.ts';
import { RuleBook } from '../detection/sigma/rule-book.ts';
import { loadRuleFolder } from '../detection/sigma/rule-folder.ts';
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
const PORTION = 100_000;
const IN_FLIGHT = 4;
const noIndicators = parseIndicators('');
const starterRules = fileURLToPath(new URL('../../rules', import.meta.url));
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

/** The rules that come with Vértice, compiled. */
export async function benchRuleBook(): Promise<RuleBook> {
  return new RuleBook(compileRules(await loadRuleFolder([starterRules])));
}

export async function openRig(bus: Bus, folder: string, group: string, rules: RuleBook): Promise<Rig> {
  const store = await openStore(
    { kind: 'sqlite', file: join(folder, 'bench.db') },
    { clock: systemClock, log: silentLog },
  );
  const outputs = [topics.signals, topics.detections, topics.deadLetters];
  await bus.ensureTopics([topics.events, ...outputs]);
  const metrics = new Metrics();
  const announcements = createAnnouncements();
  const base = { bus, store, clock: systemClock, metrics, log: silentLog };
  const relay = await startOutboxRelay({ ...base, instance: 'bench', announcements }, outputs);
  const read = createReader({ maxRecordBytes: MAX_RECORD_BYTES });
  const pipeline = await startPipeline({
    ...base,
    read,
    detectors: [
      ...createDetectors({
        failedLogins: { count: 5, windowMs: 60_000 },
        rules,
      }),
      benchRules(),
    ],
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
      rememberedIds: 32_768,
      publishesOcsf: false,
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
  from = 0,
): Promise<void> {
  for (let start = 0; start < values.length; start += BATCH) {
    const records = values.slice(start, start + BATCH).map((value, index) => ({
      key: entityKey(benchEvent(from + start + index, startMs, run)),
      value,
    }));
    await bus.publish(topics.events, records);
  }
}

export function benchValues(events: number, startMs: number, run: string, from = 0): Buffer[] {
  return Array.from({ length: events }, (_, index) =>
    Buffer.from(JSON.stringify(benchEvent(from + index, startMs, run))),
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

/**
 * The embedded pipeline against a loop that only parses, over the same events, in the same process. Events are made
 * a portion at a time and outside the clock, so that neither making nor keeping them weighs on what is measured.
 */
export async function measureEmbedded(events: number): Promise<readonly BenchFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-bench-'));
  try {
    const portions = Math.max(1, Math.round(events / PORTION));
    const startMs = systemClock.now() - 3_600_000;
    const parses = [parsePortion(startMs), parsePortion(startMs)];

    const filled = await openBenchBus(folder);
    await filled.ensureTopics([topics.events]);
    for (let portion = 0; portion < portions; portion++) {
      const from = portion * PORTION;
      await publishEvents(filled, benchValues(PORTION, startMs, 'log', from), startMs, 'log', from);
    }
    await filled.close();
    const bus = await openBenchBus(folder);
    const rules = await benchRuleBook();
    const startedAt = performance.now();
    const rig = await openRig(bus, folder, 'bench', rules);
    await untilProcessed(rig.bus, rig.store, 'bench');
    const fromLog = (portions * PORTION) / ((performance.now() - startedAt) / 1000);
    parses.push(parsePortion(startMs));

    let doorMs = 0;
    for (let portion = 0; portion < portions; portion++) {
      const values = benchValues(PORTION, startMs, 'door', portion * PORTION);
      const portionStartedAt = performance.now();
      await throughDoor(rig, values, portion * PORTION);
      doorMs += performance.now() - portionStartedAt;
    }
    const fromDoor = (portions * PORTION) / (doorMs / 1000);
    parses.push(parsePortion(startMs));

    const parse = parses.reduce((sum, rate) => sum + rate, 0) / parses.length;
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

function parsePortion(startMs: number): number {
  const values = benchValues(PORTION, startMs, 'parse');
  parseOnly(values.slice(0, PORTION / 4));
  return parseOnly(values);
}

/** Hands events in, as HTTP requests of a thousand would, a few at a time, and waits for their outcomes. */
async function throughDoor(rig: Rig, values: readonly Buffer[], from: number): Promise<void> {
  const waiting: Promise<unknown>[] = [];
  for (let start = 0; start < values.length; start += BATCH) {
    const records = values
      .slice(start, start + BATCH)
      .map((value, index) => ({ value, position: `bench/${from + start + index}` }));
    waiting.push(rig.intake('bench', records));
    if (waiting.length >= IN_FLIGHT) await waiting.shift();
  }
  await Promise.all(waiting);
  await untilProcessed(rig.bus, rig.store, 'bench');
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
  const startMs = systemClock.now() - 1_800_000;
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
