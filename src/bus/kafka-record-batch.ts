import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { compressionsAlgorithms, crc32c } from '@platformatic/kafka';
import { messageOf, VerticeError } from '../errors.ts';
import type { BusRecord } from './bus.ts';
import { ByteCursor } from './kafka-byte-cursor.ts';

/** A transaction that was given up: its records are on the log and count for nothing. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface DecodedRecords {
  readonly records: readonly BusRecord[];
  /** Where the log goes on: past everything decoded, markers and aborted records included. */
  readonly nextOffset: number;
}

/** Bytes before the records of a batch; a batch cannot be shorter. */
const headerBytes = 61;
/** The end of the year 9999: the last that RFC 3339 can write. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Most a batch may unpack to; the largest record (8 MiB) in the largest batch stays far below. */
const maxUnpackedBytes = 128 * 1024 * 1024;
/** Records of a batch too large to unpack that are told one by one. */
const mostStoodFor = 10_000;
const noHeaders: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/**
 * The records at or after `from` in what a broker answered to a fetch: whole batches (format version 2),
 * the last of which may be cut off. Control batches and records of aborted transactions are left out.
 * Throws `VTC_BUS_CORRUPT` when a checksum or the structure is wrong.
 */
export function decodeRecordBatches(
  buffer: Buffer,
  place: { readonly topic: string; readonly partition: number; readonly from: number },
  aborted: readonly AbortedTransaction[] = [],
): DecodedRecords {
  const records: BusRecord[] = [];
  const pending = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const abortedProducers = new Set<number>();
  let nextOffset = place.from;
  let position = 0;
  try {
    while (buffer.length - position >= headerBytes) {
      const end = position + 12 + buffer.readInt32BE(position + 8);
      if (end > buffer.length) break;
      const batch = readHeader(buffer, position, end);
      while (pending[0] !== undefined && pending[0].firstOffset <= batch.lastOffset)
        abortedProducers.add(pending.shift()?.producerId ?? -1);
      if (batch.isControl) {
        if (isAbortMarker(buffer, position)) abortedProducers.delete(batch.producerId);
      } else if (!batch.isTransactional || !abortedProducers.has(batch.producerId)) {
        if (batch.payload === null) standFor(batch, place.partition, place.from, records);
        else readRecords(batch, batch.payload, place.partition, place.from, records);
      }
      nextOffset = Math.max(nextOffset, batch.lastOffset + 1);
      position = end;
    }
  } catch (error) {
    throw new VerticeError(
      'VTC_BUS_CORRUPT',
      `cannot read the records of ${place.topic} partition ${place.partition} after offset ${nextOffset}: ` +
        `${messageOf(error)}; check the broker's disk and what wrote this topic`,
      { cause: error, facts: { topic: place.topic, partition: place.partition, offset: nextOffset } },
    );
  }
  return { records, nextOffset };
}

interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly baseTimestamp: number;
  /** The time the broker took the batch, when the topic keeps that; then it holds for every record. */
  readonly appendTimestamp: number | null;
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly count: number;
  /** Null when it would unpack to more than it may. */
  readonly payload: Buffer | null;
}

function readHeader(buffer: Buffer, position: number, end: number): BatchHeader {
  const magic = buffer.readInt8(position + 16);
  if (magic !== 2) throw new RangeError(`expected record format 2, got ${magic}`);
  const checksum = buffer.readUInt32BE(position + 17);
  if (crc32c(buffer.subarray(position + 21, end)) !== checksum) throw new RangeError('wrong checksum');
  const cursor = new ByteCursor(buffer, position);
  const baseOffset = cursor.int64();
  cursor.position = position + 21;
  const attributes = cursor.int16();
  const lastOffset = baseOffset + cursor.int32();
  const baseTimestamp = cursor.nearInt64();
  const maxTimestamp = cursor.nearInt64();
  const producerId = cursor.int64();
  cursor.position = position + 57;
  const count = cursor.int32();
  return {
    baseOffset,
    lastOffset,
    baseTimestamp,
    appendTimestamp: (attributes & 0x08) === 0 ? null : maxTimestamp,
    producerId,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
    count,
    payload: unpackWithinBounds(attributes & 0x07, buffer.subarray(position + headerBytes, end)),
  };
}

function unpackWithinBounds(codec: number, data: Buffer): Buffer | null {
  try {
    return unpack(codec, data);
  } catch (error) {
    if (error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

function unpack(codec: number, data: Buffer): Buffer {
  switch (codec) {
    case 0:
      return data;
    case 1:
      return gunzipSync(data, { maxOutputLength: maxUnpackedBytes });
    case 2:
      return compressionsAlgorithms.snappy.decompressSync(data);
    case 3:
      return compressionsAlgorithms.lz4.decompressSync(data);
    case 4:
      return zstdDecompressSync(data, { maxOutputLength: maxUnpackedBytes });
    default:
      throw new RangeError(`unknown compression ${codec}`);
  }
}

/** The key of a marker is its version and its type, both 16 bits; type 0 aborts, 1 commits. */
function isAbortMarker(buffer: Buffer, position: number): boolean {
  const cursor = new ByteCursor(buffer, position + headerBytes);
  cursor.varint();
  cursor.position += 1;
  cursor.varint();
  cursor.varint();
  return cursor.bytes(cursor.varint()).readInt16BE(2) === 0;
}

/** The records of a batch that is not unpacked, by number alone: with the verdict that a door of ours gives one too large. */
function standFor(batch: BatchHeader, partition: number, from: number, into: BusRecord[]): void {
  const detail = `the compressed batch it came in unpacks to more than ${maxUnpackedBytes} bytes`;
  const headers = { rejected: 'too_large', detail };
  const timestampMs = possibleTime(batch.appendTimestamp ?? batch.baseTimestamp);
  for (let index = 0; index < Math.min(batch.count, mostStoodFor); index += 1) {
    const offset = batch.baseOffset + index;
    if (offset >= from)
      into.push({ key: null, value: Buffer.alloc(0), headers, partition, offset, timestampMs });
  }
}

function readRecords(
  batch: BatchHeader,
  payload: Buffer,
  partition: number,
  from: number,
  into: BusRecord[],
): void {
  const cursor = new ByteCursor(payload);
  for (let index = 0; index < batch.count; index += 1) {
    const length = cursor.varint();
    const end = cursor.position + length;
    cursor.position += 1;
    const timestampDelta = cursor.nearVarint();
    const offset = batch.baseOffset + cursor.varint();
    if (offset < from) {
      cursor.position = end;
      continue;
    }
    const keyLength = cursor.varint();
    const key = keyLength < 0 ? null : cursor.text(keyLength);
    const valueLength = cursor.varint();
    into.push({
      key,
      value: cursor.bytes(Math.max(0, valueLength)),
      headers: readHeaders(cursor),
      partition,
      offset,
      timestampMs: possibleTime(batch.appendTimestamp ?? batch.baseTimestamp + timestampDelta),
    });
    if (cursor.position !== end) throw new RangeError(`record ${offset} is not as long as it says`);
  }
}

/** Producers set the time to whatever they like, -1 among it: what no calendar has must not stop who reads it. */
function possibleTime(timestampMs: number): number {
  return Math.min(latestMs, Math.max(0, timestampMs));
}

function readHeaders(cursor: ByteCursor): Readonly<Record<string, string>> {
  const count = cursor.varint();
  if (count === 0) return noHeaders;
  // No prototype: a header may bear any name, `__proto__` included.
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index < count; index += 1) {
    const name = cursor.text(cursor.varint());
    const length = cursor.varint();
    headers[name] = length < 0 ? '' : cursor.text(length);
  }
  return headers;
}
