/** One record of a byte stream. */
export interface SplitRecord {
  readonly value: Buffer;
  /** Number of the line, from 1; of an element of a JSON document its index in the stream, from 0. */
  readonly position: number;
  /** Where the record's first byte stood in the stream. */
  readonly byteOffset: number;
  /** Where reading goes on after it: behind its newline, or behind its last byte in a JSON document. */
  readonly endOffset: number;
  /** The record was larger than allowed; `value` holds its first 2,048 bytes. */
  readonly oversize?: true;
}

/** How much is kept of a record that is too large. */
export const sampleBytes = 2048;

/** Gathers the bytes of one record over several chunks, and no more of them than may be kept. */
export interface PendingRecord {
  /** Bytes seen so far, kept or not. */
  readonly length: number;
  /** Whether more bytes came than may be kept. */
  readonly isOversize: boolean;
  /** Takes bytes over; they are copied, so the chunk may be used again. */
  add(bytes: Buffer): void;
  /** What was gathered (its first 2,048 bytes if oversize); starts anew. */
  take(): Buffer;
}

/** @param maxBytes most bytes kept of one record */
export function createPendingRecord(maxBytes: number): PendingRecord {
  let parts: Buffer[] = [];
  let kept = 0;
  let length = 0;
  return {
    get length() {
      return length;
    },
    get isOversize() {
      return length > maxBytes;
    },
    add(bytes) {
      length += bytes.length;
      const most = length > maxBytes ? sampleBytes : maxBytes;
      if (kept > most) {
        parts = [Buffer.concat(parts).subarray(0, most)];
        kept = most;
      }
      if (kept === most) return;
      const part = Buffer.from(bytes.subarray(0, most - kept));
      parts.push(part);
      kept += part.length;
    },
    take() {
      const [first] = parts;
      const all = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
      const value = length > maxBytes ? all.subarray(0, sampleBytes) : all;
      parts = [];
      kept = 0;
      length = 0;
      return value;
    },
  };
}
