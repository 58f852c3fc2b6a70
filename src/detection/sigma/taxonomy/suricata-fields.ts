import type { JsonObject } from '../../../json.ts';
import {
  aliasesOf,
  PlainFields,
  type SensorView,
  type SigmaLogSource,
  withCategories,
} from './field-source.ts';
import { fieldAt } from './lookup.ts';

/** Sigma's categories that an event type of EVE serves as well as any other sensor. */
const categories: ReadonlyMap<unknown, string> = new Map([
  ['dns', 'dns'],
  ['http', 'proxy'],
  ['flow', 'firewall'],
]);

/** Suricata EVE: its own names, nested with dots (`alert.signature`), and those of Sigma's network categories. */
export function suricataView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  const type = record['event_type'];
  const category = categories.get(type);
  return {
    fields: new PlainFields(record, type === 'dns' ? dnsNames : type === 'http' ? httpNames : flowNames),
    logSource: category === undefined ? logSource : withCategories(logSource, category),
  };
}

const flow = { dst_ip: 'dest_ip', dst_port: 'dest_port', 'c-ip': 'src_ip' } as const;
const flowNames = aliasesOf(flow);
const httpNames = aliasesOf({
  ...flow,
  'c-uri': 'http.url',
  'cs-uri': 'http.url',
  'cs-uri-query': 'http.url',
  'c-uri-query': 'http.url',
  'cs-uri-stem': 'http.url',
  'cs-host': 'http.hostname',
  'c-useragent': 'http.http_user_agent',
  'cs-user-agent': 'http.http_user_agent',
  'cs-method': 'http.http_method',
  'cs-referer': 'http.http_refer',
  'sc-status': 'http.status',
});

/** Queries and answers stand in `dns` itself (version 1) or in lists below it (2 and 3). */
const dnsNames = new Map([
  ...aliasesOf(flow),
  ['query', (record: JsonObject) => firstOf(record, 'dns.rrname', 'dns.queries.rrname', 'dns.query.rrname')],
  [
    'record_type',
    (record: JsonObject) => firstOf(record, 'dns.rrtype', 'dns.queries.rrtype', 'dns.query.rrtype'),
  ],
  ['answer', (record: JsonObject) => firstOf(record, 'dns.rdata', 'dns.answers.rdata', 'dns.answer.rdata')],
]);

function firstOf(record: JsonObject, ...paths: readonly string[]): unknown {
  for (const path of paths) {
    const value = fieldAt(record, path);
    if (value !== undefined) return value;
  }
  return undefined;
}
