import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { topics } from '../contracts/topics.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Store } from '../store/store.ts';
import { type PartitionParts, PartitionState } from './partition-state.ts';
import type { TakenOutcomes } from './partition-work.ts';
import { type PartitionedConsumer, startPartitionedConsumer } from './partitioned-consumer.ts';

export interface PipelineOptions extends Omit<PartitionParts, 'isShared'> {
  readonly bus: Bus;
  readonly store: Store;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Threats whose sightings have just become durable, and when the bus took the record behind each batch. */
  readonly onThreats: (threatIds: readonly string[], takenAtMs: number) => void;
  /** Partitions we own now. Their unfinished threats are ours to take on. */
  readonly onOwnership: (partitions: readonly number[]) => void;
  /** Something was put into the outbox. */
  readonly onOutbox: () => void;
  /** The pipeline cannot go on. */
  readonly onFailed: (error: Error) => void;
}

export type Pipeline = PartitionedConsumer;

/** The hot path: every record of `security.events` through the detectors, to its outcome in the ledger. */
export function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { bus, store, log, settings, onOwnership, onFailed } = options;
  return startPartitionedConsumer({
    bus,
    store,
    log,
    topic: topics.events,
    group: settings.group,
    open: (partition, progress, startOffset) =>
      new PartitionState(partition, progress, startOffset, { ...options, isShared: bus.isShared }),
    async onResumed(state, progress) {
      const since = new Date(Math.max(0, progress.watermarkMs - settings.threatWindowMs)).toISOString();
      state.resumeThreats(await store.openThreats(state.partition, since));
    },
    onWritten: (written) => account(written, options),
    onOwnership,
    onFailed,
  });
}

function account({ batch, takenAtMs, records }: TakenOutcomes, options: PipelineOptions): void {
  const { metrics, clock } = options;
  const failed = batch.deadLetters.length;
  metrics.eventsProcessed.inc({ phase: 'detect', status: 'success' }, records - failed);
  if (failed > 0) metrics.eventsProcessed.inc({ phase: 'detect', status: 'dead_lettered' }, failed);
  for (const letter of batch.deadLetters) metrics.deadLetters.inc({ reason: letter.reason });
  const nowMs = clock.now();
  for (const detection of batch.detections) metrics.detections.inc({ severity: detection.severity });
  for (const atMs of takenAtMs) metrics.detectionLatency.observe(Math.max(0, nowMs - atMs) / 1000);
  if (batch.threats.length > 0) {
    options.onThreats(
      batch.threats.map((threat) => threat.threat_id),
      takenAtMs[0] ?? nowMs,
    );
  }
  if (batch.outbox.length > 0) options.onOutbox();
}
