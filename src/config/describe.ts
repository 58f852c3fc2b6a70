import { settings } from './settings.ts';

/** One setting as documentation shows it. */
export interface ConfigRow {
  readonly path: string;
  /** Variable that sets it; secrets also take `<env>_FILE`. */
  readonly env: string;
  readonly default: string;
  readonly range: string;
  readonly description: string;
}

/** Every setting, in the order of the schema. */
export function describeConfig(): readonly ConfigRow[] {
  return settings.map(({ path, env, defaultValue, range, description }) => ({
    path,
    env,
    default: JSON.stringify(defaultValue),
    range,
    description,
  }));
}

/** `describeConfig` as a Markdown table. */
export function configTable(): string {
  const rows = describeConfig().map(({ path, env, default: value, range, description }) =>
    row([`\`${path}\``, `\`${env}\``, `\`${value}\``, range, description]),
  );
  const header = row(['Setting', 'Environment', 'Default', 'Expected', 'Meaning']);
  return [header, '|---|---|---|---|---|', ...rows, ''].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
