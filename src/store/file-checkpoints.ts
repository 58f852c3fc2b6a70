import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { Database } from './database.ts';
import { checked, jsonOf } from './rows.ts';
import { insertInto, step } from './statements.ts';
import { indexKey } from './storable-text.ts';
import type { FileCheckpoint } from './store.ts';

const upsertCheckpoint = insertInto(
  'file_checkpoints',
  { path: 'text', document: 'text' },
  '(path) DO UPDATE SET document = excluded.document',
);
const checkpointDocument = Compile(
  Type.Object({ inode: Type.Number(), offset: Type.Number(), headHash: Type.String() }),
);

/** The repository of how far followed files were read. */
export function createFileCheckpoints(database: Database) {
  return {
    async fileCheckpoint(path: string): Promise<FileCheckpoint | null> {
      const [row] = await database.query('SELECT document FROM file_checkpoints WHERE path = ?', [
        indexKey(path),
      ]);
      if (row === undefined) return null;
      return checked(checkpointDocument, jsonOf(row, 'document'), 'file_checkpoints.document');
    },

    async saveFileCheckpoint(path: string, checkpoint: FileCheckpoint): Promise<void> {
      await database.write([step(upsertCheckpoint, [[indexKey(path), JSON.stringify(checkpoint)]])]);
    },
  };
}
