import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from './bus.ts';
import {
  decodeRecord,
  encodeRecord,
  maxLabelBytes,
  oversizeLabel,
  recordBytesAtMost,
  recordEnd,
} from './record-codec.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const recordArbitrary: fc.Arbitrary<OutgoingRecord> = fc
  .record(
    {
      key: fc.option(text),
      value: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      headers: fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
    },
    { requiredKeys: ['key', 'value'] },
  )
  .map(({ key, value, headers }) => (headers === undefined ? { key, value } : { key, value, headers }));
const offsetArbitrary = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const timestampArbitrary = fc.integer({ min: 0, max: 2 ** 48 - 1 });

function encoded(record: OutgoingRecord): Buffer {
  const buffer = Buffer.alloc(recordBytesAtMost(record), 0xff);
  return buffer.subarray(0, encodeRecord(buffer, 0, record));
}

describe('a record in a block', () => {
  it('comes back as it was put there', () => {
    fc.assert(
      fc.property(recordArbitrary, offsetArbitrary, timestampArbitrary, (record, offset, time) => {
        const bytes = encoded(record);
        expect(recordEnd(bytes, 0)).toBe(bytes.length);
        const { key, value, headers, ...place } = decodeRecord(bytes, 0, bytes.length, 3, offset, time);
        expect({ key, value, headers }).toEqual({ headers: undefined, ...record });
        expect(place).toEqual({ partition: 3, offset, timestampMs: time });
      }),
    );
  });

  it('stands behind another one at any position', () => {
    fc.assert(
      fc.property(recordArbitrary, recordArbitrary, (first, second) => {
        const buffer = Buffer.alloc(recordBytesAtMost(first) + recordBytesAtMost(second));
        const middle = encodeRecord(buffer, 0, first);
        const end = encodeRecord(buffer, middle, second);
        expect(recordEnd(buffer, 0)).toBe(middle);
        expect(recordEnd(buffer, middle)).toBe(end);
        const { key, value } = decodeRecord(buffer, middle, end, 0, 8, 1);
        expect({ key, value }).toEqual({ key: second.key, value: second.value });
      }),
    );
  });

  it('costs five bytes beside key and value', () => {
    expect(encoded({ key: null, value: Buffer.alloc(7) }).length).toBe(12);
  });

  it('has room for labels of 65,535 bytes and no more', () => {
    const value = Buffer.alloc(0);
    const widest: OutgoingRecord = { key: '漢'.repeat(maxLabelBytes / 3), value };
    expect(oversizeLabel(widest)).toBeNull();
    const bytes = encoded(widest);
    expect(decodeRecord(bytes, 0, bytes.length, 0, 0, 0).key).toBe(widest.key);
    expect(oversizeLabel({ key: `${widest.key}x`, value })).toBe('key');
    expect(oversizeLabel({ key: 'x'.repeat(maxLabelBytes), value })).toBeNull();
    expect(oversizeLabel({ key: null, value, headers: { name: '漢'.repeat(21_900) } })).toBe('headers');
    expect(oversizeLabel({ key: null, value, headers: { name: 'short' } })).toBeNull();
  });
});
