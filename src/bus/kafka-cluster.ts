import {
  Admin,
  type API,
  type ClusterPartitionMetadata,
  Connection,
  type ConnectionOptions,
  findCoordinatorV4,
  listOffsetsV7,
  UserError,
} from '@platformatic/kafka';
import { VerticeError } from '../errors.ts';
import type { OffsetRange } from './bus.ts';
import { brokerErrorOf, kafkaUnavailable } from './kafka-error.ts';

export interface KafkaTls {
  /** PEM; the system's roots when absent. */
  readonly ca?: string;
  /** PEM of a client certificate and of its key, for brokers that ask for one. */
  readonly cert?: string;
  readonly key?: string;
}

export interface KafkaSasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  readonly username: string;
  readonly password: string;
}

export interface KafkaClusterOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
}

/**
 * A connection of its own. A broker answers the requests of one connection one after the other, so what
 * waits long (a fetch, a join) must not share one with what may not wait (a heartbeat, a commit).
 */
export interface Lane {
  readonly name: string;
  /** Default 10 s. */
  readonly requestTimeoutMs?: number;
}

/** Connections to the brokers, and what they know about topics. Errors are the library's own. */
export interface KafkaCluster {
  readonly connectionOptions: KafkaClientOptions;
  /** Sends one request to one broker and returns its answer. */
  call<Request extends unknown[], Response>(
    lane: Lane,
    node: number,
    api: API<Request, Response>,
    ...request: Request
  ): Promise<Response>;
  /** The partitions of a topic, by number. Rejects with `VTC_USAGE` when there is no such topic. */
  partitions(topic: string): Promise<readonly ClusterPartitionMetadata[]>;
  /** The broker that looks after a group. */
  coordinatorOf(group: string): Promise<number>;
  /** What is kept, by partition; `end` does not include open transactions. */
  ranges(topic: string): Promise<ReadonlyMap<number, OffsetRange>>;
  createTopic(topic: string, partitions: number, replicas: number, configs: TopicConfigs): Promise<void>;
  /** Forgets what is known about topics and leaders: the next request asks again. */
  forgetMetadata(): void;
  /** Asks a broker who is there. Rejects when none answers. */
  ping(): Promise<void>;
  /** Closes the connections of the lanes whose name begins with `prefix`; what waits on them is rejected. */
  closeLanes(prefix: string): Promise<void>;
  close(): Promise<void>;
}

export type TopicConfigs = Readonly<Record<string, string>>;

/** The options every client of the library takes, from ours. */
export interface KafkaClientOptions extends ConnectionOptions {
  readonly clientId: string;
  readonly bootstrapBrokers: string[];
}

const connectTimeoutMs = 5_000;
const requestTimeoutMs = 10_000;
const metadataMaxAgeMs = 30_000;
const groupCoordinator = 0;
const clientReplica = -1;
const readCommitted = 1;
const anyEpoch = -1;
const earliest = -2n;
const latest = -1n;
const control: Lane = { name: 'control' };

export function createKafkaCluster(options: KafkaClusterOptions): KafkaCluster {
  const connectionOptions: KafkaClientOptions = {
    clientId: options.clientId,
    bootstrapBrokers: [...options.brokers],
    connectTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    ...(options.tls === undefined ? {} : { tls: { ...options.tls } }),
    ...(options.sasl === undefined ? {} : { sasl: { ...options.sasl } }),
  };
  const admin = new Admin({
    ...connectionOptions,
    retries: 1,
    retryDelay: 100,
    metadataMaxAge: metadataMaxAgeMs,
  });
  const connections = new Map<string, Promise<Connection>>();
  let closed = false;

  const open = async (lane: Lane, node: number): Promise<Connection> => {
    const { brokers } = await admin.metadata({ topics: [] });
    const broker = brokers.get(node);
    if (broker === undefined) {
      admin.clearMetadata();
      throw new VerticeError('VTC_BUS_UNAVAILABLE', `broker ${node} is not known to the cluster`, {
        isRetryable: true,
      });
    }
    const connection = new Connection(options.clientId, {
      ...connectionOptions,
      requestTimeout: lane.requestTimeoutMs ?? requestTimeoutMs,
    });
    const key = keyOf(lane, node);
    const drop = (): void => void connections.delete(key);
    connection.on('close', drop);
    // The failure itself reaches the caller whose request it broke.
    connection.on('error', drop);
    await connection.connect(broker.host, broker.port);
    if (closed) await connection.close();
    return connection;
  };

  const connectionTo = (lane: Lane, node: number): Promise<Connection> => {
    if (closed)
      return Promise.reject(new VerticeError('VTC_SHUTTING_DOWN', 'the connection to Kafka is closed'));
    const key = keyOf(lane, node);
    const existing = connections.get(key);
    if (existing !== undefined) return existing;
    const opening = open(lane, node).catch((error: unknown) => {
      connections.delete(key);
      // The brokers may have moved to other addresses.
      admin.clearMetadata();
      throw error;
    });
    connections.set(key, opening);
    return opening;
  };

  const call: KafkaCluster['call'] = async (lane, node, api, ...request) =>
    api.async(await connectionTo(lane, node), ...request);

  const partitions: KafkaCluster['partitions'] = async (topic) => {
    try {
      const metadata = await admin.metadata({ topics: [topic] });
      return metadata.topics.get(topic)?.partitions ?? [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new VerticeError('VTC_USAGE', `there is no topic ${topic}; create it with ensureTopics first`, {
        cause: error,
        facts: { topic },
      });
    }
  };

  const listOffsets = async (topic: string, timestamp: bigint): Promise<Map<number, number>> => {
    const byLeader = new Map<number, number[]>();
    for (const [partition, { leader }] of (await partitions(topic)).entries())
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    const offsets = new Map<number, number>();
    for (const [leader, led] of byLeader) {
      const answer = await call(control, leader, listOffsetsV7.api, clientReplica, readCommitted, [
        {
          name: topic,
          partitions: led.map((partitionIndex) => ({
            partitionIndex,
            currentLeaderEpoch: anyEpoch,
            timestamp,
          })),
        },
      ]);
      for (const { partitionIndex, offset } of answer.topics.flatMap((found) => found.partitions))
        offsets.set(partitionIndex, safeOffset(offset));
    }
    return offsets;
  };

  const closeLanes: KafkaCluster['closeLanes'] = async (prefix) => {
    const closing = [...connections].filter(([key]) => key.startsWith(prefix)).map(([, opening]) => opening);
    const opened = await Promise.allSettled(closing);
    await Promise.all(
      opened.map(async (open) => (open.status === 'fulfilled' ? open.value.close() : undefined)),
    );
  };

  return {
    connectionOptions,
    call,
    partitions,
    async coordinatorOf(group) {
      const { brokers } = await admin.metadata({ topics: [] });
      const nodes = [...brokers.keys()];
      let failure: unknown = null;
      for (const node of nodes) {
        try {
          const answer = await call(control, node, findCoordinatorV4.api, groupCoordinator, [group]);
          const found = answer.coordinators.find(({ key }) => key === group);
          if (found !== undefined) return found.nodeId;
        } catch (error) {
          failure = error;
        }
      }
      admin.clearMetadata();
      throw kafkaUnavailable(`find the broker that looks after group ${group}`, failure);
    },
    async ranges(topic) {
      const [begins, ends] = await Promise.all([listOffsets(topic, earliest), listOffsets(topic, latest)]);
      return new Map(
        [...ends]
          .sort(([a], [b]) => a - b)
          .map(([partition, end]) => [partition, { begin: begins.get(partition) ?? end, end }]),
      );
    },
    async createTopic(topic, partitionCount, replicas, configs) {
      try {
        await admin.createTopics({
          topics: [topic],
          partitions: partitionCount,
          replicas,
          configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
        });
      } catch (error) {
        if (brokerErrorOf(error) !== 'TOPIC_ALREADY_EXISTS') throw error;
      }
    },
    forgetMetadata: () => admin.clearMetadata(),
    async ping() {
      await admin.metadata({ topics: [], forceUpdate: true });
    },
    closeLanes,
    async close() {
      closed = true;
      await closeLanes('');
      await admin.close();
    },
  };
}

/** An offset as the rest of the product handles it; refuses what a number cannot hold exactly. */
export function safeOffset(offset: bigint): number {
  const value = Number(offset);
  if (Number.isSafeInteger(value)) return value;
  throw new VerticeError('VTC_BUS_CORRUPT', `expected an offset below 2^53, got ${offset}`);
}

function keyOf(lane: Lane, node: number): string {
  return `${lane.name}@${node}`;
}
