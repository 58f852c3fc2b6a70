import type { Statement, Step, Value } from './database.ts';

type ColumnType = 'text' | 'integer';
const arrayTypes: Readonly<Record<ColumnType, string>> = { text: 'text[]', integer: 'bigint[]' };

/** An INSERT of whole rows; `onConflict` is what follows ON CONFLICT, if a row may be there already. */
export function insertInto(
  table: string,
  columns: Readonly<Record<string, ColumnType>>,
  onConflict?: string,
): Statement {
  const names = Object.keys(columns);
  const head = `INSERT INTO ${table} (${names.join(', ')})`;
  const tail = onConflict === undefined ? '' : ` ON CONFLICT ${onConflict}`;
  const arrays = Object.values(columns).map((type) => `?::${arrayTypes[type]}`);
  return {
    one: `${head} VALUES (${names.map(() => '?').join(', ')})${tail}`,
    many: `${head} SELECT * FROM unnest(${arrays.join(', ')})${tail}`,
  };
}

/** A DELETE by one column. */
export function deleteFrom(table: string, column: string, type: ColumnType): Statement {
  return {
    one: `DELETE FROM ${table} WHERE ${column} = ?`,
    many: `DELETE FROM ${table} WHERE ${column} = ANY(?::${arrayTypes[type]})`,
  };
}

/** A statement that is run for one row at a time. */
export function oneByOne(sql: string): Statement {
  return { one: sql, many: null };
}

/** The step that writes these rows. */
export function step(statement: Statement, rows: readonly (readonly Value[])[]): Step {
  return { statement, rows };
}
