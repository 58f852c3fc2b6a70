import { VerticeError } from '../errors.ts';
import { gzipLines, type Line, objectOn } from './gzip-lines.ts';

export const labels = ['malicious', 'benign', 'mixed', 'unlabelled'] as const;
export type Label = (typeof labels)[number];

/** One row of an event file: a record as a sensor wrote it, and what is known about it. */
export interface Row {
  readonly id: string;
  /** Empty when the row names none. */
  readonly scenario: string;
  readonly label: Label;
  /** Input format, as the data's author calls it. */
  readonly format: string;
  /** Whether the data's author maps it to a Sigma log source. */
  readonly isSigmaSource: boolean;
  /** The vendor's JSON, or the raw line: what a door would get. */
  readonly record: Buffer;
  /** Of a triage case: whether it is suspicious. Null for any other row. */
  readonly fire: boolean | null;
}

/** The rows of an event file, a stretch at a time. Members that are not known are left alone. */
export async function* readRows(path: string): AsyncGenerator<readonly Row[]> {
  for await (const lines of gzipLines(path)) yield lines.map((line) => rowOn(path, line));
}

function rowOn(path: string, line: Line): Row {
  const members = objectOn(path, line);
  const { id, scn, label, fmt, ls, event, raw, fire } = members;
  const wrong = (expected: string): VerticeError =>
    new VerticeError('VTC_EVENT_INVALID', `${path}:${line.number}: expected ${expected}.`);
  if (typeof id !== 'string' || id === '') throw wrong('"id", a text');
  if (scn !== undefined && typeof scn !== 'string') throw wrong('"scn", the name of a scenario');
  const known = label === undefined ? 'unlabelled' : labels.find((one) => one === label);
  if (known === undefined) throw wrong(`"label", one of ${labels.join(', ')}`);
  if (typeof raw !== 'string' && (typeof event !== 'object' || event === null)) {
    throw wrong('"event", an object, or "raw", a text');
  }
  return {
    id,
    scenario: scn ?? '',
    label: known,
    format: typeof fmt === 'string' ? fmt : '',
    isSigmaSource: ls !== undefined && ls !== null,
    record: Buffer.from(typeof raw === 'string' ? raw : JSON.stringify(event)),
    fire: typeof fire === 'boolean' ? fire : null,
  };
}
