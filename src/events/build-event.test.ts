import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';

const securityEvent = Compile(SecurityEventSchema);
const origin = { position: 'file:1:0', receivedAtMs: 1_777_000_000_000 };
const bare = {
  format: 'app',
  origin,
  record: { a: 1 },
  timestamp: null,
  source: 'app',
  eventType: 'thing_done',
};

describe('buildEvent', () => {
  it('makes the least event there is from a record that says nothing', () => {
    expect(buildEvent(bare)).toEqual({
      event_id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      timestamp: '2026-04-24T03:06:40.000Z',
      source: 'app',
      event_type: 'thing_done',
      payload: { a: 1 },
      context: { format: 'app' },
    });
  });

  it('has a name for source and type when the record has none', () => {
    expect(buildEvent({ ...bare, source: '', eventType: '' })).toMatchObject({
      source: 'app',
      event_type: 'event',
    });
  });

  it('leaves out what is no address, port or name', () => {
    const event = buildEvent({
      ...bare,
      sourceIp: 'here',
      destinationIp: {},
      port: -1,
      protocol: 7,
      host: '-',
      user: [],
    });
    expect(event).toEqual(buildEvent(bare));
  });

  it('cuts what is longer than the contract allows', () => {
    const long = 'İ'.repeat(4000);
    const event = buildEvent({
      ...bare,
      source: long,
      eventType: long,
      protocol: long,
      host: long,
      user: long,
      category: long,
      logsource: { product: 'linux', service: [long, 'syslog'] },
    });
    expect(securityEvent.Check(event)).toBe(true);
    expect(event.context.logsource?.service).toEqual([long.slice(0, 64), 'syslog']);
  });

  it('adds addresses, host and user to the entities it is given', () => {
    const entities = new EntityCollector();
    entities.domain('evil.example');
    const event = buildEvent({
      ...bare,
      sourceIp: '::FFFF:192.0.2.1',
      host: 'Bastion',
      user: 'ana',
      entities,
    });
    expect(event.context).toMatchObject({
      host: 'Bastion',
      user: 'ana',
      entities: { domains: ['evil.example'], ips: ['192.0.2.1'], hosts: ['bastion'], users: ['ana'] },
    });
  });

  it('takes the identity from the text that was read, where there was one', () => {
    expect(buildEvent({ ...bare, raw: 'a' }).event_id).not.toBe(buildEvent({ ...bare, raw: 'b' }).event_id);
    expect(buildEvent({ ...bare, ownId: '1' }).event_id).not.toBe(buildEvent(bare).event_id);
  });
});
