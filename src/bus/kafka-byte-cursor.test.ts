import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteCursor } from './kafka-byte-cursor.ts';

/** Zigzag varint by the book, with BigInts: an independent writer. */
function zigzag(value: bigint): Buffer {
  let rest = value >= 0n ? value * 2n : -value * 2n - 1n;
  const bytes: number[] = [];
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

describe('a byte cursor', () => {
  it('reads zigzag numbers of every length', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 })), (value) => {
        const cursor = new ByteCursor(Buffer.concat([zigzag(BigInt(value)), Buffer.from([9])]));
        expect(cursor.varint()).toBe(value);
        expect(cursor.buffer[cursor.position]).toBe(9);
      }),
    );
  });

  it('reads 64-bit numbers that a number holds exactly, and refuses others', () => {
    const write = (value: bigint): ByteCursor => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(value);
      return new ByteCursor(bytes);
    };
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(write(BigInt(value)).int64()).toBe(value);
      }),
    );
    expect(() => write(2n ** 53n).int64()).toThrow(RangeError);
    expect(() => write(-(2n ** 60n)).int64()).toThrow(RangeError);
    expect(() => new ByteCursor(zigzag(2n ** 70n)).varint()).toThrow(RangeError);
  });

  it('reads any 64-bit number as near as it can be held, and no longer one', () => {
    const write = (value: bigint): ByteCursor => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(value);
      return new ByteCursor(bytes);
    };
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const tolerance = Math.abs(Number(value)) * 2 ** -51;
        expect(write(value).nearInt64()).toBe(Number(value));
        const cursor = new ByteCursor(zigzag(value));
        expect(Math.abs(cursor.nearVarint() - Number(value))).toBeLessThanOrEqual(tolerance);
        expect(cursor.position).toBe(cursor.buffer.length);
      }),
    );
    expect(() => new ByteCursor(Buffer.alloc(12, 0xff)).nearVarint()).toThrow(RangeError);
  });

  it('refuses to read beyond the end, or backwards', () => {
    const cursor = new ByteCursor(Buffer.from([0xff, 0xff]));
    expect(() => cursor.unsignedVarint()).toThrow(RangeError);
    for (const length of [3, -1]) {
      expect(() => new ByteCursor(Buffer.alloc(2)).bytes(length)).toThrow(RangeError);
      expect(() => new ByteCursor(Buffer.alloc(2)).text(length)).toThrow(RangeError);
    }
    expect(() => new ByteCursor(Buffer.alloc(1)).int16()).toThrow(RangeError);
    expect(() => new ByteCursor(Buffer.alloc(1)).int32()).toThrow(RangeError);
  });
});
