import type { Finding } from '../../contracts/detection.ts';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { isJsonObject } from '../../json.ts';
import { neutralised, neutralName } from './text.ts';

/** A field of an event, typed and bounded: text holds nothing invisible. */
export interface CaseField {
  readonly name: string;
  readonly value: string | number | boolean;
}

const MAX_FIELDS = 16;
const MAX_VALUE_CHARS = 512;
const MAX_DEPTH = 4;
/** Leaves of a payload that are looked at; a record with more is not read to its end. */
const MAX_LEAVES = 256;

/**
 * What an analyst looks at first, by the last part of the field's name in lower case without separators, best
 * first: what was run, by whom, from what, on which file, asked of which server, with which result.
 */
const telling = [
  'commandline',
  'cmdline',
  'proctitle',
  'command',
  'cmd',
  'execve',
  'scriptblocktext',
  'script',
  'image',
  'exe',
  'processname',
  'newprocessname',
  'process',
  'program',
  'comm',
  'parentcommandline',
  'parentimage',
  'parentprocessname',
  'pname',
  'eventname',
  'eventsource',
  'operation',
  'action',
  'method',
  'httpmethod',
  'url',
  'uri',
  'hostname',
  'host',
  'query',
  'queryname',
  'sni',
  'servername',
  'useragent',
  'httpuseragent',
  'referer',
  'status',
  'statuscode',
  'errorcode',
  'result',
  'outcome',
  'accessmask',
  'user',
  'username',
  'targetusername',
  'subjectusername',
  'accountname',
  'arn',
  'principalid',
  'type',
  'invokedby',
  'targetfilename',
  'filename',
  'path',
  'objectname',
  'targetobject',
  'details',
  'sharename',
  'pipename',
  'imageloaded',
  'hashes',
  'sha256',
  'servicename',
  'servicefilename',
  'imagepath',
  'taskname',
  'grantedaccess',
  'targetimage',
  'sourceimage',
  'signature',
  'category',
  'logontype',
  'authenticationpackagename',
  'ipaddress',
  'sourceipaddress',
  'workstationname',
  'message',
  'msg',
  'output',
  'rule',
  'description',
] as const;
const rank: ReadonlyMap<string, number> = new Map(telling.map((name, index) => [name, index]));

/**
 * The fields of an event that tell most, in a fixed order: the envelope's, those that made a detector fire, then
 * the payload's by `telling`. Together at most `maxChars` of name and value.
 */
export function fieldsOf(event: SecurityEvent, findings: readonly Finding[], maxChars: number): CaseField[] {
  const fields: CaseField[] = [];
  const known = new Set<string>();
  let room = maxChars;
  const add = (rawName: string, raw: unknown): void => {
    const value = typeof raw === 'string' ? neutralised(raw, MAX_VALUE_CHARS) : raw;
    if (typeof value !== 'string' && typeof value !== 'boolean' && !isFiniteNumber(value)) return;
    const name = neutralName(rawName);
    const cost = name.length + String(value).length;
    // The same value under two names (a matched field, and the payload's) is told once.
    const key = `${lastPart(name)}\u001f${value}`;
    if (value === '' || fields.length >= MAX_FIELDS || cost > room || known.has(key)) return;
    known.add(key);
    room -= cost;
    fields.push({ name, value });
  };
  add('source_ip', event.source_ip);
  add('destination_ip', event.destination_ip);
  add('port', event.port);
  add('protocol', event.protocol);
  add('host', event.context.host);
  add('user', event.context.user);
  add('outcome', event.context.outcome);
  for (const finding of findings) {
    for (const { field, value } of finding.matched_fields ?? []) add(field, value);
  }
  for (const { name, value } of leavesOf(event.payload)) add(name, value);
  return fields;
}

interface Leaf {
  readonly name: string;
  readonly value: unknown;
  readonly rank: number;
}

function leavesOf(payload: unknown): Leaf[] {
  const leaves: Leaf[] = [];
  const walk = (value: unknown, name: string, depth: number): void => {
    if (leaves.length >= MAX_LEAVES || depth > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (const item of value.slice(0, 8)) walk(item, name, depth + 1);
    } else if (isJsonObject(value)) {
      for (const key in value) {
        walk(value[key], name === '' ? key : `${name}.${key}`, depth + 1);
        if (leaves.length >= MAX_LEAVES) return;
      }
    } else if (value !== null && value !== undefined) {
      leaves.push({ name, value, rank: rank.get(lastPart(name)) ?? telling.length });
    }
  };
  walk(payload, '', 0);
  return leaves.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** `winlog.event_data.CommandLine` → `commandline`. */
function lastPart(name: string): string {
  const part = name.slice(name.lastIndexOf('.') + 1);
  return part.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
