import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { parseIndicators } from './indicator-list.ts';

function event(change: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    event_id: 'e1',
    timestamp: '2026-01-01T00:00:00Z',
    source: 's',
    event_type: 't',
    payload: {},
    context: {},
    ...change,
  };
}

const list = parseIndicators(
  [
    'type,value,confidence,source,description,threat_actor,campaign',
    '# a comment',
    'ip,203.0.113[.]9,0.9,feed-a,"known, bad",APT-X,Operation Y',
    'cidr,198.51.100.0/24,0.6,feed-b',
    'domain,Evil.Example.,0.8,feed-a',
    'url,hxxp://bad.example/x,0.7,feed-a',
    'hash,D41D8CD98F00B204E9800998ECF8427E,0.9,feed-c',
    '{"type":"ip","value":"::ffff:192.0.2.77","confidence":0.5,"source":"feed-d"}',
    '',
    'ip,not an address,0.5,feed-a',
    'ip,192.0.2.1,7,feed-a',
    'gizmo,x,0.5,feed-a',
    '{broken',
  ].join('\n'),
);

describe('a list of indicators', () => {
  it('takes CSV and JSON lines, and reports each bad line without losing the others', () => {
    expect(list.size).toBe(6);
    expect(list.bad.map((bad) => bad.line)).toEqual([10, 11, 12, 13]);
    expect(list.bad[1]?.problem).toContain('/confidence');
  });

  it('finds addresses however they are spelled', () => {
    expect(list.match(event({ source_ip: '203.0.113.9' }))[0]).toMatchObject({
      source: 'feed-a',
      description: 'known, bad',
      threat_actor: 'APT-X',
      entity: '203.0.113.9',
    });
    expect(list.match(event({ destination_ip: '192.0.2.77' }))).toHaveLength(1);
  });

  it('finds addresses within a network, and says which', () => {
    expect(list.match(event({ source_ip: '198.51.100.200' }))[0]).toMatchObject({
      value: '198.51.100.0/24',
      entity: '198.51.100.200',
    });
    expect(list.match(event({ source_ip: '2001:db8::1' }))).toEqual([]);
    expect(list.match(event({ source_ip: 'not an address' }))).toEqual([]);
  });

  it('finds names at and below a listed domain, and no look-alike', () => {
    const withDomain = (domain: string) => event({ context: { entities: { domains: [domain] } } });
    expect(list.match(withDomain('evil.example'))).toHaveLength(1);
    expect(list.match(withDomain('a.b.evil.example'))[0]?.entity).toBe('a.b.evil.example');
    expect(list.match(withDomain('notevil.example'))).toEqual([]);
  });

  it('finds URLs and file hashes', () => {
    const entities = { urls: ['http://bad.example/x'], hashes: ['d41d8cd98f00b204e9800998ecf8427e'] };
    expect(list.match(event({ context: { entities } }))).toHaveLength(2);
  });

  it('looks into the payload of an event whose entities nobody has extracted', () => {
    const payload = {
      query: 'A.Evil.Example.',
      sha256: 'x',
      md5: 'D41D8CD98F00B204E9800998ECF8427E',
      url: 7,
    };
    expect(list.match(event({ payload })).map(({ entity }) => entity)).toEqual([
      'a.evil.example',
      'd41d8cd98f00b204e9800998ecf8427e',
    ]);
    expect(list.match(event({ payload, context: { entities: {} } }))).toEqual([]);
  });

  it('names an indicator once however often the event does', () => {
    expect(
      list.match(event({ source_ip: '203.0.113.9', context: { entities: { ips: ['203.0.113.9'] } } })),
    ).toHaveLength(1);
  });

  it('keeps the surest of two claims on one value', () => {
    const twice = parseIndicators('ip,192.0.2.1,0.3,a\nip,192.0.2.1,0.9,b\nip,192.0.2.1,0.5,c');
    expect(twice.match(event({ source_ip: '192.0.2.1' }))[0]?.source).toBe('b');
  });

  it('matches nothing when empty', () => {
    expect(parseIndicators('').match(event({ source_ip: '192.0.2.1' }))).toEqual([]);
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const parsed = parseIndicators(text);
        expect(parsed.size).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
