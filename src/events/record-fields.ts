import { isJsonObject, type Json, type JsonObject } from '../json.ts';

const none: JsonObject = Object.freeze({});

/** The text of a field, at most `maxLength` characters; undefined when it is no text, empty, or `-`. */
export function textOf(value: Json | undefined, maxLength = 512): string | undefined {
  if (typeof value !== 'string' || value === '' || value === '-') return undefined;
  return value.length > maxLength ? value.slice(0, maxLength).toWellFormed() : value;
}

/** The object in a field; an empty one when there is none, so that a look-up inside it finds nothing. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : none;
}

/** The elements of a field: an array's (the first 256), else the value itself, else nothing. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return [value];
  return value.length > 256 ? value.slice(0, 256) : value;
}

/** A port from a number or a decimal string; undefined when it is none. */
export function portOf(value: Json | undefined): number | undefined {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

/** A sensor's own name in snake case (`AssumeRoleWithSAML` → `assume_role_with_saml`), at most 128 characters. */
export function snakeCase(name: string): string {
  return name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_|_$/g, '')
    .slice(0, 128);
}
