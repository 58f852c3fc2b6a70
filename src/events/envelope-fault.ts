import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { isJsonObject } from '../json.ts';

/** One property of the envelope with a check of its own, so that a flood of bad records stays cheap to answer. */
interface Node {
  readonly name: string;
  readonly isRequired: boolean;
  readonly check: (value: unknown) => boolean;
  readonly expected: string;
  readonly children: readonly Node[];
}

const envelope = nodeOf('', SecurityEventSchema, true);

/**
 * The first property of a record that keeps it from being a SecurityEvent: its path, what was expected and what
 * came, without quoting it. Null when the record is one.
 */
export function envelopeFault(record: unknown): string | null {
  return faultOf(envelope, record, '');
}

/** What came, by type and size. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value} ${String(value)}`;
}

function faultOf(node: Node, value: unknown, parentPath: string): string | null {
  if (node.check(value)) return null;
  const path = parentPath === '' ? node.name : `${parentPath}.${node.name}`;
  if (isJsonObject(value)) {
    for (const child of node.children) {
      const member = Object.hasOwn(value, child.name) ? value[child.name] : undefined;
      if (member === undefined && !child.isRequired) continue;
      const fault = faultOf(child, member, path);
      if (fault !== null) return fault;
    }
  }
  return `${path === '' ? 'record' : path}: expected ${node.expected}, got ${describeValue(value)}`;
}

function nodeOf(name: string, schema: TSchema, isRequired: boolean): Node {
  const validator = Compile(schema);
  const children = Type.IsObject(schema)
    ? Object.entries(schema.properties).map(([key, property]) =>
        nodeOf(key, property, schema.required?.includes(key) ?? false),
      )
    : [];
  return {
    name,
    isRequired,
    check: (value) => validator.Check(value),
    expected: expectedBy(schema, children),
    children,
  };
}

function expectedBy(schema: TSchema, children: readonly Node[]): string {
  const { format, minLength = 0, maxLength, minimum, maximum, maxItems, ...rest }: Keywords = { ...schema };
  if (Type.IsString(schema)) {
    if (format === 'date-time') return 'an RFC 3339 date and time with offset (2026-05-01T12:00:00Z)';
    return `text of ${minLength} to ${maxLength} characters`;
  }
  if (Type.IsInteger(schema)) return `an integer from ${minimum} to ${maximum}`;
  if (Type.IsArray(schema)) {
    return `an array of at most ${maxItems} elements, each ${expectedBy(schema.items, [])}`;
  }
  if (Array.isArray(rest['enum'])) return `one of ${rest['enum'].join(', ')}`;
  return children.length === 0
    ? 'an object'
    : `an object of ${children.map((child) => child.name).join(', ')}`;
}

/** The keywords of JSON Schema that the envelope uses. */
type Keywords = Readonly<Record<string, unknown>>;
