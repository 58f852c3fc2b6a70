import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import { unavailable } from './unavailable.ts';

export interface OwnerLock {
  release(): void;
}

const Owner = Compile(Type.Object({ pid: Type.Integer(), host: Type.String() }));
const sqliteBusy = 5;

/**
 * Makes this process the only owner of `dir` until it releases the lock or dies, however it dies. Rejects
 * with `VTC_BUS_OWNED` naming the owner when there is one already.
 *
 * The lock is SQLite's exclusive lock on an empty database file: Node offers no file lock of its own, and this
 * one is the kernel's, so that it goes with the process and holds across containers that share a volume.
 */
export async function takeOwnerLock(dir: string): Promise<OwnerLock> {
  const lockPath = join(dir, 'owner.lock');
  const ownerPath = join(dir, 'owner.json');
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await createPrivately(lockPath);
  } catch (error) {
    throw unavailable('lock', dir, error);
  }
  const database = new DatabaseSync(lockPath, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw unavailable('lock', lockPath, error);
    const owner = await readOwner(ownerPath);
    throw new VerticeError(
      'VTC_BUS_OWNED',
      `${dir} is in use by ${owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`}; ` +
        'one process owns a data directory at a time: stop that one, or give this one a directory of its own',
      { facts: { directory: dir, pid: owner?.pid ?? null } },
    );
  }
  await writeFile(ownerPath, JSON.stringify({ pid: process.pid, host: hostname() }), { mode: 0o600 });
  return { release: () => database.close() };
}

/**
 * Never opens a file that exists: closing a second descriptor of the lock file would drop the lock that this
 * very process may hold on it (POSIX record locks).
 */
async function createPrivately(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

async function readOwner(path: string): Promise<{ pid: number; host: string } | null> {
  try {
    const owner: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Owner.Check(owner) ? owner : null;
  } catch {
    return null;
  }
}
