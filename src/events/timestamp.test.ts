import fc from 'fast-check';
import { IsDateTime } from 'typebox/format';
import { describe, expect, it } from 'vitest';
import { isPlainUtc, timestampFrom, timestampFromMs } from './timestamp.ts';

describe('timestampFrom', () => {
  it.each([
    ['2018-03-24T14:37:19.037299-0600', '2018-03-24T20:37:19.037Z'],
    ['2018-03-24T17:15:20.613421Z', '2018-03-24T17:15:20.613Z'],
    ['2022-02-08 09:23:37+11:00', '2022-02-07T22:23:37.000Z'],
    ['2022-02-08T09:23:37+11', '2022-02-07T22:23:37.000Z'],
    ['2024-12-17T10:30:00.0000000Z', '2024-12-17T10:30:00.000Z'],
    ['2024-10-10 12:56:35.822 -0700', '2024-10-10T19:56:35.822Z'],
    ['2021-09-18 20:38:51', '2021-09-18T20:38:51.000Z'],
    ['2021-09-18t20:38:51,5z', '2021-09-18T20:38:51.500Z'],
    ['2021-09-18 20:38', '2021-09-18T20:38:00.000Z'],
    ['2021-09-18 20:38:51 UTC', '2021-09-18T20:38:51.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2026-05-01T12:00:00+02:00[Europe/Berlin]', '2026-05-01T10:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00+00:00', '2000-02-29T00:00:00.000Z'],
    ['2026-05-01T12:00:00.5Z', '2026-05-01T12:00:00.500Z'],
    ['2026-05-01T12:00:00Z', '2026-05-01T12:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(timestampFrom(text)).toBe(expected);
  });

  it.each([
    [1588205199.999, '2020-04-30T00:06:39.999Z'],
    ['1588205199.82437', '2020-04-30T00:06:39.824Z'],
    [1704067200000, '2024-01-01T00:00:00.000Z'],
    ['1704067200000', '2024-01-01T00:00:00.000Z'],
    [1704067200000123, '2024-01-01T00:00:00.000Z'],
    ['1704067200000123456', '2024-01-01T00:00:00.000Z'],
    [0, '1970-01-01T00:00:00.000Z'],
  ])('tells the unit of the epoch time %s by its size', (value, expected) => {
    expect(timestampFrom(value)).toBe(expected);
  });

  it.each([
    '2023-02-29T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-00-01T00:00:00Z',
    '2023-01-00T00:00:00Z',
    '2023-01-01T24:00:00Z',
    '2023-01-01T00:60:00Z',
    '2023-01-01T00:00:61Z',
    '2023-01-01T00:00:00+24:00',
    '2023-01-01T00:00:00+00:60',
    '0099-12-31T23:00:00+00:00',
    '1900-02-29T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '12345678',
    'yesterday',
    '2023-01-01',
    `2023-01-01T00:00:00.${'0'.repeat(60)}Z`,
    '',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    {},
    true,
  ])('takes %s for no time', (value) => {
    expect(timestampFrom(value)).toBeNull();
  });

  it('gives back any moment written in any offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
        fc.integer({ min: -23 * 60, max: 23 * 60 }),
        fc.boolean(),
        (ms, offset, hasColon) => {
          const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
          const size = Math.abs(offset);
          const hours = String(Math.trunc(size / 60)).padStart(2, '0');
          const minutes = String(size % 60).padStart(2, '0');
          const text = `${local}${offset < 0 ? '-' : '+'}${hours}${hasColon ? ':' : ''}${minutes}`;
          expect(timestampFrom(text)).toBe(new Date(ms).toISOString());
        },
      ),
    );
  });
});

describe('timestampFromMs', () => {
  it('refuses what needs a fifth digit in the year or comes before 1970', () => {
    expect(timestampFromMs(253_402_300_799_999)).toBe('9999-12-31T23:59:59.999Z');
    expect(timestampFromMs(253_402_300_800_000)).toBeNull();
    expect(timestampFromMs(-1)).toBeNull();
  });
});

describe('isPlainUtc', () => {
  it.each(['2026-05-01T12:00:00Z', '2026-05-01T12:00:00.1Z', '2026-12-31T23:59:59.123456789Z'])(
    'says yes to %s',
    (text) => {
      expect(isPlainUtc(text)).toBe(true);
    },
  );

  it.each([
    '2026-05-01T12:00:00+00:00',
    '2026-05-01t12:00:00Z',
    '2026-05-01 12:00:00Z',
    '2016-12-31T23:59:60Z',
    '2024-02-29T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-xx-01T12:00:00Z',
    '2026-05-xxT12:00:00Z',
    '2026-05-00T12:00:00Z',
    '2026-05-32T12:00:00Z',
    'xx26-05-01T12:00:00Z',
    '2026-05-01T24:00:00Z',
    '2026-05-01Txx:00:00Z',
    '2026-05-01T12:00:00.Z',
    '2026-05-01T12:00:00,5Z',
    '2026-05-01T12:00:00.5xZ',
    '2026/05/01T12:00:00Z',
    '2026-05-01T12.00.00Z',
    'Z',
  ])('leaves %s to the thorough check', (text) => {
    expect(isPlainUtc(text)).toBe(false);
  });

  it('never takes what RFC 3339 does not allow', () => {
    const base = '2026-05-01T12:00:00.000Z';
    fc.assert(
      fc.property(fc.nat(base.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
        const text = base.slice(0, at) + character + base.slice(at + 1);
        if (isPlainUtc(text)) {
          expect(IsDateTime(text)).toBe(true);
          expect(Date.parse(text)).not.toBeNaN();
        }
      }),
      { numRuns: 2000 },
    );
  });
});
