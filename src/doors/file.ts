import { hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createAuditGrouping } from '../events/audit-grouping.ts';
import { createSplitter } from '../events/split.ts';
import type { SplitRecord } from '../events/split-record.ts';
import type { Accept, DoorRecord } from './door.ts';
import { type Compression, contentOf, openFileInput } from './file-input.ts';

/** How many of the content's first bytes name it in positions. */
const headBytes = 1024;
const batchBytes = 1_048_576;
const defaultBatchRecords = 1_000;

export interface FileProgress {
  /** Bytes of the file read, as stored. */
  readonly bytes: number;
  /** Null for a stream. */
  readonly totalBytes: number | null;
  readonly records: number;
}

export interface IngestFileOptions {
  readonly accept: Accept;
  readonly maxRecordBytes: number;
  /** Most records handed on in one go. Default 1,000; a batch has about 1 MiB at most. */
  readonly batchRecords?: number;
  readonly onProgress?: (progress: FileProgress) => void;
  readonly signal?: AbortSignal;
}

export interface IngestedFile {
  readonly records: number;
  readonly bytes: number;
  readonly compression: Compression;
}

/**
 * Reads a file, or a stream such as standard input, once, and hands its records to `accept` in batches. gzip
 * and zstd are undone. Positions are `<SHA-256 of the first 1,024 bytes, shortened>:<byte offset>` in the
 * decompressed content: the same file gives the same ones, renamed or compressed or not.
 * Rejects with `VTC_USAGE` when it cannot be read, with `VTC_EVENT_INVALID` when its compression is broken, and
 * as `accept` does; what was accepted before stays accepted.
 */
export async function ingestFile(
  source: string | Readable,
  options: IngestFileOptions,
): Promise<IngestedFile> {
  const input =
    typeof source === 'string' ? await openFileInput(source) : { stream: source, totalBytes: null };
  const splitter = createSplitter({ maxRecordBytes: options.maxRecordBytes });
  const grouping = createAuditGrouping({ maxRecordBytes: options.maxRecordBytes });
  const batchRecords = options.batchRecords ?? defaultBatchRecords;
  let compression: Compression = 'none';
  let bytes = 0;
  let records = 0;
  let head = Buffer.alloc(0);
  let name: string | null = null;
  let batch: DoorRecord[] = [];
  let batchedBytes = 0;

  async function flush(): Promise<void> {
    if (batch.length === 0) return;
    await options.accept(batch);
    records += batch.length;
    batch = [];
    batchedBytes = 0;
    options.onProgress?.({ bytes, totalBytes: input.totalBytes, records });
  }

  async function take(found: readonly SplitRecord[]): Promise<void> {
    for (const { value, byteOffset, endOffset, oversize } of found) {
      const position = `${name}:${byteOffset}`;
      batch.push(
        oversize === true ? { value, position, oversizeBytes: endOffset - byteOffset } : { value, position },
      );
      batchedBytes += value.length;
      if (batch.length >= batchRecords || batchedBytes >= batchBytes) await flush();
    }
  }

  /** A file's records have no age: an audit event ends with its last line. */
  function grouped(lines: readonly SplitRecord[]): readonly SplitRecord[] {
    return lines.flatMap((line) => grouping.push(line, 0));
  }

  /** The name must be known before the first record goes out. */
  async function push(chunk: Buffer, isLast: boolean): Promise<void> {
    options.signal?.throwIfAborted();
    if (name !== null) return take(grouped(splitter.push(chunk)));
    head = Buffer.concat([head, chunk]);
    if (head.length < headBytes && !isLast) return;
    name = hash('sha256', head.subarray(0, headBytes), 'hex').slice(0, 32);
    await take(grouped(splitter.push(head)));
  }

  const content = contentOf(input.stream, (read, kind) => {
    bytes += read;
    compression = kind;
  });
  try {
    for await (const chunk of content) await push(chunk, false);
    if (name === null) await push(Buffer.alloc(0), true);
    const last = grouped(splitter.end());
    await take([...last, ...grouping.flush()]);
    await flush();
  } finally {
    input.stream.destroy();
  }
  return { records, bytes, compression };
}
