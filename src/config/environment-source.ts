import { messageOf } from '../errors.ts';
import { nearestName } from './nearest-name.ts';
import type { ConfigProblem } from './problem.ts';
import { type Setting, settings } from './settings.ts';
import { checkValue, type ReadFile, type SourcedValue, type SourceReading } from './sourced-value.ts';
import { valueOfText } from './text-value.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the configuration file. */
export const configFileVariable = 'VERTICE_CONFIG';

const variableNames: readonly string[] = [
  configFileVariable,
  ...settings.flatMap(({ env, secret }) => (secret ? [env, `${env}_FILE`] : [env])),
];

/** Reads every variable that sets something; secrets also from the file named in `<NAME>_FILE`. */
export function readEnvironment(env: Environment, readFile: ReadFile): SourceReading {
  const values = new Map<string, SourcedValue>();
  const problems: ConfigProblem[] = [];
  for (const setting of settings) {
    const reading = setting.secret ? readSecret(setting, env, readFile) : readVariable(setting, env);
    if (reading === null) continue;
    if (isProblem(reading)) {
      problems.push(reading);
      continue;
    }
    const value = valueOfText(setting, reading.text);
    if (value === undefined) continue;
    const problem = checkValue(setting, { where: reading.where, value });
    if (problem === null) values.set(setting.path, { where: reading.where, value });
    else problems.push(problem);
  }
  return { values, problems, warnings: misspeltVariables(env) };
}

interface VariableText {
  readonly where: string;
  readonly text: string;
}

function isProblem(reading: VariableText | ConfigProblem): reading is ConfigProblem {
  return 'expected' in reading;
}

function readVariable(setting: Setting, env: Environment): VariableText | null {
  const text = env[setting.env];
  return text === undefined ? null : { where: `environment variable ${setting.env}`, text };
}

function readSecret(
  setting: Setting,
  env: Environment,
  readFile: ReadFile,
): VariableText | ConfigProblem | null {
  const fileVariable = `${setting.env}_FILE`;
  const file = env[fileVariable];
  // Compose files pass unset variables on as empty ones, so empty means unset here.
  if (file === undefined || file === '') return readVariable(setting, env);
  const where = `environment variable ${fileVariable}`;
  const problem = { where, setting: setting.path, received: null, nearest: null };
  if (env[setting.env] !== undefined && env[setting.env] !== '') {
    return { ...problem, expected: `either ${setting.env} or ${fileVariable}, not both` };
  }
  try {
    return { where, text: readFile(file).replace(/\r?\n$/, '') };
  } catch (error) {
    return { ...problem, expected: `a readable file`, received: messageOf(error) };
  }
}

/**
 * Only near misses are worth a word: other programs (and Kubernetes, for a service called vertice) set
 * variables with our prefix too.
 */
function misspeltVariables(env: Environment): readonly ConfigProblem[] {
  const known = new Set(variableNames);
  return Object.keys(env).flatMap((name) => {
    const nearest = known.has(name) ? null : nearestName(name, known, 2);
    if (nearest === null) return [];
    return [
      {
        where: `environment variable ${name}`,
        setting: null,
        expected: 'the name of a setting; it is ignored',
        received: null,
        nearest,
      },
    ];
  });
}
