import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Bus, BusRecord, ConsumerHandler, Subscription } from '../bus/bus.ts';
import type { TopicName } from '../contracts/topics.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Progress, Store } from '../store/store.ts';
import type { PartitionWork, TakenOutcomes } from './partition-work.ts';

export interface PartitionedConsumerOptions<Work extends PartitionWork> {
  readonly bus: Bus;
  readonly store: Store;
  readonly log: Log;
  readonly topic: TopicName;
  readonly group: string;
  /** A partition is ours: its work, with nothing in it yet. */
  readonly open: (partition: number, progress: Progress | null, startOffset: number) => Work;
  /** The windows have been replayed: time for what else is to be taken up from the ledger. */
  readonly onResumed: (work: Work, progress: Progress) => Promise<void>;
  /** Outcomes have just become durable. */
  readonly onWritten: (written: TakenOutcomes) => void;
  /** Partitions we own now. */
  readonly onOwnership: (partitions: readonly number[]) => void;
  /** It cannot go on. */
  readonly onFailed: (error: Error) => void;
}

export interface PartitionedConsumer {
  /** Records without a durable outcome, of the partitions we own. */
  lag(): Promise<ReadonlyMap<number, number>>;
  /** Null when it is running; otherwise what is wrong. */
  problem(): string | null;
  /** Writes what is pending. When it resolves, `onWritten` has heard of it. */
  flush(): Promise<void>;
  /** Writes what is pending, commits, and leaves. */
  close(): Promise<void>;
}

/** A detection waits at most this long for others to share its commit with. */
const URGENT_FLUSH_MS = 2;
/** Outcomes nobody waits for gather this long: one commit for thousands of clean events. */
const LAZY_FLUSH_MS = 100;
/** Beyond this many records without a durable outcome, consumption waits for the ledger. */
const MAX_PENDING_RECORDS = 50_000;
/** The hot path gives way to timers and sockets at least this often. */
const TURN_MS = 10;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 5_000;

/**
 * Takes records off a topic, gives each its outcome in memory, and writes outcomes and progress in one
 * transaction; only then is the offset committed. A crash at any instant leaves a ledger in which every record
 * below the progress has exactly one outcome, and the rest are delivered again.
 */
export async function startPartitionedConsumer<Work extends PartitionWork>(
  options: PartitionedConsumerOptions<Work>,
): Promise<PartitionedConsumer> {
  const consumer = new LedgerConsumer(options);
  await consumer.start();
  return consumer;
}

class LedgerConsumer<Work extends PartitionWork> implements ConsumerHandler, PartitionedConsumer {
  readonly #options: PartitionedConsumerOptions<Work>;
  readonly #states = new Map<number, Work>();
  /** Partitions whose forwarded records are not durable yet: their outcomes must not be written. */
  readonly #held = new Set<number>();
  readonly #offsetCommits = new Set<Promise<void>>();
  #subscription: Subscription | null = null;
  #flushing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #lastTurnMs = 0;
  #problem: string | null = 'The partitions are not assigned yet.';
  #isClosing = false;

  constructor(options: PartitionedConsumerOptions<Work>) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { bus, topic, group } = this.#options;
    this.#subscription = await bus.subscribe(topic, group, this);
    this.#problem = null;
  }

  async onAssigned(partition: number, committed: number | null): Promise<number> {
    const { bus, store, log, topic, group } = this.#options;
    const progress = (await store.progress(group, topic)).get(partition) ?? null;
    const range = (await bus.ranges(topic)).get(partition) ?? { begin: 0, end: 0 };
    const start = startOffset(progress, committed, range);
    if (progress !== null && start !== progress.nextOffset) {
      log.error('The log does not reach back to where the ledger stands; some records are gone from it', {
        topic,
        partition,
        ledger_offset: progress.nextOffset,
        log_begin: range.begin,
        log_end: range.end,
      });
    }
    const state = this.#options.open(partition, progress, start);
    if (progress !== null) {
      const replayFrom = Math.max(range.begin, Math.min(progress.replayFrom, start));
      for await (const records of bus.read(topic, partition, replayFrom, start)) {
        state.replay(records);
        await this.#turn();
      }
      await this.#options.onResumed(state, progress);
      log.info('Partition resumed', { topic, partition, offset: start, replayed: start - replayFrom });
    }
    this.#states.set(partition, state);
    this.#options.onOwnership([...this.#states.keys()]);
    return start;
  }

  async onBatch(partition: number, records: readonly BusRecord[]): Promise<void> {
    const state = this.#states.get(partition);
    if (state === undefined) return;
    const forwarded = state.process(records);
    if (forwarded.length > 0) {
      this.#held.add(partition);
      try {
        await this.#untilDone('publish', () => this.#options.bus.publish(this.#options.topic, forwarded));
      } finally {
        this.#held.delete(partition);
      }
    }
    this.#schedule(state.isUrgent ? URGENT_FLUSH_MS : LAZY_FLUSH_MS);
    if (this.#pendingRecords() > MAX_PENDING_RECORDS) await this.#flush();
    await this.#turn();
  }

  async onRevoked(partition: number, lost: boolean): Promise<void> {
    if (!lost) {
      await this.#flush();
      await Promise.all(this.#offsetCommits);
    }
    this.#states.delete(partition);
    this.#options.onOwnership([...this.#states.keys()]);
  }

  onFailed(error: Error): void {
    this.#problem = error.message;
    this.#options.onFailed(error);
  }

  async lag(): Promise<ReadonlyMap<number, number>> {
    return (await this.#subscription?.lag()) ?? new Map();
  }

  problem(): string | null {
    return this.#problem;
  }

  flush(): Promise<void> {
    return this.#flush();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#subscription?.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#flush();
    await Promise.all(this.#offsetCommits);
    this.#problem = 'It is closed.';
  }

  #pendingRecords(): number {
    let sum = 0;
    for (const state of this.#states.values()) sum += state.pendingRecords;
    return sum;
  }

  async #turn(): Promise<void> {
    if (performance.now() - this.#lastTurnMs < TURN_MS) return;
    await nextTurn();
    this.#lastTurnMs = performance.now();
  }

  #schedule(withinMs: number): void {
    const dueMs = performance.now() + withinMs;
    if (dueMs >= this.#timerDueMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#flush().catch((error: unknown) => this.onFailed(asError(error)));
    }, withinMs);
  }

  /** Writes everything that is pending at the time of the call. Calls share: one write is under way at a time. */
  async #flush(): Promise<void> {
    while (this.#flushing !== null) await this.#flushing;
    this.#flushing = this.#writeAll();
    try {
      await this.#flushing;
    } finally {
      this.#flushing = null;
    }
  }

  async #writeAll(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const writes: Promise<void>[] = [];
    for (const state of this.#states.values()) {
      if (!this.#held.has(state.partition)) writes.push(this.#write(state));
    }
    await Promise.all(writes);
  }

  async #write(state: Work): Promise<void> {
    const taken = state.take();
    if (taken === null) return;
    const { batch } = taken;
    try {
      await this.#untilDone('commit', () => this.#options.store.commitOutcomes(batch));
    } catch (error) {
      if (!(error instanceof VerticeError) || error.code !== 'VTC_STORE_CONFLICT') throw error;
      // Another process owns the partition now and has written these outcomes: ours would be the second.
      this.#options.log.warn('Fenced: another process has moved the ledger', {
        partition: state.partition,
        error,
      });
      this.#states.delete(state.partition);
      this.#options.onOwnership([...this.#states.keys()]);
      return;
    }
    this.#commitOffset(state.partition, batch.progress.nextOffset);
    this.#options.onWritten(taken);
  }

  #commitOffset(partition: number, nextOffset: number): void {
    const commit = this.#subscription?.commit(partition, nextOffset);
    if (commit === undefined) return;
    // The ledger's progress decides where we resume; the group's offset only tells others how far we are.
    const settled = commit
      .catch((error: unknown) => {
        if (!this.#isClosing) this.#options.log.warn('Offset not committed', { partition, error });
      })
      .finally(() => this.#offsetCommits.delete(settled));
    this.#offsetCommits.add(settled);
  }

  /**
   * Tries until it works: an outcome is never given up because a disk or a server is away for a while. Only
   * when we are told to stop does it give up; the records are then delivered again at the next start.
   */
  async #untilDone(what: string, attempt: () => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LAST_RETRY_MS, waitMs * 2)) {
      try {
        await attempt();
        this.#problem = null;
        return;
      } catch (error) {
        if (!(error instanceof VerticeError) || !error.isRetryable || this.#isClosing) throw error;
        this.#problem = error.message;
        this.#options.log.warn('Retrying', { what, wait_ms: waitMs, error });
        await delay(waitMs);
      }
    }
  }
}

/** Where to go on: the ledger knows best; a log that does not hold that offset any more, or yet, decides instead. */
function startOffset(
  progress: Progress | null,
  committed: number | null,
  range: { readonly begin: number; readonly end: number },
): number {
  const wanted = progress?.nextOffset ?? committed ?? range.begin;
  return wanted < range.begin || wanted > range.end ? range.begin : wanted;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
