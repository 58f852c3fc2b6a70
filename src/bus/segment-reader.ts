import { type FileHandle, open } from 'node:fs/promises';
import { VerticeError } from '../errors.ts';
import {
  blockFirstOffset,
  blockHeadBytes,
  blockRecordCount,
  blockTimestampMs,
  claimedBlockBytes,
  isIntactBlock,
} from './block-codec.ts';
import type { BusRecord } from './bus.ts';
import { decodeRecord, recordEnd } from './record-codec.ts';
import { positionBefore, type Segment } from './segment.ts';
import { readFully } from './segment-recovery.ts';
import { unavailable } from './unavailable.ts';

const chunkBytes = 1_048_576;
const nothing = Buffer.alloc(0);

/** Most records and bytes of values that go to a consumer at once; a single larger record goes alone. */
export const batchLimits = { records: 1000, bytes: 1_048_576 } as const;

/** Reads one partition from its files, in order. One call at a time. */
export interface SegmentReader {
  /**
   * The records from `from` up to `to` (exclusive) at most, at least one; `from < to <= end of the log`. Going
   * on where the last call ended costs nothing. Rejects with `VTC_USAGE` when `from` is no longer kept, with
   * `VTC_BUS_CORRUPT` when the file is damaged there.
   */
  next(from: number, to: number): Promise<readonly BusRecord[]>;
  close(): Promise<void>;
}

/** What a reader must know of the log it reads. */
export interface SegmentSource {
  readonly partition: number;
  /** The segment that holds the offset, or null when it is no longer kept. */
  segmentOf(offset: number): Segment | null;
  /** Base of the segment that follows, or null for the last one. */
  baseAfter(segment: Segment): number | null;
}

interface Opened {
  readonly segment: Segment;
  readonly file: FileHandle;
}

export function createSegmentReader(source: SegmentSource): SegmentReader {
  let opened: Opened | null = null;
  let chunk: Buffer = nothing;
  /** Position in the file of the first byte of `chunk`. */
  let chunkStart = 0;
  /** Position in `chunk` of the record of `expected`, or of the block that begins with it. */
  let at = 0;
  /** Where the block that is being read ends in `chunk`; at most `at` when the next one has to be entered first. */
  let blockEnd = 0;
  let timestampMs = 0;
  let expected = -1;
  /** The caller wants nothing from this offset on. */
  let limit = 0;
  /** The bytes behind the chunk, which are being read while the chunk is consumed. */
  let ahead: { readonly position: number; readonly bytes: Promise<Buffer> } | null = null;

  async function close(): Promise<void> {
    const closing = opened;
    opened = null;
    chunk = nothing;
    ahead = null;
    await closing?.file.close();
  }

  async function seek(offset: number): Promise<Opened> {
    await close();
    const found = source.segmentOf(offset);
    if (found === null)
      throw new VerticeError(
        'VTC_USAGE',
        `offset ${offset} of partition ${source.partition} is no longer kept; start at the beginning of what \`ranges\` says`,
        { facts: { offset, partition: source.partition } },
      );
    const start = positionBefore(found, offset);
    opened = { segment: found, file: await open(found.path, 'r') };
    chunkStart = start.position;
    at = 0;
    blockEnd = 0;
    expected = start.offset;
    return opened;
  }

  function damaged(current: Segment): VerticeError {
    const position = chunkStart + at;
    const next = source.baseAfter(current);
    const remedy =
      next === null
        ? `give up what follows by cutting the file to ${position} bytes`
        : `give up what precedes offset ${next} by writing {"begin": ${next}} into the file start.json beside it`;
    return new VerticeError(
      'VTC_BUS_CORRUPT',
      `${current.path}: expected the record of offset ${expected} at byte ${position}, found damaged bytes; ` +
        `restore the file from a copy, or, with the program stopped, ${remedy}`,
      { facts: { file: current.path, position, offset: expected } },
    );
  }

  async function fill(current: Segment, handle: FileHandle, wanted: number): Promise<void> {
    chunkStart += at;
    at = 0;
    blockEnd = 0;
    const bytes = Math.min(Math.max(chunkBytes, wanted), current.bytes - chunkStart);
    const prepared = ahead?.position === chunkStart && wanted <= chunkBytes ? ahead.bytes : null;
    ahead = null;
    chunk = await (prepared ?? readFully(handle, chunkStart, bytes));
    readAhead(current, handle);
  }

  /** Begins to read the next chunk when it is a full one that this call of `next` or the following ones need. */
  function readAhead(current: Segment, handle: FileHandle): void {
    let end = 0;
    let following = expected;
    while (chunk.length - end >= blockHeadBytes && end + claimedBlockBytes(chunk, end) <= chunk.length) {
      following += blockRecordCount(chunk, end);
      end += Math.max(claimedBlockBytes(chunk, end), blockHeadBytes);
    }
    const position = chunkStart + end;
    if (end === 0 || following >= limit || current.bytes - position < chunkBytes) return;
    const bytes = readFully(handle, position, chunkBytes);
    // Whoever takes it meets the error; when nobody does, it does not matter.
    bytes.catch(() => undefined);
    ahead = { position, bytes };
  }

  /** Has the block at `at` in the chunk, reading more of the file where needed; false at the end of it. */
  async function present(current: Segment, handle: FileHandle): Promise<boolean> {
    const left = current.bytes - chunkStart - at;
    if (left === 0) return false;
    if (chunk.length - at < blockHeadBytes) await fill(current, handle, blockHeadBytes);
    if (chunk.length - at < blockHeadBytes) throw damaged(current);
    const bytes = claimedBlockBytes(chunk, at);
    if (bytes > left) throw damaged(current);
    if (bytes > chunk.length - at) await fill(current, handle, bytes);
    if (bytes > chunk.length - at) throw damaged(current);
    return true;
  }

  /** Enters the block that begins with `expected`, in the next segment if need be, unless it was entered before. */
  async function load(): Promise<void> {
    if (at < blockEnd) return;
    let position = opened ?? (await seek(expected));
    while (!isPresent() && !(await present(position.segment, position.file))) {
      const following = source.segmentOf(expected);
      if (following !== null && (following === position.segment || following.base !== expected))
        throw damaged(position.segment);
      position = await seek(expected);
    }
    if (!enter()) throw damaged(position.segment);
  }

  function isPresent(): boolean {
    const held = chunk.length - at;
    return held >= blockHeadBytes && claimedBlockBytes(chunk, at) <= held;
  }

  /** Goes from the head of a block to its first record; false when it is damaged or not the expected one. */
  function enter(): boolean {
    const end = at + claimedBlockBytes(chunk, at);
    if (!isIntactBlock(chunk, at, end) || blockFirstOffset(chunk, at) !== expected) return false;
    timestampMs = blockTimestampMs(chunk, at);
    blockEnd = end;
    at += blockHeadBytes;
    return true;
  }

  function pass(end: number): void {
    expected += 1;
    at = end;
  }

  async function next(from: number, to: number): Promise<readonly BusRecord[]> {
    limit = to;
    if (opened === null || expected !== from) await seek(from);
    await load();
    while (expected < from) {
      pass(recordEnd(chunk, at));
      await load();
    }
    const records: BusRecord[] = [];
    let bytes = 0;
    while (expected < to && records.length < batchLimits.records) {
      // The next call reads on, or meets the damage and reports it; what precedes it is good.
      if (at === blockEnd && !(isPresent() && enter())) break;
      const end = recordEnd(chunk, at);
      const record = decodeRecord(chunk, at, end, source.partition, expected, timestampMs);
      bytes += record.value.length;
      if (bytes > batchLimits.bytes && records.length > 0) break;
      records.push(record);
      pass(end);
    }
    return records;
  }

  return {
    async next(from, to) {
      try {
        return await next(from, to);
      } catch (error) {
        const path = opened?.segment.path ?? `partition ${source.partition}`;
        await close();
        throw unavailable('read', path, error);
      }
    },
    close,
  };
}
