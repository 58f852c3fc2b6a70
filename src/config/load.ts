import { Compile } from 'typebox/compile';
import { messageOf } from '../errors.ts';
import { crossCheck } from './cross-checks.ts';
import { configFileVariable, type Environment, readEnvironment } from './environment-source.ts';
import { readConfigFile } from './file-source.ts';
import { readFlags } from './flag-source.ts';
import type { ConfigProblem } from './problem.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { settings } from './settings.ts';
import type { ReadFile, SourcedValue, SourceReading } from './sourced-value.ts';

/** Read when neither `--config` nor `VERTICE_CONFIG` names a file, if it exists. */
export const defaultConfigFile = 'vertice.yaml';

export interface ConfigSources {
  /** `--config`; goes before `VERTICE_CONFIG`, which goes before `./vertice.yaml`. */
  readonly file?: string;
  readonly env: Environment;
  /** `--set path=value`, as a record by path. */
  readonly flags: Readonly<Record<string, string>>;
  readonly readFile: ReadFile;
}

export type ConfigResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly ConfigProblem[];
      /** Where each setting that is not at its default was written, by path. */
      readonly origins: ReadonlyMap<string, string>;
    }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      readonly warnings: readonly ConfigProblem[];
    };

const validator = Compile(ConfigSchema);

/**
 * Settles every setting: defaults, under the YAML file, under the environment, under flags. All sources are
 * read to the end, so that one run shows everything that has to be changed.
 */
export function loadConfig({ file, env, flags, readFile }: ConfigSources): ConfigResult {
  const readings = [
    readYaml(file ?? env[configFileVariable], readFile),
    readEnvironment(env, readFile),
    readFlags(flags),
  ];
  const problems = readings.flatMap((reading) => reading.problems);
  const warnings = readings.flatMap((reading) => reading.warnings);
  const values = new Map<string, SourcedValue>(readings.flatMap((reading) => [...reading.values]));

  const candidate = assemble(values);
  if (!validator.Check(candidate)) return { ok: false, problems, warnings };
  const crossed = crossCheck(candidate, {
    whereOf: (path) => values.get(path)?.where ?? 'default',
    readFile,
  });
  const allProblems = [...problems, ...crossed.problems];
  const allWarnings = [...warnings, ...crossed.warnings];
  if (allProblems.length > 0) return { ok: false, problems: allProblems, warnings: allWarnings };
  const origins = new Map([...values].map(([path, { where }]) => [path, where]));
  return { ok: true, config: candidate, warnings: allWarnings, origins };
}

function readYaml(named: string | undefined, readFile: ReadFile): SourceReading {
  const file = named === undefined || named === '' ? null : named;
  try {
    return readConfigFile(file ?? defaultConfigFile, readFile(file ?? defaultConfigFile));
  } catch (error) {
    if (file === null && isMissing(error)) return { values: new Map(), problems: [], warnings: [] };
    const problem = {
      where: file ?? defaultConfigFile,
      setting: null,
      expected: 'a readable configuration file',
      received: messageOf(error),
      nearest: null,
    };
    return { values: new Map(), problems: [problem], warnings: [] };
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** The configuration as one object: what the sources say, and defaults for the rest. */
function assemble(values: ReadonlyMap<string, SourcedValue>): unknown {
  const root: Record<string, unknown> = {};
  const sections = new Map<string, Record<string, unknown>>([['', root]]);
  for (const { path, defaultValue } of settings) {
    const dot = path.lastIndexOf('.');
    const name = path.slice(0, Math.max(0, dot));
    const section = sections.get(name) ?? {};
    if (!sections.has(name)) {
      sections.set(name, section);
      root[name] = section;
    }
    const sourced = values.get(path);
    section[path.slice(dot + 1)] = sourced === undefined ? defaultValue : sourced.value;
  }
  return root;
}
