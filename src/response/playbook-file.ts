import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { messageOf, VerticeError } from '../errors.ts';
import { type Playbook, PlaybookSchema } from './playbook.ts';

const validator = Compile(PlaybookSchema);

/**
 * Reads one playbook. Throws `VTC_PLAYBOOK_INVALID` with file, line, field and what was expected.
 *
 * @param file name for messages
 * @param actionTypes the actuators there are
 */
export function parsePlaybook(text: string, file: string, actionTypes: readonly string[]): Playbook {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    throw invalid(file, lines.linePos(syntaxError.pos[0]).line, '', `not valid YAML: ${syntaxError.message}`);
  }
  /** Line of the node at this path, or of the nearest one around it. */
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };

  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    throw invalid(file, 1, '', messageOf(error));
  }
  if (!validator.Check(value)) {
    const errors = validator.Errors(value);
    const path = pathOf(errors[0]?.instancePath ?? '');
    const expected = errors.map(expectation).find((text) => text !== null) ?? 'expected a playbook';
    throw invalid(file, lineOf(path), path.join('.'), `${expected}; got ${shown(value, path)}`);
  }
  for (const [index, action] of value.actions.entries()) {
    if (!actionTypes.includes(action.type)) {
      const path = ['actions', index, 'type'];
      const known = actionTypes.length === 0 ? 'nothing, as there is no actuator' : actionTypes.join(', ');
      throw invalid(file, lineOf(path), path.join('.'), `expected one of: ${known}; got "${action.type}"`);
    }
  }
  return value;
}

/**
 * Reads every playbook (`*.yaml`, `*.yml`) of a folder, in the order of their ids. Throws
 * `VTC_PLAYBOOK_INVALID` for the first that is wrong, and when two bear one id.
 */
export async function loadPlaybooks(
  folder: string,
  actionTypes: readonly string[],
): Promise<readonly Playbook[]> {
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch (cause) {
    throw new VerticeError(
      'VTC_PLAYBOOK_INVALID',
      `cannot read the playbook folder ${folder}: ${messageOf(cause)}`,
      { cause, facts: { file: folder } },
    );
  }
  const playbooks = new Map<string, Playbook>();
  for (const name of names) {
    const file = join(folder, name);
    const playbook = parsePlaybook(await readFile(file, 'utf8'), file, actionTypes);
    if (playbooks.has(playbook.id)) {
      throw invalid(file, 1, 'id', `expected an id of its own; "${playbook.id}" is taken by another file`);
    }
    playbooks.set(playbook.id, playbook);
  }
  return [...playbooks.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function invalid(file: string, line: number, field: string, problem: string): VerticeError {
  return new VerticeError(
    'VTC_PLAYBOOK_INVALID',
    `${file}:${line}: ${field === '' ? '' : `${field}: `}${problem}`,
    { facts: { file, line, field } },
  );
}

/** A JSON pointer as path segments. No key of a playbook needs the pointer's escapes. */
function pathOf(pointer: string): readonly (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

type SchemaError = ReturnType<typeof validator.Errors>[number];

/** What a schema's complaint asks for; null for one that only follows from another. */
function expectation(error: SchemaError): string | null {
  switch (error.keyword) {
    case 'const':
      return 'expected default, or a whole number of seconds from 1 to 2592000';
    case 'type':
      // The lease is the one value of two types; its `const` comes with it and says more.
      return error.schemaPath.includes('/anyOf/') ? null : `expected ${error.params.type}`;
    case 'enum':
      return `expected one of: ${error.params.allowedValues.join(', ')}`;
    case 'boolean':
      return 'expected no such member';
    case 'required':
      return `expected the members ${error.params.requiredProperties.join(', ')}`;
    case 'pattern':
      return `expected text of the form ${error.params.pattern}`;
    default:
      return error.message;
  }
}

function shown(value: unknown, path: readonly (string | number)[]): string {
  let found = value;
  for (const segment of path) {
    found = new Map<string | number, unknown>(Object.entries(Object(found))).get(String(segment));
  }
  return JSON.stringify(found).slice(0, 80);
}
