import type { Bus } from '../bus/bus.ts';
import { topics } from '../contracts/topics.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Store } from '../store/store.ts';
import { CorrelationPartition, type CorrelationParts } from './correlation-partition.ts';
import { type PartitionedConsumer, startPartitionedConsumer } from './partitioned-consumer.ts';

export interface CorrelatorOptions extends CorrelationParts {
  readonly bus: Bus;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Something was put into the outbox. */
  readonly onOutbox: () => void;
  /** It cannot go on. */
  readonly onFailed: (error: Error) => void;
}

/**
 * Correlates what the rules of all partitions have hit. A group of a correlation (one user, one host) seldom falls
 * together with the partitions of `security.events`, which go by attacker; so the hits travel once more, under
 * the group's own key.
 */
export function startCorrelator(options: CorrelatorOptions): Promise<PartitionedConsumer> {
  const { bus, store, log, metrics } = options;
  return startPartitionedConsumer({
    bus,
    store,
    log,
    topic: topics.signals,
    group: options.settings.group,
    open: (partition, progress, startOffset) =>
      new CorrelationPartition(partition, progress, startOffset, options),
    onResumed: async () => {},
    onWritten({ batch, records }) {
      metrics.correlationSignals.inc(records);
      for (const letter of batch.deadLetters) metrics.deadLetters.inc({ reason: letter.reason });
      if (batch.outbox.length > 0) options.onOutbox();
    },
    onOwnership: () => {},
    onFailed: options.onFailed,
  });
}
