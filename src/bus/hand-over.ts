import type { BusRecord } from './bus.ts';
import { batchLimits } from './segment-reader.ts';

/** Bytes a record is taken to occupy beside its value: the object, its key, its parsed attachment. */
const overheadBytes = 256;
/** Handed-over records are cut off the list once there are this many, so that the cutting costs little each. */
const compactAt = 1024;

/**
 * The newest durable records of a partition, kept in memory for consumers that have caught up. Bounded: what
 * does not fit is dropped from the old end, and a consumer that needs it reads it from disk.
 */
export interface HandOver {
  /** Takes durable records; they follow the last ones taken, or replace everything. */
  add(records: readonly BusRecord[]): void;
  /** A batch that starts with `offset`, or null when that record is not (or no longer) held. */
  take(offset: number): readonly BusRecord[] | null;
  /** Forgets every record below `offset`. */
  release(offset: number): void;
}

export function createHandOver(maxBytes: number): HandOver {
  let records: BusRecord[] = [];
  /** Index of the oldest record that is still held. */
  let head = 0;
  let bytes = 0;

  function clear(): void {
    records = [];
    head = 0;
    bytes = 0;
  }

  function dropOldest(): void {
    bytes -= sizeOf(records[head]);
    head += 1;
    if (head === records.length) clear();
    else if (head >= compactAt && head * 2 >= records.length) {
      records.splice(0, head);
      head = 0;
    }
  }

  return {
    add(added) {
      const first = added[0]?.offset;
      const last = records.at(-1)?.offset;
      if (last !== undefined && first !== last + 1) clear();
      for (const record of added) {
        records.push(record);
        bytes += sizeOf(record);
      }
      while (bytes > maxBytes) dropOldest();
    },
    take(offset) {
      const oldest = records[head]?.offset;
      const newest = records.at(-1)?.offset;
      if (oldest === undefined || newest === undefined || offset < oldest || offset > newest) return null;
      const start = head + offset - oldest;
      const most = Math.min(records.length, start + batchLimits.records);
      let taken = records[start]?.value.length ?? 0;
      let end = start + 1;
      for (; end < most; end += 1) {
        taken += records[end]?.value.length ?? 0;
        if (taken > batchLimits.bytes) break;
      }
      return records.slice(start, end);
    },
    release(offset) {
      while ((records[head]?.offset ?? offset) < offset) dropOldest();
    },
  };
}

function sizeOf(record: BusRecord | undefined): number {
  return (record?.value.length ?? 0) + overheadBytes;
}
