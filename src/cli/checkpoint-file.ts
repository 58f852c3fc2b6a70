import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { FileCheckpoints } from '../doors/tail.ts';
import { VerticeError } from '../errors.ts';
import type { FileCheckpoint } from '../store/store.ts';

const State = Compile(
  Type.Record(
    Type.String(),
    Type.Object({ inode: Type.Integer(), offset: Type.Integer({ minimum: 0 }), headHash: Type.String() }),
  ),
);

/**
 * Keeps how far followed files were read in one JSON file, replaced as a whole and durable when `save` resolves.
 * Rejects with `VTC_USAGE` when the file there is not one of ours.
 */
export async function openCheckpointFile(path: string): Promise<FileCheckpoints> {
  const checkpoints = new Map<string, FileCheckpoint>(Object.entries(await readState(path)));
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const temporary = `${path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(Object.fromEntries(checkpoints), null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  return {
    load: async (file) => checkpoints.get(file) ?? null,
    save(file, checkpoint) {
      checkpoints.set(file, checkpoint);
      // One at a time: all followed files share this one.
      const saved = writing.then(write);
      writing = saved.catch(() => {});
      return saved;
    },
  };
}

async function readState(path: string): Promise<Readonly<Record<string, FileCheckpoint>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw notOurs(path, cause);
  }
  if (!State.Check(state)) throw notOurs(path, null);
  return state;
}

function notOurs(path: string, cause: unknown): VerticeError {
  const message = `${path} is not a state file of "vertice tail"; name another with --state, or remove it to start anew`;
  return new VerticeError('VTC_USAGE', message, { cause });
}
