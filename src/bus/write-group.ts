import { blockHeadBytes, blockLimits, sealBlock } from './block-codec.ts';
import type { BusRecord, OutgoingRecord } from './bus.ts';
import { encodeRecord } from './record-codec.ts';

/** Bytes that one write carries at most; a single larger record goes alone. */
export const writeGroupBytes = 1_048_576;
const pooledBuffers = 16;

/** One `publish` call: settled when every write it took part in is. */
export interface PublishTicket {
  /** Writes under way for it, plus one while records are still being added. */
  remaining: number;
  failure: Error | null;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Takes one unit of work off a ticket and settles it with the last one. */
export function settleTicket(ticket: PublishTicket, failure: Error | null): void {
  ticket.failure ??= failure;
  ticket.remaining -= 1;
  if (ticket.remaining > 0) return;
  if (ticket.failure === null) ticket.resolve();
  else ticket.reject(ticket.failure);
}

/** The buffers that writes are built in, shared by all partitions of a bus. */
export interface BufferPool {
  take(bytes: number): Buffer;
  give(buffer: Buffer): void;
}

export function createBufferPool(): BufferPool {
  const free: Buffer[] = [];
  return {
    take: (bytes) =>
      bytes > writeGroupBytes
        ? Buffer.allocUnsafeSlow(bytes)
        : (free.pop() ?? Buffer.allocUnsafeSlow(writeGroupBytes)),
    give(buffer) {
      if (buffer.length === writeGroupBytes && free.length < pooledBuffers) free.push(buffer);
    },
  };
}

/** The records that go to disk with one write, already encoded one behind the other, in blocks. */
export interface WriteGroup {
  readonly buffer: Buffer;
  readonly firstOffset: number;
  readonly firstTimestampMs: number;
  readonly tickets: PublishTicket[];
  /** The records themselves, for consumers in memory; null when nobody consumed the partition at its start. */
  readonly records: BusRecord[] | null;
  bytes: number;
  count: number;
  /** The block that records are added to: where it begins, and what its records share. */
  blockStart: number;
  blockFirstOffset: number;
  blockTimestampMs: number;
}

/** Begins a group with room for a record of this size at least. */
export function createWriteGroup(
  pool: BufferPool,
  recordBytes: number,
  firstOffset: number,
  firstTimestampMs: number,
  isConsumed: boolean,
): WriteGroup {
  return {
    buffer: pool.take(blockHeadBytes + recordBytes),
    firstOffset,
    firstTimestampMs,
    tickets: [],
    records: isConsumed ? [] : null,
    bytes: 0,
    count: 0,
    blockStart: 0,
    blockFirstOffset: firstOffset,
    blockTimestampMs: firstTimestampMs,
  };
}

/** Whether a record of this size still fits into a group that is to have `mostBytes` at most. */
export function hasRoom(group: WriteGroup, recordBytes: number, mostBytes: number): boolean {
  return group.bytes + blockHeadBytes + recordBytes <= mostBytes;
}

/**
 * Adds a record, for which there must be room, and returns the bytes it takes.
 *
 * @param recordBytes at least as many bytes as the record takes in a block
 */
export function addToGroup(
  group: WriteGroup,
  record: OutgoingRecord,
  recordBytes: number,
  partition: number,
  timestampMs: number,
  ticket: PublishTicket,
): number {
  const offset = group.firstOffset + group.count;
  const before = group.bytes;
  if (!fitsBlock(group, recordBytes, timestampMs)) {
    sealGroup(group);
    group.blockStart = group.bytes;
    group.blockFirstOffset = offset;
    group.blockTimestampMs = timestampMs;
    group.bytes += blockHeadBytes;
  }
  group.bytes = encodeRecord(group.buffer, group.bytes, record);
  group.count += 1;
  if (group.records !== null) group.records.push(stamp(record, partition, offset, timestampMs));
  if (group.tickets.at(-1) !== ticket) {
    group.tickets.push(ticket);
    ticket.remaining += 1;
  }
  return group.bytes - before;
}

function fitsBlock(group: WriteGroup, recordBytes: number, timestampMs: number): boolean {
  const count = group.firstOffset + group.count - group.blockFirstOffset;
  return (
    count > 0 &&
    count < blockLimits.records &&
    timestampMs === group.blockTimestampMs &&
    group.bytes - group.blockStart + recordBytes <= blockLimits.bytes
  );
}

/** Ends the last block of a group, which is then ready to be written. */
export function sealGroup(group: WriteGroup): void {
  const count = group.firstOffset + group.count - group.blockFirstOffset;
  if (count === 0) return;
  sealBlock(group.buffer, group.blockStart, group.bytes, {
    firstOffset: group.blockFirstOffset,
    timestampMs: group.blockTimestampMs,
    count,
    startsWrite: group.blockStart === 0,
  });
}

/** Literals, not spreads: the four shapes stay known to the engine. */
function stamp(record: OutgoingRecord, partition: number, offset: number, timestampMs: number): BusRecord {
  const { key, value, headers, attachment } = record;
  if (headers === undefined)
    return attachment === undefined
      ? { key, value, partition, offset, timestampMs }
      : { key, value, attachment, partition, offset, timestampMs };
  return attachment === undefined
    ? { key, value, headers, partition, offset, timestampMs }
    : { key, value, headers, attachment, partition, offset, timestampMs };
}
