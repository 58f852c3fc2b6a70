import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Origin, ReadResult } from './events.ts';
import type { JsonFormat } from './format.ts';
import { createReader } from './read.ts';

const read = createReader({ maxRecordBytes: 1_048_576 });
const origin: Origin = { position: 'security.events-0@7', receivedAtMs: 1_777_000_000_000 };

const envelope = JSON.stringify({
  event_id: 'evt-1',
  timestamp: '2026-05-01T12:00:00Z',
  source: 'sshd',
  event_type: 'login_failed',
  source_ip: '198.51.100.7',
  payload: { message: 'Failed password' },
  context: {},
});

const flow = {
  timestamp: '2018-03-24T14:37:19.037299-0600',
  event_type: 'flow',
  src_ip: '192.0.2.1',
  dest_ip: '192.0.2.2',
  proto: 'TCP',
};

function one(record: string | Buffer, from: Origin = origin): ReadResult {
  const results = read(Buffer.from(record), from);
  expect(results).toHaveLength(1);
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  return result;
}

function rejection(record: string | Buffer, from: Origin = origin): string {
  const result = one(record, from);
  return result.kind === 'rejected' ? `${result.reason}: ${result.detail}` : `event of ${result.format}`;
}

describe('createReader', () => {
  it('reads an envelope', () => {
    expect(one(envelope)).toMatchObject({ kind: 'event', format: 'native', event: { event_id: 'evt-1' } });
  });

  it.each([
    ['a byte order mark', `\ufeff${envelope}`],
    ['white space around', ` \r\n\t${envelope}\r\n`],
    ['the NULs of a torn file', `\0\0${envelope}\0\0\0`],
  ])('reads an envelope with %s', (_, record) => {
    expect(one(record)).toMatchObject({ kind: 'event', format: 'native' });
  });

  it.each([
    ['', 'empty: expected a record, got 0 bytes of white space'],
    ['\ufeff \n\0', 'empty: expected a record, got 6 bytes of white space'],
    ['[]', 'empty: expected records, got an empty array'],
    ['{"Records":[]}', 'empty: expected records, got an empty array'],
    ['{"a":1', 'not_json: expected JSON, got an error at character 7 of 6: '],
    ['[{},', 'not_json: expected JSON, got an error at character 5 of 4: '],
    ['[error] 7#7: something', 'unrecognised: expected a JSON object or a line of '],
    ['[1,2]', 'not_an_object: record 0: expected a JSON object, got the number 1'],
    ['"text"', 'not_an_object: expected a JSON object, got a bare JSON value'],
    ['null', 'not_an_object: expected a JSON object, got a bare JSON value'],
    ['{}', 'unrecognised: no format knows an object with the members (none)'],
    ['{"a":1,"b":{}}', 'unrecognised: no format knows an object with the members "a", "b"'],
    ['nothing known', 'unrecognised: expected a JSON object or a line of '],
    ['"unfinished', 'unrecognised: expected a JSON object or a line of '],
    [
      envelope.replace('"evt-1"', 'null'),
      'invalid_envelope: event_id: expected text of 1 to 128 characters, got null',
    ],
  ])('answers %j with a reason', (record, expected) => {
    const [first] = read(Buffer.from(record), origin);
    expect(first?.kind === 'rejected' ? `${first.reason}: ${first.detail}` : first).toContain(expected);
  });

  it('never quotes the record’s values in its answer', () => {
    expect(rejection('{"password":hunter2,"a":"hunter2","b":"hunter2"}')).not.toContain('hunter2');
    expect(rejection('hunter2 is my password')).not.toContain('hunter2');
  });

  it('refuses a record above the limit', () => {
    const small = createReader({ maxRecordBytes: 10 });
    expect(small(Buffer.from('12345678901'), origin)).toEqual([
      { kind: 'rejected', reason: 'too_large', detail: 'expected at most 10 bytes, got 11', format: null },
    ]);
  });

  it('reads text that is not UTF-8 with U+FFFD in its place, and so NUL', () => {
    const line =
      'May  1 12:00:00 bastion sshd[7]: Failed password for invalid user ad\0min? from 198.51.100.9 port 40000 ssh2';
    const bytes = Buffer.from(line);
    bytes[line.indexOf('?')] = 0xff;
    expect(one(bytes)).toMatchObject({
      format: 'syslog',
      event: {
        event_type: 'login_failed',
        source_ip: '198.51.100.9',
        context: { user: 'ad\ufffdmin\ufffd' },
      },
    });
  });

  it('refuses JSON that is not UTF-8, and takes a U+FFFD that is', () => {
    const bad = Buffer.concat([Buffer.from('{"user":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(rejection(bad)).toBe('not_utf8: expected UTF-8, got other bytes at about character 10');
    expect(one(envelope.replace('Failed', '\ufffd'))).toMatchObject({ kind: 'event' });
  });

  it.each([
    ['arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['arrays never closed', '['.repeat(100_000)],
  ])('refuses a hundred thousand nested %s', (_, record) => {
    expect(rejection(record)).toBe('too_deep: expected at most 64 levels of nesting, got more');
  });

  it('takes 64 levels and not 65', () => {
    const nested = (levels: number) =>
      envelope.replace('"Failed password"', '['.repeat(levels) + ']'.repeat(levels));
    expect(one(nested(62))).toMatchObject({ kind: 'event' });
    expect(rejection(nested(63))).toContain('too_deep');
  });

  it('gives every element of an array its own position, and so its own identity', () => {
    const results = read(Buffer.from(JSON.stringify([flow, flow, 7, JSON.parse(envelope)])), origin);
    expect(results.map((result) => result.kind)).toEqual(['event', 'event', 'rejected', 'event']);
    const ids = results.map((result) => (result.kind === 'event' ? result.event.event_id : ''));
    expect(new Set(ids).size).toBe(4);
    expect(results[2]).toMatchObject({
      reason: 'not_an_object',
      detail: 'record 2: expected a JSON object, got the number 7',
    });
    expect(read(Buffer.from(JSON.stringify([flow])), origin)).toEqual([results[0]]);
  });

  it.each(['Records', 'records'])('takes the events out of {"%s": […]}', (name) => {
    const results = read(Buffer.from(JSON.stringify({ [name]: [flow, flow] })), origin);
    expect(results.map((result) => result.kind)).toEqual(['event', 'event']);
  });

  it('refuses more than ten thousand events in one record', () => {
    expect(rejection(`[${'1,'.repeat(10_000)}1]`)).toBe(
      'too_large: expected at most 10000 events in a record, got 10001',
    );
  });

  it('keeps prototype-changing members as plain data', () => {
    const record = envelope.replace(
      '"payload":{',
      '"__proto__":{"port":"x"},"payload":{"__proto__":{"admin":true},',
    );
    const result = one(record);
    expect(result).toMatchObject({ kind: 'event', format: 'native' });
    if (result.kind === 'event') expect(Object.getPrototypeOf(result.event.payload)).toBe(Object.prototype);
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it('writes U+0000 and half surrogates as U+FFFD', () => {
    const result = one(envelope.replace('Failed password', 'a\\u0000b\\ud800'));
    expect(result).toMatchObject({ event: { payload: { message: 'a\ufffdb\ufffd' } } });
  });

  it('uses the format it is told to', () => {
    const record = JSON.stringify({ ts: 1_588_205_199.8, note: 'x' });
    expect(one(record)).toMatchObject({ format: 'generic-json' });
    expect(one(record, { ...origin, format: 'zeek' })).toMatchObject({ format: 'zeek' });
    expect(rejection('plain text', { ...origin, format: 'zeek' })).toContain('not_json');
    expect(one('sshd[1]: Failed', { ...origin, format: 'syslog' })).toMatchObject({ format: 'syslog' });
    expect(rejection('[plain text', { ...origin, format: 'zeek' })).toContain('not_json');
    expect(rejection(record, { ...origin, format: 'no-such' })).toMatch(
      /^unrecognised: expected one of the formats native, .*, got "no-such"$/,
    );
  });

  it('answers for a format that fails instead of stopping', () => {
    const failing: JsonFormat = {
      kind: 'json',
      id: 'failing',
      title: 'failing',
      recognise: () => true,
      normalise() {
        throw new TypeError('a fault of ours');
      },
    };
    const reader = createReader({ maxRecordBytes: 1024, formats: [failing] });
    expect(reader(Buffer.from('{}'), origin)).toEqual([
      {
        kind: 'rejected',
        reason: 'invalid_record',
        detail: 'format failing failed: a fault of ours',
        format: 'failing',
      },
    ]);
  });

  it('is a function of the bytes and the origin, and never throws', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(`{${text}`)),
      fc
        .tuple(fc.nat(envelope.length), fc.uint8Array({ maxLength: 3 }))
        .map(([at, patch]) =>
          Buffer.concat([Buffer.from(envelope.slice(0, at)), patch, Buffer.from(envelope.slice(at))]),
        ),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        const results = read(Buffer.from(value), origin);
        expect(results.length).toBeGreaterThan(0);
        expect(read(Buffer.from(value), origin)).toEqual(results);
      }),
      { numRuns: 1000 },
    );
  });
});
