import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { messageOf, VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { ConsumerHandler, Subscription } from './bus.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { createCommitter } from './kafka-committer.ts';
import { kafkaUnavailable } from './kafka-error.ts';
import { type FetchedPartition, fetchApi, fetchErrorOf, offsetOutOfRange } from './kafka-fetch-api.ts';
import { type PartitionFlow, startPartitionFlow } from './kafka-flow.ts';
import { startMembership } from './kafka-membership.ts';
import { patiently } from './kafka-patience.ts';
import { decodeRecordBatches } from './kafka-record-batch.ts';

export interface KafkaSubscriptionOptions {
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly group: string;
  /** See `KafkaBusOptions.instanceId`; null when there is none. */
  readonly instanceId: string | null;
  /** Tells this subscription's connections from those of others. */
  readonly lanePrefix: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** How long the last commits may take when it is closed. */
  readonly closeTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export interface KafkaSubscription extends Subscription {
  /** What keeps it from getting records, in one sentence; null while all is well. */
  problem(): string | null;
}

const maxBytesPerFetch = 1_048_576;
const maxBatchRecords = 2_000;
const maxWaitMs = 500;
/** Partitions are spread over this many connections to each broker, for a waiting fetch holds up its own. */
const fetchLanes = 4;
const firstBackoffMs = 50;
const maxBackoffMs = 2_000;
const topicAuthorizationFailed = 29;

export function createKafkaSubscription(
  options: KafkaSubscriptionOptions,
  handler: ConsumerHandler,
): KafkaSubscription {
  const { cluster, topic, group, log } = options;
  const flows = new Map<number, PartitionFlow>();
  const releases = new Map<number, Promise<void>>();
  const busyLanes = new Set<string>();
  const stop = new AbortController();
  let leaders: readonly number[] = [];
  let fetchFailures = 0;
  let fetchProblem: string | null = null;
  let failed = false;
  let closing: Promise<void> | null = null;

  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal: stop.signal }).catch(() => {});

  const onHandlerFailed = (error: unknown): void => {
    // What breaks because the partition is lost is no failure: the membership starts over.
    if (membership.holds()) fail(error);
    else log.warn('work on a lost partition ended with an error', { topic, group, error });
  };
  const fail = (error: unknown): void => {
    if (failed || closing !== null) {
      log.warn('a consumer that is being closed failed', { topic, group, error });
      return;
    }
    failed = true;
    try {
      handler.onFailed(error instanceof Error ? error : new Error(messageOf(error)));
    } catch (thrown) {
      log.error('a consumer threw while it was told of its failure', { topic, group, error: thrown });
    }
    // Leaves the group, so that another instance can take over. Whoever closes it hears what goes wrong there.
    close().catch((thrown: unknown) =>
      log.error('a failed consumer did not end in order', { topic, group, error: thrown }),
    );
  };

  /** Lets the handler finish and give the partition up. Rejects when it cannot. */
  const release = (partition: number, flow: PartitionFlow): Promise<void> => {
    const underWay = releases.get(partition);
    if (underWay !== undefined) return underWay;
    const releasing = (async () => {
      try {
        if (await flow.stop()) await handler.onRevoked(partition, !membership.holds());
        await committer.settled(partition);
      } finally {
        flows.delete(partition);
        releases.delete(partition);
        committer.drop(partition);
      }
    })();
    releases.set(partition, releasing);
    return releasing;
  };
  const releaseAll = async (which: Iterable<readonly [number, PartitionFlow]>): Promise<void> => {
    const outcomes = await Promise.allSettled(
      [...which].map(([partition, flow]) => release(partition, flow)),
    );
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
  };

  const startOffsets = (added: readonly number[]) =>
    patiently(cluster, options.sessionTimeoutMs, `learn where to start ${topic}`, async () => {
      if (closing !== null) throw new VerticeError('VTC_SHUTTING_DOWN', 'the subscription is closed');
      const [committed, ranges, partitions] = await Promise.all([
        membership.committed(added),
        cluster.ranges(topic),
        cluster.partitions(topic),
      ]);
      leaders = partitions.map(({ leader }) => leader);
      return { committed, ranges };
    });

  const membership = startMembership(options, {
    owned: () => [...flows.keys()],
    async assign(partitions) {
      const gone = [...flows].filter(([partition]) => !partitions.includes(partition));
      await releaseAll(gone).catch(onHandlerFailed);
      const added = partitions.filter((partition) => !flows.has(partition));
      if (added.length > 0 && closing === null) {
        const { committed, ranges } = await startOffsets(added);
        if (closing !== null) return false;
        for (const partition of added) {
          const from = committed.get(partition) ?? null;
          committer.hold(partition, from);
          flows.set(
            partition,
            startPartitionFlow({
              topic,
              partition,
              handler,
              committed: from,
              begin: ranges.get(partition)?.begin ?? 0,
              maxBatchRecords,
              holds: () => membership.holds(),
              onWanting: pump,
              onFailed: onHandlerFailed,
            }),
          );
        }
        log.info('partitions assigned', { topic, group, partitions: [...flows.keys()] });
      }
      return gone.length > 0;
    },
    async lose() {
      await releaseAll(flows).catch(onHandlerFailed);
    },
    fail,
  });
  const committer = createCommitter(topic, membership.commit);

  /** Starts a fetch on every idle connection whose partitions want records. */
  function pump(): void {
    if (stop.signal.aborted) return;
    const requests = new Map<string, { node: number; partitions: { partition: number; offset: number }[] }>();
    for (const [partition, flow] of flows) {
      const offset = flow.wants();
      if (offset === null) continue;
      const node = leaders[partition] ?? -1;
      const lane = `${options.lanePrefix}fetch-${partition % fetchLanes}@${node}`;
      if (busyLanes.has(lane)) continue;
      const request = requests.get(lane) ?? { node, partitions: [] };
      request.partitions.push({ partition, offset });
      requests.set(lane, request);
    }
    for (const [lane, { node, partitions }] of requests) {
      busyLanes.add(lane);
      void fetch(lane, node, partitions).finally(() => {
        busyLanes.delete(lane);
        pump();
      });
    }
  }

  async function fetch(
    lane: string,
    node: number,
    partitions: readonly { partition: number; offset: number }[],
  ): Promise<void> {
    try {
      const request = { topic, maxWaitMs, maxBytesPerPartition: maxBytesPerFetch, partitions };
      const answer = await cluster.call({ name: lane }, node, fetchApi, request);
      const wanted = new Map(partitions.map(({ partition, offset }) => [partition, offset]));
      for (const fetched of answer)
        if (fetched.errorCode === offsetOutOfRange) await seekOldest(fetched.partition);
        else take(fetched, wanted.get(fetched.partition));
      fetchFailures = 0;
      fetchProblem = null;
    } catch (error) {
      if (stop.signal.aborted) return;
      fetchProblem = kafkaUnavailable(`fetch records of ${topic}`, error).message;
      log.warn('cannot fetch; trying again', { topic, group, error });
      await pause(Math.min(maxBackoffMs, firstBackoffMs * 2 ** fetchFailures));
      fetchFailures += 1;
      await refreshLeaders();
    }
  }

  function take(fetched: FetchedPartition, from: number | undefined): void {
    const flow = flows.get(fetched.partition);
    // Given up, or given up and assigned again, while the answer was on its way.
    if (flow === undefined || from === undefined || flow.wants() !== from) return;
    if (fetched.errorCode === 0) {
      try {
        const { partition } = fetched;
        flow.offer(decodeRecordBatches(fetched.bytes, { topic, partition, from }, fetched.aborted));
      } catch (error) {
        void flow.stop();
        fail(error);
      }
    } else if (fetched.errorCode === topicAuthorizationFailed) {
      fail(kafkaUnavailable(`read ${topic}`, new Error('the user has no right to read it')));
    } else {
      throw fetchErrorOf(fetched.errorCode);
    }
  }

  /** Retention took what comes next, or the topic was made anew: what is left is delivered, never skipped. */
  async function seekOldest(partition: number): Promise<void> {
    const oldest = (await cluster.ranges(topic)).get(partition)?.begin ?? 0;
    log.error('the offset to go on from is not kept; going on at the oldest record', {
      topic,
      group,
      partition,
      wanted: flows.get(partition)?.wants() ?? null,
      oldest,
    });
    flows.get(partition)?.seek(oldest);
  }

  async function refreshLeaders(): Promise<void> {
    cluster.forgetMetadata();
    try {
      leaders = (await cluster.partitions(topic)).map(({ leader }) => leader);
    } catch (error) {
      fetchProblem = kafkaUnavailable(`learn who leads ${topic}`, error).message;
    }
  }

  const close = (): Promise<void> => {
    closing ??= (async () => {
      const patience = setTimeout(
        () => membership.giveUp(`it could not be left in order within ${options.closeTimeoutMs} ms`),
        options.closeTimeoutMs,
      );
      try {
        await releaseAll(flows);
      } finally {
        clearTimeout(patience);
        stop.abort();
        await membership.leave();
      }
    })();
    return closing;
  };

  return {
    async commit(partition, nextOffset) {
      if (stop.signal.aborted)
        throw new VerticeError('VTC_SHUTTING_DOWN', `the subscription of ${group} to ${topic} is closed`);
      await committer.commit(partition, nextOffset);
    },
    async lag() {
      const ranges = await cluster.ranges(topic);
      return new Map(
        [...flows.keys()].map((partition) => {
          const { begin, end } = ranges.get(partition) ?? { begin: 0, end: 0 };
          return [partition, Math.max(0, end - Math.max(begin, committer.committed(partition) ?? begin))];
        }),
      );
    },
    close,
    problem: () =>
      failed ? `the consumer of ${topic} in group ${group} failed` : (membership.problem() ?? fetchProblem),
  };
}
