import { hash } from 'node:crypto';
import { type ClientBase, types } from 'pg';
import type { Row, Step, Value } from './database.ts';
import { fromStorable, toStorable } from './storable-text.ts';

/** Many rows travel in pieces of this size, well below what the server takes in one message. */
const maxPieceChars = 4_194_304;
const maxPieceRows = 5000;
const maxKnownStatements = 1000;
const int8 = 20;

/** Reads int8 as a number: no column of ours goes beyond 2^53. */
export const numericTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8 ? Number : types.getTypeParser(oid, format),
};

interface PreparedText {
  readonly name: string;
  readonly text: string;
}
const preparedTexts = new Map<string, PreparedText>();

/** Our `?` as PostgreSQL's `$1`, under a name by which the server keeps the parsed statement. */
function prepared(sql: string): PreparedText {
  const known = preparedTexts.get(sql);
  if (known !== undefined) return known;
  if (preparedTexts.size >= maxKnownStatements) preparedTexts.clear();
  let count = 0;
  const text = sql.replace(/\?/g, () => {
    count += 1;
    return `$${count}`;
  });
  const made = { name: `vertice_${hash('sha256', text, 'hex').slice(0, 32)}`, text };
  preparedTexts.set(sql, made);
  return made;
}

function storable(value: Value): Value {
  return typeof value === 'string' ? toStorable(value) : value;
}

function toRow(record: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, Value> = {};
  for (const [column, value] of Object.entries(record)) {
    if (typeof value === 'string') row[column] = fromStorable(value);
    else row[column] = typeof value === 'number' ? value : null;
  }
  return row;
}

/** What `pg` needs to run one of our statements. */
export function queryOf(sql: string, values: readonly Value[]) {
  return { ...prepared(sql), values: values.map(storable) };
}

/** Rows as ours. */
export function toRows(records: readonly Readonly<Record<string, unknown>>[]): readonly Row[] {
  return records.map(toRow);
}

/** Splits rows so that each piece stays within the limits; a row that is too large alone goes alone. */
function* piecesOf(rows: readonly (readonly Value[])[]): Generator<readonly (readonly Value[])[]> {
  let piece: (readonly Value[])[] = [];
  let chars = 0;
  for (const row of rows) {
    const size = row.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);
    if (piece.length > 0 && (piece.length === maxPieceRows || chars + size > maxPieceChars)) {
      yield piece;
      piece = [];
      chars = 0;
    }
    piece.push(row);
    chars += size;
  }
  yield piece;
}

/** Sends a step without waiting for what was sent before; resolves with the number of rows it changed. */
export async function sendStep(client: ClientBase, step: Step): Promise<number> {
  const { one, many } = step.statement;
  const [first, ...others] = step.rows;
  if (first === undefined) return 0;
  const results =
    many === null || others.length === 0
      ? step.rows.map((row) => client.query(queryOf(one, row)))
      : [...piecesOf(step.rows)].map((piece) =>
          client.query({
            ...prepared(many),
            values: first.map((_, column) => piece.map((row) => storable(row[column] ?? null))),
          }),
        );
  const settled = await Promise.allSettled(results);
  let changed = 0;
  for (const result of settled) {
    if (result.status === 'rejected') throw result.reason;
    changed += result.value.rowCount ?? 0;
  }
  return changed;
}
