import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Bus, OutgoingRecord } from './bus.ts';
import { createKafkaCluster, type KafkaSasl, type KafkaTls } from './kafka-cluster.ts';
import { brokerErrorOf, kafkaUnavailable } from './kafka-error.ts';
import { patiently } from './kafka-patience.ts';
import { createKafkaPublisher, type KafkaPublisher } from './kafka-publisher.ts';
import { replay } from './kafka-replay.ts';
import { createKafkaSubscription, type KafkaSubscription } from './kafka-subscription.ts';

export interface KafkaBusOptions {
  /** `host:port` of some brokers (Kafka 3.0 to 4.2); the others are found through them. */
  readonly brokers: readonly string[];
  /** Names this process in the brokers' logs and in the group. */
  readonly clientId: string;
  /**
   * Name of this process in the consumer group that stays the same across restarts and that no other has: a killed
   * process is then replaced at once. Without one, its partitions wait for the session time-out.
   */
  readonly instanceId?: string;
  /** Partitions and replicas of a topic that has to be created. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Largest `value`, in bytes. */
  readonly maxRecordBytes: number;
  /** How long a publish waits for its acknowledgement, and any request for a broker. Default 10 s. */
  readonly timeoutMs?: number;
  /** Encrypts the connections; an empty object trusts the system's roots. */
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
  /** How long a silent consumer keeps its partitions. Default 30 s; brokers allow 6 s to 30 min. */
  readonly sessionTimeoutMs?: number;
  /** How long the group waits for a consumer to let go of a partition. Default 60 s. */
  readonly rebalanceTimeoutMs?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const defaultTimeoutMs = 10_000;
const defaultSessionTimeoutMs = 30_000;
const defaultRebalanceTimeoutMs = 60_000;
/** Room a topic leaves for key, headers and framing beside the largest value. */
const envelopeBytes = 65_536;
/** A broker's own default: smaller batches gain nothing. */
const minTopicBatchBytes = 1_048_588;
const maxWaitingBytes = 67_108_864;
/** Seven days, whatever the broker's own default is. */
const retentionMs = 604_800_000;
const healthPatienceMs = 3_000;

/**
 * The bus over a Kafka cluster.
 *
 * The client library's `Producer` and `Admin` are used as they are. Its `Consumer` is not: it joins the group
 * again by itself before anyone could flush and commit what is under way, commits after such a join under the
 * new generation (which can overwrite what the new owner committed), and has no pause, start offset or
 * end for a single partition. So membership, commits and fetching are our own, on the library's connections and
 * protocol codecs: cooperative-sticky assignment over the classic group protocol, so that a partition that
 * stays keeps its state through a rebalance, and one that moves is flushed and committed by its old owner
 * before the new one is told where to start.
 *
 * Rejects with `VTC_BUS_UNAVAILABLE` when no broker answers; retryable unless the credentials were refused.
 */
export async function createKafkaBus(options: KafkaBusOptions): Promise<Bus> {
  const { clock, log } = options;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const cluster = createKafkaCluster(options);
  const publishers = new Map<string, KafkaPublisher>();
  const subscriptions = new Set<KafkaSubscription>();
  let subscriptionCount = 0;
  let closing: Promise<void> | null = null;
  let closed = false;

  const refuseWhenClosed = (): void => {
    if (closed) throw new VerticeError('VTC_SHUTTING_DOWN', 'the bus is closed; nothing is taken any more');
  };
  const publisherOf = (topic: string): KafkaPublisher => {
    const existing = publishers.get(topic);
    if (existing !== undefined) return existing;
    const publisher = createKafkaPublisher({ cluster, topic, timeoutMs, maxWaitingBytes, log });
    publishers.set(topic, publisher);
    return publisher;
  };
  const checkSizes = (topic: string, records: readonly OutgoingRecord[]): void => {
    for (const { value } of records)
      if (value.length > options.maxRecordBytes)
        throw new VerticeError(
          'VTC_RECORD_TOO_LARGE',
          `expected a record of ${options.maxRecordBytes} bytes at most for ${topic}, got ${value.length}`,
          { facts: { topic, bytes: value.length, limit: options.maxRecordBytes } },
        );
  };
  const ensureTopic = async (topic: string): Promise<void> => {
    try {
      await cluster.createTopic(topic, options.partitions, options.replicationFactor, {
        'cleanup.policy': 'delete',
        'retention.ms': String(retentionMs),
        'message.timestamp.type': 'LogAppendTime',
        'min.insync.replicas': String(Math.max(1, options.replicationFactor - 1)),
        'max.message.bytes': String(Math.max(minTopicBatchBytes, options.maxRecordBytes + envelopeBytes)),
      });
      // Created is not yet known, nor led: the brokers learn of it one after the other.
      await patiently(cluster, timeoutMs, `use topic ${topic}`, () =>
        cluster.ranges(topic).catch(tellUnknownAsLate),
      );
    } catch (error) {
      if (brokerErrorOf(error) === 'INVALID_REPLICATION_FACTOR')
        throw new VerticeError(
          'VTC_CONFIG_INVALID',
          `the cluster has too few brokers for kafka.replication_factor ${options.replicationFactor}`,
          { cause: error, facts: { topic } },
        );
      throw kafkaUnavailable(`create topic ${topic}`, error);
    }
  };

  try {
    await cluster.ping();
  } catch (error) {
    await cluster.close();
    throw kafkaUnavailable(`reach Kafka at ${options.brokers.join(', ')}`, error);
  }

  return {
    isShared: true,
    async ensureTopics(names) {
      refuseWhenClosed();
      await Promise.all([...new Set(names)].map(ensureTopic));
    },
    async publish(topic, records) {
      refuseWhenClosed();
      checkSizes(topic, records);
      if (records.length > 0) await publisherOf(topic).publish(records);
    },
    async subscribe(topic, group, handler) {
      refuseWhenClosed();
      await patiently(cluster, timeoutMs, `subscribe to ${topic}`, () => cluster.partitions(topic));
      subscriptionCount += 1;
      const subscription = createKafkaSubscription(
        {
          cluster,
          topic,
          group,
          // Each subscription is a member of its own, and no two members may bear one name.
          instanceId: options.instanceId === undefined ? null : `${options.instanceId}.${topic}`,
          lanePrefix: `subscription-${subscriptionCount}-`,
          sessionTimeoutMs: options.sessionTimeoutMs ?? defaultSessionTimeoutMs,
          rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? defaultRebalanceTimeoutMs,
          closeTimeoutMs: timeoutMs,
          clock,
          log,
        },
        handler,
      );
      subscriptions.add(subscription);
      return {
        ...subscription,
        close: () => subscription.close().finally(() => subscriptions.delete(subscription)),
      };
    },
    read: (topic, partition, from, to) => replay(cluster, { topic, partition, from, to }, timeoutMs),
    ranges: (topic) =>
      patiently(cluster, timeoutMs, `learn what ${topic} keeps`, () => cluster.ranges(topic)),
    async health() {
      if (closed) return 'the bus is closed';
      try {
        await Promise.race([cluster.ping(), silence(healthPatienceMs)]);
      } catch (error) {
        return kafkaUnavailable('reach Kafka', error).message;
      }
      const problems = [...subscriptions, ...publishers.values()].map((part) => part.problem());
      return problems.find((problem) => problem !== null) ?? null;
    },
    close() {
      closing ??= (async () => {
        try {
          await Promise.all([...subscriptions].map((subscription) => subscription.close()));
        } finally {
          await Promise.allSettled([...subscriptions].map((subscription) => subscription.close()));
          closed = true;
          await Promise.all([...publishers.values()].map((publisher) => publisher.close()));
          await cluster.close();
        }
      })();
      return closing;
    },
  };
}

/** Of a topic that was just made, a broker that knows nothing will soon know. */
function tellUnknownAsLate(error: unknown): never {
  if (!(error instanceof VerticeError) || error.code !== 'VTC_USAGE') throw error;
  throw new VerticeError('VTC_BUS_UNAVAILABLE', error.message, { cause: error, isRetryable: true });
}

async function silence(patienceMs: number): Promise<never> {
  await delay(patienceMs, undefined, { ref: false });
  throw new Error(`no broker answered within ${patienceMs} ms`);
}
