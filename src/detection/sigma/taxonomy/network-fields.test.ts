import { describe, expect, it } from 'vitest';
import { sigmaEventFromRecord } from './to-sigma-event.ts';

describe('Zeek under the names of Sigma', () => {
  it.each([
    { 'id.orig_h': '198.51.100.7', 'id.resp_p': 53 },
    { id_orig_h: '198.51.100.7', id_resp_p: 53 },
    { id: { orig_h: '198.51.100.7', resp_p: 53 } },
  ])('finds the members of a record type however they are written: %j', (id) => {
    const record = { ts: 1, _path: 'dns', query: 'a.example.com', qtype_name: 'TXT', answers: ['x'], ...id };
    const event = sigmaEventFromRecord('zeek', record, { product: 'zeek', service: ['dns'] });
    expect(event.field('id.orig_h')).toBe('198.51.100.7');
    expect(event.field('src_ip')).toBe('198.51.100.7');
    expect(event.field('dst_port')).toBe(53);
    expect(event.categories).toEqual(['dns']);
    expect(event.field('record_type')).toBe('TXT');
    expect(event.field('answer')).toEqual(['x']);
    expect(event.field('nothing')).toBeUndefined();
    expect(event.leaves()).toContain('198.51.100.7');
  });

  it('serves the proxy category with its http log', () => {
    const record = {
      ts: 1,
      _path: 'http',
      uri: '/a',
      user_agent: 'x',
      host: 'example.com',
      status_code: 200,
    };
    const event = sigmaEventFromRecord('zeek', record, { product: 'zeek', service: ['http'] });
    expect(event.categories).toEqual(['proxy']);
    expect(['c-uri', 'c-useragent', 'cs-host', 'sc-status'].map((name) => event.field(name))).toEqual([
      '/a',
      'x',
      'example.com',
      200,
    ]);
  });

  it('leaves other logs in no category', () => {
    const event = sigmaEventFromRecord(
      'zeek',
      { ts: 1, _path: 'weird' },
      { product: 'zeek', service: ['weird'] },
    );
    expect(event.categories).toEqual([]);
  });
});

describe('Suricata under the names of Sigma', () => {
  const source = { product: 'suricata' };

  it('has its own names with dots', () => {
    const record = { event_type: 'alert', dest_ip: '192.0.2.1', alert: { severity: 1, signature: 'X' } };
    const event = sigmaEventFromRecord('suricata', record, source);
    expect(event.field('alert.severity')).toBe(1);
    expect(event.field('dst_ip')).toBe('192.0.2.1');
    expect(event.categories).toEqual([]);
  });

  it.each([
    { rrname: 'a.example.com', rrtype: 'A' },
    { queries: [{ rrname: 'a.example.com', rrtype: 'A' }] },
    { query: [{ rrname: 'a.example.com', rrtype: 'A' }] },
  ])('serves the dns category in every version: %j', (dns) => {
    const event = sigmaEventFromRecord('suricata', { event_type: 'dns', dns }, source);
    expect(event.categories).toEqual(['dns']);
    expect([event.field('query')].flat()).toEqual(['a.example.com']);
    expect([event.field('record_type')].flat()).toEqual(['A']);
    expect(event.field('answer')).toBeUndefined();
  });

  it('serves the proxy category', () => {
    const http = { hostname: 'example.com', url: '/x', http_user_agent: 'curl', status: 200 };
    const event = sigmaEventFromRecord('suricata', { event_type: 'http', http }, source);
    expect(event.categories).toEqual(['proxy']);
    expect(event.field('c-uri')).toBe('/x');
    expect(event.field('c-useragent')).toBe('curl');
  });
});
