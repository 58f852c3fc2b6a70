import { stat } from 'node:fs/promises';
import type { FileCheckpoint } from '../store/store.ts';
import type { DoorContext } from './door.ts';
import { isErrorCode } from './error-code.ts';
import { createFileReader, type FileReader } from './file-reader.ts';
import {
  type FileIdentity,
  type FollowedFile,
  findLaterRotations,
  findRotatedFile,
  headBytes,
  openFollowedFile,
} from './followed-file.ts';
import type { FileCheckpoints } from './tail.ts';

export interface FollowOptions extends DoorContext {
  readonly checkpoints: FileCheckpoints;
  readonly startAt: 'beginning' | 'end';
  readonly rotateWaitMs: number;
  readonly signal: AbortSignal;
  /** Resolves when the file may have changed, at the latest after `withinMs`. */
  readonly changed: (withinMs?: number) => Promise<void>;
}

/** How far the content that was last at the path has been read. */
interface Progress {
  readonly identity: FileIdentity;
  /** End of the last record that is durable. */
  readonly offset: number;
  /** Set while we have not been restarted: knows of an unfinished last line. */
  readonly reader?: FileReader;
  /** Set when it was renamed and has been read to its end: when it was created. */
  readonly finishedCreatedMs?: number;
}

/** Follows one path until `signal` aborts. Rejects when it cannot go on. */
export async function followFile(path: string, options: FollowOptions): Promise<void> {
  const { signal, log } = options;
  const checkpoint = await options.checkpoints.load(path);
  let progress = checkpoint === null ? null : progressOf(checkpoint);
  /** Whether the first file was at the path from the start: only that one may be begun at its end. */
  let wasThere = true;
  let isUnreadable = false;

  while (!signal.aborted) {
    const file = await openFollowedFile(path).catch((error: unknown) => {
      if (!isErrorCode(error, 'EACCES', 'EPERM')) throw error;
      if (!isUnreadable) log.warn('file may not be read; waiting until it may', { path, error });
      isUnreadable = true;
      return null;
    });
    if (file === null) {
      wasThere = false;
      await options.changed();
      continue;
    }
    isUnreadable = false;
    try {
      const startOffset = progress === null ? await begin(file) : await resumeIn(file, progress);
      progress = await follow(file, startOffset);
    } finally {
      await file.close();
    }
  }

  /** Remembers the file before anything of it is read: it may be renamed while we are down. */
  async function begin(file: FollowedFile): Promise<number> {
    const size = wasThere && options.startAt === 'end' ? (await stat(path)).size : 0;
    const identity = await file.identity(size);
    if (identity === null) return begin(file);
    await options.checkpoints.save(path, { inode: file.inode, offset: size, headHash: identity.headHash });
    return size;
  }

  /** Where to go on in the file now at the path, after the rest of its predecessor has been read. */
  async function resumeIn(file: FollowedFile, before: Progress): Promise<number> {
    const found = await file.identity(before.identity.length);
    const isSameContent = found?.headHash === before.identity.headHash;
    const isSameFile = file.inode === before.identity.inode || before.identity.length >= headBytes;
    if (isSameContent && isSameFile) return before.offset;

    let createdMs = before.finishedCreatedMs;
    if (createdMs === undefined) {
      const rotated = await findRotatedFile(path, before.identity);
      if (rotated === null) {
        await before.reader?.finish();
        log.warn('file was replaced and its predecessor is not beside it: its last lines may be missing', {
          path,
          read_up_to: before.offset,
        });
        return 0;
      }
      createdMs = rotated.createdMs;
      // Whoever wrote to a renamed file may not have let go of it yet; a copy does not grow.
      const waitMs = rotated.inode === before.identity.inode ? options.rotateWaitMs : 0;
      await readRest(rotated, before.identity.inode, before.offset, waitMs);
    }
    for (const later of await findLaterRotations(path, createdMs, file)) {
      await readRest(later, later.inode, 0, 0);
    }
    return 0;
  }

  async function readRest(file: FollowedFile, inode: number, offset: number, waitMs: number): Promise<void> {
    try {
      const reader = await openReader(file, inode, offset);
      let stillSince = Date.now();
      while (!signal.aborted) {
        const outcome = await reader.step();
        if (outcome === 'read') stillSince = Date.now();
        const leftMs = stillSince + waitMs - Date.now();
        if (outcome !== 'read' && leftMs <= 0) return await reader.finish();
        if (outcome !== 'read') await options.changed(leftMs);
      }
    } finally {
      await file.close();
    }
  }

  /** Returns how far it came when the content went away under it, or was renamed and read to its end. */
  async function follow(file: FollowedFile, startOffset: number): Promise<Progress> {
    const reader = await openReader(file, file.inode, startOffset);
    let replacedSince: number | null = null;
    while (!signal.aborted) {
      const outcome = await reader.step();
      if (outcome === 'changed') break;
      if (outcome === 'read') {
        replacedSince = null;
      } else if (await isReplaced(file)) {
        replacedSince ??= Date.now();
        const leftMs = replacedSince + options.rotateWaitMs - Date.now();
        if (leftMs <= 0) {
          await reader.finish();
          return { identity: reader.identity(), offset: reader.offset(), finishedCreatedMs: file.createdMs };
        }
        await options.changed(leftMs);
      } else {
        replacedSince = null;
        await options.changed();
      }
    }
    return { identity: reader.identity(), offset: reader.offset(), reader };
  }

  async function isReplaced(file: FollowedFile): Promise<boolean> {
    try {
      return (await stat(path)).ino !== file.inode;
    } catch (error) {
      // Renamed, and its successor is not there yet.
      if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    }
  }

  function openReader(file: FollowedFile, inode: number, startOffset: number): Promise<FileReader> {
    const save = (saved: FileCheckpoint) => options.checkpoints.save(path, saved);
    return createFileReader(file, { ...options, inode, startOffset, save });
  }
}

function progressOf(checkpoint: FileCheckpoint): Progress {
  const { inode, headHash, offset } = checkpoint;
  return { identity: { inode, headHash, length: offset }, offset };
}
