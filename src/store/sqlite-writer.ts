import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, type ErrorFacts, messageOf, VerticeError } from '../errors.ts';
import type { Value } from './database.ts';
import { migrate } from './migrate.ts';
import { type Migration, migrations } from './migrations.ts';
import { openSqliteForWriting, type SqliteConnection, sqliteMigrationSession } from './sqlite-connection.ts';
import { sqliteError } from './sqlite-errors.ts';
import type { WriteOutcome } from './write-queue.ts';

/** A step as it travels to the writing thread. */
export interface WriterStep {
  readonly sql: string;
  readonly rows: readonly (readonly Value[])[];
  readonly mustChange: boolean;
}

/** A `VerticeError` as it travels back. */
export interface WriterError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly isRetryable: boolean;
  readonly facts: ErrorFacts;
  readonly cause: string | null;
}
export type WriterOutcome =
  | Exclude<WriteOutcome, { kind: 'failed' }>
  | { readonly kind: 'failed'; readonly error: WriterError };

export type WriterRequest = readonly (readonly WriterStep[])[] | 'close';
export type WriterReply =
  /** The first one: the file is open and its schema up to date. */
  | { readonly kind: 'ready'; readonly applied: readonly Migration[] }
  | { readonly kind: 'outcomes'; readonly outcomes: readonly WriterOutcome[] }
  | { readonly kind: 'failed'; readonly error: WriterError }
  | { readonly kind: 'closed' };

function portable(error: VerticeError): WriterError {
  const { code, message, isRetryable, facts, cause } = error;
  return { code, message, isRetryable, facts, cause: cause === undefined ? null : messageOf(cause) };
}

/** The error that the writing thread sent. */
export function fromPortable({ code, message, isRetryable, facts, cause }: WriterError): VerticeError {
  return new VerticeError(code, message, {
    isRetryable,
    facts,
    ...(cause === null ? {} : { cause: new Error(cause) }),
  });
}

function runSteps(connection: SqliteConnection, steps: readonly WriterStep[]): WriterOutcome {
  const changes: number[] = [];
  for (const [position, { sql, rows, mustChange }] of steps.entries()) {
    let changed = 0;
    for (const row of rows) changed += connection.run(sql, row);
    if (mustChange && changed === 0) return { kind: 'unchanged', step: position };
    changes.push(changed);
  }
  return { kind: 'committed', changes };
}

function runWrite(connection: SqliteConnection, file: string, steps: readonly WriterStep[]): WriterOutcome {
  connection.run('SAVEPOINT one_write', []);
  let outcome: WriterOutcome;
  try {
    outcome = runSteps(connection, steps);
  } catch (error) {
    // A full disk or a failed read ends the whole transaction, not only this write.
    if (!connection.database.isTransaction) throw error;
    outcome = { kind: 'failed', error: portable(sqliteError(error, file)) };
  }
  if (outcome.kind !== 'committed') connection.run('ROLLBACK TO one_write', []);
  connection.run('RELEASE one_write', []);
  return outcome;
}

/** One transaction for the group, a savepoint for each write. Throws when none of the group has happened. */
export function commitGroup(
  connection: SqliteConnection,
  file: string,
  group: readonly (readonly WriterStep[])[],
): readonly WriterOutcome[] {
  connection.run('BEGIN IMMEDIATE', []);
  try {
    const outcomes = group.map((steps) => runWrite(connection, file, steps));
    connection.run('COMMIT', []);
    return outcomes;
  } catch (error) {
    if (connection.database.isTransaction) connection.run('ROLLBACK', []);
    throw error;
  }
}

async function openMigrated(
  file: string,
): Promise<{ connection: SqliteConnection; applied: readonly Migration[] }> {
  const connection = openSqliteForWriting(file);
  try {
    return { connection, applied: await migrate(sqliteMigrationSession(connection), migrations) };
  } catch (error) {
    connection.database.close();
    throw error;
  }
}

/** Opens the file, brings its schema up to date, then answers requests one at a time, in order. */
export async function serveWriter(port: MessagePort, file: string): Promise<void> {
  const reply = (message: WriterReply) => port.postMessage(message);
  const fail = (error: unknown) => {
    const known = error instanceof VerticeError ? error : sqliteError(error, file);
    reply({ kind: 'failed', error: portable(known) });
  };
  let connection: SqliteConnection;
  try {
    const opened = await openMigrated(file);
    connection = opened.connection;
    reply({ kind: 'ready', applied: opened.applied });
  } catch (error) {
    fail(error);
    port.close();
    return;
  }
  port.on('message', (request: WriterRequest) => {
    if (request === 'close') {
      connection.database.close();
      reply({ kind: 'closed' });
      port.close();
      return;
    }
    try {
      reply({ kind: 'outcomes', outcomes: commitGroup(connection, file, request) });
    } catch (error) {
      fail(error);
    }
  });
}
