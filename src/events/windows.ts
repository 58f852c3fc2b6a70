import type { Json, JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import { describeValue } from './envelope-fault.ts';
import type { JsonFormat } from './format.ts';
import { canonicalIp } from './ip-address.ts';
import { textOf } from './record-fields.ts';
import { readSshd } from './sshd.ts';
import { timestampFrom } from './timestamp.ts';
import { windowsMeaning } from './windows-event-types.ts';
import { windowsLogsource } from './windows-logsource.ts';
import { isWindowsRecord, type WindowsRecord, windowsRecord } from './windows-record.ts';

/** Windows event logs and Sysmon (also Sysmon for Linux), in the JSON of all common shippers. */
export const windows: JsonFormat = {
  kind: 'json',
  id: 'windows',
  title: 'Windows event log and Sysmon',
  recognise: isWindowsRecord,
  normalise(record, origin) {
    const parts = windowsRecord(record);
    if (parts === null) return { rejected: 'invalid_record', detail: unknownShape };
    if (parts.eventId === null) {
      const got = describeValue(parts.writtenEventId);
      return { rejected: 'invalid_record', detail: `EventID: expected a number from 0 to 65535, got ${got}` };
    }
    const { data, eventId } = parts;
    const logsource = windowsLogsource(parts.channel, eventId, data['EventType']);
    const service = logsource.service?.[0];
    const meaning = windowsMeaning(service, eventId, data['Status']);
    const isSysmon = service === 'sysmon';
    const sshd = service === 'openssh' && data['process'] === 'sshd' ? readSshd(data['payload']) : null;
    const entities = entitiesOf(data);
    entities.ip(sshd?.sourceIp);
    return buildEvent({
      format: 'windows',
      origin,
      record,
      ownId: ownIdOf(parts),
      timestamp: firstTime(parts.times),
      source: isSysmon ? 'sysmon' : 'windows',
      eventType: sshd?.eventType ?? meaning.eventType,
      sourceIp: sshd?.sourceIp ?? sourceOf(data),
      destinationIp: data['DestinationIp'] ?? data['DestAddress'],
      port: data['DestinationPort'] ?? data['DestPort'],
      protocol: sshd === null ? protocolOf(data['Protocol']) : 'ssh',
      host: parts.computer,
      user: sshd?.user ?? userOf(eventId, isSysmon, data),
      category: sshd?.category ?? meaning.category,
      outcome: sshd?.outcome ?? meaning.outcome,
      logsource,
      entities,
    });
  },
};

const unknownShape =
  'expected a Windows event: Event.System, winlog, log_name and event_id, or Channel and EventID; none is there';

/** A record number starts again when its log is cleared, so the time belongs to it. */
function ownIdOf(parts: WindowsRecord): string | undefined {
  const { computer, channel, recordId, times } = parts;
  const time = times.find((value) => typeof value === 'string');
  const isNumber = typeof recordId === 'number' || typeof recordId === 'string';
  if (!isNumber || typeof computer !== 'string' || time === undefined) return undefined;
  return JSON.stringify([computer, channel, recordId, time]);
}

function firstTime(times: WindowsRecord['times']): string | null {
  for (const value of times) {
    const time = timestampFrom(value);
    if (time !== null) return time;
  }
  return null;
}

function sourceOf(data: JsonObject): string | undefined {
  for (const name of ['IpAddress', 'SourceIp', 'ClientAddress', 'SourceAddress', 'Address'] as const) {
    const address = canonicalIp(data[name]);
    if (address !== null) return address;
  }
  return undefined;
}

/** Sysmon writes a name, the Filtering Platform the protocol's number. */
function protocolOf(value: Json | undefined): Json | undefined {
  if (value === '6' || value === 6) return 'tcp';
  if (value === '17' || value === 17) return 'udp';
  return value === '1' || value === 1 ? 'icmp' : value;
}

/** Logins name the account that was tried (4624 to 4771), everything else the account that acted. */
function userOf(eventId: number, isSysmon: boolean, data: JsonObject): string | undefined {
  if (isSysmon) return textOf(data['User']) ?? textOf(data['SourceUser']);
  const target = textOf(data['TargetUserName']);
  const subject = textOf(data['SubjectUserName']);
  const isLogin = aboutTarget.has(eventId);
  const account = isLogin ? (target ?? subject) : (subject ?? target);
  return account ?? textOf(data['User']) ?? textOf(data['AccountName']);
}

const aboutTarget: ReadonlySet<number> = new Set([4624, 4625, 4634, 4647, 4768, 4769, 4771, 4776]);

function entitiesOf(data: JsonObject): EntityCollector {
  const entities = new EntityCollector();
  for (const name of addresses) entities.ip(data[name]);
  for (const name of hosts) entities.host(data[name]);
  for (const name of users) entities.user(data[name]);
  for (const name of processes) entities.process(data[name]);
  entities.domain(data['QueryName']);
  // Sysmon writes `Hashes` (1, 6, 7, 15, 23, 26, 29) or `Hash`.
  entities.hash(data['Hashes']);
  entities.hash(data['Hash']);
  return entities;
}

const addresses = ['IpAddress', 'SourceIp', 'DestinationIp', 'SourceAddress', 'DestAddress'] as const;
const hosts = ['DestinationHostname', 'WorkstationName', 'Workstation', 'TargetServerName'] as const;
const users = ['TargetUserName', 'SubjectUserName', 'User', 'SourceUser', 'TargetUser'] as const;
const processes = [
  'Image',
  'NewProcessName',
  'ParentImage',
  'ParentProcessName',
  'SourceImage',
  'TargetImage',
  'ProcessName',
] as const;
