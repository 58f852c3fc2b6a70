import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';
import type { Database, Row, Value } from './database.ts';
import { numberOf, textOf } from './rows.ts';
import type { Page, PageRequest } from './store.ts';

const maxPageLimit = 1000;
/** Most entries of work to resume or to relay that one call hands out. */
export const maxResumeLimit = 100_000;

/** How a list is read: newest first, equal times in descending order of the id, so that a walk is stable. */
export interface Listing<T> {
  readonly columns: string;
  readonly from: string;
  /** Sort column in milliseconds; never changes once a row is written. */
  readonly time: string;
  /** Unique column that breaks ties. */
  readonly id: string;
  readonly read: (row: Row) => T;
}

/** A comparison with one placeholder, and the value for it. */
export type Condition = readonly [sql: string, value: Value];

const Cursor = Compile(
  Type.Tuple([
    Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
    Type.String(),
  ]),
);

function encodeCursor(time: number, id: string): string {
  return Buffer.from(JSON.stringify([time, id])).toString('base64url');
}

function decodeCursor(cursor: string): [number, string] {
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    decoded = null;
  }
  if (!Cursor.Check(decoded)) {
    throw new VerticeError(
      'VTC_USAGE',
      'The cursor is not one that a list returned. Pass next_cursor unchanged, or leave the cursor out.',
    );
  }
  return decoded;
}

/** Throws `VTC_USAGE` when the limit is not a whole number from 1 to `max`. */
export function checkLimit(limit: number, max: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > max) {
    throw new VerticeError('VTC_USAGE', `Expected a limit from 1 to ${max}, got ${limit}.`);
  }
}

/** The rows after the cursor that meet every condition, up to the limit. */
export async function readPage<T>(
  database: Database,
  listing: Listing<T>,
  conditions: readonly Condition[],
  page: PageRequest,
): Promise<Page<T>> {
  checkLimit(page.limit, maxPageLimit);
  const where = conditions.map(([sql]) => sql);
  const values: Value[] = conditions.map(([, value]) => value);
  if (page.cursor !== undefined) {
    where.push(`(${listing.time}, ${listing.id}) < (?, ?)`);
    values.push(...decodeCursor(page.cursor));
  }
  const rows = await database.query(
    `SELECT ${listing.columns}, ${listing.time} AS order_time, ${listing.id} AS order_id FROM ${listing.from}` +
      (where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`) +
      ` ORDER BY ${listing.time} DESC, ${listing.id} DESC LIMIT ?`,
    [...values, page.limit + 1],
  );
  const kept = rows.slice(0, page.limit);
  const last = kept.at(-1);
  return {
    items: kept.map(listing.read),
    nextCursor:
      last === undefined || rows.length === kept.length
        ? null
        : encodeCursor(numberOf(last, 'order_time'), textOf(last, 'order_id')),
  };
}
