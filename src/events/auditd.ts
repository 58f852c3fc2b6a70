import { deterministicId } from '../ids.ts';
import type { Json, JsonObject } from '../json.ts';
import { type AuditLine, type AuditValue, readAuditHeader, readAuditLine } from './audit-line.ts';
import { auditMeaning } from './audit-meaning.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { Rejection, TextFormat } from './format.ts';

/** Most lines of one event; the kernel writes a few, and some dozens for a program with very many arguments. */
const maxLines = 256;

/** The Linux audit log: one line, or the lines of one event together, separated by newlines. */
export const auditd: TextFormat = {
  kind: 'text',
  id: 'auditd',
  title: 'Linux audit log',
  recognise: (text) => readAuditHeader(text) !== null,
  normalise(text, origin) {
    const lines = readLines(text);
    if ('rejected' in lines) return lines;
    const [first] = lines;
    const entities = new EntityCollector();
    for (const line of lines) collect(line, entities);
    return buildEvent({
      format: 'auditd',
      origin,
      record: payloadOf(lines),
      // Machine, time and serial are in the text and make it the only one of its kind.
      ownId: deterministicId('audit', text),
      timestamp: first.timestamp,
      source: 'auditd',
      ...auditMeaning(lines),
      host: first.node,
      logsource: { product: 'linux', service: ['auditd'] },
      entities,
    });
  },
};

function readLines(text: string): [AuditLine, ...AuditLine[]] | Rejection {
  const written = text.split('\n', maxLines + 1);
  if (written.length > maxLines) return invalid(`expected at most ${maxLines} lines, got more`);
  const lines: AuditLine[] = [];
  for (const [index, line] of written.entries()) {
    if (line.trim() === '') continue;
    const read = readAuditLine(line.trim());
    if (read === null) return invalid(`line ${index + 1}: expected type=… msg=audit(…): …`);
    const stamp = lines[0]?.stamp ?? read.stamp;
    if (read.stamp !== stamp) {
      return invalid(`line ${index + 1}: expected a line of event ${stamp}, got one of ${read.stamp}`);
    }
    lines.push(read);
  }
  const [first, ...rest] = lines;
  return first === undefined ? invalid('expected type=… msg=audit(…): …, got no line') : [first, ...rest];
}

function invalid(detail: string): Rejection {
  return { rejected: 'invalid_record', detail };
}

/**
 * All records by type as they are, and beside them every field once by its own name (the values of all records that
 * have it), so that a rule on `exe` or `name` need not know which record holds it.
 */
function payloadOf(lines: readonly [AuditLine, ...AuditLine[]]): JsonObject {
  const [first] = lines;
  const args = argumentsOf(lines);
  const command = args.length > 0 ? args.join(' ') : first.fields.get('cmd');
  return {
    ...fieldsOf(lines, args.length > 0),
    type: oneOrAll([...new Set(lines.map((line) => line.type))]),
    ...(first.node === undefined ? {} : { node: first.node }),
    serial: first.serial,
    ...(args.length === 0 ? {} : { args }),
    ...(command === undefined ? {} : { command_line: command }),
    records: recordsOf(lines),
  };
}

function recordsOf(lines: readonly AuditLine[]): JsonObject {
  const byType = Map.groupBy(lines, (line) => line.type);
  return Object.fromEntries(
    [...byType].map(([type, records]) => [
      type,
      oneOrAll(records.map((line) => Object.fromEntries(line.fields))),
    ]),
  );
}

/** A system call's `a0`…`a3` are numbers and give way to the arguments of the program it started. */
function fieldsOf(lines: readonly AuditLine[], hasArguments: boolean): JsonObject {
  const all = new Map<string, AuditValue[]>();
  for (const line of lines) {
    for (const [name, value] of line.fields) {
      if (hasArguments && line.type === 'SYSCALL' && /^a[0-3]$/.test(name)) continue;
      const values = all.get(name);
      if (values === undefined) all.set(name, [value]);
      else if (!values.includes(value)) values.push(value);
    }
  }
  return Object.fromEntries([...all].map(([name, values]) => [name, oneOrAll(values)]));
}

function oneOrAll(values: readonly Json[]): Json | undefined {
  return values.length === 1 ? values[0] : values;
}

/** Arguments of the started program; long ones come in pieces (`a1[0]`, `a1[1]`, …). */
function argumentsOf(lines: readonly AuditLine[]): string[] {
  const args = new Map<number, string>();
  for (const line of lines) {
    if (line.type !== 'EXECVE') continue;
    for (const [name, value] of line.fields) {
      const index = /^a(\d{1,6})(?:\[\d{1,6}\])?$/.exec(name)?.[1];
      if (index === undefined || typeof value !== 'string') continue;
      args.set(Number(index), (args.get(Number(index)) ?? '') + value);
    }
  }
  return [...args].sort(([left], [right]) => left - right).map(([, value]) => value);
}

function collect({ type, fields }: AuditLine, entities: EntityCollector): void {
  entities.ip(fields.get('addr'));
  const saddr = fields.get('saddr');
  if (typeof saddr === 'object') entities.ip(saddr['address']);
  const hostname = fields.get('hostname');
  if (hostname !== '?') entities.host(hostname);
  for (const name of ['acct', 'AUID', 'UID', 'EUID'] as const) {
    const user = fields.get(name);
    if (user !== 'unset' && user !== '?' && user !== '(unknown)') entities.user(user);
  }
  entities.process(fields.get('exe'));
  if (type === 'EXECVE') entities.process(fields.get('a0'));
}
