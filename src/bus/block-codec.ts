import { crc32 } from 'node:zlib';

/*
 * Records lie in a segment file in blocks. The head of a block, little-endian:
 *
 *   0  u32  length of the block, head included
 *   4  u32  CRC-32 of all that follows, seeded with the length so that a damaged length is found too
 *   8  u48  offset of the first record (low 32 bits, then high 16)
 *  14  u48  timestamp of the records, ms (high 16 bits, then low 32)
 *  20  u16  number of records
 *  22  u16  flags
 *  24       the records, one behind the other
 */
const checkedFrom = 8;
const flagWriteStart = 1;
const highUnit = 2 ** 32;

/** Bytes that tell how long a block is and which records it holds. */
export const blockHeadBytes = 24;

/**
 * Most bytes a block has, but for one with a single larger record, and most records. Large enough that the check
 * costs little for each record, small enough that they are still in the processor's cache when they are decoded.
 */
export const blockLimits = { bytes: 65_536, records: 1000 } as const;

export interface BlockHead {
  readonly firstOffset: number;
  readonly timestampMs: number;
  readonly count: number;
  /** True for the first block of what one write puts into the file. */
  readonly startsWrite: boolean;
}

/** Writes the head at `at` of a block whose records lie behind it up to `end`. */
export function sealBlock(target: Buffer, at: number, end: number, head: BlockHead): void {
  const length = end - at;
  const offsetHigh = Math.floor(head.firstOffset / highUnit);
  const timestampHigh = Math.floor(head.timestampMs / highUnit);
  target.writeUInt32LE(length, at);
  target.writeUInt32LE(head.firstOffset - offsetHigh * highUnit, at + 8);
  target.writeUInt16LE(offsetHigh, at + 12);
  target.writeUInt16LE(timestampHigh, at + 14);
  target.writeUInt32LE(head.timestampMs - timestampHigh * highUnit, at + 16);
  target.writeUInt16LE(head.count, at + 20);
  target.writeUInt16LE(head.startsWrite ? flagWriteStart : 0, at + 22);
  target.writeUInt32LE(checksum(target, at, end), at + 4);
}

function checksum(source: Buffer, at: number, end: number): number {
  return crc32(source.subarray(at + checkedFrom, end), end - at);
}

/** Bytes of the block at `at`, as it claims; at least `blockHeadBytes` must be there. Not to be trusted yet. */
export function claimedBlockBytes(source: Buffer, at: number): number {
  return source.readUInt32LE(at);
}

export function blockFirstOffset(source: Buffer, at: number): number {
  return source.readUInt32LE(at + 8) + source.readUInt16LE(at + 12) * highUnit;
}

export function blockTimestampMs(source: Buffer, at: number): number {
  return source.readUInt16LE(at + 14) * highUnit + source.readUInt32LE(at + 16);
}

export function blockRecordCount(source: Buffer, at: number): number {
  return source.readUInt16LE(at + 20);
}

export function blockStartsWrite(source: Buffer, at: number): boolean {
  return source.readUInt16LE(at + 22) === flagWriteStart;
}

/** Whether the bytes from `at` to `end` are one undamaged block. */
export function isIntactBlock(source: Buffer, at: number, end: number): boolean {
  return (
    end - at >= blockHeadBytes &&
    claimedBlockBytes(source, at) === end - at &&
    source.readUInt32LE(at + 4) === checksum(source, at, end)
  );
}
