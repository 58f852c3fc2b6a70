import { VerticeError } from '../errors.ts';
import type { BusRecord, ConsumerHandler } from './bus.ts';
import type { DecodedRecords } from './kafka-record-batch.ts';

export interface FlowOptions {
  readonly topic: string;
  readonly partition: number;
  readonly handler: ConsumerHandler;
  /** What the group committed, or null. */
  readonly committed: number | null;
  /** Oldest offset kept: where to start when nothing was committed. */
  readonly begin: number;
  /** Most records in one batch. */
  readonly maxBatchRecords: number;
  /** False once the partition may be somebody else's: nothing more is delivered then. */
  holds(): boolean;
  /** Called when it wants more records. */
  onWanting(): void;
  onFailed(error: unknown): void;
}

/**
 * One assigned partition on its way to the handler: assignment, then one batch after the other. At most one
 * fetched chunk waits while another is delivered, so memory is bounded and fetching overlaps with work.
 */
export interface PartitionFlow {
  /** The offset to fetch from; null when nothing is wanted now. */
  wants(): number | null;
  offer(chunk: DecodedRecords): void;
  /** Goes on at another offset: the wanted one is not kept. */
  seek(offset: number): void;
  /**
   * No batch begins after this. Resolves when the handler is done with what is under way; to false when it
   * never took the partition, so that there is nothing to revoke.
   */
  stop(): Promise<boolean>;
}

export function startPartitionFlow(options: FlowOptions): PartitionFlow {
  const { handler, partition } = options;
  let isTaken = false;
  let position: number | null = null;
  let waiting: readonly BusRecord[] = [];
  let stopped = false;
  let arrival = Promise.withResolvers<void>();

  const run = async (): Promise<void> => {
    const start = await handler.onAssigned(partition, options.committed);
    isTaken = true;
    position = start === 'committed' ? (options.committed ?? options.begin) : checkStart(start, options);
    while (!stopped) {
      if (waiting.length === 0) {
        options.onWanting();
        await arrival.promise;
        arrival = Promise.withResolvers();
        continue;
      }
      const records = waiting;
      waiting = [];
      options.onWanting();
      await deliver(records);
    }
  };
  const deliver = async (records: readonly BusRecord[]): Promise<void> => {
    for (let index = 0; index < records.length; index += options.maxBatchRecords) {
      if (stopped || !options.holds()) return;
      const whole = records.length <= options.maxBatchRecords;
      await handler.onBatch(
        partition,
        whole ? records : records.slice(index, index + options.maxBatchRecords),
      );
    }
  };
  const ended = run().catch((error: unknown) => {
    stopped = true;
    options.onFailed(error);
  });

  return {
    wants: () => (stopped || waiting.length > 0 || !options.holds() ? null : position),
    offer(chunk) {
      position = chunk.nextOffset;
      waiting = chunk.records;
      arrival.resolve();
    },
    seek(offset) {
      position = offset;
    },
    async stop() {
      stopped = true;
      arrival.resolve();
      await ended;
      return isTaken;
    },
  };
}

function checkStart(start: number, { topic, partition }: FlowOptions): number {
  if (Number.isSafeInteger(start) && start >= 0) return start;
  throw new VerticeError(
    'VTC_USAGE',
    `expected an offset of 0 or more to start ${topic} partition ${partition} at, got ${start}`,
  );
}
