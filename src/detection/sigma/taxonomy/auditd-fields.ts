import { isJsonObject, type JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import { type FieldSource, type SensorView, type SigmaLogSource, withCategories } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt, ownMember } from './lookup.ts';
import { syscallName } from './syscalls.ts';

/**
 * The Linux audit log, its lines of one event together. Beside auditd's own names it answers to those of Sigma's
 * `process_creation` (an EXECVE record), `file_event` (a file that was created) and `network_connection` (`connect`).
 */
export function auditdView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const categories: string[] = [];
  if (has(record['type'], 'EXECVE')) categories.push('process_creation');
  if (has(record['nametype'], 'CREATE')) categories.push('file_event');
  if (isJsonObject(record['saddr']) && syscallOf(record) === 'connect') categories.push('network_connection');
  return { fields: new AuditFields(record), logSource: withCategories(logSource, ...categories) };
}

class AuditFields implements FieldSource {
  readonly #record: JsonObject;

  constructor(record: JsonObject) {
    this.#record = record;
  }

  field(name: string): FieldValue {
    const value = fieldAt(this.#record, name);
    return value === undefined ? aliases.get(name)?.(this.#record) : value;
  }

  /** Without the records by type, which repeat the fields. */
  leaves(): readonly string[] {
    return leavesOf(this.#record, 'records');
  }
}

const aliases: ReadonlyMap<string, (record: JsonObject) => FieldValue> = new Map([
  ['SYSCALL', syscallOf],
  ['Image', (record) => record['exe'] ?? record['a0']],
  ['CommandLine', (record) => record['command_line'] ?? record['proctitle']],
  ['CurrentDirectory', (record) => record['cwd']],
  ['ProcessId', (record) => record['pid']],
  ['ParentProcessId', (record) => record['ppid']],
  ['User', (record) => record['UID'] ?? record['uid']],
  ['LogonId', (record) => record['ses']],
  ['TargetFilename', createdFiles],
  ['DestinationIp', (record) => inAddress(record, 'address')],
  ['DestinationPort', (record) => inAddress(record, 'port')],
  ['Initiated', (record) => (syscallOf(record) === 'connect' ? 'true' : undefined)],
]);

function syscallOf(record: JsonObject): string | undefined {
  const { SYSCALL: name, arch, syscall } = record;
  return typeof name === 'string' ? name : syscallName(arch, syscall);
}

/** Names of the PATH records that say CREATE. */
function createdFiles(record: JsonObject): FieldValue {
  const records = record['records'];
  const written = isJsonObject(records) ? ownMember(records, 'PATH') : undefined;
  const paths: readonly unknown[] = Array.isArray(written) ? written : [written];
  const names: string[] = [];
  for (const path of paths) {
    if (!isJsonObject(path) || path['nametype'] !== 'CREATE' || typeof path['name'] !== 'string') continue;
    names.push(absolute(path['name'], record['cwd']));
  }
  return names.length === 0 ? undefined : names;
}

function absolute(path: string, directory: unknown): string {
  if (path.startsWith('/') || typeof directory !== 'string') return path;
  return `${directory.replace(/\/$/, '')}/${path.replace(/^\.\//, '')}`;
}

function inAddress(record: JsonObject, name: string): FieldValue {
  const { saddr } = record;
  return isJsonObject(saddr) ? ownMember(saddr, name) : undefined;
}

function has(value: unknown, wanted: string): boolean {
  return value === wanted || (Array.isArray(value) && value.includes(wanted));
}
