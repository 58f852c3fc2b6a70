import { join } from 'node:path';

const indexStepBytes = 262_144;
const namePattern = /^([0-9]{16})\.log$/;

/** One file of a partition's log: the records from `base` up to the base of the next segment. */
export interface Segment {
  readonly base: number;
  readonly path: string;
  /** Bytes that may be read: whole blocks, durable as far as the fsync policy goes. */
  bytes: number;
  /** When its first record was taken; null while it is empty. */
  firstTimestampMs: number | null;
  /** Where some of its offsets lie, ascending, about every 256 KiB; empty when it was not scanned. */
  readonly index: { readonly offset: number; readonly position: number }[];
}

export function createSegment(dir: string, base: number): Segment {
  return {
    base,
    path: join(dir, `${String(base).padStart(16, '0')}.log`),
    bytes: 0,
    firstTimestampMs: null,
    index: [],
  };
}

/** First offset of the segment with this file name, or null when it is no segment. */
export function baseOfSegmentName(name: string): number | null {
  const digits = namePattern.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Remembers where the block that begins with an offset lies, when it is far enough from the last one remembered. */
export function noteInIndex(segment: Segment, offset: number, position: number): void {
  const last = segment.index.at(-1);
  if (position - (last?.position ?? 0) >= indexStepBytes) segment.index.push({ offset, position });
}

/** Where a block begins that holds `offset` or lies before it, and the first offset of that block. */
export function positionBefore(segment: Segment, offset: number): { offset: number; position: number } {
  let low = 0;
  let high = segment.index.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segment.index[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return segment.index[low - 1] ?? { offset: segment.base, position: 0 };
}
