import { timestampFromMs } from './timestamp.ts';

/** A value of an audit record: text, or for `saddr` what the bytes say. */
export type AuditValue = string | { readonly [name: string]: string | number };

/** One line of the Linux audit log. */
export interface AuditLine {
  /** `SYSCALL`, `USER_LOGIN`, … */
  readonly type: string;
  /** Machine, where the lines of several come together. */
  readonly node: string | undefined;
  /** RFC 3339. */
  readonly timestamp: string | null;
  /** `<seconds>.<milliseconds>:<serial>`: the same in all lines of one event. */
  readonly stamp: string;
  readonly serial: number;
  /** Fields by name, decoded; names that auditd resolved (`UID="root"`) keep their capitals. */
  readonly fields: ReadonlyMap<string, AuditValue>;
}

/** Which event a line belongs to, without reading its fields. */
export interface AuditHeader {
  readonly type: string;
  readonly node: string | undefined;
  readonly stamp: string;
  readonly serial: number;
  /** Index of the first character after the header. */
  readonly bodyAt: number;
}

const header =
  /^(?:node=(\S{1,255}) )?type=([A-Z][A-Z0-9_]{1,63}|UNKNOWN\[\d{1,5}\]) msg=audit\((\d{1,12})\.(\d{3}):(\d{1,16})\): ?/;

/** The header of a line of the audit log; null when the text does not begin with one. */
export function readAuditHeader(text: string): AuditHeader | null {
  const parts = header.exec(text);
  if (parts === null) return null;
  const [all, node, type = '', seconds = '', milliseconds = '', serial = ''] = parts;
  const stamp = `${seconds}.${milliseconds}:${serial}`;
  return { type, node, stamp, serial: Number(serial), bodyAt: all.length };
}

/** Reads one line; null when it is none. */
export function readAuditLine(text: string): AuditLine | null {
  const start = readAuditHeader(text);
  if (start === null) return null;
  const { type, node, stamp, serial, bodyAt } = start;
  const ms = Number(stamp.slice(0, stamp.indexOf(':'))) * 1000;
  const fields = new Map<string, AuditValue>();
  const enrichedAt = text.indexOf('\x1d', bodyAt);
  const body = text.slice(bodyAt, enrichedAt === -1 ? text.length : enrichedAt);
  // Access decisions (`avc:  denied  { read } for  pid=…`) begin with words.
  if (body !== '' && !/^[A-Za-z0-9_-]{1,64}=/.test(body)) fields.set('message', body.slice(0, 1024));
  readFields(type, body, fields);
  if (enrichedAt !== -1) readFields(type, text.slice(enrichedAt + 1), fields);
  return { type, node, timestamp: timestampFromMs(Math.round(ms)), stamp, serial, fields };
}

const field = /([A-Za-z0-9_-]{1,64}(?:\[\d{1,6}\])?)=(?:"([^"]*)"|(\{[^{}]{0,512}\})|(\S*))/g;
const messageField = " msg='";

/**
 * Fields of a record into the map; the first of a name stays, so that what a program says inside `msg='…'` cannot
 * replace what the kernel says before it.
 */
function readFields(type: string, text: string, fields: Map<string, AuditValue>): void {
  const nestedAt = text.indexOf(messageField);
  const isNested = nestedAt !== -1 && text.endsWith("'") && text.length > nestedAt + messageField.length;
  addFields(type, isNested ? text.slice(0, nestedAt) : text, fields);
  if (isNested) addFields(type, text.slice(nestedAt + messageField.length, -1), fields);
}

function addFields(type: string, text: string, fields: Map<string, AuditValue>): void {
  for (const [, name = '', quoted, braced, bare = ''] of text.matchAll(field)) {
    if (!fields.has(name)) fields.set(name, quoted ?? braced ?? decode(type, name, bare));
  }
}

/** Fields that the kernel writes in hexadecimal when they hold blanks, quotes or bytes outside ASCII. */
const encodedFields: ReadonlySet<string> = new Set([
  'acct',
  'cmd',
  'comm',
  'cwd',
  'data',
  'dir',
  'exe',
  'file',
  'key',
  'name',
  'path',
  'proctitle',
  'vm',
  'watch',
]);
const hexadecimal = /^(?:[0-9A-F]{2})+$/;
const executeArgument = /^a\d{1,6}(?:\[\d{1,6}\])?$/;

function decode(type: string, name: string, bare: string): AuditValue {
  if (!hexadecimal.test(bare)) return bare;
  if (name === 'saddr') return socketAddress(Buffer.from(bare, 'hex')) ?? bare;
  const isEncoded = encodedFields.has(name) || (type === 'EXECVE' && executeArgument.test(name));
  if (!isEncoded) return bare;
  const text = Buffer.from(bare, 'hex').toString('utf8');
  // NUL separates the arguments of a process title; anywhere else it has no business.
  return name === 'proctitle'
    ? text.replace(/\0+$/, '').replaceAll('\0', ' ')
    : text.replaceAll('\0', '\ufffd');
}

/** A `struct sockaddr` in the byte order of either kind of machine; null when too short or of another family. */
function socketAddress(bytes: Buffer): AuditValue | null {
  if (bytes.length < 3) return null;
  const family = bytes[0] === 0 ? bytes[1] : bytes[0];
  if (family === 1) {
    const path = bytes.subarray(2).toString('utf8');
    return { family: 'unix', path: path.replace(/\0.*$/s, '') };
  }
  if (family === 2 && bytes.length >= 8) {
    return { family: 'inet', address: bytes.subarray(4, 8).join('.'), port: bytes.readUInt16BE(2) };
  }
  if (family === 10 && bytes.length >= 24) {
    const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(8 + at).toString(16));
    return { family: 'inet6', address: groups.join(':'), port: bytes.readUInt16BE(2) };
  }
  return null;
}
