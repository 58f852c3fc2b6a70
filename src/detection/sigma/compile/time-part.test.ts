import { describe, expect, it } from 'vitest';
import type { TimePart } from '../rule.ts';
import { timePart } from './time-part.ts';

describe('timePart', () => {
  it.each<[string, TimePart, number]>([
    ['2026-05-01T23:59:00Z', 'minute', 59],
    ['2026-05-01T23:59:00+02:00', 'hour', 21],
    ['2026-05-01 07:00:00.123', 'hour', 7],
    ['2026-05-31T00:00:00Z', 'day', 31],
    ['2026-12-01T00:00:00Z', 'month', 12],
    ['2026-12-01T00:00:00Z', 'year', 2026],
    // ISO 8601: the first week holds the year's first Thursday.
    ['2026-01-01T00:00:00Z', 'week', 1],
    ['2027-01-01T00:00:00Z', 'week', 53],
    ['2024-12-30T12:00:00Z', 'week', 1],
    ['2021-01-03T23:59:59Z', 'week', 53],
    ['2021-01-04T00:00:00Z', 'week', 1],
  ])('of %s, %s is %i', (text, part, expected) => {
    expect(timePart(text, part)).toBe(expected);
  });

  it('takes seconds since the epoch', () => {
    expect(timePart('1777600800', 'year')).toBe(2026);
  });

  it.each(['', 'yesterday', '2026-13-01T00:00:00Z'])('finds no time in "%s"', (text) => {
    expect(timePart(text, 'hour')).toBeNaN();
  });
});
