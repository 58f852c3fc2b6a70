import { setTimeout as delay } from 'node:timers/promises';
import { type MessageToProduce, Producer } from '@platformatic/kafka';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { OutgoingRecord } from './bus.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { brokerErrorOf, isAuthenticationError, kafkaUnavailable } from './kafka-error.ts';
import { partitionOfBytes } from './kafka-partitioner.ts';

export interface KafkaPublisherOptions {
  readonly cluster: KafkaCluster;
  readonly topic: string;
  /** How long a call waits, for room and for the acknowledgement, before it is told that it failed. */
  readonly timeoutMs: number;
  /** Bytes of records that may wait for their turn; a call that finds no room waits for some. */
  readonly maxWaitingBytes: number;
  readonly log: Log;
}

export interface KafkaPublisher {
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** Why the last request failed; null when it did not. */
  problem(): string | null;
  /** Waits for what was published, as long as its callers would, then releases everything. */
  close(): Promise<void>;
}

interface Call {
  readonly done: PromiseWithResolvers<void>;
  unacknowledged: number;
  settled: boolean;
}

interface Waiting {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly call: Call;
}

type Message = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

/** Below a broker's default limit for a batch (1,048,588 bytes), which a topic may have kept. */
const firstBatchBytes = 900_000;
const maxRequestRecords = 5_000;
/** Far below what a broker reads as one request (100 MiB). */
const maxRequestBytes = 16_777_216;
/** What a record costs on the wire beside key, value and headers, rounded up. */
const recordOverheadBytes = 64;
const retryDelayMs = 100;

/**
 * Publishes to one topic. One request is under way at a time, and all that comes meanwhile goes into the
 * next: that keeps the order of a partition through retries and makes large requests out of many calls.
 * The producer is idempotent, so a retry after a lost answer writes nothing twice.
 */
export function createKafkaPublisher(options: KafkaPublisherOptions): KafkaPublisher {
  const { cluster, topic, log } = options;
  let producer: Producer<Buffer, Buffer, Buffer, Buffer> | null = null;
  let waiting: Waiting[] = [];
  let inFlight: readonly Waiting[] = [];
  let waitingBytes = 0;
  let batchBytes = firstBatchBytes;
  let nextKeyless = 0;
  let problem: string | null = null;
  let draining: Promise<void> | null = null;
  let room = Promise.withResolvers<void>();
  let abandon = Promise.withResolvers<'abandoned'>();

  const settle = (call: Call, error?: VerticeError): void => {
    if (call.settled) return;
    call.settled = true;
    if (error === undefined) call.done.resolve();
    else call.done.reject(error);
  };

  const expire = (call: Call): void => {
    const told = problem === null ? '' : ` (${problem})`;
    settle(
      call,
      new VerticeError(
        'VTC_BUS_UNAVAILABLE',
        `no broker acknowledged the records for ${topic} within ${options.timeoutMs} ms${told}; check that the cluster is up, then publish again`,
        { isRetryable: true, facts: { topic, timeout_ms: options.timeoutMs } },
      ),
    );
    if (inFlight.every(({ call: waited }) => waited.settled)) abandon.resolve('abandoned');
  };

  /** Takes as many waiting records as fit in one batch of each partition. */
  const takeRequest = (partitions: number): Message[] => {
    const bytesOf = new Map<number, number>();
    const messages: Message[] = [];
    let requestBytes = 0;
    for (const { record, bytes } of waiting) {
      if (messages.length === maxRequestRecords) break;
      const key = record.key === null ? undefined : Buffer.from(record.key);
      const partition = key === undefined ? nextKeyless % partitions : partitionOfBytes(key, partitions);
      const sum = (bytesOf.get(partition) ?? 0) + bytes;
      requestBytes += bytes;
      if ((sum > batchBytes || requestBytes > maxRequestBytes) && messages.length > 0) break;
      if (key === undefined) nextKeyless += 1;
      bytesOf.set(partition, sum);
      messages.push({
        topic,
        partition,
        ...(key && { key }),
        value: record.value,
        headers: headersOf(record),
      });
    }
    inFlight = waiting.slice(0, messages.length);
    waiting = waiting.slice(messages.length);
    return messages;
  };

  const send = async (messages: Message[]): Promise<'acknowledged' | 'abandoned'> => {
    producer ??= new Producer({
      ...cluster.connectionOptions,
      idempotent: true,
      retries: true,
      retryDelay: retryDelayMs,
      timeout: options.timeoutMs,
    });
    const sent = producer.send({ messages }).then(() => 'acknowledged' as const);
    // Once abandoned nobody listens to it any more.
    sent.catch(() => {});
    return Promise.race([sent, abandon.promise]);
  };

  /** A producer that failed is not used again: what the broker remembers of it may be out of step. */
  const discardProducer = (): void => {
    const discarded = producer;
    producer = null;
    discarded
      ?.close(true)
      .catch((error: unknown) => log.debug('a failed producer did not close', { topic, error }));
  };

  /** Rejects what can never be written; the rest waits for the next request. */
  const onSendFailed = async (error: unknown): Promise<void> => {
    discardProducer();
    // Nothing in flight: what failed concerns the topic, and so all that wait for it.
    const failed = inFlight.length > 0 ? inFlight : waiting;
    waiting = [...inFlight, ...waiting];
    inFlight = [];
    if (brokerErrorOf(error) === 'MESSAGE_TOO_LARGE' && failed.length > 1) {
      batchBytes = Math.floor(batchBytes / 2);
      return;
    }
    const final = finalError(topic, failed, error);
    if (final !== null) {
      for (const { call } of failed) settle(call, final);
      return;
    }
    problem = kafkaUnavailable(`publish to ${topic}`, error).message;
    log.warn('cannot publish; trying again', { topic, error });
    cluster.forgetMetadata();
    await delay(retryDelayMs);
  };

  const onAcknowledged = (): void => {
    problem = null;
    for (const { call, bytes } of inFlight) {
      waitingBytes -= bytes;
      call.unacknowledged -= 1;
      if (call.unacknowledged === 0) settle(call);
    }
    inFlight = [];
  };

  /** Forgets the records of calls that were told how they ended. */
  const dropSettled = (): void => {
    waiting = waiting.filter(({ call, bytes }) => {
      if (call.settled) waitingBytes -= bytes;
      return !call.settled;
    });
    room.resolve();
    room = Promise.withResolvers();
  };

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      abandon = Promise.withResolvers();
      try {
        const partitions = (await cluster.partitions(topic)).length;
        dropSettled();
        if (waiting.length === 0) break;
        if ((await send(takeRequest(partitions))) === 'acknowledged') {
          onAcknowledged();
        } else {
          discardProducer();
          waiting = [...inFlight, ...waiting];
          inFlight = [];
        }
      } catch (error) {
        await onSendFailed(error);
      }
      dropSettled();
    }
    draining = null;
  };

  return {
    async publish(records) {
      const sized = records.map((record) => ({ record, bytes: wireBytes(record) }));
      const bytes = sized.reduce((sum, entry) => sum + entry.bytes, 0);
      const givenUpAt = performance.now() + options.timeoutMs;
      while (waitingBytes > 0 && waitingBytes + bytes > options.maxWaitingBytes) {
        await Promise.race([room.promise, delay(givenUpAt - performance.now(), undefined, { ref: false })]);
        // Room that comes with the last millisecond is of no use any more.
        if (givenUpAt - performance.now() < 1) throw busFull(topic, options);
      }
      const call: Call = {
        done: Promise.withResolvers(),
        unacknowledged: records.length,
        settled: false,
      };
      for (const entry of sized) waiting.push({ ...entry, call });
      waitingBytes += bytes;
      const timer = setTimeout(() => expire(call), Math.max(0, givenUpAt - performance.now()));
      draining ??= drain();
      try {
        await call.done.promise;
      } finally {
        clearTimeout(timer);
      }
    },
    problem: () => problem,
    async close() {
      await draining;
      await producer?.close(true);
    },
  };
}

function wireBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = recordOverheadBytes + value.length + (key === null ? 0 : Buffer.byteLength(key));
  for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '') + 4;
  return bytes;
}

function headersOf({ headers }: OutgoingRecord): Map<Buffer, Buffer> {
  return new Map(
    Object.entries(headers ?? {}).map(([name, value]) => [Buffer.from(name), Buffer.from(value)]),
  );
}

/** The error to give the callers when trying again is of no use; null when it may be. */
function finalError(topic: string, records: readonly Waiting[], error: unknown): VerticeError | null {
  if (error instanceof VerticeError && !error.isRetryable) return error;
  if (isAuthenticationError(error)) return kafkaUnavailable(`publish to ${topic}`, error);
  if (brokerErrorOf(error) !== 'MESSAGE_TOO_LARGE') return null;
  const bytes = records[0]?.bytes ?? 0;
  return new VerticeError(
    'VTC_RECORD_TOO_LARGE',
    `the broker takes no record of ${bytes} bytes on ${topic}; raise max.message.bytes of that topic`,
    { cause: error, facts: { topic, bytes } },
  );
}

function busFull(topic: string, { timeoutMs, maxWaitingBytes }: KafkaPublisherOptions): VerticeError {
  return new VerticeError(
    'VTC_BUS_FULL',
    `${maxWaitingBytes} bytes of records wait for ${topic} and none was written for ${timeoutMs} ms; publish more slowly or give the cluster more room`,
    { isRetryable: true, facts: { topic, timeout_ms: timeoutMs } },
  );
}
