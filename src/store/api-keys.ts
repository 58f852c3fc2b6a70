import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import type { Database, Row } from './database.ts';
import { checked, textOf } from './rows.ts';
import { insertInto, oneByOne } from './statements.ts';
import type { ApiKey } from './store.ts';

const insertKey = insertInto(
  'api_keys',
  {
    key_id: 'text',
    name: 'text',
    role: 'text',
    created_at: 'text',
    revoked_at: 'text',
    secret_hash: 'text',
  },
  'DO NOTHING',
);
const revokeKey = oneByOne('UPDATE api_keys SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL');

const Role = Compile(Type.Enum(['viewer', 'operator', 'admin']));

function readKey(row: Row): ApiKey {
  return {
    keyId: textOf(row, 'key_id'),
    name: textOf(row, 'name'),
    role: checked(Role, row['role'], 'api_keys.role'),
    createdAt: textOf(row, 'created_at'),
    revokedAt: row['revoked_at'] === null ? null : textOf(row, 'revoked_at'),
  };
}

/** The repository of API keys. It holds the hash of a secret, never the secret. */
export function createApiKeys(database: Database) {
  return {
    async addApiKey(key: ApiKey, secretHash: string): Promise<void> {
      const orElse = () =>
        new VerticeError(
          'VTC_STORE_CONFLICT',
          `There is a key ${key.keyId} already: make one with a new id.`,
          {
            facts: { key_id: key.keyId },
          },
        );
      const row = [key.keyId, key.name, key.role, key.createdAt, key.revokedAt, secretHash];
      await database.write([{ statement: insertKey, rows: [row], orElse }]);
    },

    async apiKey(keyId: string): Promise<{ readonly key: ApiKey; readonly secretHash: string } | null> {
      const [row] = await database.query('SELECT * FROM api_keys WHERE key_id = ? AND revoked_at IS NULL', [
        keyId,
      ]);
      return row === undefined ? null : { key: readKey(row), secretHash: textOf(row, 'secret_hash') };
    },

    async apiKeys(): Promise<readonly ApiKey[]> {
      const rows = await database.query('SELECT * FROM api_keys ORDER BY created_at, key_id', []);
      return rows.map(readKey);
    },

    async revokeApiKey(keyId: string, revokedAt: string): Promise<boolean> {
      const [changed] = await database.write([{ statement: revokeKey, rows: [[revokedAt, keyId]] }]);
      return changed === 1;
    },
  };
}
