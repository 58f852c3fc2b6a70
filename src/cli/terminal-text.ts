import { styleText } from 'node:util';
import type { Terminal } from './ports.ts';

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

export type Paint = (style: Style, text: string) => string;

/** Colours text for a terminal; leaves it plain for a file or pipe, and where `NO_COLOR` is set. */
export function createPaint(
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  const isPlain =
    terminal.isTTY !== true || (environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb';
  return (style, text) => (isPlain ? text : styleText(style, text, { validateStream: false }));
}

/**
 * Makes text that an attacker may have written safe to show: control characters, which could move the cursor
 * or recolour the screen, and characters that are not seen or turn the reading direction become visible escapes.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const digits = (character.codePointAt(0) ?? 0).toString(16);
    return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
  });
}

export interface Column {
  readonly title: string;
  /** Numbers are set flush right. */
  readonly align?: 'right';
  /** Longer cells are cut. Default 60 characters. */
  readonly maxWidth?: number;
}

/** A table in plain columns, its title row included. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const cells = rows.map((row) =>
    columns.map(({ maxWidth = 60 }, index) => shorten(printable(row[index] ?? ''), maxWidth)),
  );
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        const width = widths[index] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const head = paint('bold', line(columns.map((column) => column.title)));
  return [head, ...cells.map(line)].map((text) => `${text}\n`).join('');
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
