import type { VerticeError } from '../errors.ts';

/** What a column holds and a placeholder takes. */
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

/** One writing statement, in the two forms the databases run best. Placeholders are `?`. */
export interface Statement {
  /** Writes one row. */
  readonly one: string;
  /** PostgreSQL: the same for many rows, one array a placeholder; null when it only makes sense for one row. */
  readonly many: string | null;
}

/** One statement of a write, run for each of its rows. */
export interface Step {
  readonly statement: Statement;
  readonly rows: readonly (readonly Value[])[];
  /** When the step changes no row, the whole write is undone and rejects with this. */
  readonly orElse?: () => VerticeError;
}

/**
 * What the repositories ask of a database: reading, and writing whole or not at all. A write is a list
 * of steps, not a callback, so that many of them can share one transaction.
 */
export interface Database {
  /** Sees every write that has resolved. Rejects with `VTC_STORE_UNAVAILABLE` or `VTC_STORE_FAILED`. */
  query(sql: string, values: readonly Value[]): Promise<readonly Row[]>;
  /**
   * Durable when it resolves, with the number of rows each step changed. Writes take effect in the order
   * of the calls; those under way together share a commit, and one that fails leaves the others alone.
   */
  write(steps: readonly Step[]): Promise<readonly number[]>;
  /** Ends after the writes already asked for. Later calls reject with `VTC_SHUTTING_DOWN`. */
  close(): Promise<void>;
}
