import { createJsonScan, isBlank, isOrderMark } from './json-scan.ts';
import { createJsonSplitter } from './json-splitter.ts';
import { type ChunkSplitter, createLineSplitter } from './line-splitter.ts';
import type { SplitRecord } from './split-record.ts';

/** Turns a byte stream into records, holding at most one of them. */
export interface Splitter {
  /** The records that the chunk completes, in order. The chunk may be used again afterwards. */
  push(chunk: Buffer): SplitRecord[];
  /** The last record, when the stream ends without a newline. */
  end(): SplitRecord[];
}

/**
 * A splitter that finds out by the first line what the stream is:
 * - lines, each of which is a record (text, or JSON objects as NDJSON);
 * - JSON that goes over several lines or begins with an array of objects: each top-level object and each element of a
 *   top-level array is a record, and of `{"Records": […]}` each element, unless the document is one line of at most
 *   `maxRecordBytes`, which stays one record.
 *
 * How the stream is cut into chunks changes nothing. In a JSON document reading cannot start again at an `endOffset`
 * in its middle, only at its beginning.
 */
export function createSplitter({ maxRecordBytes }: { readonly maxRecordBytes: number }): Splitter {
  let chosen: ChunkSplitter | undefined;
  /** Chunks before the choice: white space and the first line, at most `maxRecordBytes` of each and a chunk. */
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** Offset of the first byte after white space and a byte order mark; -1 while there is none. */
  let start = -1;
  let isJsonPossible = true;

  function hold(chunk: Buffer): void {
    if (start === -1) {
      const found = chunk.findIndex((byte, at) => !isBlank(byte) && !isOrderMark(byte, heldBytes + at));
      if (found !== -1) {
        start = heldBytes + found;
        isJsonPossible = chunk[found] === 0x7b || chunk[found] === 0x5b;
      }
    }
    held.push(Buffer.from(chunk));
    heldBytes += chunk.length;
  }

  /** Whether what is held is enough to choose by; looks for a line's end only in the newest chunk. */
  function isEnough(chunk: Buffer): boolean {
    if (start === -1) return heldBytes > maxRecordBytes;
    if (!isJsonPossible || heldBytes - start > maxRecordBytes) return true;
    const feed = chunk.lastIndexOf(0x0a);
    return feed !== -1 && feed >= start - heldBytes + chunk.length;
  }

  /** Chooses, and gives what was held to the splitter chosen. */
  function choose(records: SplitRecord[]): ChunkSplitter {
    const bytes = Buffer.concat(held);
    held = [];
    const isJson =
      start !== -1 && start <= maxRecordBytes && isJsonPossible && isJsonDocument(firstLine(bytes));
    chosen = isJson ? createJsonSplitter(maxRecordBytes) : createLineSplitter(maxRecordBytes);
    chosen.push(bytes, records);
    return chosen;
  }

  function firstLine(bytes: Buffer): Buffer {
    const content = bytes.subarray(start, start + maxRecordBytes + 1);
    const feed = content.indexOf(0x0a);
    return feed === -1 ? content : content.subarray(0, feed);
  }

  return {
    push(chunk) {
      const records: SplitRecord[] = [];
      if (chosen !== undefined) {
        chosen.push(chunk, records);
      } else {
        hold(chunk);
        if (isEnough(chunk)) choose(records);
      }
      return records;
    },
    end() {
      const records: SplitRecord[] = [];
      const splitter = chosen ?? choose(records);
      splitter.end(records);
      return records;
    },
  };
}

/**
 * Whether a first line begins JSON that is not one object to a line. A text line may well begin with a bracket
 * (`[Wed Jul 05 …] [error]`, `[1178] …`), so an array counts only when it is empty so far or its first element is an
 * object or array.
 */
function isJsonDocument(line: Buffer): boolean {
  const scan = createJsonScan();
  const isArray = line[0] === 0x5b;
  let at = 0;
  let step = scan.step(line[0] ?? 0);
  while (step === 'more' && at + 1 < line.length) {
    at += 1;
    step = scan.step(line[at] ?? 0);
  }
  if (step === 'wrong') return false;
  const inner = isArray ? line[1 + blanks(line.subarray(1))] : undefined;
  if (isArray && inner !== undefined && inner !== 0x7b && inner !== 0x5b && inner !== 0x5d) return false;
  if (step === 'more') return true;
  const after = line[at + 1 + blanks(line.subarray(at + 1))];
  return after === undefined ? isArray : after === 0x7b;
}

function blanks(bytes: Buffer): number {
  const found = bytes.findIndex((byte) => !isBlank(byte));
  return found === -1 ? bytes.length : found;
}
