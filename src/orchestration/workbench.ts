import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../bus/bus.ts';
import { createEmbeddedBus } from '../bus/embedded.ts';
import { systemClock } from '../clock.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import { createDetectors } from '../detection/detectors.ts';
import { compileRules } from '../detection/sigma/compile-rules.ts';
import { readRuleSet } from '../detection/sigma/parse/rule-set.ts';
import { RuleBook } from '../detection/sigma/rule-book.ts';
import { createReader } from '../events/read.ts';
import { createIndicatorIntelligence } from '../intelligence/indicator-intelligence.ts';
import { parseIndicators } from '../intelligence/indicator-list.ts';
import { silentLog } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createIntake, type Intake } from './intake.ts';
import { type Pipeline, type PipelineOptions, startPipeline } from './pipeline.ts';
import { untilProcessed } from './until-processed.ts';

/** Real parts for tests: an embedded bus and an SQLite ledger in a folder, which outlive a pipeline. */
export interface Workbench {
  readonly store: Store;
  readonly bus: Bus;
  readonly metrics: Metrics;
  readonly intake: Intake;
  readonly read: ReturnType<typeof createReader>;
  readonly rules: RuleBook;
  /** Threat ids in the order in which the pipeline reported them. */
  readonly reported: string[];
  startPipeline(change?: Partial<PipelineOptions>): Promise<Pipeline>;
  /** Resolves when the ledger has an outcome for every record on the bus. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export const workbenchGroup = 'workbench';

export async function openWorkbench(indicators = '', sigma = ''): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-orchestration-'));
  const store = await openStore(
    { kind: 'sqlite', file: join(folder, 'v.db') },
    { clock: systemClock, log: silentLog },
  );
  const bus = await createEmbeddedBus({
    dir: join(folder, 'bus'),
    partitions: 2,
    maxRecordBytes: 65_536,
    segmentBytes: 1_048_576,
    retentionBytes: 67_108_864,
    retentionMs: 3_600_000,
    fsync: 'never',
    fullTimeoutMs: 1_000,
    clock: systemClock,
    log: silentLog,
  });
  await bus.ensureTopics([
    topics.events,
    topics.signals,
    topics.detections,
    topics.deadLetters,
    topics.threats,
    topics.responses,
  ]);
  const metrics = new Metrics();
  const read = createReader({ maxRecordBytes: 65_536 });
  const list = parseIndicators(indicators);
  const intelligence = createIndicatorIntelligence({
    list: () => list,
    countEarlierThreats: (attacker, before) => store.countEarlierThreats(attacker, before),
  });
  const reported: string[] = [];
  const rules = new RuleBook(compileRules(readRuleSet(sigma)));
  return {
    rules,
    store,
    bus,
    metrics,
    read,
    reported,
    intake: createIntake({ bus, read, clock: systemClock, metrics }),
    startPipeline: (change = {}) =>
      startPipeline({
        bus,
        store,
        clock: systemClock,
        metrics,
        log: silentLog,
        read,
        detectors: createDetectors({ failedLogins: { count: 5, windowMs: 60_000 }, rules }),
        intelligence,
        seed: [1, 2],
        settings: {
          instance: 'test',
          group: workbenchGroup,
          minThreatConfidence: 0.5,
          threatWindowMs: 3_600_000,
          rememberedIds: 1_024,
          publishesOcsf: false,
        },
        onThreats: (ids) => void reported.push(...ids),
        onOwnership: () => {},
        onOutbox: () => {},
        onFailed: (error) => {
          throw error;
        },
        ...change,
      }),
    settled: () => untilProcessed(bus, store, workbenchGroup),
    async close() {
      await bus.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let serial = 0;
/** A failed login at second `second` of a fixed minute. */
export function failedLogin(second: number, change: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    event_id: `failed-${++serial}`,
    timestamp: new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1_000).toISOString(),
    source: 'sshd',
    event_type: 'login_failed',
    source_ip: '198.51.100.7',
    payload: {},
    context: { host: 'web-1' },
    ...change,
  };
}

export function asRecord(event: SecurityEvent): { value: Buffer; position: string } {
  return { value: Buffer.from(JSON.stringify(event)), position: `test/${event.event_id}` };
}
