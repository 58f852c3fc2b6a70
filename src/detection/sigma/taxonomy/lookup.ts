import { isJsonObject, type JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';

/** Elements of a list that are looked into; a record is bounded by its bytes, one look-up by this. */
const maxElements = 4096;

/**
 * A member of a parsed record, never of its prototype: what JSON.parse makes holds no functions, so a function, or
 * `Object.prototype` itself, can only be inherited. Cheaper than asking `hasOwn` before every look-up.
 */
export function ownMember(record: JsonObject, name: string): FieldValue {
  const value: unknown = record[name];
  return typeof value === 'function' || value === Object.prototype ? undefined : value;
}

/**
 * A field by the name that a rule gives it: a member of exactly this name, else a path with dots into nested objects.
 * A list on the way answers with what all its elements have there; undefined when nothing is there.
 */
export function fieldAt(record: JsonObject, name: string): FieldValue {
  const direct = ownMember(record, name);
  return direct !== undefined || !name.includes('.') ? direct : below(record, pathOf(name), 0);
}

/** One step of a path: the member to take, and the rest as one name, because sensors write names with dots too. */
interface Step {
  readonly head: string;
  readonly rest: string | null;
}

/** Paths come from rules, so there are few; an overflow only costs working them out again. */
const paths = new Map<string, readonly Step[]>();
const maxPaths = 20_000;
const maxSteps = 32;

function pathOf(name: string): readonly Step[] {
  const known = paths.get(name);
  if (known !== undefined) return known;
  const segments = name.split('.', maxSteps + 1);
  const path = segments.map((head, index) => ({ head, rest: segments.slice(index + 1).join('.') || null }));
  if (paths.size >= maxPaths) paths.clear();
  paths.set(name, path);
  return path;
}

function below(value: FieldValue, path: readonly Step[], at: number): FieldValue {
  if (Array.isArray(value)) return ofElements(value, path, at);
  const step = path[at];
  if (step === undefined || !isJsonObject(value)) return undefined;
  const member = ownMember(value, step.head);
  if (step.rest === null) return member;
  const found = member === undefined ? undefined : beyond(member, path, at + 1, step.rest);
  return found;
}

/** What lies under `rest` in a member: as one name, else step by step. */
function beyond(member: FieldValue, path: readonly Step[], at: number, rest: string): FieldValue {
  if (isJsonObject(member)) {
    const whole = ownMember(member, rest);
    if (whole !== undefined) return whole;
  }
  return below(member, path, at);
}

function ofElements(list: readonly unknown[], path: readonly Step[], at: number): FieldValue {
  const found: unknown[] = [];
  for (let index = 0; index < list.length && found.length < maxElements; index += 1) {
    const value = below(list[index], path, at);
    if (Array.isArray(value)) for (const item of value) found.push(item);
    else if (value !== undefined) found.push(value);
  }
  return found.length === 0 ? undefined : found;
}
