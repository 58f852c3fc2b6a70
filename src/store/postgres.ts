import { type ClientBase, Pool, type PoolClient } from 'pg';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Database, Step } from './database.ts';
import { type MigrationSession, migrate } from './migrate.ts';
import { migrations } from './migrations.ts';
import { numericTypes, queryOf, toRows } from './postgres-client.ts';
import { postgresError } from './postgres-errors.ts';
import { commitGroup } from './postgres-writes.ts';
import { closedError, createWriteQueue, type WriteOutcome } from './write-queue.ts';

/** One connection writes, the others read. */
const maxConnections = 5;
const connectTimeoutMs = 5000;
const statementTimeoutMs = 30_000;
/** Beyond the server's own limit: reached only when the server has stopped answering. */
const queryTimeoutMs = 35_000;
/** Any number, as long as it never changes: names the lock that a migrating process holds. */
const migrationLock = 8_702_341_509;

/** A migration session on a connection of its own. */
export function postgresMigrationSession(client: ClientBase): MigrationSession {
  return {
    words: {
      // Byte order: the same as SQLite's, and the same whatever locale the server has.
      TEXT: 'TEXT COLLATE "C"',
      SEQUENCE: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    },
    async begin() {
      await client.query('BEGIN');
      await client.query(`SELECT pg_advisory_xact_lock(${migrationLock})`);
    },
    async commit() {
      await client.query('COMMIT');
    },
    async rollback() {
      await client.query('ROLLBACK');
    },
    async execute(sql) {
      await client.query(sql);
    },
    query: async (sql, values) => toRows((await client.query(queryOf(sql, values))).rows),
  };
}

function createPool(url: string, log: Log): Pool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'vertice',
    max: maxConnections,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: queryTimeoutMs,
    idle_in_transaction_session_timeout: queryTimeoutMs,
    types: numericTypes,
    // Durable means durable, whatever the server's default; a stronger setting is left alone.
    onConnect: (client) =>
      client.query(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
      ),
  });
  // The queries under way reject by themselves; without a listener the process would end.
  const onLost = (error: Error) => log.warn('connection to PostgreSQL lost', { error });
  pool.on('connect', (client) => client.on('error', onLost));
  pool.on('error', () => {});
  return pool;
}

/** Lends a connection; one that broke is not given back to the pool. */
async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function prepareDatabase(pool: Pool, log: Log): Promise<void> {
  await withClient(pool, async (client) => {
    const applied = await migrate(postgresMigrationSession(client), migrations);
    for (const { number, name } of applied) log.info('database schema migrated', { number, name });
    const [setting] = (await client.query('SHOW fsync')).rows;
    if (setting?.fsync === 'off') {
      log.warn('PostgreSQL runs with fsync=off: a power cut can destroy the database. Turn fsync on.');
    }
  });
}

/** A PostgreSQL database, for several processes. Connections are opened when needed and replaced when lost. */
export async function openPostgres(options: { readonly url: string; readonly log: Log }): Promise<Database> {
  const { url, log } = options;
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new VerticeError(
      'VTC_CONFIG_INVALID',
      'Expected a database address such as postgres://user:password@host:5432/database in DATABASE_URL (store.postgres_url); what came does not start with postgres://.',
    );
  }
  const pool = createPool(url, log);
  const translated = (error: unknown) => (error instanceof VerticeError ? error : postgresError(error));
  try {
    await prepareDatabase(pool, log);
  } catch (error) {
    await pool.end();
    throw translated(error);
  }

  async function commit(group: readonly (readonly Step[])[]): Promise<readonly WriteOutcome[]> {
    try {
      return await withClient(pool, (client) => commitGroup(client, group));
    } catch (error) {
      throw translated(error);
    }
  }

  const queue = createWriteQueue(commit);
  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await queue.close();
    await pool.end();
  }

  return {
    async query(sql, values) {
      if (closing !== null) throw closedError();
      try {
        return toRows((await pool.query(queryOf(sql, values))).rows);
      } catch (error) {
        throw translated(error);
      }
    },
    write: (steps) => queue.write(steps),
    close() {
      closing ??= close();
      return closing;
    },
  };
}
