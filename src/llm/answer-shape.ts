import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { AnswerShape } from './model.ts';

/** Deepest nesting of an answer; what no schema of ours comes near. */
const maxDepth = 64;
const maxFaultsTold = 3;

/** Makes of a schema what providers are told, and the check of what they answer. */
export function createAnswerShape(schema: TSchema): AnswerShape {
  const validator = Compile(schema);
  const wireSchema = wireSchemaOf(schema);
  const names = namesIn(wireSchema, new Set<string>());
  return {
    wireSchema,
    faultOf(text) {
      const value = parseObjectText(text);
      if (value === undefined) return 'it is not JSON';
      if (depthOf(value, 0) > maxDepth) return `it is nested more than ${maxDepth} levels deep`;
      if (validator.Check(value)) return null;
      const errors = validator.Errors(value);
      const told = errors
        .slice(0, maxFaultsTold)
        .map(({ instancePath, message }) => `${pathOf(instancePath, names)} ${message}`);
      const more = errors.length > told.length ? `, and ${errors.length - told.length} more` : '';
      return `${told.join(', ')}${more}`.slice(0, 500);
    },
  };
}

/** The value of an answer that `faultOf` has found right. */
export function parseObjectText(text: string): unknown {
  try {
    return JSON.parse(withoutFence(text));
  } catch {
    return undefined;
  }
}

/** Models without constrained decoding like to wrap JSON in a Markdown code block. */
function withoutFence(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('```') && trimmed.endsWith('```')
    ? trimmed.slice(trimmed.indexOf('\n') + 1, -3)
    : trimmed;
}

/** A path with only such names as stand in the schema: others are a model's words. */
function pathOf(instancePath: string, names: ReadonlySet<string>): string {
  const parts = instancePath.split('/').slice(1, 9);
  const known = parts.map((part) => (/^\d{1,6}$/.test(part) || names.has(part) ? part : '*'));
  return known.length === 0 ? 'the answer' : `/${known.join('/')}`;
}

/**
 * Plain JSON Schema in the subset that constrained decoders take: closed objects, enumerations with a type,
 * and limits they do not know (length of strings, number of properties) told as words. What they do not
 * enforce is checked here afterwards.
 */
function wireSchemaOf(schema: TSchema): JsonObject {
  const plain: unknown = JSON.parse(JSON.stringify(schema));
  const wire = isJsonObject(plain) ? wireNode(plain) : {};
  return isJsonObject(wire) ? wire : {};
}

function wireNode(node: Json): Json {
  if (Array.isArray(node)) return node.map(wireNode);
  if (!isJsonObject(node)) return node;
  const wire: Record<string, Json> = {};
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined || key in wordsOfLimit || dropped.has(key)) continue;
    if (key === 'properties' && isJsonObject(value)) {
      wire[key] = Object.fromEntries(
        Object.entries(value).flatMap(([name, child]) =>
          child === undefined ? [] : [[name, wireNode(child)]],
        ),
      );
    } else wire[key] = nested.has(key) ? wireNode(value) : value;
  }
  if (isJsonObject(wire['properties']) && wire['additionalProperties'] === undefined) {
    wire['additionalProperties'] = false;
  }
  if (wire['type'] === undefined && isAllStrings(wire['enum'])) wire['type'] = 'string';
  const description = [node['description'], ...limitsIn(node)]
    .filter((part) => typeof part === 'string')
    .join(' ');
  if (description !== '') wire['description'] = description;
  return wire;
}

const nested: ReadonlySet<string> = new Set(['items', 'anyOf', 'allOf', 'additionalProperties']);
const dropped: ReadonlySet<string> = new Set(['$id', '$schema', 'default', 'examples', 'description']);
const wordsOfLimit: Readonly<Record<string, (limit: number) => string>> = {
  minLength: (limit) => `At least ${limit} characters.`,
  maxLength: (limit) => `At most ${limit} characters.`,
  minProperties: (limit) => `At least ${limit} properties.`,
  maxProperties: (limit) => `At most ${limit} properties.`,
};

function limitsIn(node: JsonObject): string[] {
  return Object.entries(wordsOfLimit).flatMap(([key, wordsOf]) => {
    const limit = node[key];
    return typeof limit === 'number' ? [wordsOf(limit)] : [];
  });
}

function isAllStrings(value: Json | undefined): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** True when every object names all its properties as required: what strict decoding asks for. */
export function isStrict(node: Json): boolean {
  if (Array.isArray(node)) return node.every(isStrict);
  if (!isJsonObject(node)) return true;
  const { properties, required } = node;
  if (isJsonObject(properties)) {
    const asked = new Set(Array.isArray(required) ? required : []);
    if (!Object.keys(properties).every((name) => asked.has(name))) return false;
    if (!Object.values(properties).every((child) => child === undefined || isStrict(child))) return false;
  }
  return [...nested].every((key) => {
    const child = node[key];
    return child === undefined || isStrict(child);
  });
}

function namesIn(node: Json, names: Set<string>): ReadonlySet<string> {
  if (Array.isArray(node)) for (const child of node) namesIn(child, names);
  else if (isJsonObject(node)) {
    for (const [key, child] of Object.entries(node)) {
      if (child === undefined) continue;
      if (key === 'properties' && isJsonObject(child)) for (const name of Object.keys(child)) names.add(name);
      namesIn(child, names);
    }
  }
  return names;
}

function depthOf(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return depth;
  let deepest = depth;
  for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child, depth + 1));
  return deepest;
}
