import { eventTypes } from '../contracts/event-types.ts';
import type { JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { JsonFormat } from './format.ts';
import { loginOr } from './login.ts';
import { listOf, objectOf, snakeCase, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';

/** Suricata's `event_type` in our words, with the ECS category. */
const kinds = new Map<string, readonly [eventType: string, category: string]>([
  ['alert', [eventTypes.idsAlert, 'intrusion_detection']],
  ['drop', ['drop', 'intrusion_detection']],
  ['anomaly', [eventTypes.protocolAnomaly, 'network']],
  ['flow', [eventTypes.networkFlow, 'network']],
  ['netflow', [eventTypes.networkFlow, 'network']],
  ['dns', [eventTypes.dnsQuery, 'network']],
  ['http', [eventTypes.httpRequest, 'web']],
  ['http2', [eventTypes.httpRequest, 'web']],
  ['tls', [eventTypes.tlsHandshake, 'network']],
  ['quic', [eventTypes.tlsHandshake, 'network']],
  ['ssh', [eventTypes.sshHandshake, 'network']],
  ['fileinfo', ['fileinfo', 'file']],
  ['stats', ['stats', 'host']],
]);

/** Event types that are an application protocol too. */
const applicationProtocols = new Set([
  'dns',
  'http',
  'http2',
  'tls',
  'quic',
  'ssh',
  'smtp',
  'ftp',
  'smb',
  'rdp',
  'krb5',
]);

/** Suricata EVE: one JSON object an event, every event type. */
export const suricata: JsonFormat = {
  kind: 'json',
  id: 'suricata',
  title: 'Suricata EVE',
  recognise(record) {
    const { event_type: eventType } = record;
    if (typeof eventType !== 'string' || typeof record['timestamp'] !== 'string') return false;
    if (record['flow_id'] !== undefined) return true;
    if (record['src_ip'] !== undefined && record['dest_ip'] !== undefined && record['proto'] !== undefined)
      return true;
    return (kinds.has(eventType) || applicationProtocols.has(eventType)) && isNested(record, eventType);
  },
  normalise(record, origin) {
    const name = textOf(record['event_type'], 128) ?? '';
    const [eventType, category] = kinds.get(name) ?? [snakeCase(name), 'network'];
    const entities = new EntityCollector();
    collectApplication(record, entities);
    return buildEvent({
      format: 'suricata',
      origin,
      record,
      timestamp: timestampFrom(record['timestamp']),
      source: 'suricata',
      ...loginOr(loginOf(record), { eventType, category }),
      sourceIp: record['src_ip'],
      destinationIp: record['dest_ip'],
      port: record['dest_port'],
      protocol: protocolOf(record, name),
      host: record['host'] ?? record['sensor_name'],
      user: userOf(record),
      logsource: { product: 'suricata' },
      entities,
    });
  },
};

function isNested(record: JsonObject, name: string): boolean {
  const value = record[name];
  return typeof value === 'object' && value !== null;
}

function protocolOf(record: JsonObject, name: string): string | undefined {
  const application = textOf(record['app_proto'], 32);
  if (application !== undefined && application !== 'failed' && application !== 'unknown') return application;
  return applicationProtocols.has(name) ? name : textOf(record['proto'], 32);
}

/** FTP is the one protocol in which EVE shows whether a login went through. */
function loginOf(record: JsonObject): boolean | undefined {
  const codes = listOf(objectOf(record['ftp'])['completion_code']);
  if (codes.includes('530')) return false;
  return codes.includes('230') ? true : undefined;
}

function userOf(record: JsonObject): string | undefined {
  const ntlm = objectOf(objectOf(record['smb'])['ntlmssp']);
  const ftp = objectOf(record['ftp']);
  return (
    textOf(ntlm['user']) ??
    textOf(objectOf(record['krb5'])['cname']) ??
    (ftp['command'] === 'USER' ? textOf(ftp['command_data']) : undefined)
  );
}

function collectApplication(record: JsonObject, entities: EntityCollector): void {
  collectDns(objectOf(record['dns']), entities);
  const http = objectOf(record['http']);
  const hostname = textOf(http['hostname'], 253);
  const url = textOf(http['url'], 2048);
  entities.domain(hostname);
  if (hostname !== undefined && url?.startsWith('/')) entities.url(`http://${hostname}${url}`);
  else entities.url(url);
  for (const name of ['tls', 'quic'] as const) collectTls(objectOf(record[name]), entities);
  collectFile(objectOf(record['fileinfo']), entities);
  for (const file of listOf(record['files'])) collectFile(objectOf(file), entities);
  entities.host(objectOf(objectOf(record['smb'])['ntlmssp'])['host']);
}

function collectTls(tls: JsonObject, entities: EntityCollector): void {
  entities.domain(tls['sni']);
  entities.domain(/(?:^|[,/]\s*)CN=([^,/]+)/.exec(textOf(tls['subject'], 1024) ?? '')?.[1]);
  entities.hash(textOf(tls['fingerprint'], 128)?.replaceAll(':', ''));
  entities.hash(objectOf(tls['ja3'])['hash']);
  entities.hash(objectOf(tls['ja3s'])['hash']);
}

function collectFile(file: JsonObject, entities: EntityCollector): void {
  for (const name of ['md5', 'sha1', 'sha256'] as const) entities.hash(file[name]);
}

/** Queries and answers stand in `dns` itself (version 1), in `queries` and `answers` (2 and 3) or in `grouped`. */
function collectDns(dns: JsonObject, entities: EntityCollector): void {
  entities.domain(dns['rrname']);
  entities.domain(dns['rdata']);
  for (const name of ['query', 'queries', 'answers', 'answer'] as const) {
    for (const part of listOf(dns[name])) {
      const resource = objectOf(part);
      entities.domain(resource['rrname']);
      entities.domain(resource['rdata']);
    }
  }
  const grouped = objectOf(dns['grouped']);
  for (const type of ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR'] as const) {
    for (const value of listOf(grouped[type])) entities.domain(value);
  }
}
