import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { isRejection } from './format.ts';
import { windows } from './windows.ts';

const origin = { position: 'evtx:1', receivedAtMs: Date.parse('2026-01-01T00:00:00Z') };
const securityEvent = Compile(SecurityEventSchema);
const time = '2026-04-21T09:40:32.342397200Z';
const sysmonChannel = 'Microsoft-Windows-Sysmon/Operational';

function evtx(channel: string, eventId: number, data: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    Event: {
      System: {
        Provider: { '#attributes': { Name: 'P' } },
        EventID: eventId,
        TimeCreated: { '#attributes': { SystemTime: time } },
        EventRecordID: 7,
        Channel: channel,
        Computer: 'dc1.corp.example',
      },
      EventData: data,
      ...more,
    },
  };
}

function read(record: JsonObject) {
  expect(windows.recognise(record)).toBe(true);
  const result = windows.normalise(record, origin);
  if (isRejection(result)) throw new Error(result.detail);
  expect(securityEvent.Check(result)).toBe(true);
  return result;
}

const process = {
  User: 'CORP\\eve',
  Image: 'C:\\Windows\\System32\\cmd.exe',
  ParentImage: 'C:\\x.exe',
  Hashes: `MD5=${'A'.repeat(32)},IMPHASH=${'B'.repeat(32)}`,
};

describe('windows', () => {
  it('reads a process that Sysmon saw', () => {
    const record = evtx(sysmonChannel, 1, process);
    expect(read(record)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2026-04-21T09:40:32.342Z',
      source: 'sysmon',
      event_type: 'process_started',
      payload: record,
      context: {
        format: 'windows',
        host: 'dc1.corp.example',
        user: 'CORP\\eve',
        category: 'process',
        logsource: { product: 'windows', category: ['process_creation'], service: ['sysmon'] },
        entities: {
          hashes: ['a'.repeat(32)],
          hosts: ['dc1.corp.example'],
          users: ['CORP\\eve'],
          processes: ['C:\\Windows\\System32\\cmd.exe', 'C:\\x.exe'],
        },
      },
    });
  });

  const fields = { TargetUserName: 'eve', SubjectUserName: '-', IpAddress: '::ffff:203.0.113.6' };
  const system = { EventID: '4625', Channel: 'Security', Computer: 'pc1', EventRecordID: '7' };
  const named = (element: (name: string, text: string) => JsonObject) =>
    Object.entries(fields).map(([name, text]) => element(name, text));

  it.each<[string, JsonObject]>([
    ['EVTX', evtx('Security', 4625, fields)],
    [
      'EVTX without the outer element, with @ attributes and a list of data',
      {
        System: {
          ...system,
          EventID: { '@Qualifiers': '', '#text': '4625' },
          TimeCreated: { '@SystemTime': time },
        },
        EventData: { Data: named((name, text) => ({ '@Name': name, '#text': text })) },
      },
    ],
    [
      'EVTX with #attributes in a list of data',
      {
        Event: {
          System: { ...system, TimeCreated: { SystemTime: time } },
          EventData: { Data: named((name, text) => ({ '#attributes': { Name: name }, '#text': text })) },
        },
      },
    ],
    [
      'EVTX with the fields in UserData',
      {
        Event: {
          System: { ...system, TimeCreated: time },
          UserData: { '#attributes': null, Wrapper: fields },
        },
      },
    ],
    [
      'winlogbeat 6',
      {
        '@timestamp': time,
        event_id: 4625,
        log_name: 'Security',
        computer_name: 'pc1',
        record_number: '7',
        event_data: fields,
      },
    ],
    [
      'winlogbeat 6 with user_data',
      { '@timestamp': time, event_id: 4625, log_name: 'security', computer_name: 'pc1', user_data: fields },
    ],
    [
      'winlogbeat 7',
      {
        '@timestamp': time,
        host: { name: 'pc1' },
        winlog: { event_id: '4625', channel: 'Security', record_id: 7, event_data: fields },
      },
    ],
    [
      'winlogbeat 8 with user_data',
      {
        '@timestamp': time,
        winlog: { event_id: 4625, channel: 'Security', computer_name: 'pc1', user_data: fields },
      },
    ],
    ['a flat row', { EventID: 4625, Channel: 'Security', Hostname: 'pc1', TimeCreated: time, ...fields }],
    [
      'a flat row of text',
      { EventID: '4625', Channel: 'Security', Computer: 'pc1', EventTime: time, ...fields },
    ],
  ])('reads a failed login from %s', (_, record) => {
    const event = read(record);
    expect(event).toMatchObject({
      timestamp: '2026-04-21T09:40:32.342Z',
      source: 'windows',
      event_type: 'login_failed',
      source_ip: '203.0.113.6',
      context: {
        user: 'eve',
        category: 'authentication',
        outcome: 'failure',
        logsource: { product: 'windows', service: ['security'] },
        entities: { ips: ['203.0.113.6'], users: ['eve'] },
      },
    });
    expect(event.context.host).toMatch(/^(?:pc1|dc1\.corp\.example)$/);
  });

  it('takes the time of all rows of a machine before that of Sysmon alone', () => {
    const row = { EventID: 1, Channel: sysmonChannel, UtcTime: '2026-04-21 16:00:00.000' };
    expect(read(row).timestamp).toBe('2026-04-21T16:00:00.000Z');
    expect(read({ ...row, '@timestamp': time }).timestamp).toBe('2026-04-21T09:40:32.342Z');
    expect(read({ ...row, UtcTime: 'soon' }).timestamp).toBe('2026-01-01T00:00:00.000Z');
  });

  it('has one identity wherever it comes in when the record is numbered', () => {
    const elsewhere = { ...origin, position: 'elsewhere' };
    const numbered = evtx('Security', 4625, fields);
    expect(windows.normalise(numbered, elsewhere)).toEqual(windows.normalise(numbered, origin));
    const bare = { EventID: 1, Channel: 'System' };
    expect(windows.normalise(bare, elsewhere)).not.toEqual(windows.normalise(bare, origin));
  });

  it.each<[string, number, JsonObject, string, string]>([
    ['Security', 4624, {}, 'login_succeeded', ''],
    ['Security', 4688, {}, 'process_started', 'process_creation'],
    ['Security', 4720, {}, 'account_changed', ''],
    ['Security', 4672, {}, 'privilege_used', ''],
    ['Security', 1102, {}, 'log_cleared', ''],
    ['Security', 4697, {}, 'service_installed', ''],
    ['Security', 5145, {}, 'windows_5145', ''],
    ['Security', 4771, { Status: '0x18' }, 'login_failed', ''],
    ['Security', 4776, { Status: '0xc000006a' }, 'login_failed', ''],
    ['Security', 4776, { Status: '0x0' }, 'windows_4776', ''],
    ['Security', 4768, { Status: 6 }, 'login_failed', ''],
    ['Security', 4768, { Status: 0 }, 'windows_4768', ''],
    ['Security', 4768, {}, 'windows_4768', ''],
    ['System', 7045, {}, 'service_installed', ''],
    ['System', 104, {}, 'log_cleared', ''],
    ['System', 4625, {}, 'windows_4625', ''],
    ['Microsoft-Windows-PowerShell/Operational', 4104, {}, 'script_run', 'ps_script'],
    ['Windows PowerShell', 400, {}, 'windows_400', 'ps_classic_start'],
    ['DNS Server', 2, {}, 'windows_2', ''],
    [sysmonChannel, 3, {}, 'network_flow', 'network_connection'],
    [sysmonChannel, 10, {}, 'process_accessed', 'process_access'],
    [sysmonChannel, 12, { EventType: 'CreateKey' }, 'registry_changed', 'registry_add,registry_event'],
    [sysmonChannel, 12, { EventType: 'DeleteValue' }, 'registry_changed', 'registry_delete,registry_event'],
    [sysmonChannel, 12, { EventType: 'INFO' }, 'registry_changed', 'registry_event'],
    [sysmonChannel, 14, {}, 'registry_changed', 'registry_event,registry_rename'],
    [sysmonChannel, 22, { QueryName: 'a.example' }, 'dns_query', 'dns_query'],
    [sysmonChannel, 25, {}, 'sysmon_25', 'process_tampering'],
    ['Linux-Sysmon/Operational', 23, {}, 'file_deleted', 'file_delete'],
  ])('calls %s %i %j %s', (channel, eventId, data, eventType, category) => {
    const event = read(evtx(channel, eventId, data));
    expect([event.event_type, event.context.logsource?.category?.join() ?? '']).toEqual([
      eventType,
      category,
    ]);
    expect(event.context.logsource?.product).toBe(channel.startsWith('Linux') ? 'linux' : 'windows');
  });

  it('reads a connection of Sysmon and of the Filtering Platform', () => {
    const sysmon = {
      SourceIp: '10.0.0.1',
      DestinationIp: '203.0.113.6',
      DestinationPort: '443',
      Protocol: 'tcp',
    };
    const ends = { source_ip: '10.0.0.1', destination_ip: '203.0.113.6', port: 443 };
    expect(read(evtx(sysmonChannel, 3, sysmon))).toMatchObject({ ...ends, protocol: 'tcp' });
    for (const [number, protocol] of [
      ['6', 'tcp'],
      [17, 'udp'],
      ['1', 'icmp'],
    ] as const) {
      const platform = {
        SourceAddress: '10.0.0.1',
        DestAddress: '203.0.113.6',
        DestPort: '443',
        Protocol: number,
      };
      expect(read(evtx('Security', 5156, platform))).toMatchObject({ ...ends, protocol });
    }
  });

  it('names the account that acted, except where one was tried', () => {
    const both = { SubjectUserName: 'admin', TargetUserName: 'eve' };
    expect(read(evtx('Security', 4720, both)).context.user).toBe('admin');
    expect(read(evtx('Security', 4625, both)).context.user).toBe('eve');
    expect(read(evtx('Security', 4625, { SubjectUserName: 'admin' })).context.user).toBe('admin');
    expect(read(evtx('System', 1, { User: 'eve' })).context.user).toBe('eve');
    expect(read(evtx('Security', 4778, { AccountName: 'eve', ClientAddress: '203.0.113.6' }))).toMatchObject({
      source_ip: '203.0.113.6',
      context: { user: 'eve' },
    });
    expect(read(evtx(sysmonChannel, 10, { SourceUser: 'eve' })).context.user).toBe('eve');
  });

  it('reads what OpenSSH says on Windows', () => {
    const payload = 'Failed password for invalid user x from 203.0.113.6 port 5 ssh2';
    expect(read(evtx('OpenSSH/Operational', 4, { process: 'sshd', payload }))).toMatchObject({
      source: 'windows',
      event_type: 'login_failed',
      source_ip: '203.0.113.6',
      protocol: 'ssh',
      context: { user: 'x', outcome: 'failure', logsource: { service: ['openssh'] } },
    });
    expect(read(evtx('OpenSSH/Operational', 4, { process: 'sshd', payload: 'listening' })).event_type).toBe(
      'windows_4',
    );
  });

  it('leaves data without names as it is', () => {
    for (const Data of [['', 'x'], { '#text': 'x' }]) {
      expect(read(evtx('Application', 1, { Data })).event_type).toBe('windows_1');
    }
  });

  it.each<[JsonObject]>([
    [{}],
    [{ Event: {} }],
    [{ EventID: 1 }],
    [{ event_id: 'x', source: 'y' }],
    [{ winlog: {} }],
    [{ Event: { System: { EventID: 1 } } }],
  ])('does not claim %j', (record) => {
    expect(windows.recognise(record)).toBe(false);
  });

  it('refuses what has no event id', () => {
    for (const record of [{}, { Channel: 'Security', EventID: 70_000 }, evtx('Security', -1, {})]) {
      expect(windows.normalise(record, origin)).toMatchObject({ rejected: 'invalid_record' });
    }
  });

  it('makes a valid event or a rejection of anything', () => {
    const name = fc.constantFrom(
      'Event',
      'System',
      'EventData',
      'UserData',
      'Data',
      'EventID',
      'Channel',
      'Computer',
      'winlog',
      'event_id',
      'log_name',
      'event_data',
      'TimeCreated',
      'User',
      'Hashes',
      'IpAddress',
      'DestinationPort',
      'Protocol',
      'QueryName',
      'Status',
      '#text',
      '@Name',
    );
    const scalar = fc.oneof(
      fc.constantFrom<string | number | null>(
        'Security',
        sysmonChannel,
        'OpenSSH/Operational',
        4625,
        '3',
        1,
        null,
        '1.2.3.4',
      ),
      fc.string({ unit: 'binary', maxLength: 700 }),
      fc.double(),
    );
    const { record } = fc.letrec<{ record: JsonObject; value: JsonObject | string | number | null }>(
      (tie) => ({
        value: fc.oneof({ depthSize: 'small' }, scalar, tie('record')),
        record: fc.dictionary(name, tie('value'), { maxKeys: 10 }),
      }),
    );
    fc.assert(
      fc.property(
        record,
        fc.constantFrom<JsonObject>({}, { EventID: 3, Channel: sysmonChannel }),
        (changes, base) => {
          const result = windows.normalise({ ...base, ...changes }, origin);
          expect(isRejection(result) || securityEvent.Check(result)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
