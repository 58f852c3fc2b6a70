import type { FileHandle } from 'node:fs/promises';
import {
  blockFirstOffset,
  blockHeadBytes,
  blockRecordCount,
  blockStartsWrite,
  blockTimestampMs,
  claimedBlockBytes,
  isIntactBlock,
} from './block-codec.ts';
import { noteInIndex, type Segment } from './segment.ts';

const chunkBytes = 4_194_304;

/** What a segment file really holds. */
export interface SegmentScan {
  /** Offset behind the last good record. */
  readonly end: number;
  /** Bytes of good blocks; what the file holds beyond them is no record. */
  readonly bytes: number;
  /**
   * True when a later write follows the first bad byte. Writes are strictly one after another, so the bad
   * bytes are then damage to a finished write, not the torn end of the last one.
   */
  readonly isDamaged: boolean;
}

/** Reads `length` bytes at `position`, or fewer at the end of the file. */
export async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === length ? buffer : buffer.subarray(0, filled);
}

/** Checks every block of a segment and fills its index and first timestamp. */
export async function scanSegment(
  file: FileHandle,
  segment: Segment,
  fileBytes: number,
): Promise<SegmentScan> {
  let position = 0;
  let next = segment.base;
  let wanted = chunkBytes;
  while (position < fileBytes) {
    const chunk = await readFully(file, position, Math.min(wanted, fileBytes - position));
    let at = 0;
    wanted = chunkBytes;
    let bad = false;
    while (!bad && at + blockHeadBytes <= chunk.length) {
      const blockEnd = at + claimedBlockBytes(chunk, at);
      if (blockEnd > chunk.length) {
        bad = position + blockEnd > fileBytes;
        wanted = Math.max(chunkBytes, blockEnd - at);
        break;
      }
      bad = blockFirstOffset(chunk, at) !== next || !isIntactBlock(chunk, at, blockEnd);
      if (bad) break;
      segment.firstTimestampMs ??= blockTimestampMs(chunk, at);
      noteInIndex(segment, next, position + at);
      next += blockRecordCount(chunk, at);
      at = blockEnd;
    }
    position += at;
    if (bad || fileBytes - position < blockHeadBytes) break;
  }
  const isDamaged = await holdsLaterWrite(file, position, fileBytes, next);
  return { end: next, bytes: position, isDamaged };
}

/** Whether an intact block that starts a write lies somewhere from `from` on, with an offset above `after`. */
async function holdsLaterWrite(
  file: FileHandle,
  from: number,
  fileBytes: number,
  after: number,
): Promise<boolean> {
  for (let position = from; position < fileBytes; position += chunkBytes - blockHeadBytes) {
    const chunk = await readFully(file, position, Math.min(chunkBytes, fileBytes - position));
    for (let at = 0; at + blockHeadBytes <= chunk.length; at += 1) {
      if (!blockStartsWrite(chunk, at)) continue;
      const offset = blockFirstOffset(chunk, at);
      const blockBytes = claimedBlockBytes(chunk, at);
      if (offset <= after || offset - after > fileBytes || position + at + blockBytes > fileBytes) continue;
      const block = await readFully(file, position + at, blockBytes);
      if (isIntactBlock(block, 0, block.length)) return true;
    }
  }
  return false;
}
