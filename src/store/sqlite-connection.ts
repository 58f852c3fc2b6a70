import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { VerticeError } from '../errors.ts';
import type { Row, Value } from './database.ts';
import type { MigrationSession } from './migrate.ts';
import { sqliteError } from './sqlite-errors.ts';
import { fromStorable, toStorable } from './storable-text.ts';

/** How long a statement waits for another process's transaction. */
const busyTimeoutMs = 5000;
/** The write-ahead log is cut back to this size after a burst. */
const journalSizeLimitBytes = 67_108_864;
const maxPreparedStatements = 256;

/** A connection that keeps its prepared statements. Throws what SQLite throws. */
export interface SqliteConnection {
  readonly database: DatabaseSync;
  all(sql: string, values: readonly Value[]): Row[];
  /** Number of rows it changed. */
  run(sql: string, values: readonly Value[]): number;
}

function toRow(record: Record<string, SQLOutputValue>): Row {
  const row: Record<string, Value> = {};
  for (const [column, value] of Object.entries(record)) {
    if (typeof value === 'string') row[column] = fromStorable(value);
    else if (typeof value === 'number') row[column] = value;
    else row[column] = null;
  }
  return row;
}

function bindable(values: readonly Value[]): Value[] {
  return values.map((value) => (typeof value === 'string' ? toStorable(value) : value));
}

/** Wraps an open database. */
export function createSqliteConnection(database: DatabaseSync): SqliteConnection {
  const prepared = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    if (prepared.size >= maxPreparedStatements) prepared.clear();
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  }

  return {
    database,
    all: (sql, values) =>
      prepare(sql)
        .all(...bindable(values))
        .map(toRow),
    run: (sql, values) => Number(prepare(sql).run(...bindable(values)).changes),
  };
}

/** Makes the file, readable by its owner alone, in a folder that is created the same way when it is missing. */
function claimFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch (cause) {
    throw new VerticeError(
      'VTC_STORE_UNAVAILABLE',
      `Cannot create or open the database file ${file}: give the user that runs Vértice the right to write there, or choose another data_dir.`,
      { cause, facts: { file } },
    );
  }
}

/** A connection that may write. Every commit reaches the disk before it returns. */
export function openSqliteForWriting(file: string): SqliteConnection {
  claimFile(file);
  try {
    const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    try {
      database.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = ${journalSizeLimitBytes};`,
      );
    } catch (error) {
      database.close();
      throw error;
    }
    return createSqliteConnection(database);
  } catch (error) {
    throw sqliteError(error, file);
  }
}

/** A connection that sees what has been committed and can change nothing. The file must exist. */
export function openSqliteForReading(file: string): SqliteConnection {
  return createSqliteConnection(new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs }));
}

/** A migration session on a connection that may write. */
export function sqliteMigrationSession(connection: SqliteConnection): MigrationSession {
  return {
    words: { TEXT: 'TEXT', SEQUENCE: 'INTEGER PRIMARY KEY AUTOINCREMENT' },
    begin: async () => connection.database.exec('BEGIN IMMEDIATE'),
    commit: async () => connection.database.exec('COMMIT'),
    rollback: async () => {
      // Some errors have undone the transaction already.
      if (connection.database.isTransaction) connection.database.exec('ROLLBACK');
    },
    execute: async (sql) => connection.database.exec(sql),
    query: async (sql, values) => connection.all(sql, values),
  };
}
