import { type FileHandle, mkdir, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import { blockHeadBytes, blockTimestampMs } from './block-codec.ts';
import { readFileIfPresent, replaceFile, syncDirectory } from './durable-file.ts';
import { baseOfSegmentName, createSegment, type Segment } from './segment.ts';
import { readFully, scanSegment } from './segment-recovery.ts';

/**
 * When a write counts as durable. `always`: after `fdatasync`. `interval`: at once, with an `fdatasync` five
 * times a second. `never`: at once, and the kernel writes when it likes.
 */
export type FsyncPolicy = 'always' | 'interval' | 'never';

export interface SegmentFiles {
  /** Ascending, without gaps; the last one is written to. Never empty. */
  readonly segments: Segment[];
  /** The last segment's file, open for reading and writing. */
  readonly file: FileHandle;
  /** Offset behind the last record. */
  readonly end: number;
}

const Start = Compile(Type.Object({ begin: Type.Integer({ minimum: 0 }) }));

/**
 * Opens the files of one partition and leaves them as an orderly stop would have: segments below the start
 * pointer are removed, the torn end of the last write is cut off. Rejects with `VTC_BUS_CORRUPT` when a finished
 * write is damaged or a segment is missing.
 */
export async function openSegmentFiles(dir: string, fsync: FsyncPolicy, log: Log): Promise<SegmentFiles> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const begin = await readStart(dir);
  const bases = (await readdir(dir)).map(baseOfSegmentName).filter((base) => base !== null);
  for (const base of bases) if (base < begin) await unlink(createSegment(dir, base).path);
  const kept = bases.filter((base) => base >= begin).sort((a, b) => a - b);
  if ((kept[0] ?? 0) !== begin)
    throw new VerticeError(
      'VTC_BUS_CORRUPT',
      `${dir}: expected the log to begin at offset ${begin}, found ${kept[0] ?? 'no segment'}; restore the missing ` +
        `files from a copy, or write {"begin": ${kept[0] ?? 0}} into ${startPath(dir)} to go on without them`,
      { facts: { file: dir, offset: begin } },
    );
  const segments = kept.map((base) => createSegment(dir, base));
  const last = segments.at(-1);
  if (last === undefined) {
    const first = createSegment(dir, begin);
    return { segments: [first], file: await createSegmentFile(dir, first), end: begin };
  }
  for (const segment of segments.slice(0, -1)) await measure(segment);
  const file = await open(last.path, 'r+');
  try {
    return { segments, file, end: await recover(file, last, fsync, log) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Creates the file of a segment, empty, with its name durable. */
export async function createSegmentFile(dir: string, segment: Segment): Promise<FileHandle> {
  const file = await open(segment.path, 'w+', 0o600);
  await syncDirectory(dir);
  return file;
}

/** Removes whole segments. The pointer is durable before the first file goes, so a crash in between is finished by the next open. */
export async function removeSegments(dir: string, removed: readonly Segment[], begin: number): Promise<void> {
  await replaceFile(startPath(dir), JSON.stringify({ begin }));
  for (const segment of removed) await unlink(segment.path);
}

function startPath(dir: string): string {
  return join(dir, 'start.json');
}

async function readStart(dir: string): Promise<number> {
  const text = await readFileIfPresent(startPath(dir));
  if (text === null) return 0;
  try {
    const value: unknown = JSON.parse(text);
    if (Start.Check(value)) return value.begin;
  } catch {
    // Falls through to the one answer for every kind of damage.
  }
  throw new VerticeError(
    'VTC_BUS_CORRUPT',
    `${startPath(dir)}: expected {"begin": offset}; write into it the number that the oldest .log file beside it is named after`,
    { facts: { file: startPath(dir) } },
  );
}

async function measure(segment: Segment): Promise<void> {
  const file = await open(segment.path, 'r');
  try {
    segment.bytes = (await file.stat()).size;
    const head = await readFully(file, 0, blockHeadBytes);
    if (head.length === blockHeadBytes) segment.firstTimestampMs = blockTimestampMs(head, 0);
  } finally {
    await file.close();
  }
}

async function recover(file: FileHandle, last: Segment, fsync: FsyncPolicy, log: Log): Promise<number> {
  const { size } = await file.stat();
  const scan = await scanSegment(file, last, size);
  last.bytes = scan.bytes;
  if (scan.bytes === size) {
    // A killed process may have left records that it wrote and did not sync; from now on consumers act on them.
    if (fsync === 'always') await file.datasync();
    return scan.end;
  }
  const facts = { file: last.path, position: scan.bytes, bytes: size - scan.bytes, offset: scan.end };
  if (scan.isDamaged && fsync === 'always')
    throw new VerticeError(
      'VTC_BUS_CORRUPT',
      `${last.path}: expected the record of offset ${scan.end} at byte ${scan.bytes}, found damaged bytes with good ` +
        'records behind them; restore the file from a copy, or give up what follows by cutting it to that length',
      { facts },
    );
  await file.truncate(scan.bytes);
  await file.sync();
  log.warn('cut the unfinished end off a log file', facts);
  return scan.end;
}
