import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from './bus.ts';
import {
  claimedFrameBytes,
  decodeFrame,
  encodeFrame,
  frameBytesAtMost,
  frameHeadBytes,
  frameStartsWrite,
  isIntactFrame,
  maxLabelBytes,
  oversizeLabel,
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

function frameOf(record: OutgoingRecord, offset: number, timestampMs: number, startsWrite = false): Buffer {
  const buffer = Buffer.alloc(frameBytesAtMost(record), 0xff);
  return buffer.subarray(0, encodeFrame(buffer, 0, record, offset, timestampMs, startsWrite));
}

describe('a record in a file', () => {
  it('comes back as it was put there', () => {
    fc.assert(
      fc.property(
        recordArbitrary,
        offsetArbitrary,
        timestampArbitrary,
        fc.boolean(),
        (record, offset, time, first) => {
          const frame = frameOf(record, offset, time, first);
          expect(isIntactFrame(frame, 0, frame.length)).toBe(true);
          expect(claimedFrameBytes(frame, 0)).toBe(frame.length);
          expect(frameStartsWrite(frame, 0)).toBe(first);
          expect(decodeFrame(frame, 0, frame.length, 3)).toEqual({
            ...record,
            partition: 3,
            offset,
            timestampMs: time,
          });
        },
      ),
    );
  });

  it('stands behind another one at any position', () => {
    fc.assert(
      fc.property(recordArbitrary, recordArbitrary, (first, second) => {
        const buffer = Buffer.alloc(frameBytesAtMost(first) + frameBytesAtMost(second));
        const middle = encodeFrame(buffer, 0, first, 7, 1, true);
        const end = encodeFrame(buffer, middle, second, 8, 1, false);
        expect(decodeFrame(buffer, middle, end, 0)).toMatchObject({ key: second.key, offset: 8 });
      }),
    );
  });

  it('is known to be damaged when any bit of it changes', () => {
    fc.assert(
      fc.property(recordArbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, where, change) => {
        const frame = frameOf(record, 5, 1_700_000_000_000);
        const position = where % frame.length;
        frame[position] = (frame[position] ?? 0) ^ change;
        expect(isIntactFrame(frame, 0, frame.length)).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('is known to be incomplete when it is cut anywhere', () => {
    const frame = frameOf({ key: 'k', value: Buffer.from('some value'), headers: { a: 'b' } }, 5, 6);
    for (let length = 0; length < frame.length; length += 1)
      expect(isIntactFrame(frame.subarray(0, length), 0, length)).toBe(false);
  });

  it('costs no more than its fixed part beside key and value', () => {
    expect(frameOf({ key: null, value: Buffer.alloc(0) }, 0, 0).length).toBe(frameHeadBytes);
  });

  it('has room for labels of 65,535 bytes and no more', () => {
    const value = Buffer.alloc(0);
    const widest: OutgoingRecord = { key: '漢'.repeat(maxLabelBytes / 3), value };
    expect(oversizeLabel(widest)).toBeNull();
    const frame = frameOf(widest, 0, 0);
    expect(decodeFrame(frame, 0, frame.length, 0).key).toBe(widest.key);
    expect(oversizeLabel({ key: `${widest.key}x`, value })).toBe('key');
    expect(oversizeLabel({ key: 'x'.repeat(maxLabelBytes), value })).toBeNull();
    expect(oversizeLabel({ key: null, value, headers: { name: '漢'.repeat(21_900) } })).toBe('headers');
    expect(oversizeLabel({ key: null, value, headers: { name: 'short' } })).toBeNull();
  });
});
