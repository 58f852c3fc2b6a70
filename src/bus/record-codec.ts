import type { BusRecord, OutgoingRecord } from './bus.ts';

/*
 * One record in a block, little-endian; offset and timestamp follow from the block:
 *
 *   0  u32  length of what follows
 *   4  u8   flags
 *   5       key, when flagged: u16 length, UTF-8
 *           headers, when flagged: u16 length of all, then name and value of each as u16 length, UTF-8
 *           value, to the end
 */
const lengthBytes = 4;
const fixedBytes = 5;
const flagKey = 1;
const flagHeaders = 2;

/** Most bytes of UTF-8 a key may have, and all headers of a record together. */
export const maxLabelBytes = 65_535;

/** At least as many bytes as this record takes in a block; exact for a record without labels. */
export function recordBytesAtMost(record: OutgoingRecord): number {
  let bytes = fixedBytes + record.value.length;
  if (record.key !== null) bytes += 2 + record.key.length * 3;
  if (record.headers !== undefined) bytes += 2 + headerBytesAtMost(record.headers);
  return bytes;
}

/** Null when the labels of the record fit, otherwise which of them is too long. */
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
 * Writes one record at `at` and returns the position behind it. The target must have `recordBytesAtMost` bytes
 * left.
 */
export function encodeRecord(target: Buffer, at: number, record: OutgoingRecord): number {
  let flags = 0;
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
  target.writeUInt32LE(end - at - lengthBytes, at);
  target[at + lengthBytes] = flags;
  return end;
}

function encodeLabel(target: Buffer, at: number, text: string): number {
  const bytes = target.write(text, at + 2, 'utf8');
  target.writeUInt16LE(bytes, at);
  return at + 2 + bytes;
}

/** Position behind the record at `at` of an intact block. */
export function recordEnd(source: Buffer, at: number): number {
  return at + lengthBytes + source.readUInt32LE(at);
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

  constructor(
    source: Buffer,
    at: number,
    end: number,
    partition: number,
    offset: number,
    timestampMs: number,
  ) {
    const flags = source[at + lengthBytes] ?? 0;
    let position = at + fixedBytes;
    this.#source = source;
    this.#keyStart = position + 2;
    this.#keyEnd = (flags & flagKey) === 0 ? 0 : this.#keyStart + source.readUInt16LE(position);
    if (this.#keyEnd !== 0) position = this.#keyEnd;
    this.partition = partition;
    this.offset = offset;
    this.timestampMs = timestampMs;
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

/** The record from `at` to `end` of an intact block. */
export function decodeRecord(
  source: Buffer,
  at: number,
  end: number,
  partition: number,
  offset: number,
  timestampMs: number,
): BusRecord {
  return new StoredRecord(source, at, end, partition, offset, timestampMs);
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
