import { crc32 } from 'node:zlib';
import type { BusRecord, OutgoingRecord } from './bus.ts';

/*
 * One record in a segment file, little-endian:
 *
 *   0  u32  length of the body
 *   4  u32  CRC-32 of the body, seeded with the length so that a damaged length is found too
 *   8  u48  offset        (low 32 bits, then high 16)
 *  14  u48  timestamp, ms (high 16 bits, then low 32)
 *  20  u8   flags
 *  21       key, when flagged: u16 length, UTF-8
 *           headers, when flagged: u16 length of all, then name and value of each as u16 length, UTF-8
 *           value, to the end
 */
const bodyStart = 8;
const fixedBytes = 21;
const flagKey = 1;
const flagHeaders = 2;
const flagWriteStart = 4;
const knownFlags = flagKey | flagHeaders | flagWriteStart;
const highUnit = 2 ** 32;

/** Most bytes of UTF-8 a key may have, and all headers of a record together. */
export const maxLabelBytes = 65_535;
/** Bytes that tell how long a frame is and whose offset it carries. */
export const frameHeadBytes = fixedBytes;

/** At least as many bytes as the frame of this record takes; exact for ASCII. */
export function frameBytesAtMost(record: OutgoingRecord): number {
  let bytes = fixedBytes + record.value.length;
  if (record.key !== null) bytes += 2 + record.key.length * 3;
  if (record.headers !== undefined) bytes += 2 + headerBytesAtMost(record.headers);
  return bytes;
}

/** Null when the labels of the record fit in a frame, otherwise which of them is too long. */
export function oversizeLabel(record: OutgoingRecord): 'key' | 'headers' | null {
  const { key, headers } = record;
  if (key !== null && key.length * 3 > maxLabelBytes && Buffer.byteLength(key) > maxLabelBytes) return 'key';
  if (headers !== undefined && headerBytesAtMost(headers) > maxLabelBytes) return 'headers';
  return null;
}

function headerBytesAtMost(headers: Readonly<Record<string, string>>): number {
  let bytes = 0;
  for (const name in headers) bytes += 4 + name.length * 3 + (headers[name] ?? '').length * 3;
  return bytes;
}

/**
 * Writes the frame of one record at `at` and returns the position behind it. The target must have
 * `frameBytesAtMost` bytes left.
 *
 * @param startsWrite true for the first record of what one write puts into the file
 */
export function encodeFrame(
  target: Buffer,
  at: number,
  record: OutgoingRecord,
  offset: number,
  timestampMs: number,
  startsWrite: boolean,
): number {
  let flags = startsWrite ? flagWriteStart : 0;
  let end = at + fixedBytes;
  if (record.key !== null) {
    flags |= flagKey;
    end = encodeLabel(target, end, record.key);
  }
  if (record.headers !== undefined) {
    flags |= flagHeaders;
    const start = end;
    end += 2;
    for (const name in record.headers) {
      end = encodeLabel(target, end, name);
      end = encodeLabel(target, end, record.headers[name] ?? '');
    }
    target.writeUInt16LE(end - start - 2, start);
  }
  target.set(record.value, end);
  end += record.value.length;

  const length = end - at - bodyStart;
  const offsetHigh = Math.floor(offset / highUnit);
  const timestampHigh = Math.floor(timestampMs / highUnit);
  target.writeUInt32LE(offset - offsetHigh * highUnit, at + 8);
  target.writeUInt16LE(offsetHigh, at + 12);
  target.writeUInt16LE(timestampHigh, at + 14);
  target.writeUInt32LE(timestampMs - timestampHigh * highUnit, at + 16);
  target[at + 20] = flags;
  target.writeUInt32LE(length, at);
  target.writeUInt32LE(crc32(target.subarray(at + bodyStart, end), length), at + 4);
  return end;
}

function encodeLabel(target: Buffer, at: number, text: string): number {
  const bytes = target.write(text, at + 2, 'utf8');
  target.writeUInt16LE(bytes, at);
  return at + 2 + bytes;
}

/** Bytes of the frame at `at`, as it claims; at least `frameHeadBytes` must be there. Not to be trusted yet. */
export function claimedFrameBytes(source: Buffer, at: number): number {
  return source.readUInt32LE(at) + bodyStart;
}

export function frameOffset(source: Buffer, at: number): number {
  return source.readUInt32LE(at + 8) + source.readUInt16LE(at + 12) * highUnit;
}

export function frameTimestampMs(source: Buffer, at: number): number {
  return source.readUInt16LE(at + 14) * highUnit + source.readUInt32LE(at + 16);
}

export function frameStartsWrite(source: Buffer, at: number): boolean {
  const flags = source[at + 20] ?? 0;
  return (flags & flagWriteStart) !== 0 && (flags & ~knownFlags) === 0;
}

/** Whether the bytes from `at` to `end` are one undamaged frame. */
export function isIntactFrame(source: Buffer, at: number, end: number): boolean {
  return (
    end - at >= fixedBytes &&
    claimedFrameBytes(source, at) === end - at &&
    source.readUInt32LE(at + 4) === crc32(source.subarray(at + bodyStart, end), end - at - bodyStart)
  );
}

/** A record read back. Its value is a view into the bytes it was read from; its key is decoded when asked for. */
class StoredRecord implements BusRecord {
  readonly value: Buffer;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  declare readonly headers?: Readonly<Record<string, string>>;
  readonly #source: Buffer;
  readonly #keyStart: number;
  readonly #keyEnd: number;

  constructor(source: Buffer, at: number, end: number, partition: number) {
    const flags = source[at + 20] ?? 0;
    let position = at + fixedBytes;
    this.#source = source;
    this.#keyStart = position + 2;
    this.#keyEnd = (flags & flagKey) === 0 ? 0 : this.#keyStart + source.readUInt16LE(position);
    if (this.#keyEnd !== 0) position = this.#keyEnd;
    this.partition = partition;
    this.offset = frameOffset(source, at);
    this.timestampMs = frameTimestampMs(source, at);
    if ((flags & flagHeaders) !== 0) {
      const headersEnd = position + 2 + source.readUInt16LE(position);
      this.headers = decodeHeaders(source, position + 2, headersEnd);
      position = headersEnd;
    }
    this.value = source.subarray(position, end);
  }

  get key(): string | null {
    return this.#keyEnd === 0 ? null : this.#source.toString('utf8', this.#keyStart, this.#keyEnd);
  }
}

/** The record of an intact frame. */
export function decodeFrame(source: Buffer, at: number, end: number, partition: number): BusRecord {
  return new StoredRecord(source, at, end, partition);
}

function decodeHeaders(source: Buffer, from: number, end: number): Record<string, string> {
  const entries: [string, string][] = [];
  let position = from;
  while (position < end) {
    const nameEnd = position + 2 + source.readUInt16LE(position);
    const valueEnd = nameEnd + 2 + source.readUInt16LE(nameEnd);
    entries.push([
      source.toString('utf8', position + 2, nameEnd),
      source.toString('utf8', nameEnd + 2, valueEnd),
    ]);
    position = valueEnd;
  }
  return Object.fromEntries(entries);
}
