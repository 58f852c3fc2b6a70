import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { isRejection } from './format.ts';
import { wazuh } from './wazuh.ts';

const origin = { position: 'alerts.json:1:0', receivedAtMs: 1_777_000_000_000 };
const base = {
  timestamp: '2024-05-01T12:00:00.123+0000',
  rule: {
    level: 5,
    description: 'sshd: authentication failed.',
    id: '5760',
    groups: ['syslog', 'sshd', 'authentication_failed'],
  },
  agent: { id: '001', name: 'bastion', ip: '10.0.0.5' },
  manager: { name: 'wazuh' },
  id: '1714564800.12345',
  full_log: 'May  1 12:00:00 bastion sshd[1]: Failed password for root from 198.51.100.9 port 40000 ssh2',
  decoder: { name: 'sshd' },
  data: { srcip: '198.51.100.9', dstuser: 'root' },
  location: '/var/log/auth.log',
} satisfies JsonObject;

function normalise(change: JsonObject): SecurityEvent {
  const record: JsonObject = { ...base, ...change };
  expect(wazuh.recognise(record)).toBe(true);
  const result = wazuh.normalise(record, origin);
  if (isRejection(result)) throw new Error(result.detail);
  return result;
}

describe('wazuh', () => {
  it('reads a failed login', () => {
    expect(normalise({})).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2024-05-01T12:00:00.123Z',
      source: 'wazuh',
      event_type: 'login_failed',
      source_ip: '198.51.100.9',
      payload: base,
      context: {
        format: 'wazuh',
        host: 'bastion',
        user: 'root',
        category: 'authentication',
        outcome: 'failure',
        logsource: { product: 'wazuh' },
        entities: { ips: ['10.0.0.5', '198.51.100.9'], users: ['root'], hosts: ['bastion'] },
      },
    });
  });

  it.each([
    [['sshd', 'authentication_failures'], 'login_failed'],
    [['sshd', 'invalid_login'], 'login_failed'],
    [['windows', 'win_authentication_failed'], 'login_failed'],
    [['sshd', 'authentication_success'], 'login_succeeded'],
    [['web', 'attack'], 'rule_alert'],
    ['not a list', 'rule_alert'],
  ])('calls the groups %j %s', (groups, eventType) => {
    expect(normalise({ rule: { level: 5, groups } }).event_type).toBe(eventType);
  });

  it.each([
    ['added', 'file_created'],
    ['modified', 'file_changed'],
    ['deleted', 'file_deleted'],
    ['constructor', 'rule_alert'],
  ])('reads the file event %s', (event, eventType) => {
    const syscheck = { path: '/etc/passwd', event, uname_after: 'ana', md5_after: 'a'.repeat(32) };
    const result = normalise({ rule: { level: 7, groups: ['syscheck'] }, data: {}, syscheck });
    expect(result).toMatchObject({
      event_type: eventType,
      context: { user: 'ana', entities: { hashes: ['a'.repeat(32)] } },
    });
  });

  it('reads what Windows and Suricata say through it', () => {
    const eventdata = {
      ipAddress: '203.0.113.5',
      targetUserName: 'bia',
      image: 'C:\\a.exe',
      hashes: `MD5=${'b'.repeat(32)}`,
    };
    expect(normalise({ data: { win: { eventdata } } })).toMatchObject({
      source_ip: '203.0.113.5',
      context: { user: 'bia', entities: { hashes: ['b'.repeat(32)], processes: ['C:\\a.exe'] } },
    });
    const eve = { src_ip: '203.0.113.6', dest_ip: '10.0.0.9', dest_port: '443', proto: 'TCP' };
    expect(normalise({ data: eve })).toMatchObject({
      source_ip: '203.0.113.6',
      destination_ip: '10.0.0.9',
      port: 443,
      protocol: 'tcp',
    });
  });

  it('names the host of a log that reached the manager without an agent', () => {
    expect(normalise({ agent: {}, predecoder: { hostname: 'router' } }).context.host).toBe('router');
  });

  it('is told from other JSON by its members', () => {
    expect(wazuh.recognise({ manager: {}, location: 'x', full_log: 'y' })).toBe(true);
    expect(wazuh.recognise({ agent: {}, rule: {} })).toBe(false);
    expect(wazuh.recognise({ agent: {}, location: 'x' })).toBe(false);
    expect(wazuh.recognise({ agent: 'a', decoder: {}, rule: {} })).toBe(false);
  });
});
