import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../../../contracts/security-event.ts';
import { formats } from '../../../events/formats.ts';
import { isJsonObject } from '../../../json.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt } from './lookup.ts';
import { sigmaEventFromRecord, toSigmaEvent } from './to-sigma-event.ts';

function native(payload: SecurityEvent['payload'], context: SecurityEvent['context'] = {}): SecurityEvent {
  return {
    event_id: 'e1',
    timestamp: '2026-05-04T10:00:00Z',
    source: 'custom',
    event_type: 'custom_event',
    payload,
    context,
  };
}

describe('events that came as SecurityEvents', () => {
  it('show their payload, in the log source their context states', () => {
    const event = toSigmaEvent(
      native(
        { Image: '/usr/bin/id', deep: { er: [{ x: 1 }, { x: 2 }] } },
        { logsource: { product: 'Linux', category: ['process_creation'] } },
      ),
    );
    expect(event).toMatchObject({ product: 'linux', categories: ['process_creation'], services: [] });
    expect(event.field('Image')).toBe('/usr/bin/id');
    expect(event.field('deep.er.x')).toEqual([1, 2]);
    expect(event.field('vertice.event_type')).toBe('custom_event');
  });

  it('are read as a Windows record where the payload is one', () => {
    const payload = { EventID: 1, Channel: 'Microsoft-Windows-Sysmon/Operational', Hostname: 'ws1' };
    const event = toSigmaEvent(native(payload, { logsource: { product: 'windows' } }));
    expect(event.field('Computer')).toBe('ws1');
  });

  it('belong nowhere when nothing says where', () => {
    expect(toSigmaEvent(native({ a: 1 }))).toMatchObject({ product: '', categories: [], services: [] });
  });

  it('are read by their product’s taxonomy when no format is named', () => {
    const event = toSigmaEvent(native({ 'id.orig_h': '192.0.2.1' }, { logsource: { product: 'zeek' } }));
    expect(event.field('src_ip')).toBe('192.0.2.1');
  });
});

describe('looking up a field', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '__proto__.x', 'a.constructor'])(
    'never answers from the prototype: %s',
    (name) => {
      for (const { id } of formats) {
        expect(sigmaEventFromRecord(id, { a: { b: 1 } }, {}).field(name)).toBeUndefined();
      }
    },
  );

  it('finds a member of its own that is named like the prototype’s', () => {
    const record: unknown = JSON.parse('{"constructor":"x","__proto__":{"y":1}}');
    expect(isJsonObject(record) && fieldAt(record, 'constructor')).toBe('x');
    expect(isJsonObject(record) && fieldAt(record, '__proto__.y')).toBe(1);
  });

  it('prefers the exact name, and finds names with dots below others', () => {
    expect(fieldAt({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
    expect(fieldAt({ a: { 'b.c': 3 } }, 'a.b.c')).toBe(3);
    expect(fieldAt({ a: [{ b: [{ c: 1 }] }, { b: { c: 2 } }, 'x'] }, 'a.b.c')).toEqual([1, 2]);
    expect(fieldAt({ a: 'text' }, 'a.length')).toBeUndefined();
    expect(fieldAt({ a: [1] }, 'a.length')).toBeUndefined();
  });
});

describe('every leaf of a record', () => {
  it('is there once, as text', () => {
    expect(leavesOf({ a: 'x', b: { c: [1, true, null, { d: 'y' }] } }).toSorted()).toEqual([
      '1',
      'true',
      'x',
      'y',
    ]);
    expect(leavesOf({ a: 'x', b: 'y' }, 'b')).toEqual(['x']);
  });

  it('costs no stack, and ends', () => {
    let deep: Record<string, unknown> = { leaf: 'x' };
    for (let depth = 0; depth < 50_000; depth += 1) deep = { deep };
    expect(isJsonObject(deep) && leavesOf(deep)).toEqual(['x']);
    expect(leavesOf({ many: Array.from({ length: 100_000 }, () => 'x') })).toHaveLength(65_536);
  });
});

it('answers for any JSON, in any format and log source, without throwing', () => {
  const name = fc.constantFrom(
    'EventID',
    'Data',
    'Event',
    'System',
    'win.system.eventID',
    'type',
    'records',
    'saddr',
    'output_fields',
    'dns.queries.rrname',
    'cs-uri-query',
    'TargetFilename',
    'DestinationIp',
    'Level',
    'vertice.user',
    'Execution_ProcessID',
  );
  const shaped = fc.dictionary(
    fc.constantFrom(
      'Event',
      'System',
      'EventData',
      'Channel',
      'EventID',
      'winlog',
      'log_name',
      'event_data',
      'data',
      'win',
      'audit',
      'predecoder',
      'decoder',
      'dns',
      'http',
      'event_type',
      'records',
      'saddr',
      'nametype',
      'output_fields',
      'c-uri',
      'cs-uri-query',
      'cs-method',
    ),
    fc.jsonValue(),
  );
  const products = fc.constantFrom('windows', 'linux', 'zeek', 'aws', 'gcp', 'azure', '');
  fc.assert(
    fc.property(
      shaped,
      fc.constantFrom(...formats.map(({ id }) => id)),
      products,
      name,
      (record, format, product, field) => {
        const parsed: unknown = JSON.parse(JSON.stringify(record));
        const event = sigmaEventFromRecord(format, isJsonObject(parsed) ? parsed : {}, {
          product,
          service: ['auditd', 'security'],
        });
        event.field(field);
        expect(event.leaves().every((leaf) => typeof leaf === 'string')).toBe(true);
      },
    ),
  );
});
