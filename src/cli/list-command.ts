import type { Command } from 'commander';
import Type, { type Static, type TObject } from 'typebox';
import { clientFor, withClientOptions } from './api-client.ts';
import { integerBetween, optionsOf } from './command-options.ts';
import type { CliDependencies } from './ports.ts';
import { type Column, createPaint, type Paint, printable, renderTable } from './terminal-text.ts';

/** Most items the API gives at once. */
const pageLimit = 500;

/** A command that lists things of the API, or shows one of them. */
export interface ListCommand<Schema extends TObject> {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  readonly schema: Schema;
  /** Filters: the query parameter and what it means; `--source-ip` for `source_ip`. */
  readonly filters: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  row(item: Static<Schema>): readonly string[];
  /** Lines for one item, when there is more to say than its row. */
  describe?(item: Static<Schema>): readonly (readonly [string, string])[];
  /** Query parameters that switches set, by long flag. */
  readonly switches?: Readonly<
    Record<string, { readonly description: string; readonly query: Readonly<Record<string, string>> }>
  >;
}

/** Adds a list command to the program. */
export function addListCommand<Schema extends TObject>(
  program: Command,
  dependencies: CliDependencies,
  list: ListCommand<Schema>,
): void {
  const command = withClientOptions(program.command(list.name).description(list.description)).option(
    '--limit <number>',
    'most items to list, 1 to 100000 (default: 50)',
    integerBetween(1, 100_000),
  );
  if (list.describe !== undefined) command.argument('[id]', 'show this one in full');
  for (const [name, description] of Object.entries(list.filters)) {
    command.option(`--${name.replaceAll('_', '-')} <value>`, description);
  }
  for (const [flag, { description }] of Object.entries(list.switches ?? {})) {
    command.option(`--${flag}`, description);
  }

  command.action(async () => {
    const { stdout } = dependencies;
    const paint = createPaint(stdout, dependencies.environment);
    const client = clientFor(command, dependencies);
    const options = optionsOf(command);
    const [id] = command.args;

    if (id !== undefined) {
      const item = await client.get(`${list.path}/${encodeURIComponent(id)}`, {}, list.schema);
      if (options.flag('json')) stdout.write(`${JSON.stringify(item)}\n`);
      else stdout.write(renderFields(list.describe?.(item) ?? [], paint));
      return;
    }

    const query: Record<string, string | undefined> = {};
    for (const name of Object.keys(list.filters)) query[name] = options.text(camelCase(name)) ?? undefined;
    for (const [flag, { query: extra }] of Object.entries(list.switches ?? {})) {
      if (options.flag(camelCase(flag))) Object.assign(query, extra);
    }
    const page = Type.Object({
      items: Type.Array(list.schema),
      next_cursor: Type.Union([Type.String(), Type.Null()]),
    });
    const limit = options.number('limit') ?? 50;
    const items: Static<Schema>[] = [];
    let cursor: string | null = null;
    do {
      const asked: Readonly<Record<string, string | undefined>> = {
        ...query,
        limit: String(Math.min(pageLimit, limit - items.length)),
        ...(cursor === null ? {} : { cursor }),
      };
      const answer = await client.get(list.path, asked, page);
      items.push(...answer.items);
      cursor = answer.next_cursor;
    } while (cursor !== null && items.length < limit);

    if (options.flag('json')) {
      stdout.write(`${JSON.stringify({ items, next_cursor: cursor })}\n`);
      return;
    }
    if (items.length === 0) {
      stdout.write(`No ${list.name}.\n`);
      return;
    }
    stdout.write(
      renderTable(
        list.columns,
        items.map((item) => list.row(item)),
        paint,
      ),
    );
    if (cursor !== null) {
      dependencies.stderr.write(`There are more; list them with --limit ${limit * 10}.\n`);
    }
  });
}

/** Names and values under each other; a value of several lines is indented. */
export function renderFields(fields: readonly (readonly [string, string])[], paint: Paint): string {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields
    .map(([name, value]) => {
      const lines = value.split('\n').map(printable);
      return `${paint('dim', name.padEnd(width))}  ${lines.join(`\n${' '.repeat(width + 2)}`)}\n`;
    })
    .join('');
}

function camelCase(name: string): string {
  return name.replaceAll(/[-_]([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
