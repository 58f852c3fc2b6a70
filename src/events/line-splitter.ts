import { isBlank } from './json-scan.ts';
import { createPendingRecord, type SplitRecord, sampleBytes } from './split-record.ts';

/** Turns chunks into records, each chunk beginning where the one before ended. */
export interface ChunkSplitter {
  push(chunk: Buffer, records: SplitRecord[]): void;
  end(records: SplitRecord[]): void;
}

/** Lines ended by LF or CRLF; blank ones are passed over. A line too long is skipped without being kept. */
export function createLineSplitter(maxRecordBytes: number): ChunkSplitter {
  // One byte more, because the last of them may be the carriage return before the line feed.
  const pending = createPendingRecord(maxRecordBytes + 1);
  let offset = 0;
  let lineStart = 0;
  let line = 1;

  function finish(endOffset: number, records: SplitRecord[]): void {
    const isLong = pending.isOversize;
    const bytes = pending.take();
    const value = !isLong && bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
    const position = { position: line, byteOffset: lineStart, endOffset };
    if (isLong || value.length > maxRecordBytes) {
      records.push({ value: value.subarray(0, sampleBytes), ...position, oversize: true });
    } else if (!value.every(isBlank)) {
      records.push({ value, ...position });
    }
    lineStart = endOffset;
  }

  return {
    push(chunk, records) {
      let start = 0;
      for (let feed = chunk.indexOf(0x0a); feed !== -1; feed = chunk.indexOf(0x0a, start)) {
        pending.add(chunk.subarray(start, feed));
        start = feed + 1;
        finish(offset + start, records);
        line += 1;
      }
      if (start < chunk.length) pending.add(chunk.subarray(start));
      offset += chunk.length;
    },
    end(records) {
      if (pending.length > 0) finish(offset, records);
    },
  };
}
