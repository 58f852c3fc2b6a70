import { describe, expect, it } from 'vitest';
import { boundMs, recordMs } from './instant.ts';

describe('instants', () => {
  it.each([
    ['2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31T12:00:00.123456+02:00', Date.UTC(2026, 0, 31, 10, 0, 0, 123)],
    ['2016-12-31T23:59:60Z', Date.UTC(2016, 11, 31, 23, 59, 59)],
    ['2016-12-31T23:59:60.5-00:00', Date.UTC(2016, 11, 31, 23, 59, 59, 500)],
  ])('%s is read', (text, ms) => {
    expect(recordMs(text)).toBe(ms);
    expect(boundMs(text)).toBe(ms);
  });

  it('put a record without a readable time first, and refuse such a bound', () => {
    expect(recordMs('yesterday')).toBe(0);
    expect(() => boundMs('yesterday')).toThrow(/RFC 3339/);
  });
});
