import { hash } from 'node:crypto';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { VerticeError } from '../errors.ts';
import { isErrorCode } from './error-code.ts';

/** How many of a file's first bytes tell it from another. */
export const headBytes = 1024;
const chunkBytes = 262_144;
const siblingLimit = 1_000;
const compressedEndings = new Set(['.gz', '.zst', '.xz', '.bz2']);

/** What a file was when its first `length` bytes had been read (at most `headBytes` count). */
export interface FileIdentity {
  readonly inode: number;
  readonly headHash: string;
  readonly length: number;
}

/** A log file opened for following: it may grow, shrink or lose its name meanwhile. */
export interface FollowedFile {
  readonly inode: number;
  /** When it had last been written to when it was opened, milliseconds since the epoch. */
  readonly modifiedMs: number;
  /** When it was created; 0 where the file system does not know. */
  readonly createdMs: number;
  /** Up to 256 KiB from `offset` on; empty at the end. The buffer is the caller's. */
  readAt(offset: number): Promise<Buffer>;
  /** Identity as of its first `length` bytes; null when it is shorter than that. */
  identity(length: number): Promise<FileIdentity | null>;
  close(): Promise<void>;
}

/**
 * Opens a file for following; null when there is none at the path. Rejects with `VTC_CONFIG_INVALID` when it is
 * not a regular file, and as the system says when it may not be read.
 */
export async function openFollowedFile(path: string): Promise<FollowedFile | null> {
  let handle: FileHandle;
  try {
    // Asked first: opening a pipe would wait for its writer.
    if (!(await stat(path)).isFile()) {
      throw new VerticeError(
        'VTC_CONFIG_INVALID',
        `${path} is not a regular file; only those can be followed`,
      );
    }
    handle = await open(path, 'r');
  } catch (error) {
    if (isErrorCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
  const { ino, mtimeMs, birthtimeMs } = await handle.stat();
  return {
    inode: ino,
    modifiedMs: mtimeMs,
    createdMs: birthtimeMs,
    async readAt(offset) {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, offset);
      return buffer.subarray(0, bytesRead);
    },
    async identity(length) {
      if ((await handle.stat()).size < length) return null;
      const head = Buffer.alloc(Math.min(length, headBytes));
      const { bytesRead } = await handle.read(head, 0, head.length, 0);
      return bytesRead === head.length ? { inode: ino, headHash: hash('sha256', head, 'hex'), length } : null;
    },
    close: () => handle.close(),
  };
}

/**
 * The file that `path` was before it was rotated: beside it, not compressed, with the same beginning (by inode
 * alone when nothing of it had been read). Renamed files come before copies, newer before older.
 */
export async function findRotatedFile(path: string, identity: FileIdentity): Promise<FollowedFile | null> {
  const stem = basename(path, extname(path));
  let best: { readonly file: FollowedFile; readonly rank: number } | null = null;
  for (const name of await namesBeside(path)) {
    if (!name.startsWith(stem)) continue;
    const file = await openSibling(join(dirname(path), name));
    if (file === null) continue;
    const found = await file.identity(identity.length);
    const isRenamed = file.inode === identity.inode;
    const isSame = found?.headHash === identity.headHash && (isRenamed || identity.length > 0);
    const rank = isRenamed ? Number.POSITIVE_INFINITY : file.modifiedMs;
    if (isSame && (best === null || rank > best.rank)) {
      await best?.file.close();
      best = { file, rank };
    } else {
      await file.close();
    }
  }
  return best?.file ?? null;
}

/**
 * Files that were at `path` after the one created at `createdMs` and before `current`, oldest first: what several
 * rotations leave behind while nobody looks. Told by name (`app.log.1`, `app.log-20260131`, `app-20260131.log`)
 * and time of creation. A copy of what is in `current` is not among them: that is about to be truncated.
 */
export async function findLaterRotations(
  path: string,
  createdMs: number,
  current: FollowedFile,
): Promise<readonly FollowedFile[]> {
  const ending = extname(path);
  const stem = basename(path, ending);
  const found: FollowedFile[] = [];
  for (const name of await namesBeside(path)) {
    const rest = name.startsWith(stem) ? name.slice(stem.length) : '';
    const mark = rest.startsWith(ending) ? rest.slice(ending.length) : rest;
    if (!/^[.-]\d/.test(mark)) continue;
    const file = await openSibling(join(dirname(path), name));
    if (file === null) continue;
    const isLater = file.createdMs > createdMs && file.inode !== current.inode;
    if (isLater && !(await isCopyOf(current, file))) found.push(file);
    else await file.close();
  }
  return found.sort((one, other) => one.createdMs - other.createdMs);
}

async function isCopyOf(original: FollowedFile, file: FollowedFile): Promise<boolean> {
  const length = Math.min(headBytes, (await file.readAt(0)).length);
  const [one, other] = await Promise.all([original.identity(length), file.identity(length)]);
  return one !== null && one.headHash === other?.headHash;
}

/** Names of uncompressed files in the same folder. */
async function namesBeside(path: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dirname(path));
    const isCandidate = (name: string): boolean =>
      name !== basename(path) && !compressedEndings.has(extname(name));
    return names.filter(isCandidate).slice(0, siblingLimit);
  } catch (error) {
    if (isErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Null also for a folder, a pipe, or a file we may not read: none of them was the followed file. */
async function openSibling(path: string): Promise<FollowedFile | null> {
  try {
    return await openFollowedFile(path);
  } catch (error) {
    if (error instanceof VerticeError || isErrorCode(error, 'EACCES', 'EPERM')) return null;
    throw error;
  }
}
