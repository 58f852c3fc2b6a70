import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { type SecurityEvent, SecurityEventSchema } from '../contracts/security-event.ts';
import { isRejection } from './format.ts';
import { createReader } from './read.ts';
import { textLog } from './text-log.ts';

const origin = { position: 'app.log:1:0', receivedAtMs: Date.UTC(2026, 0, 6) };
const securityEvent = Compile(SecurityEventSchema);
const read = createReader({ maxRecordBytes: 1_048_576 });

function normalise(text: string): SecurityEvent {
  const result = textLog.normalise(text, origin);
  if (isRejection(result)) throw new Error(result.detail);
  return result;
}

describe('text-log', () => {
  it.each([
    ['2026-01-05 12:00:00,123 INFO started', '2026-01-05T12:00:00.123Z'],
    ['2026-01-05T12:00:00.5+02:00 started', '2026-01-05T10:00:00.500Z'],
    ['2026-01-05  5:13:11 8 [Warning] started', '2026-01-05T05:13:11.000Z'],
    ['2026/01/05 12:00:00 [error] started', '2026-01-05T12:00:00.000Z'],
    ['[GIN] 2026/01/05 - 12:00:00 | started', '2026-01-05T12:00:00.000Z'],
    ['[Mon Jan 05 12:00:00.123456 2026] [core:notice] started', '2026-01-05T12:00:00.123Z'],
    ['Mon Jan  5 12:00:00 2026 [pid 7] started', '2026-01-05T12:00:00.000Z'],
    ['[05/Jan/2026:12:00:00 +0100] started', '2026-01-05T11:00:00.000Z'],
    ['05-Jan-2026 12:00:00.123 started', '2026-01-05T12:00:00.123Z'],
    ['7:M 05 Jan 2026 12:00:00.123 * started', '2026-01-05T12:00:00.123Z'],
    ['Jan 5, 2026 9:24:18 PM started', '2026-01-05T21:24:18.000Z'],
    ['app: Jan  5 12:00:00 started', '2026-01-05T12:00:00.000Z'],
    ['app: Dec 31 12:00:00 started', '2025-12-31T12:00:00.000Z'],
    ['05.01.2026 12:00:00 started', '2026-01-05T12:00:00.000Z'],
    ['12/31/2025 11:00:00 PM started', '2025-12-31T23:00:00.000Z'],
    ['31/12/2025 11:00:00 started', '2025-12-31T11:00:00.000Z'],
    ['I0105 12:00:00.123456 7 main.go:1] started', '2026-01-05T12:00:00.123Z'],
    ['260105 12:00:00 [Note] started', '2026-01-05T12:00:00.000Z'],
    ['1767614400.216      5 TCP_MISS/200 started', '2026-01-05T12:00:00.216Z'],
    ['[1767614400] started', '2026-01-05T12:00:00.000Z'],
    ['level=info ts=1767614400 msg=started', '2026-01-05T12:00:00.000Z'],
  ])('reads the time of %s', (text, timestamp) => {
    expect(textLog.recognise(text)).toBe(true);
    expect(normalise(text).timestamp).toBe(timestamp);
  });

  it('takes the time of receipt where day and month could be either, or never were', () => {
    expect(normalise('02/01/2026 12:00:00 started').timestamp).toBe('2026-01-06T00:00:00.000Z');
    expect(normalise('2026-02-31 12:00:00 started').timestamp).toBe('2026-01-06T00:00:00.000Z');
  });

  it.each([
    ['started'],
    ['at 12:00:00 it started'],
    ['2026-01-05 it started'],
    [`${'x'.repeat(300)} 2026-01-05 12:00:00 started`],
    ['2026-01-05 12:00:00 two\nlines'],
    ['2026-01-05 12:00:00 \u0001\u0002'],
    ['1767614400 is a number, and 11767614400123 another'.slice(13)],
  ])('leaves %j alone', (text) => {
    expect(textLog.recognise(text)).toBe(false);
    expect(textLog.normalise(text, origin)).toMatchObject({ rejected: 'invalid_record' });
  });

  it('keeps the message, without the colours of a terminal, and finds level and program', () => {
    const text =
      '\u001b[31m2026/01/05 12:00:00 [error] 7#7: *1 x failed, client: 203.0.113.9, server: a\u001b[0m';
    expect(normalise(text)).toMatchObject({
      source: 'nginx',
      event_type: 'log',
      source_ip: '203.0.113.9',
      payload: { level: 'error', program: 'nginx', message: text.slice(5, -4) },
      context: {
        format: 'text-log',
        logsource: { product: 'nginx', category: ['application'], service: ['nginx'] },
      },
    });
    expect(normalise('2026-01-05 12:00:00 level=warn msg=x').payload['level']).toBe('warning');
    expect(normalise('2026-01-05 12:00:00 nothing').context.logsource).toEqual({ category: ['application'] });
  });

  it.each([
    ['2026-01-05 12:00:00 [auth] WARN: Incorrect username or password for user Ana. IP=203.0.113.9', 'Ana'],
    [
      '2026-01-05 12:00:00.1 UTC [7] 203.0.113.9 sa@db FATAL:  password authentication failed for user "sa"',
      'sa',
    ],
    [
      "2026-01-05 12:00:00 8 [Warning] Access denied for user 'ana'@'203.0.113.9' (using password: YES)",
      'ana',
    ],
    ['Mon Jan 5 12:00:00 2026 [pid 7] [ana] FAIL LOGIN: Client "::ffff:203.0.113.9"', undefined],
    ['[2026-01-05 12:00:00,123] [INFO] [auth] Login failed for user `ana` from IP `203.0.113.9`.', 'ana'],
    [
      '2026-01-05 12:00:00 plain authenticator failed for mx ([192.0.2.7]) [203.0.113.9]:55379: 535 Incorrect authentication data (set_id=ana)',
      'ana',
    ],
    [
      '2026-01-05 12:00:00,123 WARN [events] type=LOGIN_ERROR, userId=null, ipAddress=203.0.113.9, error=user_not_found, username=ana',
      'ana',
    ],
    [
      'time="2026-01-05T12:00:00Z" level=error msg="Unsuccessful 1FA authentication attempt by user \'ana\'" remote_ip=203.0.113.9',
      'ana',
    ],
    [
      '2026-01-05 12:00:00 host.example (203.0.113.9[203.0.113.9]): USER ana (Login failed): Incorrect password',
      undefined,
    ],
  ])('understands that a login failed: %s', (text, user) => {
    expect(textLog.recognise(text)).toBe(true);
    const event = normalise(text);
    expect(event).toMatchObject({
      event_type: 'login_failed',
      source_ip: '203.0.113.9',
      context: { category: 'authentication', outcome: 'failure' },
    });
    if (user !== undefined) expect(event.context.user).toBe(user);
  });

  it('understands that a login went through, when it says from where', () => {
    const text = '2026-01-05 12:00:00 Successful login for user "ana" from 203.0.113.9';
    expect(normalise(text)).toMatchObject({
      event_type: 'login_succeeded',
      source_ip: '203.0.113.9',
      context: { user: 'ana', outcome: 'success' },
    });
    expect(normalise('2026-01-05 12:00:00 successfully logged in to the mail server').event_type).toBe('log');
  });

  it.each([
    ['2026-01-05 12:00:00 INFO cleared 3 of no failed logins'],
    ['2026-01-05 12:00:00 INFO reset failed login counter'],
    ['2026-01-05 12:00:00 INFO the catalogue was signed'],
  ])('makes no login of %s', (text) => {
    expect(normalise(text).event_type).toBe('log');
  });

  it('names nobody when two clients could be meant', () => {
    const text = '2026-01-05 12:00:00 Login failed for user "x from 198.51.100.1" from 203.0.113.9';
    expect(normalise(text).source_ip).toBeUndefined();
    const proxied = '2026-01-05 12:00:00 Login failed, oip=203.0.113.9;ip=127.0.0.1;';
    expect(normalise(proxied).source_ip).toBe('203.0.113.9');
  });

  it.each([
    [
      'Jan 5 12:00:00 fw smbd: user [CORP] status [NT_STATUS_WRONG_PASSWORD] remote host [ipv4:203.0.113.9:4] local host [ipv4:192.0.2.5:445]',
    ],
    [
      '2026-01-05 12:00:00 SecurityEvent="InvalidPassword",LocalAddress="IPV4/UDP/192.0.2.5/5060",RemoteAddress="IPV4/UDP/203.0.113.9/5060"',
    ],
    ['date=2026-01-05 time=12:00:00 action="ssl-login-fail" remip=203.0.113.9 user="ana"'],
    [
      '[2026-01-05 12:00:00.123 +00:00] [WRN] Authentication request for "ana" has been denied (IP: "203.0.113.9").',
    ],
  ])('finds the client beside the server: %s', (text) => {
    expect(read(Buffer.from(text), origin)).toMatchObject([
      { event: { event_type: 'login_failed', source_ip: '203.0.113.9' } },
    ]);
  });

  it('takes an address of the server for none of a client', () => {
    expect(normalise('2026-01-05 12:00:00 listening on 203.0.113.9:443').source_ip).toBeUndefined();
    expect(normalise('2026-01-05 12:00:00 job done at node 203.0.113.9').source_ip).toBe('203.0.113.9');
  });

  it.each([
    [
      '203.0.113.9:40000 [05/Jan/2026:12:00:00.123] fe be/s1 0/0/1/2/3 404 512 - - ---- 1/1/0/0/0 0/0 "GET /a?b=c HTTP/1.1"',
      { 'cs-method': 'GET', 'cs-uri-stem': '/a', 'cs-uri-query': 'b=c', 'sc-status': 404 },
    ],
    [
      '[GIN] 2026/01/05 - 12:00:00 | 401 |  505.317µs |  203.0.113.9 | POST     "/client"',
      { 'cs-method': 'POST', 'cs-uri-stem': '/client', 'sc-status': 401 },
    ],
    [
      '2026-01-05 12:00:00 192.0.2.5 GET /a.aspx x=1 443 - 203.0.113.9 Mozilla/5.0+(X) - 500 0 0 15',
      {
        'cs-method': 'GET',
        'cs-uri-stem': '/a.aspx',
        'cs-uri-query': 'x=1',
        'sc-status': 500,
        'cs-user-agent': 'Mozilla/5.0 (X)',
      },
    ],
    [
      'https 2026-01-05T12:00:00.1Z app/x/y 203.0.113.9:44740 10.0.0.1:80 0.1 0.0 0.0 403 403 0 57 "GET https://www.example.com:443/.env HTTP/1.1" "curl/8.5" x',
      { 'cs-method': 'GET', 'cs-uri-stem': '/.env', 'sc-status': 403, 'cs-user-agent': 'curl/8.5' },
    ],
  ])('reads the request in %s', (text, fields) => {
    expect(normalise(text)).toMatchObject({
      event_type: 'http_request',
      source_ip: '203.0.113.9',
      payload: fields,
      context: { logsource: { category: ['application', 'webserver'] } },
    });
  });

  it('does not take words in a request for a login', () => {
    const text = '2026/01/05 12:00:00 | 404 | 1ms | 203.0.113.9 | GET "/login-failed?why=invalid-password"';
    expect(normalise(text).event_type).toBe('http_request');
  });

  it('reads packets of routers', () => {
    const text =
      '2026-01-05 12:00:00 firewall,info drop-tcp input: in:ether1 out:(unknown 0), proto TCP (SYN), 203.0.113.9:59388->192.0.2.5:22, len 44';
    expect(normalise(text)).toMatchObject({
      event_type: 'network_flow',
      source_ip: '203.0.113.9',
      destination_ip: '192.0.2.5',
      port: 22,
      context: { outcome: 'failure' },
    });
  });

  it('is asked after all other text formats', () => {
    const line = 'Jan  5 12:00:00 host sshd[7]: Failed password for root from 203.0.113.9 port 4 ssh2';
    expect(read(Buffer.from(line), origin)).toMatchObject([{ kind: 'event', format: 'syslog' }]);
    expect(read(Buffer.from('no time here'), origin)).toMatchObject([{ reason: 'unrecognised' }]);
  });

  it('makes a valid event of any line that begins with a time, and never throws', () => {
    const word = fc.constantFrom(
      'from',
      'client:',
      '203.0.113.9',
      '::1',
      '2001:db8::1',
      '999.1.1.1',
      'user=',
      "'ana'",
      'login',
      'failed',
      'invalid',
      '"GET /x HTTP/1.1"',
      '404',
      'TCP',
      '->',
      '1.2.3.4:5->6.7.8.9:10',
      'IN= OUT=',
      '[',
      '(',
      '\ufffd',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 40 }), (words) => {
        const text = `2026-01-05 12:00:00 ${words.join(' ')}`;
        const result = textLog.normalise(text, origin);
        if (isRejection(result)) return;
        expect(securityEvent.Check(result)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
