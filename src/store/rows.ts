import type { Static, TProperties, TSchema } from 'typebox';
import type { Validator } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import type { Database, Row, Value } from './database.ts';

function unexpected(column: string, expected: string): VerticeError {
  return new VerticeError(
    'VTC_STORE_FAILED',
    `Column ${column} should hold ${expected} and does not: something else has changed the database. Restore it from a backup.`,
    { facts: { column } },
  );
}

/** A text column that is never null. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw unexpected(column, 'text');
  return value;
}

/** A number column that is never null. */
export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw unexpected(column, 'a number');
  return value;
}

/** A JSON column, not yet checked. */
export function jsonOf(row: Row, column: string): unknown {
  const text = textOf(row, column);
  try {
    return JSON.parse(text);
  } catch {
    throw unexpected(column, 'JSON');
  }
}

/** Narrows what was read from `column` to the type it was written as. */
export function checked<Schema extends TSchema>(
  validator: Validator<TProperties, Schema>,
  value: unknown,
  column: string,
): Static<Schema> {
  if (!validator.Check(value)) throw unexpected(column, 'a document of the current form');
  return value;
}

/** The number that a `SELECT count(*) AS n` yields. */
export async function countOf(database: Database, sql: string, values: readonly Value[]): Promise<number> {
  const rows = await database.query(sql, values);
  return rows.reduce((sum, row) => sum + numberOf(row, 'n'), 0);
}
