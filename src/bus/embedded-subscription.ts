import { messageOf, VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { ConsumerHandler, Subscription } from './bus.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { Follower, PartitionLog } from './partition-log.ts';
import { createSegmentReader, type SegmentReader } from './segment-reader.ts';
import type { Hold, TopicLog } from './topic-log.ts';

export interface EmbeddedSubscriptionOptions {
  readonly topic: TopicLog;
  readonly group: string;
  readonly offsets: GroupOffsets;
  readonly handler: ConsumerHandler;
  readonly log: Log;
  /** Called once, when the subscription has left. */
  onClosed(): void;
}

/** One group's consumption of all partitions of a topic, which in a single process are always ours. */
export function startEmbeddedSubscription(options: EmbeddedSubscriptionOptions): Subscription {
  const { topic, group, offsets, handler, log } = options;
  const assigned: number[] = [];
  const wakers = new Set<() => void>();
  let isStopping = false;
  let isClosed = false;
  let hasFailed = false;
  let closing: Promise<void> | null = null;

  function stop(): void {
    isStopping = true;
    for (const wake of wakers) wake();
  }

  function fail(cause: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    stop();
    const error = cause instanceof Error ? cause : new Error(messageOf(cause));
    try {
      handler.onFailed(error);
    } catch (thrown) {
      log.error('a consumer threw while it was told of its failure', {
        topic: topic.name,
        group,
        error: thrown,
      });
    }
  }

  async function consume(partition: PartitionLog): Promise<void> {
    const hold: Hold = { partition: partition.partition, position: partition.begin() };
    topic.hold(hold);
    const reader = createSegmentReader(partition);
    try {
      const start = await assign(partition);
      assigned.push(partition.partition);
      hold.position = checkStart(partition, start);
      await pump(partition, hold, reader);
    } catch (error) {
      fail(error);
    } finally {
      topic.letGo(hold);
      await reader.close();
    }
  }

  async function assign(partition: PartitionLog): Promise<number> {
    const committed = offsets.durable(partition.partition);
    const start = await handler.onAssigned(partition.partition, committed);
    return start === 'committed' ? Math.max(committed ?? 0, partition.begin()) : start;
  }

  function checkStart(partition: PartitionLog, start: number): number {
    if (Number.isSafeInteger(start) && start >= partition.begin() && start <= partition.end()) return start;
    throw new VerticeError(
      'VTC_USAGE',
      `onAssigned asked to start partition ${partition.partition} of ${topic.name} at ${start}; expected an offset ` +
        `from ${partition.begin()} to ${partition.end()}, or 'committed'`,
      { facts: { topic: topic.name, partition: partition.partition, offset: start } },
    );
  }

  async function pump(partition: PartitionLog, hold: Hold, reader: SegmentReader): Promise<void> {
    let isReading = false;
    let wake: (() => void) | null = null;
    const wakeUp = () => {
      const waking = wake;
      wake = null;
      waking?.();
    };
    const pause = (resolve: () => void) => {
      wake = resolve;
    };
    const follower: Follower = { position: hold.position, wake: wakeUp };
    wakers.add(wakeUp);
    partition.follow(follower);
    try {
      while (!isStopping) {
        if (follower.position === partition.end()) {
          // An open file would keep its disk space after retention removed it.
          if (isReading) await reader.close();
          else await new Promise<void>(pause);
          isReading = false;
          continue;
        }
        let records = partition.takeFromMemory(follower.position);
        if (records === null) {
          isReading = true;
          records = await reader.next(follower.position, partition.end());
        }
        if (isStopping) return;
        const handled = handler.onBatch(partition.partition, records);
        if (handled !== undefined) await handled;
        follower.position += records.length;
        hold.position = follower.position;
        partition.releaseMemory();
      }
    } finally {
      partition.unfollow(follower);
      wakers.delete(wakeUp);
    }
  }

  function partitionOf(partition: number): PartitionLog {
    const found = topic.partitions[partition];
    if (found !== undefined) return found;
    throw new VerticeError(
      'VTC_USAGE',
      `topic ${topic.name} has partitions 0 to ${topic.partitions.length - 1}, not ${partition}`,
    );
  }

  async function commit(partition: number, nextOffset: number): Promise<void> {
    if (isClosed)
      throw new VerticeError('VTC_SHUTTING_DOWN', `the subscription of ${group} to ${topic.name} is closed`);
    const end = partitionOf(partition).end();
    if (!Number.isSafeInteger(nextOffset) || nextOffset < 0 || nextOffset > end)
      throw new VerticeError(
        'VTC_USAGE',
        `cannot commit ${nextOffset} in partition ${partition} of ${topic.name}: expected an offset from 0 to ${end}`,
        { facts: { topic: topic.name, partition, offset: nextOffset } },
      );
    await topic.commit(offsets, partition, nextOffset);
  }

  async function leave(): Promise<void> {
    stop();
    await consumers;
    let failure: { readonly cause: unknown } | null = null;
    for (const partition of assigned)
      try {
        await handler.onRevoked(partition, false);
      } catch (cause) {
        failure ??= { cause };
      }
    isClosed = true;
    options.onClosed();
    if (failure !== null) throw failure.cause;
  }

  // Assignment begins once the caller holds the subscription, with which its handler commits.
  const consumers = Promise.resolve().then(() => Promise.all(topic.partitions.map(consume)));
  return {
    commit,
    async lag() {
      return new Map(
        assigned.map((partition) => {
          const { begin, end } = partitionOf(partition);
          return [partition, end() - Math.max(offsets.durable(partition) ?? 0, begin())];
        }),
      );
    },
    close() {
      closing ??= leave();
      return closing;
    },
  };
}
