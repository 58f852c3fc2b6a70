import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Log } from './log.ts';
import { createLog } from './logger.ts';
import { isSecretName, redactText, redactValue } from './redact.ts';

function recordingLog(level: 'debug' | 'info' | 'warn' = 'info'): {
  log: Log;
  lines: () => readonly JsonObject[];
} {
  const written: string[] = [];
  const stream = { write: (line: string) => void written.push(line) };
  const log = createLog({ level, stream, clock: { now: () => Date.UTC(2026, 0, 2) } });
  return { log, lines: () => written.map((line): unknown => JSON.parse(line)).filter(isJsonObject) };
}

describe('the log', () => {
  it('writes one JSON object a line, with time, level, message and ids', () => {
    const { log, lines } = recordingLog();
    log.info('detection raised', { event_id: 'e1', detection_id: 'd1' });
    expect(lines()).toEqual([
      {
        level: 'info',
        time: '2026-01-02T00:00:00.000Z',
        event_id: 'e1',
        detection_id: 'd1',
        message: 'detection raised',
      },
    ]);
  });

  it('writes nothing below its level', () => {
    const { log, lines } = recordingLog('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines().map(({ level }) => level)).toEqual(['warn', 'error']);
  });

  it('lets a child carry fields, which a line may replace but never its own time, level or message', () => {
    const { log, lines } = recordingLog('debug');
    const child = log.child({ threat_id: 't1', step: 1, password: 'hunter2' });
    child.child({ step: 2 }).debug('line', { step: 3, level: 'fake', message: 'fake' });
    expect(lines()[0]).toMatchObject({
      threat_id: 't1',
      step: 3,
      password: '[redacted]',
      level: 'debug',
      field_level: 'fake',
      message: 'line',
      field_message: 'fake',
    });
  });

  it('writes errors with code, facts, stack and causes', () => {
    const { log, lines } = recordingLog();
    const cause = Object.assign(new Error('connect postgres://u:hunter2@h/d'), { code: 'ECONNREFUSED' });
    const error = new VerticeError('VTC_STORE_UNAVAILABLE', 'no database', {
      cause,
      isRetryable: true,
      facts: { host: 'h', password: 'hunter2' },
    });
    log.error('cannot start', { error });
    const [line] = lines();
    expect(line?.['error']).toMatchObject({
      name: 'VerticeError',
      code: 'VTC_STORE_UNAVAILABLE',
      isRetryable: true,
      facts: { host: 'h', password: '[redacted]' },
      message: 'no database',
      cause: { code: 'ECONNREFUSED', message: 'connect postgres://[redacted]@h/d' },
    });
    expect(JSON.stringify(line)).toContain('logger.test.ts');
    expect(JSON.stringify(line)).not.toContain('hunter2');
  });

  it('uses the system clock unless told otherwise', () => {
    const lines: string[] = [];
    createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } }).info('now');
    expect(lines[0]).toMatch(/"time":"20\d\d-/);
  });
});

describe('redaction', () => {
  it.each([
    'password',
    'sasl_password',
    'Api-Key',
    'x-api-key',
    'apiKey',
    'Authorization',
    'set-cookie',
    'client.secret',
    'accessToken',
  ])('hides a field called %s', (name) => {
    expect(isSecretName(name)).toBe(true);
    expect(redactValue({ deep: [{ [name]: 'hunter2' }] })).toEqual({ deep: [{ [name]: '[redacted]' }] });
  });

  it('leaves an empty secret and other fields alone', () => {
    expect(
      redactValue({ password: '', secret: null, token: undefined, key_id: 'a', technique: 'T1110' }),
    ).toEqual({
      password: '',
      secret: null,
      token: undefined,
      key_id: 'a',
      technique: 'T1110',
    });
  });

  it.each([
    ['key vk_abc_S3cret-_x used', 'key vk_abc_[redacted] used'],
    ['postgres://user:p@ss@host/db', 'postgres://[redacted]@host/db'],
    ['https://host/path@x', 'https://host/path@x'],
    ['Authorization: Bearer abcdefgh.ijk', 'Authorization: Bearer [redacted]'],
    ['GET /x?api_key=abc&y=1', 'GET /x?api_key=[redacted]&y=1'],
    ['\u009b2J\u202eevil', '\\u009b2J\\u202eevil'],
    ['a\u200bd\u061cm\u{e0041}in', 'a\\u200bd\\u061cm\\u{e0041}in'],
  ])('turns %j into %j', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it('bounds length, depth, cycles and width', () => {
    expect(redactText('a'.repeat(10_000))).toHaveLength(8193);
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(JSON.stringify(redactValue(cycle))).toContain('[too deep]');
    expect(redactValue(Array.from({ length: 101 }, () => 1))).toHaveLength(101);
    expect(JSON.stringify(redactValue(Array.from({ length: 103 }, () => 1)))).toContain('[3 more]');
  });

  it('shows what JSON cannot', () => {
    expect(
      redactValue({
        big: 1n,
        symbol: Symbol('s'),
        call: () => 1,
        bytes: Buffer.from('abc'),
        set: new Set([1]),
        map: new Map([['token', 't']]),
        date: new Date(0),
        noDate: new Date(Number.NaN),
        none: null,
        yes: true,
      }),
    ).toEqual({
      big: '1',
      symbol: 'Symbol(s)',
      call: '[function]',
      bytes: '[3 bytes]',
      set: [1],
      map: { token: '[redacted]' },
      date: '1970-01-01T00:00:00.000Z',
      noDate: null,
      none: null,
      yes: true,
    });
  });

  it('shows an error that has no stack', () => {
    const error = new Error('x');
    delete error.stack;
    expect(redactValue(error)).toEqual({ name: 'Error', message: 'x' });
  });

  it('shows every error of an aggregate', () => {
    const error = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]);
    expect(redactValue(error)).toMatchObject({
      errors: [{ message: '::1 refused' }, { message: '127.0.0.1 refused' }],
    });
  });

  it('recognises a secret that the cut runs through', () => {
    const text = `${'a '.repeat(4090)}postgres://user:hunter2@host/db`;
    expect(redactText(text)).not.toContain('hunter');
  });

  it('takes linear time on hostile text', () => {
    const started = performance.now();
    for (const piece of ['a.', 'http://', 'vk_a_', 'Bearer ', '?token=', 'a://@'])
      redactText(piece.repeat(8192));
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('lets no key through, wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (text, before, after) => {
        const line = JSON.stringify(
          redactValue({ [`field ${before}`]: [`${before} vk_0a1b_${text} ${after}`] }),
        );
        expect(line).not.toContain(text);
      }),
    );
  });
});
