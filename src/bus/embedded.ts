import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import { blockHeadBytes } from './block-codec.ts';
import type { Bus, BusRecord, OutgoingRecord, Subscription } from './bus.ts';
import { syncDirectory } from './durable-file.ts';
import { startEmbeddedSubscription } from './embedded-subscription.ts';
import { takeOwnerLock } from './owner-lock.ts';
import type { PartitionLog } from './partition-log.ts';
import { maxLabelBytes, oversizeLabel, recordBytesAtMost } from './record-codec.ts';
import type { FsyncPolicy } from './segment-files.ts';
import { createSegmentReader } from './segment-reader.ts';
import { openTopicLog, type TopicLog } from './topic-log.ts';
import { unavailable } from './unavailable.ts';
import { createBufferPool } from './write-group.ts';

export interface EmbeddedBusOptions {
  /** Directory of the bus, created when missing (mode 0700); owned by one process at a time. */
  readonly dir: string;
  /** Partitions of a topic that has to be created; a topic that exists keeps its number. */
  readonly partitions: number;
  /** Largest value, in bytes. Key and headers are bounded apart, by 64 KiB each. */
  readonly maxRecordBytes: number;
  /** Size at which a file is closed and a new one begun. */
  readonly segmentBytes: number;
  /** Most bytes a topic keeps on disk. */
  readonly retentionBytes: number;
  /** How long consumed records are kept, in milliseconds. */
  readonly retentionMs: number;
  readonly fsync: FsyncPolicy;
  /** How long `publish` waits for room, in milliseconds. */
  readonly fullTimeoutMs: number;
  /** Most bytes of a partition kept in memory for consumers that keep up; 4 MiB when absent. */
  readonly handOverBytes?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const syncIntervalMs = 200;
const expiryIntervalMs = 60_000;
const defaultHandOverBytes = 4_194_304;
const namePattern = /^(?!\.)[A-Za-z0-9._-]{1,200}$/;

/**
 * The bus of a single process: log files in a directory. Rejects with `VTC_BUS_OWNED` when another process
 * owns the directory, and with `VTC_BUS_CORRUPT` when a file is damaged beyond what a crash explains.
 */
export async function createEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const { dir, fsync, log } = options;
  const lock = await takeOwnerLock(dir);
  const topicsDir = join(dir, 'topics');
  const pool = createBufferPool();
  const topics = new Map<string, TopicLog>();
  const opening = new Map<string, Promise<TopicLog>>();
  const subscriptions = new Map<string, Promise<Subscription>>();
  let closing: Promise<void> | null = null;
  /** Later than `closing`: consumers publish what they still owe while they are being closed. */
  let isClosed = false;

  try {
    await mkdir(topicsDir, { recursive: true, mode: 0o700 });
    await syncDirectory(dir);
    await syncDirectory(dirname(resolve(dir)));
    for (const name of await readdir(topicsDir)) if (namePattern.test(name)) await openTopic(name);
  } catch (error) {
    await closeTopics();
    lock.release();
    throw unavailable('open', dir, error);
  }
  const syncTimer = fsync === 'interval' ? setInterval(syncAll, syncIntervalMs) : undefined;
  const expiryTimer = setInterval(expireAll, expiryIntervalMs);
  syncTimer?.unref();
  expiryTimer.unref();

  function openTopic(name: string): Promise<TopicLog> {
    const known = opening.get(name);
    if (known !== undefined) return known;
    const opened = openTopicLog({
      ...options,
      dir: join(topicsDir, name),
      name,
      handOverBytes: options.handOverBytes ?? defaultHandOverBytes,
      pool,
    }).then(
      (topic) => {
        topics.set(name, topic);
        return topic;
      },
      (error: unknown) => {
        opening.delete(name);
        throw unavailable('open', join(topicsDir, name), error);
      },
    );
    opening.set(name, opened);
    return opened;
  }

  function syncAll(): void {
    for (const topic of topics.values()) for (const partition of topic.partitions) partition.sync();
  }

  function expireAll(): void {
    for (const topic of topics.values()) void topic.expire();
  }

  function refuseWhen(isOver: boolean): void {
    if (isOver) throw new VerticeError('VTC_SHUTTING_DOWN', 'the bus is closed or closing');
  }

  function topicOf(name: string): TopicLog {
    const topic = topics.get(name);
    if (topic !== undefined) return topic;
    throw new VerticeError('VTC_USAGE', `topic ${name} does not exist: call ensureTopics first`, {
      facts: { topic: name },
    });
  }

  /** Bytes the records take on disk at most; throws when one is too large. */
  function measure(topic: string, records: readonly OutgoingRecord[]): number {
    let bytes = 0;
    for (const record of records) {
      const label = oversizeLabel(record);
      if (record.value.length > options.maxRecordBytes || label !== null)
        throw tooLarge(topic, record, label, options.maxRecordBytes);
      bytes += blockHeadBytes + recordBytesAtMost(record);
    }
    return bytes;
  }

  async function subscribe(...[name, group, handler]: Parameters<Bus['subscribe']>): Promise<Subscription> {
    refuseWhen(closing !== null);
    const topic = topicOf(name);
    expectName('group', group);
    const id = `${name}/${group}`;
    if (subscriptions.has(id))
      throw new VerticeError(
        'VTC_USAGE',
        `group ${group} consumes ${name} already; one process is one member of a group`,
        { facts: { topic: name, group } },
      );
    const onClosed = () => void subscriptions.delete(id);
    const starting = topic.openGroup(group).then((offsets) => {
      refuseWhen(closing !== null);
      return startEmbeddedSubscription({ topic, group, offsets, handler, log, onClosed });
    });
    subscriptions.set(id, starting);
    starting.catch(onClosed);
    return starting;
  }

  async function* read(name: string, partition: number, from: number, to: number) {
    refuseWhen(isClosed);
    const source = topicOf(name).partitions[partition];
    expectRange(name, partition, source, from, to);
    if (source === undefined || from === to) return;
    const reader = createSegmentReader(source);
    try {
      for (let next = from; next < to; ) {
        const records: readonly BusRecord[] = await reader.next(next, to);
        next += records.length;
        yield records;
      }
    } finally {
      await reader.close();
    }
  }

  async function closeTopics(): Promise<void> {
    for (const topic of topics.values()) await topic.close();
  }

  async function close(): Promise<void> {
    clearInterval(syncTimer);
    clearInterval(expiryTimer);
    const members = await Promise.allSettled(subscriptions.values());
    const left = await Promise.allSettled(
      members.map((member) => (member.status === 'fulfilled' ? member.value.close() : undefined)),
    );
    isClosed = true;
    await Promise.allSettled(opening.values());
    const closed = await Promise.allSettled([closeTopics()]);
    lock.release();
    for (const outcome of [...left, ...closed]) if (outcome.status === 'rejected') throw outcome.reason;
  }

  return {
    isShared: false,

    async ensureTopics(names) {
      refuseWhen(closing !== null);
      for (const name of names) expectName('topic', name);
      await Promise.all(names.map(openTopic));
      await syncDirectory(topicsDir);
    },
    async publish(name, records) {
      refuseWhen(isClosed);
      const topic = topicOf(name);
      const bytes = measure(name, records);
      if (records.length > 0) await topic.publish(records, bytes);
    },
    subscribe,
    read,
    async ranges(name) {
      return new Map(
        topicOf(name).partitions.map((log) => [log.partition, { begin: log.begin(), end: log.end() }]),
      );
    },
    async health() {
      if (closing !== null) return 'the bus is closed';
      for (const topic of topics.values()) {
        const problem = topic.health();
        if (problem !== null) return problem;
      }
      return null;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function expectName(what: string, name: string): void {
  if (namePattern.test(name)) return;
  throw new VerticeError(
    'VTC_USAGE',
    `${what} name ${JSON.stringify(name.slice(0, 80))}: expected 1 to 200 of A-Z a-z 0-9 . _ -, not beginning with a dot`,
  );
}

function expectRange(
  topic: string,
  partition: number,
  log: PartitionLog | undefined,
  from: number,
  to: number,
): void {
  const begin = log?.begin() ?? 0;
  const end = log?.end() ?? 0;
  if (log !== undefined && Number.isSafeInteger(from) && Number.isSafeInteger(to))
    if (begin <= from && from <= to && to <= end) return;
  throw new VerticeError(
    'VTC_USAGE',
    `cannot read ${from} to ${to} of partition ${partition} of ${topic}: ` +
      (log === undefined ? 'there is no such partition' : `it keeps ${begin} to ${end}`),
    { facts: { topic, partition, from, to } },
  );
}

function tooLarge(
  topic: string,
  record: OutgoingRecord,
  label: 'key' | 'headers' | null,
  maxRecordBytes: number,
): VerticeError {
  const message =
    label === null
      ? `a record for ${topic} has ${record.value.length} bytes; expected at most ${maxRecordBytes} (bus.max_record_bytes)`
      : `the ${label} of a record for ${topic} take more than ${maxLabelBytes} bytes`;
  return new VerticeError('VTC_RECORD_TOO_LARGE', message, {
    facts: { topic, bytes: record.value.length, maxRecordBytes },
  });
}
