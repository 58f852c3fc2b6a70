/** A record to be published. The bus looks at `key` and the length of `value`, at nothing else. */
export interface OutgoingRecord {
  /** Decides the partition: equal keys share one. Null spreads records over all partitions. */
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Anything the publisher already knows about `value` (say, its parsed form). A bus that hands a record
   * over in memory passes it along; one that reads the record back from disk or network cannot, so a
   * consumer must be able to do without it.
   */
  readonly attachment?: unknown;
}

/** A record as consumers see it. Offsets are dense and rise by one within a topic-partition. */
export interface BusRecord extends OutgoingRecord {
  readonly partition: number;
  readonly offset: number;
  /** When the bus took it, milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** Half-open range of offsets that are still kept: `begin` is readable, `end` is the next to be written. */
export interface OffsetRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * What a consumer of one topic does. The bus never calls two methods for the same partition at the same
 * time, and delivers the records of one partition in order.
 */
export interface ConsumerHandler {
  /**
   * The partition is now ours. Whatever state it needs is rebuilt here (with `Bus.read`) before the first
   * batch. Returns the offset to start from; `committed` is what the group had committed, or null.
   * Returning `'committed'` starts there, or at the beginning when nothing was committed.
   */
  onAssigned(partition: number, committed: number | null): Promise<number | 'committed'>;
  /** Records in order. The next batch of this partition comes after the promise resolves: back-pressure. */
  onBatch(partition: number, records: readonly BusRecord[]): Promise<void> | void;
  /**
   * The partition goes to somebody else, or we stop. Flush and commit what is under way before resolving.
   * `lost` is true when it has gone already (no commit can succeed): drop state, write nothing.
   */
  onRevoked(partition: number, lost: boolean): Promise<void>;
  /**
   * The subscription cannot go on (broker gone for good, disk gone). Called at most once. The owner then calls
   * `close`, which revokes what had been assigned.
   */
  onFailed(error: Error): void;
}

export interface Subscription {
  /**
   * Every record below `nextOffset` has a durable outcome. Resolves when the group will never see them again. A
   * lower offset than the committed one changes nothing. Rejects with `VTC_SHUTTING_DOWN` after `close`.
   */
  commit(partition: number, nextOffset: number): Promise<void>;
  /** Records not yet committed, by assigned partition. */
  lag(): Promise<ReadonlyMap<number, number>>;
  /** Stops taking batches, lets the one under way end, calls `onRevoked` for every partition, leaves. */
  close(): Promise<void>;
}

/**
 * The one way records move. Two implementations, one contract (`contract.ts`).
 * Guarantees: `publish` resolves only when the records are durable; order within a partition; every record
 * at or after the committed offset is delivered again after a crash.
 */
export interface Bus {
  /** Whether other programs may publish here too, under keys of their own choice. */
  readonly isShared: boolean;
  /** Creates the topics that are missing, with the configured number of partitions. Idempotent. */
  ensureTopics(names: readonly string[]): Promise<void>;
  /**
   * Durable when it resolves. Waits while the bus is full (back-pressure) and rejects with `VTC_BUS_FULL`
   * (retryable) when it stays full longer than the configured time. Rejects with `VTC_RECORD_TOO_LARGE`
   * for a `value` above the limit, before any record of the call is written, and with `VTC_USAGE` for an unknown
   * topic. Any other rejected call may have been written in part.
   */
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
  subscribe(topic: string, group: string, handler: ConsumerHandler): Promise<Subscription>;
  /**
   * Reads a range back, in order, without touching any group: replay. Ends at `to` (exclusive). Rejects with
   * `VTC_USAGE` when the range is not wholly kept.
   */
  read(topic: string, partition: number, from: number, to: number): AsyncIterable<readonly BusRecord[]>;
  /** What is kept, by partition. */
  ranges(topic: string): Promise<ReadonlyMap<number, OffsetRange>>;
  /** Null when it can take and give records; otherwise what is wrong, in one sentence. */
  health(): Promise<string | null>;
  /**
   * Closes subscriptions and releases everything. Consumers may still publish and commit while their partitions
   * are being revoked; publishing afterwards rejects with `VTC_SHUTTING_DOWN`.
   */
  close(): Promise<void>;
}
