import { describe, expect, it } from 'vitest';
import type { ReadResult } from './events.ts';
import { createReader } from './read.ts';
import { recallEvent } from './recall.ts';

const read = createReader({ maxRecordBytes: 65_536 });
const event = {
  event_id: 'e1',
  timestamp: '2026-01-01T00:00:00Z',
  source: 'sensor',
  event_type: 'login_failed',
  source_ip: '192.0.2.1',
  payload: { note: 'x' },
  context: {},
};
const text = JSON.stringify(event);

function first(record: string): ReadResult | undefined {
  return read(Buffer.from(record), { position: 'test/1', receivedAtMs: 0 })[0];
}

describe('an event that is its own bytes', () => {
  it('is marked, and comes back equal', () => {
    expect(first(text)).toMatchObject({ isVerbatim: true });
    expect(recallEvent(Buffer.from(text))).toEqual(event);
  });

  it.each([
    ['behind a byte order mark', `\ufeff${text}`],
    ['between blanks', ` ${text}\n`],
    ['before the NULs of a torn file', `${text}\0\0`],
    ['alone in an array', `[${text}]`],
    ['with a character that cannot be stored', text.replace('"x"', '"\\u0000"')],
    ['with a time of another zone', text.replace('00:00:00Z', '02:00:00+02:00')],
    ['with an address to respell', text.replace('192.0.2.1', '::ffff:192.0.2.1')],
  ])('is not: %s', (_, record) => {
    expect(first(record)).toMatchObject({ kind: 'event', isVerbatim: false });
  });

  it.each([
    ['no JSON', '\ufeff{"event_id"'],
    ['no event', '{"event_id":"e1"}'],
    ['an array', `[${text}]`],
  ])('is not recalled from %s', (_, record) => {
    expect(recallEvent(Buffer.from(record))).toBeNull();
  });
});
