import { describe, expect, it } from 'vitest';
import { createReader } from '../../../events/read.ts';
import type { JsonObject } from '../../../json.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { sigmaEventFromRecord, toSigmaEvent } from './to-sigma-event.ts';

const read = createReader({ maxRecordBytes: 1_000_000 });

function seen(record: JsonObject): SigmaEvent {
  const [result] = read(Buffer.from(JSON.stringify(record)), { position: 'test/1', receivedAtMs: 0 });
  if (result?.kind !== 'event') throw new Error(`expected an event, got ${JSON.stringify(result)}`);
  return toSigmaEvent(result.event);
}

function evtx(channel: string, eventId: number, provider: string, data: JsonObject): JsonObject {
  return {
    Event: {
      System: {
        Provider: { '#attributes': { Name: provider } },
        EventID: eventId,
        Level: 4,
        Keywords: '0x8020000000000000',
        TimeCreated: { '#attributes': { SystemTime: '2026-05-04T10:00:00Z' } },
        Execution: { '#attributes': { ProcessID: 620, ThreadID: 700 } },
        EventRecordID: 77,
        Channel: channel,
        Computer: 'ws1.example.com',
        Security: { '#attributes': { UserID: 'S-1-5-18' } },
      },
      EventData: data,
    },
  };
}

const sysmon = 'Microsoft-Windows-Sysmon/Operational';
const start = { Image: 'C:\\Windows\\System32\\cmd.exe', CommandLine: 'cmd /c whoami', ProcessId: 4242 };

describe('Windows events under the names of Sigma', () => {
  it('finds the data and the System fields of EVTX converted to JSON', () => {
    const event = seen(evtx(sysmon, 1, 'Microsoft-Windows-Sysmon', start));
    expect(event).toMatchObject({
      product: 'windows',
      categories: ['process_creation'],
      services: ['sysmon'],
    });
    expect(event.field('Image')).toBe(start.Image);
    expect(event.field('EventID')).toBe(1);
    expect(event.field('Channel')).toBe(sysmon);
    expect(event.field('Provider_Name')).toBe('Microsoft-Windows-Sysmon');
    expect(event.field('Computer')).toBe('ws1.example.com');
    expect(event.field('Level')).toBe(4);
    expect(event.field('EventRecordID')).toBe(77);
    expect(event.field('TimeCreated')).toBe('2026-05-04T10:00:00Z');
    expect(event.field('Execution_ProcessID')).toBe(620);
    expect(event.field('Security_UserID')).toBe('S-1-5-18');
    expect(event.field('Event.System.EventID')).toBe(1);
    expect(event.field('ParentImage')).toBeUndefined();
    expect(event.leaves()).toContain('cmd /c whoami');
  });

  it('sees the start of a process in the Security log under its own names', () => {
    const event = seen(
      evtx('Security', 4688, 'Microsoft-Windows-Security-Auditing', {
        NewProcessName: 'C:\\Windows\\System32\\cmd.exe',
        CommandLine: 'cmd',
      }),
    );
    expect(event).toMatchObject({ categories: ['process_creation'], services: ['security'] });
    expect(event.field('CommandLine')).toBe('cmd');
    expect(event.field('NewProcessName')).toBe('C:\\Windows\\System32\\cmd.exe');
    expect(event.field('Image')).toBeUndefined();
  });

  it.each([
    ['CreateKey', 'registry_add'],
    ['DeleteValue', 'registry_delete'],
  ])('tells a registry key by what was done: %s', (EventType, category) => {
    const event = seen(evtx(sysmon, 12, 'Microsoft-Windows-Sysmon', { EventType, TargetObject: 'HKLM\\X' }));
    expect(event.categories).toEqual([category, 'registry_event']);
  });

  it('lifts what winlogbeat 7 and later nest', () => {
    const event = seen({
      '@timestamp': '2026-05-04T10:00:00Z',
      winlog: {
        channel: sysmon,
        event_id: 3,
        provider_name: 'Microsoft-Windows-Sysmon',
        computer_name: 'ws1',
        event_data: { Image: 'C:\\a.exe', DestinationPort: '443', Initiated: 'true' },
      },
      message: 'Network connection detected',
    });
    expect(event.categories).toEqual(['network_connection']);
    expect(event.field('DestinationPort')).toBe('443');
    expect(event.field('Provider_Name')).toBe('Microsoft-Windows-Sysmon');
    expect(event.field('winlog.event_data.Image')).toBe('C:\\a.exe');
  });

  it('lifts what winlogbeat 6 nests, and its elements without names', () => {
    const event = seen({
      '@timestamp': '2026-05-04T10:00:00Z',
      log_name: 'System',
      event_id: 7036,
      source_name: 'Service Control Manager',
      computer_name: 'ws1',
      event_data: { param1: 'Windows Update', param2: 'running' },
    });
    expect(event.field('EventID')).toBe(7036);
    expect(event.field('Channel')).toBe('System');
    expect(event.field('Provider_Name')).toBe('Service Control Manager');
    expect(event.field('param1')).toBe('Windows Update');
    expect(event.field('Data')).toEqual(['Windows Update', 'running']);
  });

  it('reads flat rows', () => {
    const event = seen({
      EventID: 4625,
      Channel: 'Security',
      SourceName: 'Microsoft-Windows-Security-Auditing',
      Hostname: 'dc1',
      EventTime: '2026-05-04 10:00:00',
      TargetUserName: 'admin',
    });
    expect(event.field('Provider_Name')).toBe('Microsoft-Windows-Security-Auditing');
    expect(event.field('Computer')).toBe('dc1');
    expect(event.field('TargetUserName')).toBe('admin');
    expect(event.field('Level')).toBeUndefined();
  });

  it('answers without the blanks that Defender writes in names', () => {
    const event = seen(
      evtx('Microsoft-Windows-Windows Defender/Operational', 1116, 'Microsoft-Windows-Windows Defender', {
        'Threat Name': 'EICAR',
        'Feature Name': 'Real-Time',
      }),
    );
    expect(event.field('ThreatName')).toBe('EICAR');
    expect(event.field('Feature_Name')).toBe('Real-Time');
    expect(event.field('Threat Name')).toBe('EICAR');
    expect(event.field('Reason')).toBeUndefined();
  });

  it('gives the texts of data elements without names', () => {
    const classic = evtx('Application', 1000, 'Application Error', { Data: ['lsass.exe', '10.0'] });
    expect(seen(classic).field('Data')).toEqual(['lsass.exe', '10.0']);
    const converted = evtx('Application', 1000, 'Application Error', { Data: [{ '#text': 'lsass.exe' }] });
    expect(seen(converted).field('Data')).toEqual(['lsass.exe']);
    const single = evtx('Application', 1000, 'Application Error', { Data: { '#text': 'lsass.exe' } });
    expect(seen(single).field('Data')).toBe('lsass.exe');
  });

  it('reads Sysmon for Linux as Linux', () => {
    const record = {
      EventID: 1,
      Channel: 'Linux-Sysmon/Operational',
      Computer: 'web1',
      UtcTime: '2026-05-04 10:00:00.000',
      Image: '/usr/bin/id',
      CommandLine: 'id',
    };
    const event = seen(record);
    expect(event).toMatchObject({
      product: 'linux',
      categories: ['process_creation'],
      services: ['sysmon'],
    });
    expect(event.field('Image')).toBe('/usr/bin/id');
    const direct = sigmaEventFromRecord('windows', record, {
      product: 'linux',
      category: ['process_creation'],
      service: ['sysmon'],
    });
    expect(direct.field('CommandLine')).toBe('id');
    expect(direct.field('vertice.host')).toBeUndefined();
    expect(event.field('vertice.host')).toBe('web1');
  });

  it('keeps a record of no known shape under its own names', () => {
    const event = sigmaEventFromRecord('windows', { Image: 'x' }, { product: 'Windows' });
    expect(event).toMatchObject({ product: 'windows', categories: [], services: [] });
    expect(event.field('Image')).toBe('x');
  });
});
