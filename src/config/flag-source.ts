import { nearestName } from './nearest-name.ts';
import type { ConfigProblem } from './problem.ts';
import { settings } from './settings.ts';
import { checkValue, type SourcedValue, type SourceReading } from './sourced-value.ts';
import { valueOfText } from './text-value.ts';

/** Reads `--set path=value` flags, given as a record of texts by path. */
export function readFlags(flags: Readonly<Record<string, string>>): SourceReading {
  const values = new Map<string, SourcedValue>();
  const problems: ConfigProblem[] = [];
  for (const [path, text] of Object.entries(flags)) {
    const where = `--set ${path}`;
    const setting = settings.find((candidate) => candidate.path === path);
    if (setting === undefined) {
      problems.push({
        where,
        setting: null,
        expected: 'the path of a setting, such as bus.kind',
        received: null,
        nearest: nearestName(
          path,
          settings.map((known) => known.path),
        ),
      });
      continue;
    }
    const sourced = { where, value: valueOfText(setting, text) ?? (setting.nullable ? null : text) };
    const problem = checkValue(setting, sourced);
    if (problem === null) values.set(path, sourced);
    else problems.push(problem);
  }
  return { values, problems, warnings: [] };
}
