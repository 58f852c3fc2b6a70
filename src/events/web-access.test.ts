import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { isRejection } from './format.ts';
import { readWebAccess, webAccess } from './web-access.ts';

const origin = { position: 'access.log:1:0', receivedAtMs: 0 };
const securityEvent = Compile(SecurityEventSchema);
const stamp = '[13/Jan/2026:19:31:16 +0200]';

describe('webAccess', () => {
  it('reads a combined line', () => {
    const text = `198.51.100.7 - eve ${stamp} "GET /a?b=c HTTP/1.1" 404 162 "http://r.example/" "curl/8.5" "-"`;
    expect(webAccess.recognise(text)).toBe(true);
    expect(webAccess.normalise(text, origin)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2026-01-13T17:31:16.000Z',
      source: 'web-access',
      event_type: 'http_request',
      source_ip: '198.51.100.7',
      protocol: 'http',
      payload: {
        client: '198.51.100.7',
        'c-ip': '198.51.100.7',
        request: 'GET /a?b=c HTTP/1.1',
        user: 'eve',
        'cs-username': 'eve',
        method: 'GET',
        'cs-method': 'GET',
        path: '/a?b=c',
        'c-uri': '/a?b=c',
        'cs-uri-stem': '/a',
        'cs-uri-query': 'b=c',
        http_version: 'HTTP/1.1',
        status: 404,
        'sc-status': 404,
        bytes: 162,
        referer: 'http://r.example/',
        'cs-referer': 'http://r.example/',
        user_agent: 'curl/8.5',
        'cs-user-agent': 'curl/8.5',
        'c-useragent': 'curl/8.5',
        others: ['-'],
      },
      context: {
        format: 'web-access',
        user: 'eve',
        category: 'web',
        outcome: 'failure',
        logsource: { category: ['webserver'] },
        entities: {
          ips: ['198.51.100.7'],
          domains: ['r.example'],
          urls: ['http://r.example/'],
          users: ['eve'],
        },
      },
    });
  });

  it.each([
    [
      'a common line',
      `1.2.3.4 - - ${stamp} "GET / HTTP/1.0" 304 -`,
      { client: '1.2.3.4', path: '/', outcome: 'success' },
    ],
    ['IPv6', `2001:db8::7 - - ${stamp} "HEAD / HTTP/1.1" 200 0 "-" "-"`, { client: '2001:db8::7' }],
    [
      'a virtual host',
      `www.example:443 1.2.3.4 - - ${stamp} "GET / HTTP/1.1" 200 1`,
      { client: '1.2.3.4', virtualHost: 'www.example:443' },
    ],
    ['a client by name', `host.example - - ${stamp} "GET / HTTP/1.1" 200 1`, { client: 'host.example' }],
    ['a request that is none', `1.2.3.4 - - ${stamp} "\\x16\\x03" 400 157 "-" "-"`, { path: undefined }],
    ['a request without version', `1.2.3.4 - - ${stamp} "GET /" 400 157`, { path: '/' }],
    [
      'quotes that Apache escaped',
      `1.2.3.4 - - ${stamp} "GET /\\" 200 1 HTTP/1.1" 404 2`,
      { path: '/\\" 200 1' },
    ],
    [
      'quotes that nobody escaped',
      `1.2.3.4 - - ${stamp} "GET /a("b") HTTP/1.0" 404 1164`,
      { path: '/a("b")' },
    ],
    ['a backslash before the last quote', `1.2.3.4 - - ${stamp} "GET /\\\\" 404 2`, { path: '/\\\\' }],
    ['a backslash that nobody escaped', `1.2.3.4 - - ${stamp} "GET /\\" 404 2`, { path: '/\\' }],
    [
      'an agent that was cut off',
      `1.2.3.4 - - ${stamp} "GET / HTTP/1.1" 200 1 "-" "Mozilla`,
      { client: '1.2.3.4' },
    ],
    ['a user name with blanks', `1.2.3.4 - a b ${stamp} "GET / HTTP/1.1" 401 1`, { user: 'a b' }],
    [
      'a time that never was',
      '1.2.3.4 - - [13/Foo/2026:19:31:16 +0200] "GET / HTTP/1.1" 401 1',
      { timestamp: null },
    ],
    [
      'a western time',
      '1.2.3.4 - - [13/Jan/2026:19:00:00 -0530] "GET / HTTP/1.1" 401 1',
      { timestamp: '2026-01-14T00:30:00.000Z' },
    ],
  ])('reads %s', (_, text, parts) => {
    expect(webAccess.recognise(text)).toBe(true);
    expect(readWebAccess(text)).toMatchObject(parts);
  });

  it.each([
    ['nothing', ''],
    ['a line of syslog', `Jan 13 19:31:16 web-1 nginx: 1.2.3.4 - - ${stamp} "GET / HTTP/1.1" 200 1`],
    ['no status', `1.2.3.4 - - ${stamp} "GET / HTTP/1.1" ok`],
    ['only a client', `1.2.3.4 ${stamp} "GET / HTTP/1.1" 200 1`],
    ['a client that is none', `<b> - - ${stamp} "GET / HTTP/1.1" 200 1`],
    ['an error log', '2021/09/30 09:23:53 [error] 19#19: *17 user "foo" was not found, client: 127.0.0.1'],
  ])('leaves %s alone', (_, text) => {
    expect(webAccess.recognise(text)).toBe(false);
  });

  it('refuses what is no access line', () => {
    expect(webAccess.normalise('hello', origin)).toMatchObject({ rejected: 'invalid_record' });
  });

  it('keeps the client whatever the rest of the line holds', () => {
    const hostile = fc.array(
      fc.constantFrom('6.6.6.6', ' - - ', stamp, ' "', '" 200 1', '\\', ' ', 'GET /'),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (user, request, agent) => {
        const line = `203.0.113.6 - ${user.join('')} ${stamp} "${request.join('')}" 200 1 "-" "${agent.join('')}"`;
        expect(readWebAccess(line)?.client).toBe('203.0.113.6');
      }),
    );
  });

  it('makes a valid event or a rejection of anything', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '1.2.3.4 - - ',
        stamp,
        ' "GET / HTTP/1.1"',
        ' 200 1',
        ' "-" "',
        '"',
        'www.example ',
        '\\',
      ),
      fc.string({ unit: 'binary', maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const result = webAccess.normalise(pieces.join(''), origin);
        expect(isRejection(result) || securityEvent.Check(result)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('costs no more than its length', () => {
    const started = performance.now();
    const start = `1.2.3.4 - - ${stamp} "`;
    for (const piece of ['\\" 200 1 ', '" ', '"\\', 'a ', ' [13/Jan/2026:19:31:16 +0200]']) {
      readWebAccess(start + piece.repeat(300_000 / piece.length));
      readWebAccess(`${start}" 200 1 ${piece.repeat(300_000 / piece.length)}`);
      readWebAccess(piece.repeat(300_000 / piece.length));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
