import { programSource } from '../../../events/program-message.ts';
import { windowsLogsource } from '../../../events/windows-logsource.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import { cloudtrailView } from './cloudtrail-fields.ts';
import { type FieldSource, PlainFields, type SensorView, type SigmaLogSource } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt, ownMember } from './lookup.ts';
import { productView } from './product-fields.ts';
import { WebFields } from './web-fields.ts';

/** Members of `data` that hold another product's record, with the log source it belongs to. */
const carried: readonly (readonly [member: string, logSource: SigmaLogSource])[] = [
  ['aws', { product: 'aws', categories: [], services: ['cloudtrail'] }],
  ['office365', { product: 'm365', categories: [], services: ['audit'] }],
  ['github', { product: 'github', categories: [], services: ['audit'] }],
  ['gcp', { product: 'gcp', categories: [], services: ['gcp.audit'] }],
];

/**
 * Wazuh alerts and archives. What Wazuh carries for another sensor is seen as that sensor's: Windows events (whose
 * field names Wazuh begins with a small letter), the audit log, CloudTrail, access logs, and lines of syslog.
 */
export function wazuhView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const data = objectIn(record, 'data');
  const windows = objectIn(data, 'win');
  if (isJsonObject(windows['system'])) return windowsInWazuh(record, windows, windows['system']);
  if (isJsonObject(data['audit'])) return auditInWazuh(record, data['audit']);
  for (const [member, source] of carried) {
    const inner = data[member];
    if (!isJsonObject(inner)) continue;
    return source.product === 'aws' ? cloudtrailView(inner, source) : productView(inner, source);
  }
  const decoder = objectIn(record, 'decoder')['name'];
  if (decoder === 'web-accesslog') return webInWazuh(record, data);
  const program = objectIn(record, 'predecoder')['program_name'];
  if (typeof program !== 'string') return { fields: new PlainFields(record), logSource };
  const services = [...new Set([programSource(program), 'auth', 'syslog'])];
  return { fields: new PlainFields(record), logSource: { product: 'linux', categories: [], services } };
}

function windowsInWazuh(record: JsonObject, windows: JsonObject, system: JsonObject): SensorView {
  const data = objectIn(windows, 'eventdata');
  const id = Number(system['eventID']);
  const { channel } = system;
  const known =
    typeof channel === 'string' && Number.isInteger(id)
      ? windowsLogsource(channel, id, data['eventType'])
      : {};
  const services = known.service ?? [];
  return {
    fields: new LiftedFields(record, data, system),
    logSource: {
      product: known.product ?? 'windows',
      categories: services.includes('security') ? [] : (known.category ?? []),
      services,
    },
  };
}

/** Fields of `eventdata` and `system` under the names that Windows gives them. */
class LiftedFields implements FieldSource {
  readonly #record: JsonObject;
  readonly #data: JsonObject;
  readonly #system: JsonObject;

  constructor(record: JsonObject, data: JsonObject, system: JsonObject) {
    this.#record = record;
    this.#data = data;
    this.#system = system;
  }

  field(name: string): FieldValue {
    if (name === 'Provider_Name') return ownMember(this.#system, 'providerName');
    const small = name.charAt(0).toLowerCase() + name.slice(1);
    if (name === 'EventID') return ownMember(this.#system, small);
    return ownMember(this.#data, small) ?? ownMember(this.#system, small) ?? fieldAt(this.#record, name);
  }

  leaves(): readonly string[] {
    return [...leavesOf(this.#data), ...leavesOf(this.#system)];
  }
}

const auditNames: ReadonlyMap<string, string> = new Map([
  ['SYSCALL', 'syscall'],
  ['Image', 'exe'],
  ['User', 'uid'],
  ['CurrentDirectory', 'cwd'],
  ['comm', 'command'],
  ['name', 'file.name'],
]);

function auditInWazuh(record: JsonObject, audit: JsonObject): SensorView {
  const args = objectIn(audit, 'execve');
  const command = argumentsOf(args);
  const fields: FieldSource = {
    field(name) {
      if (name === 'CommandLine') return command;
      const own = auditNames.get(name) ?? name;
      return ownMember(args, name) ?? fieldAt(audit, own) ?? fieldAt(record, name);
    },
    leaves: () => [...leavesOf(audit), ...(command === undefined ? [] : [command])],
  };
  const categories = command === undefined ? [] : ['process_creation'];
  return { fields, logSource: { product: 'linux', categories, services: ['auditd'] } };
}

function argumentsOf(args: JsonObject): string | undefined {
  const words: Json[] = [];
  for (let number = 0; number < 64; number += 1) {
    const word = args[`a${number}`];
    if (typeof word !== 'string') break;
    words.push(word);
  }
  return words.length === 0 ? undefined : words.join(' ');
}

function webInWazuh(record: JsonObject, data: JsonObject): SensorView {
  const { url, protocol, id, srcip } = data;
  const query = typeof url === 'string' && url.includes('?') ? url.slice(url.indexOf('?') + 1) : undefined;
  const fields: JsonObject = {
    'c-uri': url,
    'cs-uri-query': query,
    'cs-uri-stem': typeof url === 'string' ? url.split('?', 1)[0] : undefined,
    'cs-method': protocol,
    'sc-status': id,
    'c-ip': srcip,
    full_log: record['full_log'],
  };
  return {
    fields: new WebFields(fields),
    logSource: { product: '', categories: ['webserver'], services: [] },
  };
}

const none: JsonObject = Object.freeze({});

function objectIn(record: JsonObject, name: string): JsonObject {
  const value = record[name];
  return isJsonObject(value) ? value : none;
}
