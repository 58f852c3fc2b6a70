import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import { type FieldSource, type SensorView, type SigmaLogSource, withCategories } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt } from './lookup.ts';

/** Sigma's categories that a log of Zeek's serves as well as any other sensor. */
const categories: ReadonlyMap<string, string> = new Map([
  ['dns', 'dns'],
  ['http', 'proxy'],
  ['conn', 'firewall'],
]);

/** Zeek logs as JSON. Members of a record type are found as `id.orig_h` whether written so, `id_orig_h` or nested. */
export function zeekView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const category = logSource.services
    .map((service) => categories.get(service))
    .find((name) => name !== undefined);
  return {
    fields: new ZeekFields(record),
    logSource: category === undefined ? logSource : withCategories(logSource, category),
  };
}

class ZeekFields implements FieldSource {
  readonly #record: JsonObject;

  constructor(record: JsonObject) {
    this.#record = record;
  }

  field(name: string): FieldValue {
    const value = fieldAt(this.#record, name);
    if (value !== undefined) return value;
    if (name.includes('.')) return fieldAt(this.#record, name.replaceAll('.', '_'));
    const own = names.get(name);
    return own === undefined ? undefined : this.field(own);
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }
}

/** Names of Sigma's dns, proxy and firewall categories → Zeek's. */
const names: ReadonlyMap<string, string> = new Map([
  ['record_type', 'qtype_name'],
  ['answer', 'answers'],
  ['c-uri', 'uri'],
  ['cs-uri', 'uri'],
  ['cs-uri-query', 'uri'],
  ['c-uri-query', 'uri'],
  ['cs-uri-stem', 'uri'],
  ['cs-host', 'host'],
  ['c-useragent', 'user_agent'],
  ['cs-user-agent', 'user_agent'],
  ['cs-method', 'method'],
  ['cs-referer', 'referrer'],
  ['sc-status', 'status_code'],
  ['cs-username', 'username'],
  ['c-ip', 'id.orig_h'],
  ['src_ip', 'id.orig_h'],
  ['src_port', 'id.orig_p'],
  ['dst_ip', 'id.resp_h'],
  ['dst_port', 'id.resp_p'],
]);
