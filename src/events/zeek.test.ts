import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { isRejection } from './format.ts';
import { zeek } from './zeek.ts';

const origin = { position: 'conn.log:1:0', receivedAtMs: 1_777_000_000_000 };
const base = {
  ts: 1588205199.82437,
  uid: 'Cvf4XX17hSAgXDdGEd',
  'id.orig_h': '10.0.1.6',
  'id.orig_p': 54243,
  'id.resp_h': '10.0.0.4',
  'id.resp_p': 22,
  proto: 'tcp',
};

function normalise(record: JsonObject): SecurityEvent {
  expect(zeek.recognise(record)).toBe(true);
  const result = zeek.normalise(record, origin);
  if (isRejection(result)) throw new Error(result.detail);
  return result;
}

describe('zeek', () => {
  it('reads a connection', () => {
    const record = { _path: 'conn', ...base, conn_state: 'SF', _system_name: 'sensor-1' };
    expect(normalise(record)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2020-04-30T00:06:39.824Z',
      source: 'zeek',
      event_type: 'network_flow',
      source_ip: '10.0.1.6',
      destination_ip: '10.0.0.4',
      port: 22,
      protocol: 'tcp',
      payload: record,
      context: {
        format: 'zeek',
        host: 'sensor-1',
        category: 'network',
        logsource: { product: 'zeek', service: ['conn'] },
        entities: { ips: ['10.0.1.6', '10.0.0.4'], hosts: ['sensor-1'] },
      },
    });
  });

  it.each([
    ['dotted', { 'id.orig_h': '10.0.1.6', 'id.resp_h': '10.0.0.4', 'id.resp_p': 22 }],
    ['underscored', { id_orig_h: '10.0.1.6', id_resp_h: '10.0.0.4', id_resp_p: 22 }],
    ['nested', { id: { orig_h: '10.0.1.6', resp_h: '10.0.0.4', resp_p: 22 } }],
  ])('takes the connection’s ends %s', (_, ends) => {
    expect(normalise({ ts: base.ts, uid: 'C1', ...ends })).toMatchObject({
      source_ip: '10.0.1.6',
      destination_ip: '10.0.0.4',
      port: 22,
    });
  });

  it.each([
    [{ conn_state: 'SF', service: 'dns' }, 'conn', 'network_flow', 'dns'],
    [{ qtype_name: 'A' }, 'dns', 'dns_query', 'dns'],
    [{ status_code: 200 }, 'http', 'http_request', 'http'],
    [{ cipher: 'TLS_X' }, 'ssl', 'tls_handshake', 'tls'],
    [{ kex_alg: 'x' }, 'ssh', 'ssh_handshake', 'ssh'],
    [{ certificate: { serial: 'x' } }, 'x509', 'x509', 'tcp'],
    [{ note: 'SSL::Invalid_Server_Cert' }, 'notice', 'notice', 'tcp'],
    [{}, 'unknown', 'unknown', 'tcp'],
  ])(
    'knows the log of a record that does not name it by its members: %j',
    (members, path, eventType, protocol) => {
      const event = normalise({ ...base, ...members });
      expect(event).toMatchObject({
        event_type: eventType,
        protocol,
        context: { logsource: { service: [path] } },
      });
    },
  );

  it.each([
    ['ssh', { auth_success: false }, 'login_failed'],
    ['ssh', { auth_success: true }, 'login_succeeded'],
    ['ssh', {}, 'ssh_handshake'],
    ['ntlm', { success: false, username: 'ana' }, 'login_failed'],
    ['ntlm', { success: true }, 'login_succeeded'],
    ['ftp', { reply_code: 530, user: 'ana' }, 'login_failed'],
    ['ftp', { reply_code: 230 }, 'login_succeeded'],
    ['ftp', { reply_code: 227 }, 'ftp'],
    ['kerberos', { request_type: 'AS', success: false, error_msg: 'KDC_ERR_PREAUTH_FAILED' }, 'login_failed'],
    ['kerberos', { request_type: 'AS', success: false, error_msg: 'KDC_ERR_PREAUTH_REQUIRED' }, 'kerberos'],
    ['kerberos', { request_type: 'AS', success: true }, 'login_succeeded'],
    ['kerberos', { request_type: 'TGS', success: true }, 'kerberos'],
    ['radius', { result: 'failed' }, 'login_failed'],
    ['radius', { result: 'success' }, 'login_succeeded'],
    ['radius', {}, 'radius'],
    ['rfb', { auth: false, authentication_method: 'VNC' }, 'login_failed'],
    ['rfb', { auth: true, authentication_method: 'None' }, 'rfb'],
    ['mysql', { cmd: 'login', success: false }, 'login_failed'],
    ['mysql', { cmd: 'query', success: false }, 'mysql'],
  ])('calls %s %j %s', (path, members, eventType) => {
    const event = normalise({ _path: path, ...base, ...members });
    expect(event.event_type).toBe(eventType);
    if (eventType.startsWith('login_')) {
      const outcome = eventType === 'login_failed' ? 'failure' : 'success';
      expect(event.context).toMatchObject({ category: 'authentication', outcome });
    }
  });

  it('finds accounts, and takes no SSH banner for one', () => {
    expect(normalise({ _path: 'kerberos', ...base, client: 'ana/CORP' }).context.user).toBe('ana/CORP');
    expect(normalise({ _path: 'ssh', ...base, client: 'SSH-2.0-Go' }).context.user).toBeUndefined();
    expect(normalise({ _path: 'rdp', ...base, cookie: 'bia' }).context.user).toBe('bia');
  });

  it('finds names, URLs and hashes', () => {
    const dns = normalise({
      _path: 'dns',
      ...base,
      query: 'evil.example',
      answers: ['c2.evil.example', '203.0.113.5'],
    });
    expect(dns.context.entities).toMatchObject({
      domains: ['evil.example', 'c2.evil.example'],
      ips: ['203.0.113.5', '10.0.1.6', '10.0.0.4'],
    });
    const http = normalise({ _path: 'http', ...base, host: 'evil.example', uri: '/a' });
    expect(http.context).toMatchObject({ category: 'web', entities: { urls: ['http://evil.example/a'] } });
    const proxied = normalise({ _path: 'http', ...base, uri: 'http://other.example/' });
    expect(proxied.context.entities?.domains).toEqual(['other.example']);
    const ssl = normalise({
      _path: 'ssl',
      ...base,
      server_name: 'c2.example',
      ja3: 'e0fe397a5edfba9a6facc7c7b341f4eb',
      cert_chain_fps: ['a'.repeat(64)],
    });
    expect(ssl.context.entities).toMatchObject({
      domains: ['c2.example'],
      hashes: ['e0fe397a5edfba9a6facc7c7b341f4eb', 'a'.repeat(64)],
    });
  });

  it('reads files and certificates, which have no connection of their own', () => {
    const file = {
      ts: 1,
      fuid: 'F1',
      tx_hosts: ['10.0.0.4'],
      rx_hosts: ['10.0.1.6'],
      mime_type: 'a/b',
      md5: 'a'.repeat(32),
    };
    expect(normalise(file)).toMatchObject({
      source_ip: '10.0.0.4',
      destination_ip: '10.0.1.6',
      context: { logsource: { service: ['files'] }, entities: { hashes: ['a'.repeat(32)] } },
    });
    const certificate = { '@stream': 'x509', ts: 1, id: 'F1', 'san.dns': ['*.corp.example'] };
    expect(normalise(certificate).context.entities?.domains).toEqual(['corp.example']);
  });

  it('is told from other JSON by its members', () => {
    expect(zeek.recognise({ uid: 'C1', 'id.orig_h': '10.0.0.1' })).toBe(false);
    expect(zeek.recognise({ ts: 1, uid: 'C1' })).toBe(false);
    expect(zeek.recognise({ ts: 1, uid: 7, id: { orig_h: '10.0.0.1' } })).toBe(false);
    expect(zeek.recognise({ ts: 1, message: 'x' })).toBe(false);
  });

  it('never makes an event type out of a prototype’s member', () => {
    expect(normalise({ _path: 'constructor', ...base }).event_type).toBe('constructor');
    expect(normalise({ _path: '***', ...base }).event_type).toBe('event');
  });
});
