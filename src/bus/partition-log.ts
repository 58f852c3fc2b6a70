import type { FileHandle } from 'node:fs/promises';
import type { Log } from '../observability/log.ts';
import type { BusRecord, OutgoingRecord } from './bus.ts';
import { createHandOver } from './hand-over.ts';
import { recordBytesAtMost } from './record-codec.ts';
import { createSegment, noteInIndex, type Segment } from './segment.ts';
import { createSegmentFile, type FsyncPolicy, openSegmentFiles, removeSegments } from './segment-files.ts';
import type { SegmentSource } from './segment-reader.ts';
import { unavailable } from './unavailable.ts';
import {
  addToGroup,
  type BufferPool,
  createWriteGroup,
  hasRoom,
  type PublishTicket,
  sealGroup,
  settleTicket,
  type WriteGroup,
  writeGroupBytes,
} from './write-group.ts';

/** A consumer of a partition, as the log sees it. */
export interface Follower {
  /** Next offset it wants; records below it are not kept in memory for its sake. */
  position: number;
  /** Called when there are durable records at or above `position`. */
  wake(): void;
}

export interface PartitionLogOptions {
  readonly dir: string;
  readonly partition: number;
  readonly segmentBytes: number;
  readonly fsync: FsyncPolicy;
  readonly handOverBytes: number;
  readonly pool: BufferPool;
  /** Bytes of the whole topic: what is on disk and what is about to be. Kept up to date by its logs. */
  readonly usage: { bytes: number };
  readonly log: Log;
  /** Called after a segment was closed and a new one begun. */
  onRolled(): void;
  /** Called when a task on the file has ended, well or not. */
  onIdle(): void;
}

/**
 * The records of one partition. One write is under way at a time; what is added meanwhile gathers and goes with
 * the next one, so that the cost of a sync is shared by everything that waits for it.
 */
export interface PartitionLog extends SegmentSource {
  /** Oldest offset that is kept. */
  begin(): number;
  /** Offset behind the last durable record. */
  end(): number;
  /** What kept the last write from succeeding, or null. */
  problem(): string | null;
  /** Gives the record its offset and encodes it. Written after `flush`. */
  add(record: OutgoingRecord, timestampMs: number, ticket: PublishTicket): void;
  flush(): void;
  /** Syncs what was written without a sync (policy `interval`). */
  sync(): void;
  follow(follower: Follower): void;
  unfollow(follower: Follower): void;
  /** A batch from memory that begins at `offset`, or null when it has to be read from disk. */
  takeFromMemory(offset: number): readonly BusRecord[] | null;
  /** Frees the memory of records that every follower is past. */
  releaseMemory(): void;
  /** The oldest segment if it is closed and lies wholly below `offset`: the only one that may be removed. */
  removable(offset: number): Removable | null;
  /** Removes the oldest segment, which `removable` returned. */
  removeOldest(): Promise<void>;
  /** Closes the current segment if it holds something that ends at `offset` at most and nothing is being written. */
  rollIfBelow(offset: number): Promise<boolean>;
  /** Waits for the writes under way and closes the files. */
  close(): Promise<void>;
}

export interface Removable {
  readonly firstTimestampMs: number;
  /** No record in it is newer than this. */
  readonly lastTimestampMs: number;
}

export async function openPartitionLog(options: PartitionLogOptions): Promise<PartitionLog> {
  const { dir, partition, segmentBytes, fsync, pool, usage, log } = options;
  const files = await openSegmentFiles(dir, fsync, log);
  const { segments } = files;
  for (const segment of segments) usage.bytes += segment.bytes;
  const handOver = createHandOver(options.handOverBytes);
  const followers = new Set<Follower>();

  // A group is never split over two segments.
  const groupBytes = Math.min(writeGroupBytes, segmentBytes);
  let file: FileHandle = files.file;
  let end = files.end;
  /** Offset the next added record gets; ahead of `end` by what is not written yet. */
  let next = end;
  let sealed: WriteGroup[] = [];
  let gathering: WriteGroup | null = null;
  let running: Promise<void> | null = null;
  let isSyncWanted = false;
  let isUnsynced = false;
  let isTailDirty = false;
  let problem: string | null = null;

  function active(): Segment {
    const last = segments.at(-1);
    if (last === undefined) throw new Error('a partition always has a segment');
    return last;
  }

  function add(record: OutgoingRecord, timestampMs: number, ticket: PublishTicket): void {
    const recordBytes = recordBytesAtMost(record);
    let group = gathering;
    if (group === null || !hasRoom(group, recordBytes, groupBytes)) {
      if (group !== null) sealed.push(group);
      group = createWriteGroup(pool, recordBytes, next, timestampMs, followers.size > 0);
      gathering = group;
    }
    usage.bytes += addToGroup(group, record, recordBytes, partition, timestampMs, ticket);
    next += 1;
  }

  /** The only place that touches the file, one task at a time. */
  function start(task: () => Promise<void>): Promise<void> {
    const started = task().finally(() => {
      running = null;
      flush();
      options.onIdle();
    });
    running = started;
    return started;
  }

  function flush(): void {
    if (running === null && (isSyncWanted || gathering !== null)) void start(work);
  }

  async function work(): Promise<void> {
    for (;;) {
      if (isSyncWanted) await syncNow();
      let group = sealed.shift();
      if (group === undefined) {
        if (gathering === null) return;
        group = gathering;
        gathering = null;
      }
      try {
        await write(group);
      } catch (error) {
        refuse(group, error);
        continue;
      }
      accept(group);
    }
  }

  async function write(group: WriteGroup): Promise<void> {
    if (isTailDirty) await cutTail();
    if (active().bytes > 0 && active().bytes + group.bytes > segmentBytes) await roll();
    sealGroup(group);
    isTailDirty = true;
    let written = 0;
    while (written < group.bytes) {
      const at = active().bytes + written;
      written += (await file.write(group.buffer, written, group.bytes - written, at)).bytesWritten;
    }
    if (fsync === 'always') await file.datasync();
    else isUnsynced = true;
    isTailDirty = false;
  }

  function accept(group: WriteGroup): void {
    const segment = active();
    noteInIndex(segment, group.firstOffset, segment.bytes);
    segment.firstTimestampMs ??= group.firstTimestampMs;
    segment.bytes += group.bytes;
    end = group.firstOffset + group.count;
    problem = null;
    pool.give(group.buffer);
    if (group.records !== null && followers.size > 0) handOver.add(group.records);
    for (const follower of followers) follower.wake();
    for (const ticket of group.tickets) settleTicket(ticket, null);
  }

  /** Refuses this group and all behind it, whose offsets count on it. */
  function refuse(group: WriteGroup, cause: unknown): void {
    const error = unavailable('write to', active().path, cause);
    if (problem === null) log.error('a log file cannot be written', { error });
    problem = error.message;
    const refused = gathering === null ? [group, ...sealed] : [group, ...sealed, gathering];
    sealed = [];
    gathering = null;
    next = end;
    for (const { buffer, bytes, tickets } of refused) {
      usage.bytes -= bytes;
      pool.give(buffer);
      for (const ticket of tickets) settleTicket(ticket, error);
    }
  }

  /** Cuts off whatever a failed write left behind the last good record. Readers never look there. */
  async function cutTail(): Promise<void> {
    await file.truncate(active().bytes);
    isTailDirty = false;
  }

  async function syncNow(): Promise<void> {
    isSyncWanted = false;
    if (!isUnsynced) return;
    try {
      await file.datasync();
      isUnsynced = false;
    } catch (cause) {
      const error = unavailable('sync', active().path, cause);
      problem = error.message;
      log.error('a log file cannot be synced: records of the last moments may not survive a power cut', {
        error,
      });
    }
  }

  async function roll(): Promise<void> {
    if (isUnsynced && fsync === 'interval') await file.datasync();
    const segment = createSegment(dir, end);
    const created = await createSegmentFile(dir, segment);
    const closing = file;
    file = created;
    isUnsynced = false;
    segments.push(segment);
    await closing.close();
    options.onRolled();
  }

  function releaseMemory(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const follower of followers) lowest = Math.min(lowest, follower.position);
    handOver.release(lowest);
  }

  return {
    partition,
    begin: () => segments[0]?.base ?? 0,
    end: () => end,
    problem: () => problem,
    add,
    flush,
    sync() {
      isSyncWanted = isUnsynced;
      flush();
    },
    follow: (follower) => followers.add(follower),
    unfollow(follower) {
      followers.delete(follower);
      releaseMemory();
    },
    takeFromMemory: handOver.take,
    releaseMemory,
    segmentOf: (offset) => segments.findLast((segment) => segment.base <= offset) ?? null,
    baseAfter: (segment) => segments.find((other) => other.base > segment.base)?.base ?? null,
    removable(offset) {
      const [oldest, following] = segments;
      if (oldest === undefined || following === undefined || following.base > offset) return null;
      const firstTimestampMs = oldest.firstTimestampMs ?? 0;
      return { firstTimestampMs, lastTimestampMs: following.firstTimestampMs ?? Number.POSITIVE_INFINITY };
    },
    async removeOldest() {
      const [oldest, following] = segments;
      if (oldest === undefined || following === undefined) return;
      try {
        await removeSegments(dir, [oldest], following.base);
      } catch (error) {
        throw unavailable('remove', oldest.path, error);
      }
      segments.shift();
      usage.bytes -= oldest.bytes;
    },
    async rollIfBelow(offset) {
      if (running !== null || active().bytes === 0 || end > offset) return false;
      try {
        await start(roll);
      } catch (error) {
        throw unavailable('begin a new file in', dir, error);
      }
      return true;
    },
    async close() {
      while (running !== null) await running;
      if (isTailDirty) await cutTail();
      if (fsync !== 'never' && isUnsynced) await syncNow();
      await file.close();
    },
  };
}
