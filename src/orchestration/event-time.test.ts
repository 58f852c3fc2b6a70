import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventTime } from './event-time.ts';

describe('event time', () => {
  it('reads every UTC time as Date.parse does, in any order', () => {
    const times = fc.array(fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }));
    fc.assert(
      fc.property(times, (dates) => {
        const reader = new EventTime();
        for (const date of dates) expect(reader.parse(date.toISOString())).toBe(date.getTime());
      }),
    );
  });

  it.each([
    ['2026-01-01T00:00:01Z', 1_000],
    ['2026-01-01T00:00:01.5Z', 1_500],
    ['2026-01-01T00:00:01.123456789Z', 1_123],
    ['2026-01-01T02:00:01+02:00', 1_000],
    ['2026-01-01T00:00:59.999Z', 59_999],
  ])('reads %s', (text, offset) => {
    expect(Math.floor(new EventTime().parse(text))).toBe(Date.parse('2026-01-01T00:00:00Z') + offset);
  });

  it('is NaN for what is no time', () => {
    expect(new EventTime().parse('no time')).toBeNaN();
  });
});
