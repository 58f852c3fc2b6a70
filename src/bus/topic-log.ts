import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { OutgoingRecord } from './bus.ts';
import { readFileIfPresent, replaceFile, syncDirectory } from './durable-file.ts';
import { type GroupOffsets, openGroupOffsets } from './group-offsets.ts';
import { openPartitionLog, type PartitionLog } from './partition-log.ts';
import { partitionOfKey } from './partitioner.ts';
import { createRetention } from './retention.ts';
import type { FsyncPolicy } from './segment-files.ts';
import { unavailable } from './unavailable.ts';
import { type BufferPool, type PublishTicket, settleTicket } from './write-group.ts';

export interface TopicLogOptions {
  readonly dir: string;
  readonly name: string;
  /** Partitions of the topic when it is new; one that exists keeps its number. */
  readonly partitions: number;
  readonly segmentBytes: number;
  readonly retentionBytes: number;
  readonly retentionMs: number;
  readonly fsync: FsyncPolicy;
  readonly fullTimeoutMs: number;
  readonly handOverBytes: number;
  readonly pool: BufferPool;
  readonly clock: Clock;
  readonly log: Log;
}

/** One topic on disk: its partitions, its groups, and the room it may take. */
export interface TopicLog {
  readonly name: string;
  readonly partitions: readonly PartitionLog[];
  /** Resolves when the records are durable. They fit the limits of a frame. */
  publish(records: readonly OutgoingRecord[], bytesAtMost: number): Promise<void>;
  /** The offsets of a group, which from now on holds back retention. */
  openGroup(group: string): Promise<GroupOffsets>;
  /** Durable commit; what it frees is given to waiting publishers. */
  commit(group: GroupOffsets, partition: number, nextOffset: number): Promise<void>;
  /** Has `position` of a consumer hold back retention too, until it is let go. */
  hold(position: Hold): void;
  letGo(position: Hold): void;
  /** Removes what is older than the retention time. */
  expire(): Promise<void>;
  health(): string | null;
  /** Refuses waiting publishers, ends the writes under way and closes the files. */
  close(): Promise<void>;
}

/** A consumer that may be reading below what its group has committed. */
export interface Hold {
  readonly partition: number;
  position: number;
}

const Stored = Compile(Type.Object({ version: Type.Literal(1), partitions: Type.Integer({ minimum: 1 }) }));
const groupSuffix = '.json';

export async function openTopicLog(options: TopicLogOptions): Promise<TopicLog> {
  const { dir, name, clock, log } = options;
  const groupsDir = join(dir, 'groups');
  await mkdir(groupsDir, { recursive: true, mode: 0o700 });
  const usage = { bytes: 0 };
  const partitions: PartitionLog[] = [];
  const groups = new Map<string, GroupOffsets>();
  const opening = new Map<string, Promise<GroupOffsets>>();
  const holds = new Set<Hold>();
  let nextUnkeyed = 0;

  try {
    await openFiles();
  } catch (error) {
    for (const partition of partitions) await partition.close();
    throw error;
  }

  async function openFiles(): Promise<void> {
    const count = await partitionCount(dir, options.partitions);
    for (let partition = 0; partition < count; partition += 1)
      partitions.push(
        await openPartitionLog({
          ...options,
          dir: join(dir, String(partition)),
          partition,
          usage,
          log: log.child({ topic: name, partition }),
          onRolled: () => void expire(),
          onIdle: () => retention.retry(),
        }),
      );
    // The names of the partitions' directories, so that a power cut leaves the topic whole.
    await syncDirectory(dir);
    for (const file of await readdir(groupsDir))
      if (file.endsWith(groupSuffix)) await openGroup(file.slice(0, -groupSuffix.length));
  }

  function openGroup(group: string): Promise<GroupOffsets> {
    const known = opening.get(group);
    if (known !== undefined) return known;
    const path = join(groupsDir, `${group}${groupSuffix}`);
    const opened = openGroupOffsets(
      path,
      partitions.map((partition) => partition.end()),
      (partition, committed, end) =>
        log.error('a group had committed records that are gone: the log lost its end', {
          topic: name,
          group,
          partition,
          committed,
          end,
        }),
    ).then(
      (offsets) => {
        groups.set(group, offsets);
        return offsets;
      },
      (error: unknown) => {
        opening.delete(group);
        throw unavailable('open', path, error);
      },
    );
    opening.set(group, opened);
    return opened;
  }

  /** Offset below which no group and no consumer of the partition needs anything any more. */
  function neededFrom(partition: PartitionLog): number {
    let needed = partition.end();
    for (const group of groups.values())
      needed = Math.min(needed, group.durable(partition.partition) ?? partition.begin());
    for (const hold of holds)
      if (hold.partition === partition.partition) needed = Math.min(needed, hold.position);
    return needed;
  }

  /** Who keeps a full topic full, for the person who reads the error. */
  function describeBacklog(): string {
    let worst = '';
    let most = 0;
    for (const [group, offsets] of groups)
      for (const partition of partitions) {
        const lag = partition.end() - (offsets.durable(partition.partition) ?? partition.begin());
        if (lag > most) {
          most = lag;
          worst = `group ${group} has ${lag} uncommitted records in partition ${partition.partition}`;
        }
      }
    return worst === '' ? 'all of it was committed only just now, or is still being written' : worst;
  }

  const retention = createRetention({
    topic: name,
    partitions,
    usage,
    retentionBytes: options.retentionBytes,
    retentionMs: options.retentionMs,
    fullTimeoutMs: options.fullTimeoutMs,
    clock,
    neededFrom,
    describeBacklog,
  });

  async function expire(): Promise<void> {
    try {
      await retention.expire();
    } catch (error) {
      log.error('old log files could not be removed; the next attempt comes by itself', {
        topic: name,
        error,
      });
    }
  }

  function write(records: readonly OutgoingRecord[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const ticket: PublishTicket = { remaining: 1, failure: null, resolve, reject };
    const now = clock.now();
    for (const record of records) {
      const partition =
        record.key === null
          ? nextUnkeyed++ % partitions.length
          : partitionOfKey(record.key, partitions.length);
      partitions[partition]?.add(record, now, ticket);
    }
    for (const partition of partitions) partition.flush();
    settleTicket(ticket, null);
    return promise;
  }

  await expire();
  return {
    name,
    partitions,
    publish: (records, bytesAtMost) =>
      retention.hasRoom(bytesAtMost)
        ? write(records)
        : retention.waitForRoom(bytesAtMost, () => write(records)),
    openGroup,
    async commit(group, partition, nextOffset) {
      try {
        await group.commit(partition, nextOffset);
      } catch (error) {
        throw unavailable('commit an offset in', groupsDir, error);
      }
      retention.retry();
    },
    hold: (position) => holds.add(position),
    letGo(position) {
      holds.delete(position);
      retention.retry();
    },
    expire,
    health() {
      for (const partition of partitions) {
        const problem = partition.problem();
        if (problem !== null) return problem;
      }
      return retention.isFull() ? `topic ${name} is full: ${describeBacklog()}` : null;
    },
    async close() {
      await retention.close();
      for (const partition of partitions) await partition.close();
    },
  };
}

async function partitionCount(dir: string, wanted: number): Promise<number> {
  const path = join(dir, 'topic.json');
  const text = await readFileIfPresent(path);
  if (text === null) {
    await replaceFile(path, JSON.stringify({ version: 1, partitions: wanted }));
    return wanted;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (Stored.Check(value)) return value.partitions;
  } catch {
    // Falls through to the one answer for every kind of damage.
  }
  throw new VerticeError(
    'VTC_BUS_CORRUPT',
    `${path}: expected {"version": 1, "partitions": number}; restore it, with the number of numbered directories beside it`,
    { facts: { file: path } },
  );
}
