import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { isRejection } from './format.ts';
import { genericJson } from './generic-json.ts';

const origin = { position: 'app.log:1:0', receivedAtMs: 1_777_000_000_000 };

function normalise(record: JsonObject): SecurityEvent {
  expect(genericJson.recognise(record)).toBe(true);
  const result = genericJson.normalise(record, origin);
  if (isRejection(result)) throw new Error(result.detail);
  return result;
}

describe('generic-json', () => {
  it('reads ECS', () => {
    const record = {
      '@timestamp': '2024-05-01T12:00:00.000Z',
      event: { category: ['authentication'], action: 'ssh_login', outcome: 'failure', module: 'system' },
      source: { ip: '198.51.100.9' },
      destination: { ip: '10.0.0.5', port: 22 },
      user: { name: 'root' },
      host: { name: 'bastion' },
      network: { transport: 'tcp' },
    };
    expect(normalise(record)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2024-05-01T12:00:00.000Z',
      source: 'system',
      event_type: 'login_failed',
      source_ip: '198.51.100.9',
      destination_ip: '10.0.0.5',
      port: 22,
      protocol: 'tcp',
      payload: record,
      context: {
        format: 'generic-json',
        host: 'bastion',
        user: 'root',
        category: 'authentication',
        outcome: 'failure',
        entities: { ips: ['198.51.100.9', '10.0.0.5'], hosts: ['bastion'], users: ['root'] },
      },
    });
  });

  it.each([
    ['flat ECS', { '@timestamp': '2024-05-01T12:00:00Z', 'source.ip': '198.51.100.9', 'user.name': 'ana' }],
    ['snake case', { ts: 1714564800, source_ip: '198.51.100.9', user_name: 'ana' }],
    ['camel case', { eventTime: '2024-05-01 12:00:00', clientIpAddress: '198.51.100.9', userName: 'ana' }],
    [
      'an audit log',
      {
        published: '2024-05-01T12:00:00Z',
        client: { ipAddress: '198.51.100.9' },
        actor: { alternateId: 'ana' },
      },
    ],
    [
      'a load balancer',
      { time: '2024-05-01T12:00:00Z', callerIp: '198.51.100.9', identity: { principalEmail: 'ana' } },
    ],
  ])('finds time, address and account in %s', (_, record) => {
    expect(normalise(record)).toMatchObject({
      timestamp: '2024-05-01T12:00:00.000Z',
      source_ip: '198.51.100.9',
      context: { user: 'ana' },
    });
  });

  it.each([
    ['user.login', 'FAILURE', 'login_failed'],
    ['login', 'success', 'login_succeeded'],
    ['login', undefined, 'login'],
    ['login_failed', undefined, 'login_failed'],
    ['AuthenticationFailure', undefined, 'login_failed'],
    ['failed-login', undefined, 'login_failed'],
    ['loginSuccess', undefined, 'login_succeeded'],
    ['successful_logon', undefined, 'login_succeeded'],
    ['user.session.start', 'DENIED', 'login_failed'],
    ['file_read', 'failure', 'file_read'],
  ])('reads the action %s with outcome %s as %s', (action, outcome, eventType) => {
    const event = normalise({
      time: '2024-05-01T12:00:00Z',
      action,
      ...(outcome === undefined ? {} : { outcome }),
    });
    expect(event.event_type).toBe(eventType);
  });

  it.each([
    [true, 'success'],
    [false, 'failure'],
    ['allowed', 'success'],
    ['Blocked', 'failure'],
    ['unclear', undefined],
    [200, undefined],
  ])('reads the result %s as %s', (result, outcome) => {
    expect(normalise({ time: '2024-05-01T12:00:00Z', action: 'x', result }).context.outcome).toBe(outcome);
  });

  it('collects what the fields speak of', () => {
    const event = normalise({
      time: '2024-05-01T12:00:00Z',
      details: {
        url: 'https://evil.example/a',
        sha256: 'a'.repeat(64),
        query: 'c2.example',
        process_name: 'sh',
        peers: ['203.0.113.5'],
      },
    });
    expect(event.context.entities).toEqual({
      urls: ['https://evil.example/a'],
      domains: ['evil.example', 'c2.example'],
      hashes: ['a'.repeat(64)],
      processes: ['sh'],
      ips: ['203.0.113.5'],
    });
  });

  it('takes the time of receipt when the record has none', () => {
    expect(normalise({ srcAddr: '198.51.100.9', dstPort: 22 })).toMatchObject({
      timestamp: '2026-04-24T03:06:40.000Z',
      source: 'json',
      event_type: 'event',
      port: 22,
    });
  });

  it('takes a product it knows for a log and for the source', () => {
    const record = { verb: 'create', objectRef: { resource: 'secrets' } };
    expect(normalise(record)).toMatchObject({
      source: 'kubernetes',
      event_type: 'create',
      context: { logsource: { product: 'kubernetes', category: ['application'], service: ['audit'] } },
    });
  });

  it('takes no duration for a time', () => {
    expect(normalise({ time: 12.5, timestamp: 'soon', username: 'ana', action: 'x' }).timestamp).toBe(
      '2026-04-24T03:06:40.000Z',
    );
  });

  it.each([
    [
      'a webhook',
      { action: 'deleted', repository: { id: 1, full_name: 'acme/app' }, sender: { login: 'ana' } },
    ],
    [
      'an inventory query',
      { name: 'pack_packages', action: 'added', columns: { name: 'xz', version: '5.6' } },
    ],
    ['a call', { methodName: 'v1.compute.firewalls.patch' }],
    ['a kind of event', { eventTypeName: 'API_KEY_CREATED' }],
    ['nested details', { detail: { custom_message: 'Added a key', target_details: 'ana' } }],
    ['a request', { params: [{ key: 'user', value: 'ana' }], path: '/users/password' }],
  ])('takes %s without a time for a log', (_, record) => {
    expect(normalise(record).timestamp).toBe('2026-04-24T03:06:40.000Z');
  });

  it.each([
    [{}],
    [{ a: 1 }],
    [{ a: 1, b: {} }],
    [{ a: 1, b: 2, c: { d: 3 } }],
    [{ type: 'x', value: 1 }],
    [{ eventType: '' }],
    [{ actor: null, details: {} }],
    [{ details: { x: 1 } }],
    [{ foo: 'bar' }],
    [{ timestamp: '2024-05-01T12:00:00Z' }],
    [{ username: 'ana' }],
    [{ a: { b: { c: { d: { time: '2024-05-01T12:00:00Z' } } } } }],
    [{ list: [] }],
  ])('does not take %j for a log', (record) => {
    expect(genericJson.recognise(record)).toBe(false);
  });

  it('looks at a bounded part of a huge record', () => {
    const record: Record<string, string> = { time: '2024-05-01T12:00:00Z' };
    for (let i = 0; i < 5000; i += 1) record[`ip_${i}`] = `10.0.${i >> 8}.${i & 255}`;
    expect(normalise(record).context.entities?.ips).toHaveLength(256);
  });
});
