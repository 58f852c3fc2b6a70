import { Compile } from 'typebox/compile';
import { isJsonObject } from '../json.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { settings } from './settings.ts';

const validator = Compile(ConfigSchema);
const secretPaths = new Set(settings.flatMap(({ path, secret }) => (secret ? [path] : [])));

/** The configuration fit for printing: every secret that is set reads `[redacted]`. */
export function redactConfig(config: Config): Config {
  return validator.Parse(redact(config, ''));
}

function redact(value: unknown, path: string): unknown {
  if (secretPaths.has(path)) return value === '' ? '' : '[redacted]';
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      redact(child, path === '' ? name : `${path}.${name}`),
    ]),
  );
}
