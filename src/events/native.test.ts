import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { native } from './native.ts';

const securityEvent = Compile(SecurityEventSchema);
const origin = { position: 'test/0', receivedAtMs: 1_777_000_000_000 };

const valid = {
  event_id: 'evt-1',
  timestamp: '2026-05-01T12:00:00Z',
  source: 'sshd',
  event_type: 'login_failed',
  source_ip: '198.51.100.7',
  destination_ip: '10.0.0.5',
  port: 22,
  protocol: 'ssh',
  payload: { message: 'Failed password' },
  context: { host: 'bastion', logsource: { product: 'linux', service: ['sshd'] } },
} satisfies JsonObject;

describe('the native envelope', () => {
  it('is taken as it is, unknown members included', () => {
    const record = { ...valid, tenant: 'a', context: { ...valid.context, asset: { owner: 'b' } } };
    expect(native.normalise(record, origin)).toBe(record);
  });

  it('needs neither address nor port', () => {
    const { source_ip: _, destination_ip: __, port: ___, protocol: ____, ...bare } = valid;
    expect(native.normalise(bare, origin)).toBe(bare);
  });

  it('takes null for an absent optional member', () => {
    const record = { ...valid, source_ip: null, destination_ip: null, port: null, protocol: null };
    const { source_ip: _, destination_ip: __, port: ___, protocol: ____, ...bare } = valid;
    expect(native.normalise(record, origin)).toEqual(bare);
  });

  it.each([
    [{ source_ip: '2001:DB8::0:1' }, { source_ip: '2001:db8::1' }],
    [{ source_ip: '::ffff:192.0.2.1' }, { source_ip: '192.0.2.1' }],
    [{ destination_ip: 'FE80::1%eth0' }, { destination_ip: 'fe80::1' }],
    [{ protocol: 'TCP' }, { protocol: 'tcp' }],
    [{ timestamp: '2026-05-01T14:00:00.123456+02:00' }, { timestamp: '2026-05-01T12:00:00.123Z' }],
    [{ timestamp: '2016-12-31T23:59:60Z' }, { timestamp: '2017-01-01T00:00:00.000Z' }],
    [{ timestamp: '2026-05-01T12:00:00Z[Etc/UTC]' }, { timestamp: '2026-05-01T12:00:00.000Z' }],
    [{ timestamp: '2024-02-29T12:00:00Z' }, { timestamp: '2024-02-29T12:00:00.000Z' }],
  ])('brings %j into its one spelling', (change, expected) => {
    expect(native.normalise({ ...valid, ...change }, origin)).toEqual({ ...valid, ...expected });
  });

  it.each([
    [{ event_id: undefined }, 'event_id: expected text of 1 to 128 characters, got nothing'],
    [{ event_id: '' }, 'event_id: expected text of 1 to 128 characters, got text of 0 characters'],
    [
      { event_id: 'x'.repeat(129) },
      'event_id: expected text of 1 to 128 characters, got text of 129 characters',
    ],
    [{ event_id: 7 }, 'event_id: expected text of 1 to 128 characters, got the number 7'],
    [
      { timestamp: 1_777_000_000 },
      'timestamp: expected an RFC 3339 date and time with offset (2026-05-01T12:00:00Z), got the number 1777000000',
    ],
    [
      { timestamp: '2026-05-01 12:00' },
      'timestamp: expected an RFC 3339 date and time with offset (2026-05-01T12:00:00Z), got text of 16 characters',
    ],
    [{ timestamp: '0000-01-01T00:00:00Z' }, null],
    [
      { timestamp: '0000-01-01T00:00:00+01:00' },
      'timestamp: expected a time of the years 100 to 9999, got text of 25 characters',
    ],
    [{ source: null }, 'source: expected text of 1 to 128 characters, got null'],
    [{ source_ip: 'localhost' }, 'source_ip: expected an IPv4 or IPv6 address, got text of 9 characters'],
    [
      { destination_ip: '300.0.0.1' },
      'destination_ip: expected an IPv4 or IPv6 address, got text of 9 characters',
    ],
    [{ port: '22' }, 'port: expected an integer from 0 to 65535, got text of 2 characters'],
    [{ port: 70_000 }, 'port: expected an integer from 0 to 65535, got the number 70000'],
    [{ payload: [] }, 'payload: expected an object, got an array of 0'],
    [
      { context: undefined },
      'context: expected an object of format, entities, host, user, category, outcome, logsource, got nothing',
    ],
    [{ context: { user: 7 } }, 'context.user: expected text of 0 to 512 characters, got the number 7'],
    [
      { context: { outcome: 'maybe' } },
      'context.outcome: expected one of success, failure, unknown, got text of 5 characters',
    ],
    [
      { context: { entities: { ips: 'a' } } },
      'context.entities.ips: expected an array of at most 256 elements, each text of 0 to 2048 characters, got text of 1 characters',
    ],
    [
      { context: { entities: { other: [] } } },
      'context.entities: expected an object of ips, domains, urls, hashes, users, hosts, processes, got an object',
    ],
    [
      { context: { logsource: { service: 'sshd' } } },
      'context.logsource.service: expected an array of at most 8 elements, each text of 0 to 64 characters, got text of 4 characters',
    ],
  ])('answers %j by naming the member, what was expected and what came', (change, detail) => {
    const result = native.normalise({ ...valid, ...change }, origin);
    if (detail === null) expect(result).toHaveProperty('event_id');
    else expect(result).toEqual({ rejected: 'invalid_envelope', detail });
  });

  it('is told from other JSON by its members', () => {
    expect(native.recognise(valid)).toBe(true);
    expect(native.recognise({ event_id: 'a', timestamp: 'b', source: 'c' })).toBe(true);
    expect(native.recognise({ source: 'c', event_type: 'd', payload: {} })).toBe(true);
    expect(native.recognise({ event_id: 'a', event_type: 'd', source: {} })).toBe(false);
    expect(native.recognise({ timestamp: 'b', event_type: 'alert', payload: 'aGk=' })).toBe(false);
  });

  it('agrees with the contract on every change of one member', () => {
    const change = fc.tuple(
      fc.constantFrom(...Object.keys(valid)),
      fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, '2026-02-30T00:00:00Z', '::1', 65_536, {}, [])),
    );
    fc.assert(
      fc.property(change, ([name, value]) => {
        const record: JsonObject = {
          ...valid,
          [name]: value === undefined ? undefined : JSON.parse(JSON.stringify(value)),
        };
        const result = native.normalise(record, origin);
        if (!('rejected' in result)) expect(securityEvent.Check(result)).toBe(true);
        else if (!name.endsWith('_ip') && name !== 'timestamp')
          expect(securityEvent.Check(record)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
