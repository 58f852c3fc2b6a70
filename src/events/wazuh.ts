import { eventTypes } from '../contracts/event-types.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { JsonFormat } from './format.ts';
import { type Kind, loginOr } from './login.ts';
import { listOf, objectOf, textOf } from './record-fields.ts';
import { timestampFrom } from './timestamp.ts';

/** Rule groups that say a login failed; the manager puts one of them on every such rule. */
const failedGroups = [
  'authentication_failed',
  'authentication_failures',
  'invalid_login',
  'win_authentication_failed',
] as const;

const fileEvents = new Map<string, string>([
  ['added', eventTypes.fileCreated],
  ['modified', eventTypes.fileChanged],
  ['deleted', eventTypes.fileDeleted],
]);

/** Wazuh alerts (`alerts.json`), and archives, whose rule has level 0. */
export const wazuh: JsonFormat = {
  kind: 'json',
  id: 'wazuh',
  title: 'Wazuh alert',
  recognise(record) {
    return (
      (isJsonObject(record['agent']) || isJsonObject(record['manager'])) &&
      (isJsonObject(record['decoder']) || typeof record['location'] === 'string') &&
      (isJsonObject(record['rule']) || typeof record['full_log'] === 'string')
    );
  },
  normalise(record, origin) {
    const agent = objectOf(record['agent']);
    const data = objectOf(record['data']);
    const windows = objectOf(objectOf(data['win'])['eventdata']);
    const file = objectOf(record['syscheck']);
    return buildEvent({
      format: 'wazuh',
      origin,
      record,
      ownId: record['id'],
      timestamp: timestampFrom(record['timestamp']),
      source: 'wazuh',
      ...kindOf(record, file),
      sourceIp: data['srcip'] ?? data['src_ip'] ?? windows['ipAddress'],
      destinationIp: data['dstip'] ?? data['dest_ip'] ?? windows['destinationIp'],
      port: data['dstport'] ?? data['dest_port'] ?? windows['destinationPort'],
      protocol: data['protocol'] ?? data['proto'],
      host: textOf(agent['name']) ?? textOf(objectOf(record['predecoder'])['hostname']),
      user:
        textOf(data['dstuser']) ??
        textOf(data['srcuser']) ??
        textOf(windows['targetUserName']) ??
        textOf(file['uname_after']),
      logsource: { product: 'wazuh' },
      entities: entitiesOf(agent, data, windows, file),
    });
  },
};

function kindOf(record: JsonObject, file: JsonObject): Kind {
  const groups = listOf(objectOf(record['rule'])['groups']);
  const fileEvent = fileEvents.get(textOf(file['event']) ?? '');
  return loginOr(loginOf(groups), {
    eventType: fileEvent ?? eventTypes.ruleAlert,
    category: fileEvent === undefined ? 'intrusion_detection' : 'file',
  });
}

function loginOf(groups: readonly unknown[]): boolean | undefined {
  if (failedGroups.some((group) => groups.includes(group))) return false;
  return groups.includes('authentication_success') ? true : undefined;
}

function entitiesOf(
  agent: JsonObject,
  data: JsonObject,
  windows: JsonObject,
  file: JsonObject,
): EntityCollector {
  const entities = new EntityCollector();
  entities.ip(agent['ip']);
  for (const name of ['srcuser', 'dstuser'] as const) entities.user(data[name]);
  entities.url(data['url']);
  entities.domain(data['hostname']);
  entities.domain(windows['queryName']);
  entities.process(windows['image']);
  entities.process(windows['newProcessName']);
  entities.hash(windows['hashes']);
  for (const name of ['md5_after', 'sha1_after', 'sha256_after'] as const) entities.hash(file[name]);
  return entities;
}
