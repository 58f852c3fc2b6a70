import { Compile } from 'typebox/compile';
import { type ConfigProblem, showValue } from './problem.ts';
import { type Setting, settings } from './settings.ts';

/** Reads a whole text file; throws what `node:fs` throws. */
export type ReadFile = (path: string) => string;

/** A value for one setting, and where it was written. */
export interface SourcedValue {
  readonly where: string;
  readonly value: unknown;
}

/** What one source (file, environment, flags) says: values by setting path, and what is wrong with it. */
export interface SourceReading {
  readonly values: ReadonlyMap<string, SourcedValue>;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

const validators = new Map(settings.map((setting) => [setting.path, Compile(setting.schema)]));

/** Null when the setting takes this value; otherwise what is wrong with it. */
export function checkValue(setting: Setting, sourced: SourcedValue): ConfigProblem | null {
  if (validators.get(setting.path)?.Check(sourced.value) === true) return null;
  return {
    where: sourced.where,
    setting: setting.path,
    expected: setting.range,
    received: setting.secret ? null : showValue(sourced.value),
    nearest: null,
  };
}
