import { eventTypes } from '../contracts/event-types.ts';
import type { Json, JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { JsonFormat } from './format.ts';
import { loginOr } from './login.ts';
import { listOf, objectOf, snakeCase, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';
import { zeekLogin } from './zeek-login.ts';

/** Log paths in our words. */
const eventTypeOfPath = new Map<string, string>([
  ['conn', eventTypes.networkFlow],
  ['dns', eventTypes.dnsQuery],
  ['http', eventTypes.httpRequest],
  ['ssl', eventTypes.tlsHandshake],
  ['ssh', eventTypes.sshHandshake],
  ['weird', eventTypes.protocolAnomaly],
  ['dpd', eventTypes.protocolAnomaly],
  ['analyzer', eventTypes.protocolAnomaly],
]);

const protocolOfPath = new Map<string, string>([
  ['ssl', 'tls'],
  ['smb_files', 'smb'],
  ['smb_mapping', 'smb'],
  ['smb_cmd', 'smb'],
  ['ldap_search', 'ldap'],
]);
const applicationPaths = new Set(
  'dns http ssh ftp smtp rdp kerberos ntlm dce_rpc snmp ntp dhcp modbus mysql radius rfb sip socks irc ldap mqtt quic syslog'.split(
    ' ',
  ),
);

/** A member that only records of one log have, for records that do not name theirs. */
const pathByMember: readonly (readonly [member: string, path: string])[] = [
  ['conn_state', 'conn'],
  ['auth_attempts', 'ssh'],
  ['kex_alg', 'ssh'],
  ['ssl_history', 'ssl'],
  ['cipher', 'ssl'],
  ['qtype_name', 'dns'],
  ['trans_id', 'dns'],
  ['note', 'notice'],
  ['status_code', 'http'],
  ['user_agent', 'http'],
  ['share_type', 'smb_mapping'],
  ['till', 'kerberos'],
  ['named_pipe', 'dce_rpc'],
  ['security_protocol', 'rdp'],
  ['server_nb_computer_name', 'ntlm'],
  ['msg_types', 'dhcp'],
  ['mailfrom', 'smtp'],
  ['reply_code', 'ftp'],
  ['mime_type', 'files'],
  ['seen_bytes', 'files'],
];

/** Zeek logs written as JSON, any log path; also as Corelight and RITA name the members. */
export const zeek: JsonFormat = {
  kind: 'json',
  id: 'zeek',
  title: 'Zeek JSON',
  recognise(record) {
    if (record['ts'] === undefined) return false;
    if (typeof record['_path'] === 'string') return true;
    if (typeof record['@stream'] === 'string' || typeof record['fuid'] === 'string') return true;
    return typeof record['uid'] === 'string' && member(record, 'id', 'orig_h') !== undefined;
  },
  normalise(record, origin) {
    const path = pathOf(record);
    const entities = new EntityCollector();
    collect(record, entities);
    const eventType = eventTypeOfPath.get(path) ?? snakeCase(path);
    return buildEvent({
      format: 'zeek',
      origin,
      record,
      timestamp: timestampFrom(record['ts']),
      source: 'zeek',
      ...loginOr(zeekLogin(path, record), { eventType, category: path === 'http' ? 'web' : 'network' }),
      sourceIp:
        member(record, 'id', 'orig_h') ?? record['src'] ?? record['client_addr'] ?? first(record['tx_hosts']),
      destinationIp:
        member(record, 'id', 'resp_h') ?? record['dst'] ?? record['server_addr'] ?? first(record['rx_hosts']),
      port: member(record, 'id', 'resp_p') ?? record['p'] ?? record['port_num'],
      protocol: protocolOf(path, record),
      host: record['_system_name'] ?? record['@system'],
      user: userOf(path, record),
      logsource: { product: 'zeek', service: [path] },
      entities,
    });
  },
};

/** A member of a record type, written `id.orig_h`, `id_orig_h` or nested. */
function member(record: JsonObject, name: string, part: string): Json | undefined {
  return record[`${name}.${part}`] ?? record[`${name}_${part}`] ?? objectOf(record[name])[part];
}

function first(value: Json | undefined): Json | undefined {
  return listOf(value)[0];
}

function pathOf(record: JsonObject): string {
  const named = textOf(record['_path'], 128) ?? textOf(record['@stream'], 128);
  if (named !== undefined) return named;
  if (member(record, 'certificate', 'serial') !== undefined) return 'x509';
  for (const [name, path] of pathByMember) if (record[name] !== undefined) return path;
  return 'unknown';
}

function protocolOf(path: string, record: JsonObject): string | undefined {
  const known = protocolOfPath.get(path);
  if (known !== undefined) return known;
  if (applicationPaths.has(path)) return path;
  return textOf(record['service'], 32) ?? textOf(record['proto'], 32) ?? textOf(record['port_proto'], 32);
}

function userOf(path: string, record: JsonObject): string | undefined {
  // In ssh.log `client` is the client's banner; in kerberos.log it is the account.
  const client = path === 'kerberos' ? textOf(record['client']) : undefined;
  return textOf(record['username']) ?? textOf(record['user']) ?? client ?? textOf(record['cookie']);
}

const domainMembers = ['query', 'server_name', 'host', 'server_dns_computer_name', 'domainname'] as const;
const hashMembers = ['md5', 'sha1', 'sha256', 'fingerprint', 'ja3', 'ja3s', 'hassh'] as const;
const addressMembers = ['src', 'dst', 'tx_hosts', 'rx_hosts', 'assigned_addr', 'requested_addr'] as const;

function collect(record: JsonObject, entities: EntityCollector): void {
  for (const name of domainMembers) entities.domain(record[name]);
  for (const answer of listOf(record['answers'])) entities.domain(answer);
  for (const name of listOf(member(record, 'san', 'dns'))) entities.domain(name);
  for (const name of hashMembers) entities.hash(record[name]);
  for (const print of listOf(record['cert_chain_fps'])) entities.hash(print);
  for (const name of addressMembers) for (const address of listOf(record[name])) entities.ip(address);
  const host = textOf(record['host'], 253);
  const uri = textOf(record['uri'], 2048);
  if (host !== undefined && uri?.startsWith('/')) entities.url(`http://${host}${uri}`);
  else entities.url(uri);
  entities.host(record['hostname']);
  entities.host(record['host_name']);
}
