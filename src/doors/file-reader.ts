import { hash } from 'node:crypto';
import { createAuditGrouping } from '../events/audit-grouping.ts';
import { createLineSplitter } from '../events/line-splitter.ts';
import type { SplitRecord } from '../events/split-record.ts';
import type { FileCheckpoint } from '../store/store.ts';
import type { DoorContext, DoorRecord } from './door.ts';
import { type FileIdentity, type FollowedFile, headBytes } from './followed-file.ts';

export interface FileReaderOptions extends DoorContext {
  /** Inode that positions and checkpoints name: of the file that was followed, also when this is its copy. */
  readonly inode: number;
  readonly startOffset: number;
  readonly save: (checkpoint: FileCheckpoint) => Promise<void>;
}

/** Reads one content from an offset on, hands on its records, and remembers how far they are durable. */
export interface FileReader {
  /** Reads on. `end`: nothing new; `changed`: the file no longer begins with what was read from it. */
  step(): Promise<'read' | 'end' | 'changed'>;
  /** Hands on a last line that has no end. */
  finish(): Promise<void>;
  /** Identity of what has been read. */
  identity(): FileIdentity;
  /** End of the last record that is durable. */
  offset(): number;
}

export async function createFileReader(file: FollowedFile, options: FileReaderOptions): Promise<FileReader> {
  const { inode, startOffset } = options;
  const splitter = createLineSplitter(options.maxRecordBytes);
  const grouping = createAuditGrouping({ maxRecordBytes: options.maxRecordBytes });
  /** End of the last whole line, counted from `startOffset` as the splitter does. */
  let consumedBytes = 0;
  let readOffset = startOffset;
  let acceptedOffset = startOffset;
  let head = (await file.readAt(0)).subarray(0, Math.min(startOffset, headBytes));

  function identityAt(length: number): FileIdentity {
    return { inode, headHash: hash('sha256', head.subarray(0, length), 'hex'), length };
  }

  function doorRecord({ value, byteOffset, endOffset, oversize }: SplitRecord): DoorRecord {
    const position = `file:${inode}:${startOffset + byteOffset}`;
    return oversize === true
      ? { value, position, oversizeBytes: endOffset - byteOffset }
      : { value, position };
  }

  /** Hands on what the grouping let go of. What it still holds is read again after a crash. */
  async function take(records: readonly SplitRecord[]): Promise<void> {
    if (records.length > 0) {
      try {
        await options.accept(records.map(doorRecord));
      } catch (error) {
        options.count('refused', records.length);
        throw error;
      }
    }
    const durableOffset = startOffset + (grouping.heldFrom() ?? consumedBytes);
    if (durableOffset === acceptedOffset) return;
    acceptedOffset = durableOffset;
    await options.save({ inode, offset: acceptedOffset, headHash: identityAt(acceptedOffset).headHash });
  }

  function group(lines: readonly SplitRecord[]): SplitRecord[] {
    const records: SplitRecord[] = [];
    for (const line of lines) {
      consumedBytes = line.endOffset;
      records.push(...grouping.push(line, Date.now()));
    }
    return records;
  }

  return {
    async step() {
      const chunk = await file.readAt(readOffset);
      // Asked after reading: what was read before the file changed is still its own.
      const found = await file.identity(readOffset);
      if (found?.headHash !== identityAt(readOffset).headHash) return 'changed';
      if (chunk.length === 0) {
        await take(grouping.expire(Date.now()));
        return 'end';
      }
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
      readOffset += chunk.length;
      const lines: SplitRecord[] = [];
      splitter.push(chunk, lines);
      await take(group(lines));
      return 'read';
    },
    async finish() {
      const lines: SplitRecord[] = [];
      splitter.end(lines);
      const records = group(lines);
      await take([...records, ...grouping.flush()]);
    },
    identity: () => identityAt(readOffset),
    offset: () => acceptedOffset,
  };
}
