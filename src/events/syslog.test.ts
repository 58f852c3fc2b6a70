import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { isRejection } from './format.ts';
import { syslog } from './syslog.ts';
import { readSyslogLine } from './syslog-line.ts';

const received = Date.parse('2026-03-01T00:00:00Z');
const origin = { position: 'auth.log:1:0', receivedAtMs: received };
const securityEvent = Compile(SecurityEventSchema);

describe('syslog', () => {
  it('reads a line of sshd', () => {
    const text =
      '<38>Feb 28 23:59:58 web-1 sshd-session[812]: Failed password for root from ::ffff:203.0.113.6 port 4022 ssh2';
    expect(syslog.recognise(text)).toBe(true);
    expect(syslog.normalise(text, origin)).toEqual({
      event_id: expect.stringMatching(/^evt_/),
      timestamp: '2026-02-28T23:59:58.000Z',
      source: 'sshd',
      event_type: 'login_failed',
      source_ip: '203.0.113.6',
      protocol: 'ssh',
      payload: {
        facility: 'auth',
        severity: 'info',
        host: 'web-1',
        program: 'sshd-session',
        pid: 812,
        message: 'Failed password for root from ::ffff:203.0.113.6 port 4022 ssh2',
        action: 'failed_password',
        user: 'root',
        src_ip: '::ffff:203.0.113.6',
        client_port: 4022,
        method: 'password',
      },
      context: {
        format: 'syslog',
        host: 'web-1',
        user: 'root',
        category: 'authentication',
        outcome: 'failure',
        logsource: { product: 'linux', service: ['sshd', 'auth', 'syslog'] },
        entities: { ips: ['203.0.113.6'], hosts: ['web-1'], users: ['root'] },
      },
    });
  });

  it('keeps two equal lines apart and one line read twice together', () => {
    const text = 'Mar  1 00:00:00 h p: m';
    const ids = [origin, origin, { ...origin, position: 'auth.log:1:20' }].map((from) => {
      const event = syslog.normalise(text, from);
      return isRejection(event) ? '' : event.event_id;
    });
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it('refuses what is none', () => {
    expect(syslog.recognise('hello')).toBe(false);
    expect(syslog.normalise('hello', origin)).toMatchObject({ rejected: 'invalid_record' });
  });

  it('makes a valid event or a rejection of anything', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<13>',
        '1 ',
        'Mar  1 10:00:00 ',
        '2026-03-01T10:00:00Z ',
        'host ',
        'sshd[1]: ',
        ' from ',
        ' - ',
      ),
      fc.constantFrom(
        'Failed password for ',
        'invalid user ',
        '1.2.3.4',
        ' port 22',
        '[a b="c\\"]"]',
        '\n',
        '\u0000',
        'İ',
      ),
      fc.constantFrom(
        'pam_unix(x:auth): authentication failure; ',
        'rhost=',
        '<999>',
        '99 ',
        'message repeated 2 times: [',
      ),
      fc.string({ unit: 'binary', maxLength: 300 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.constantFrom('', '<34>1 - - - - - - ', '<34>x sshd: '),
        (pieces, start) => {
          const text = start + pieces.join('');
          const result = syslog.normalise(text, origin);
          expect(isRejection(result)).toBe(!syslog.recognise(text));
          if (!isRejection(result)) expect(securityEvent.Check(result)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('readSyslogLine', () => {
  const none = {
    facility: undefined,
    severity: undefined,
    host: undefined,
    program: '',
    pid: undefined,
    messageId: undefined,
    structuredData: undefined,
  };

  it('reads RFC 5424 with structured data', () => {
    const text =
      '<165>1 2026-03-01T10:00:00.123+02:00 web-1 app 77 ID47 [meta seq="1" note="a\\"b\\]c"][empty] \ufeffhello';
    expect(readSyslogLine(text, received)).toEqual({
      facility: 'local4',
      severity: 'notice',
      timestamp: '2026-03-01T08:00:00.123Z',
      host: 'web-1',
      program: 'app',
      pid: '77',
      messageId: 'ID47',
      structuredData: { meta: { seq: '1', note: 'a"b]c' }, empty: {} },
      message: 'hello',
    });
  });

  it('reads RFC 5424 that says nothing, or breaks off in its structured data', () => {
    const line = { ...none, facility: 'auth', severity: 'crit', timestamp: null };
    expect(readSyslogLine('<34>1 - - - - - - hi', received)).toEqual({ ...line, message: 'hi' });
    expect(readSyslogLine('<34>1 - - - - - -', received)).toEqual({ ...line, message: '' });
    expect(readSyslogLine('<34>1 - - - - - [a b="c', received)).toEqual({ ...line, message: '[a b="c' });
    expect(readSyslogLine('<34>1 - - - - - [=] x', received)).toEqual({ ...line, message: '[=] x' });
  });

  it('tolerates octet counting', () => {
    expect(readSyslogLine('44 <34>Mar  1 00:00:00 h p[1]: m', received)).toMatchObject({
      program: 'p',
      message: 'm',
    });
  });

  it.each([
    ['Mar  1 00:00:00 h kernel: x', { host: 'h', program: 'kernel', message: 'x' }],
    ['Mar  1 00:00:00 kernel: [1.2] x: y', { host: undefined, program: 'kernel', message: '[1.2] x: y' }],
    ['Mar  1 00:00:00.123 2001:db8::5 p[9]:', { host: '2001:db8::5', program: 'p', pid: '9', message: '' }],
    ["Mar  1 00:00:00 h Job `x' ended", { host: 'h', program: '', message: "Job `x' ended" }],
    ['Mar  1 00:00:00: --- mark ---', { host: '---', program: '', message: 'mark ---' }],
    ['Mar  1 00:00:00 [x] y', { host: undefined, program: '', message: '[x] y' }],
    ['<13>free text', { host: 'free', program: '', message: 'text', timestamp: null }],
    [
      '2026-02-05T11:47:20.799042+02:00 leto su[1]: x',
      { host: 'leto', program: 'su', timestamp: '2026-02-05T09:47:20.799Z' },
    ],
    [
      '<13>2026-02-05T11:47:20Z text',
      { program: '', message: 'text', timestamp: '2026-02-05T11:47:20.000Z' },
    ],
  ])('reads %s', (text, parts) => {
    expect(readSyslogLine(text, received)).toMatchObject(parts);
  });

  it.each([
    ['Mar  1 23:00:00', '2026-03-01T23:00:00.000Z'],
    ['Mar  2 00:00:01', '2025-03-02T00:00:01.000Z'],
    ['Feb 29 10:00:00', '2024-02-29T10:00:00.000Z'],
    ['Dec 31 23:59:59.5', '2025-12-31T23:59:59.500Z'],
    ['Jan  5 2019 10:00:00', '2019-01-05T10:00:00.000Z'],
    ['Feb 30 2019 10:00:00', null],
    ['Feb 30 10:00:00', null],
    ['Feb  3 25:00:00', null],
  ])('gives %s the year %s', (time, timestamp) => {
    expect(readSyslogLine(`${time} h p: m`, received)?.timestamp).toBe(timestamp);
  });

  it('goes into the next year when that is less than a day away', () => {
    const eve = Date.parse('2025-12-31T23:59:00Z');
    expect(readSyslogLine('Jan  1 00:00:10 h p: m', eve)?.timestamp).toBe('2026-01-01T00:00:10.000Z');
  });

  it.each([
    '',
    'hello',
    '<192>x',
    '2026-02-05T11:47:20Z INFO module: text',
    '2026-02-05T11:47:20Z no program here',
    '2026-02-05 11:47:20 h p: m',
    'MMM 22 07:54:32 h p: m',
    '\tcontinued',
  ])('leaves "%s" alone', (text) => {
    expect(readSyslogLine(text, received)).toBeNull();
  });
});
