import { hash } from 'node:crypto';
import { VerticeError } from '../errors.ts';
import type { Row, Value } from './database.ts';
import type { Migration } from './migrations.ts';
import { numberOf, textOf } from './rows.ts';

/** One connection to a database whose schema is brought up to date. */
export interface MigrationSession {
  /** Starts a transaction that no other process migrating the same database can be in at the same time. */
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Runs statements that take no values. */
  execute(sql: string): Promise<void>;
  query(sql: string, values: readonly Value[]): Promise<readonly Row[]>;
  /** What `$TEXT` and `$SEQUENCE` stand for. */
  readonly words: { readonly TEXT: string; readonly SEQUENCE: string };
}

function inDialect(sql: string, words: MigrationSession['words']): string {
  return sql.replaceAll('$TEXT', words.TEXT).replaceAll('$SEQUENCE', words.SEQUENCE);
}

function checkApplied(applied: readonly Row[], known: readonly Migration[]): void {
  for (const row of applied) {
    const number = numberOf(row, 'number');
    const migration = known.find((candidate) => candidate.number === number);
    if (migration === undefined) {
      throw new VerticeError(
        'VTC_STORE_FAILED',
        `The database has schema version ${number} and this program knows ${known.length}: a newer Vértice has written it. Upgrade this program, or restore a backup from before the upgrade.`,
        { facts: { found: number, known: known.length } },
      );
    }
    if (textOf(row, 'checksum') !== hash('sha256', migration.sql, 'hex')) {
      throw new VerticeError(
        'VTC_STORE_FAILED',
        `Migration ${number} (${migration.name}) of the database is not the one this program holds. Run the program that created the database, or restore a backup.`,
        { facts: { migration: number } },
      );
    }
  }
}

/** Applies the next missing migration; null when there is none. Runs inside a transaction. */
async function applyNext(session: MigrationSession, known: readonly Migration[]): Promise<Migration | null> {
  await session.execute(
    inDialect(
      'CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, name $TEXT NOT NULL, checksum $TEXT NOT NULL)',
      session.words,
    ),
  );
  const applied = await session.query('SELECT number, checksum FROM schema_migrations ORDER BY number', []);
  checkApplied(applied, known);
  const next = known.find((migration) => !applied.some((row) => row['number'] === migration.number));
  if (next === undefined) return null;
  await session.execute(inDialect(next.sql, session.words));
  await session.query('INSERT INTO schema_migrations (number, name, checksum) VALUES (?, ?, ?)', [
    next.number,
    next.name,
    hash('sha256', next.sql, 'hex'),
  ]);
  return next;
}

/**
 * Brings the schema up to date, one transaction a migration; returns those it applied. Safe when several
 * processes do it at once. Rejects with `VTC_STORE_FAILED` when the database is newer than the program.
 */
export async function migrate(
  session: MigrationSession,
  known: readonly Migration[],
): Promise<readonly Migration[]> {
  const done: Migration[] = [];
  for (;;) {
    await session.begin();
    let applied: Migration | null;
    try {
      applied = await applyNext(session, known);
      await session.commit();
    } catch (error) {
      await session.rollback();
      throw error;
    }
    if (applied === null) return done;
    done.push(applied);
  }
}
