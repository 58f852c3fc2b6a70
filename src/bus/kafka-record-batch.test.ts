import { crc32c, createRecordsBatch, type MessageRecord } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import { decodeRecordBatches } from './kafka-record-batch.ts';

const place = { topic: 't', partition: 3, from: 0 };

function batch(
  messages: readonly Partial<MessageRecord>[],
  options: Parameters<typeof createRecordsBatch>[1] = {},
  baseOffset = 0,
): Buffer {
  const records = messages.map((message) => ({ topic: 't', value: Buffer.alloc(0), ...message }));
  const encoded = Buffer.from(createRecordsBatch(records, options).buffer);
  encoded.writeBigInt64BE(BigInt(baseOffset), 0);
  return encoded;
}

function expectCorrupt(bytes: Buffer): void {
  expect(() => decodeRecordBatches(bytes, place)).toThrow(
    expect.objectContaining({ code: 'VTC_BUS_CORRUPT' }) as VerticeError,
  );
}

describe('record batches', () => {
  it('gives back what was encoded, whatever it is', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((data) => Buffer.from(data));
    const message = fc.record({
      key: fc.option(fc.string({ unit: 'binary', maxLength: 40 }), { nil: null }),
      value: bytes,
      headers: fc.array(fc.tuple(fc.string({ maxLength: 8 }), fc.string({ unit: 'binary' })), {
        maxLength: 3,
      }),
      timestampMs: fc.integer({ min: 1_800_000_000_000, max: 1_801_000_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd'),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 100 }),
        (messages, compression, baseOffset) => {
          const encoded = batch(
            messages.map(({ key, value, headers, timestampMs }) => ({
              ...(key === null ? {} : { key: Buffer.from(key) }),
              value,
              headers: new Map(headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
              timestamp: BigInt(timestampMs),
            })),
            { compression },
            baseOffset,
          );
          const { records, nextOffset } = decodeRecordBatches(encoded, { ...place, from: baseOffset });
          expect(nextOffset).toBe(baseOffset + messages.length);
          expect(records.map((record) => ({ ...record, headers: { ...record.headers } }))).toEqual(
            messages.map(({ key, value, headers, timestampMs }, index) => ({
              key,
              value,
              headers: { ...Object.fromEntries(headers) },
              partition: 3,
              offset: baseOffset + index,
              timestampMs,
            })),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves out what lies before the offset asked for, and a batch that is cut off', () => {
    const two = Buffer.concat([
      batch([{}, {}, {}], {}, 10),
      batch([{ value: Buffer.from('last') }], {}, 13),
      batch([{}, {}], {}, 14).subarray(0, 70),
    ]);
    const { records, nextOffset } = decodeRecordBatches(two, { ...place, from: 12 });
    expect(records.map(({ offset }) => offset)).toEqual([12, 13]);
    expect(nextOffset).toBe(14);
  });

  it('takes the time of the broker when the topic keeps that', () => {
    const encoded = batch([{ timestamp: 1_000n }, { timestamp: 5_000n }]);
    encoded.writeInt16BE(0x08, 21);
    expect(() => decodeRecordBatches(encoded, place)).toThrow('wrong checksum');
    const { records } = decodeRecordBatches(withChecksum(encoded), place);
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual([5_000, 5_000]);
  });

  it('brings a time that no calendar has into its bounds', () => {
    for (const [timestamp, timestampMs] of [
      [-1n, 0],
      [-(2n ** 62n), 0],
      [2n ** 62n, 253_402_300_799_999],
      [8_640_000_000_000_001n, 253_402_300_799_999],
    ] as const) {
      expect(decodeRecordBatches(batch([{ timestamp }]), place).records).toMatchObject([{ timestampMs }]);
    }
  });

  it('gives each record of a batch that unpacks to too much as one that is too large', () => {
    const zeros = { value: Buffer.alloc(70 * 1024 * 1024) };
    const bytes = Buffer.concat([batch([zeros, zeros], { compression: 'gzip' }, 5), batch([{}], {}, 7)]);
    const { records, nextOffset } = decodeRecordBatches(bytes, { ...place, from: 6 });
    expect(nextOffset).toBe(8);
    expect(records).toMatchObject([
      { offset: 6, value: Buffer.alloc(0), headers: { rejected: 'too_large' } },
      { offset: 7, headers: {} },
    ]);
  });

  it('refuses any changed byte, and never throws anything but its own error', () => {
    const whole = batch([{ key: Buffer.from('k'), value: Buffer.from('some value') }, {}]);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const changed = Buffer.from(whole);
          changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
          try {
            decodeRecordBatches(changed, place);
          } catch (error) {
            expect(error).toBeInstanceOf(VerticeError);
          }
        },
      ),
    );
  });

  it('refuses lengths that lie, even under a right checksum', () => {
    const whole = batch([{ key: Buffer.from('key'), value: Buffer.from('value') }]);
    fc.assert(
      fc.property(
        fc.integer({ min: 61, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        (at, byte) => {
          const changed = Buffer.from(whole);
          changed.writeUInt8(byte, at);
          try {
            decodeRecordBatches(withChecksum(changed), place);
          } catch (error) {
            expect(error).toMatchObject({ code: 'VTC_BUS_CORRUPT' });
          }
        },
      ),
      { numRuns: 500 },
    );
    const older = Buffer.from(whole);
    older.writeInt8(1, 16);
    expectCorrupt(older);
    const packed = Buffer.from(whole);
    packed.writeInt16BE(0x07, 21);
    expectCorrupt(withChecksum(packed));
    const far = Buffer.from(whole);
    far.writeBigInt64BE(2n ** 60n, 0);
    expectCorrupt(far);
  });

  it('leaves out aborted transactions and the markers that end them', () => {
    const transaction = { transactionalId: 'x', producerEpoch: 0 };
    const bytes = Buffer.concat([
      batch([{ value: Buffer.from('aborted') }], { ...transaction, producerId: 7n }, 0),
      batch([{ value: Buffer.from('kept') }], { ...transaction, producerId: 8n }, 1),
      marker(7n, 'abort', 2),
      batch([{ value: Buffer.from('later') }], { ...transaction, producerId: 7n }, 3),
      marker(7n, 'commit', 4),
    ]);
    const { records, nextOffset } = decodeRecordBatches(bytes, place, [
      { producerId: 9, firstOffset: 40 },
      { producerId: 7, firstOffset: 0 },
    ]);
    expect(records.map(({ value }) => value.toString())).toEqual(['kept', 'later']);
    expect(nextOffset).toBe(5);
  });
});

function marker(producerId: bigint, kind: 'abort' | 'commit', offset: number): Buffer {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  const encoded = batch([{ key }], { transactionalId: 'x', producerId, producerEpoch: 0 }, offset);
  encoded.writeInt16BE(encoded.readInt16BE(21) | 0x20, 21);
  return withChecksum(encoded);
}

function withChecksum(encoded: Buffer): Buffer {
  encoded.writeUInt32BE(crc32c(encoded.subarray(21)), 17);
  return encoded;
}
