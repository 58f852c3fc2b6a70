import { isJsonObject, type JsonObject } from '../json.ts';
import { ConfigSchema } from './schema.ts';

/** What kind of value a setting holds; a list is one of strings. */
export type SettingKind = 'string' | 'integer' | 'number' | 'boolean' | 'choice' | 'list';

/** One leaf of the configuration schema. */
export interface Setting {
  /** Dotted path, e.g. `bus.kind`. */
  readonly path: string;
  readonly kind: SettingKind;
  /** Environment variable that sets it; a secret may also come from the file named in `<env>_FILE`. */
  readonly env: string;
  /** Never printed, neither in problems nor in the configuration shown. */
  readonly secret: boolean;
  /** Null (an empty environment variable) switches the thing off. */
  readonly nullable: boolean;
  readonly defaultValue: unknown;
  readonly description: string;
  /** What is allowed, in words that complete "expected …". */
  readonly range: string;
  /** The leaf as JSON Schema. */
  readonly schema: JsonObject;
}

/** Every setting of the product, in the order of the schema. */
export const settings: readonly Setting[] = settingsOf(ConfigSchema);

/** Paths of the groups that hold settings, e.g. `bus`. */
export const sections: ReadonlySet<string> = new Set(
  settings.flatMap(({ path }) => (path.includes('.') ? [path.slice(0, path.lastIndexOf('.'))] : [])),
);

/** Flattens an object schema of one or more levels into its leaves. */
export function settingsOf(schema: unknown, prefix = ''): readonly Setting[] {
  if (!isJsonObject(schema) || !isJsonObject(schema['properties'])) return [];
  return Object.entries(schema['properties']).flatMap(([name, child]) => {
    if (!isJsonObject(child)) return [];
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return isJsonObject(child['properties']) ? settingsOf(child, path) : [settingOf(path, child)];
  });
}

function settingOf(path: string, leaf: JsonObject): Setting {
  const alternatives = Array.isArray(leaf['anyOf']) ? leaf['anyOf'].filter(isJsonObject) : [leaf];
  const nullable = alternatives.some((alternative) => alternative['type'] === 'null');
  const schema = alternatives.find((alternative) => alternative['type'] !== 'null') ?? leaf;
  const kind = kindOf(schema);
  return {
    path,
    kind,
    env: String(leaf['env']),
    secret: leaf['secret'] === true,
    nullable,
    defaultValue: leaf['default'],
    description: String(leaf['description']),
    range: rangeOf(kind, schema) + (nullable ? ', or null' : ''),
    schema: leaf,
  };
}

function kindOf(schema: JsonObject): SettingKind {
  if (Array.isArray(schema['enum'])) return 'choice';
  switch (schema['type']) {
    case 'integer':
    case 'number':
    case 'boolean':
      return schema['type'];
    case 'array':
      return 'list';
    default:
      return 'string';
  }
}

function rangeOf(kind: SettingKind, schema: JsonObject): string {
  switch (kind) {
    case 'choice':
      return `one of ${Array.isArray(schema['enum']) ? schema['enum'].join(', ') : ''}`;
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${limitsOf(schema)}`;
    case 'number':
      return `a number${limitsOf(schema)}`;
    case 'list':
      return `a list of strings${isJsonObject(schema['items']) ? textLimitsOf(schema['items']) : ''}`;
    case 'string':
      return `a string${textLimitsOf(schema)}`;
  }
}

function limitsOf(schema: JsonObject): string {
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : ` of at least ${minimum}`;
}

function textLimitsOf(schema: JsonObject): string {
  const { minLength, maxLength, pattern } = schema;
  const limits = [
    minLength === undefined ? null : `at least ${minLength} character${minLength === 1 ? '' : 's'} long`,
    maxLength === undefined ? null : `at most ${maxLength} characters long`,
    pattern === undefined ? null : `matching ${pattern}`,
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? '' : ` ${limits.join(' and ')}`;
}
