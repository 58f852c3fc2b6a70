import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import { isRejection } from './format.ts';
import { suricata } from './suricata.ts';

const origin = { position: 'eve.json:1:0', receivedAtMs: 1_777_000_000_000 };
const base = {
  timestamp: '2018-03-24T14:37:19.037299-0600',
  flow_id: 928532049924531,
  src_ip: '192.0.2.10',
  src_port: 26078,
  dest_ip: '10.47.8.150',
  dest_port: 22,
  proto: 'TCP',
};

function normalise(fields: JsonObject): SecurityEvent {
  const record = { ...base, ...fields };
  expect(suricata.recognise(record)).toBe(true);
  const result = suricata.normalise(record, origin);
  if (isRejection(result)) throw new Error(result.detail);
  return result;
}

describe('suricata', () => {
  it('reads an alert', () => {
    const alert = { signature_id: 2001219, signature: 'ET SCAN Potential SSH Scan', severity: 2 };
    const record = { ...base, event_type: 'alert', alert, host: 'sensor-1' };
    const event = normalise(record);
    expect(event).toEqual({
      event_id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      timestamp: '2018-03-24T20:37:19.037Z',
      source: 'suricata',
      event_type: 'ids_alert',
      source_ip: '192.0.2.10',
      destination_ip: '10.47.8.150',
      port: 22,
      protocol: 'tcp',
      payload: record,
      context: {
        format: 'suricata',
        host: 'sensor-1',
        category: 'intrusion_detection',
        logsource: { product: 'suricata' },
        entities: { ips: ['192.0.2.10', '10.47.8.150'], hosts: ['sensor-1'] },
      },
    });
  });

  it.each([
    ['flow', 'network_flow', 'tcp'],
    ['netflow', 'network_flow', 'tcp'],
    ['dns', 'dns_query', 'dns'],
    ['http', 'http_request', 'http'],
    ['tls', 'tls_handshake', 'tls'],
    ['ssh', 'ssh_handshake', 'ssh'],
    ['anomaly', 'protocol_anomaly', 'tcp'],
    ['fileinfo', 'fileinfo', 'tcp'],
    ['dhcp', 'dhcp', 'tcp'],
    ['constructor', 'constructor', 'tcp'],
  ])('calls %s %s', (name, eventType, protocol) => {
    expect(normalise({ event_type: name })).toMatchObject({ event_type: eventType, protocol });
  });

  it('prefers the application’s protocol unless detection failed', () => {
    expect(normalise({ event_type: 'alert', app_proto: 'http' }).protocol).toBe('http');
    expect(normalise({ event_type: 'alert', app_proto: 'failed' }).protocol).toBe('tcp');
  });

  it.each([
    [
      'DNS version 1',
      { event_type: 'dns', dns: { type: 'answer', rrname: 'Evil.example', rdata: '203.0.113.5' } },
      ['evil.example'],
    ],
    [
      'DNS version 2',
      {
        event_type: 'dns',
        dns: {
          version: 2,
          rrname: 'evil.example',
          answers: [{ rrname: 'evil.example', rrtype: 'CNAME', rdata: 'c2.evil.example' }],
          grouped: { A: ['203.0.113.5'], CNAME: ['c2.evil.example'] },
        },
      },
      ['evil.example', 'c2.evil.example'],
    ],
    [
      'DNS version 3',
      { event_type: 'dns', dns: { version: 3, queries: [{ rrname: 'evil.example', rrtype: 'A' }] } },
      ['evil.example'],
    ],
  ])('finds the names of %s', (_, fields, domains) => {
    expect(normalise(fields).context.entities?.domains).toEqual(domains);
  });

  it('finds host and URL of an HTTP request', () => {
    const http = { hostname: 'cfg.crawler.example', url: '/a?b', http_method: 'GET' };
    expect(normalise({ event_type: 'http', http }).context.entities).toMatchObject({
      domains: ['cfg.crawler.example'],
      urls: ['http://cfg.crawler.example/a?b'],
    });
    const proxied = { hostname: 'x.example', url: 'http://y.example/' };
    expect(normalise({ event_type: 'http', http: proxied }).context.entities?.urls).toEqual([
      'http://y.example/',
    ]);
  });

  it('finds names and fingerprints of a TLS handshake', () => {
    const ja3 = 'e0fe397a5edfba9a6facc7c7b341f4eb';
    const tls = {
      sni: 'c2.example',
      subject: 'C=US, O=Acme, CN=portal.example',
      fingerprint: '22:0e:91:8f:fb:d0:f8:82:c9:79:4c:7f:b9:5a:8a:ea:7f:ca:58:b6',
      ja3: { hash: ja3 },
      ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
    };
    expect(normalise({ event_type: 'tls', tls }).context.entities).toMatchObject({
      domains: ['c2.example', 'portal.example'],
      hashes: ['220e918ffbd0f882c9794c7fb95a8aea7fca58b6', ja3],
    });
  });

  it('finds the hashes of files', () => {
    const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    const fields = { event_type: 'fileinfo', fileinfo: { sha256 }, files: [{ md5: 'a'.repeat(32) }, 7] };
    expect(normalise(fields).context.entities?.hashes).toEqual([sha256, 'a'.repeat(32)]);
  });

  it('names the account that SMB, Kerberos and FTP show', () => {
    const smb = { ntlmssp: { user: 'ana', host: 'WS-1' } };
    expect(normalise({ event_type: 'smb', smb }).context).toMatchObject({
      user: 'ana',
      entities: { hosts: ['ws-1'] },
    });
    expect(normalise({ event_type: 'krb5', krb5: { cname: 'bia' } }).context.user).toBe('bia');
    expect(normalise({ event_type: 'ftp', ftp: { command: 'USER', command_data: 'cid' } }).context.user).toBe(
      'cid',
    );
  });

  it('tells failed FTP logins from those that went through', () => {
    expect(normalise({ event_type: 'ftp', ftp: { completion_code: ['530'] } })).toMatchObject({
      event_type: 'login_failed',
      context: { category: 'authentication', outcome: 'failure' },
    });
    expect(normalise({ event_type: 'ftp', ftp: { completion_code: ['230'] } }).event_type).toBe(
      'login_succeeded',
    );
  });

  it('is told from other JSON by its members', () => {
    const { flow_id: _, ...withoutFlow } = base;
    expect(suricata.recognise({ ...withoutFlow, event_type: 'alert' })).toBe(true);
    expect(suricata.recognise({ timestamp: 'x', event_type: 'stats', stats: {} })).toBe(true);
    expect(suricata.recognise({ timestamp: 'x', event_type: 'stats', stats: null })).toBe(false);
    expect(suricata.recognise({ timestamp: 'x', event_type: 'purchase', purchase: {} })).toBe(false);
    expect(suricata.recognise({ timestamp: 1, event_type: 'alert', alert: {} })).toBe(false);
    expect(suricata.recognise({ timestamp: 'x' })).toBe(false);
  });

  it('reads statistics, which have no addresses', () => {
    const result = suricata.normalise({ timestamp: 'never', event_type: 'stats', stats: {} }, origin);
    expect(result).toMatchObject({ event_type: 'stats', timestamp: '2026-04-24T03:06:40.000Z' });
    expect(suricata.normalise({ ...base }, origin)).toMatchObject({ event_type: 'event' });
  });
});
