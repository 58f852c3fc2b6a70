import { describe, expect, it } from 'vitest';
import { fetchErrorOf, readFetchResponse } from './kafka-fetch-api.ts';

const partitionHead = (partition: number, error: number): Buffer => {
  const head = Buffer.alloc(30);
  head.writeInt32BE(partition, 0);
  head.writeInt16BE(error, 4);
  return head;
};
const responseHead = (error: number): Buffer => {
  const head = Buffer.alloc(10);
  head.writeInt16BE(error, 4);
  return head;
};
const int64s = (...values: bigint[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigInt64BE(value, index * 8);
  return bytes;
};

describe('a Fetch response', () => {
  it('gives records, errors and aborted transactions of each partition', () => {
    const body = Buffer.concat([
      responseHead(0),
      // One topic, "t", two partitions.
      Buffer.from([2, 2, 0x74, 3]),
      // One aborted transaction; preferred replica; three bytes of records; one tagged field.
      ...[partitionHead(0, 0), Buffer.from([2]), int64s(7n, 3n), Buffer.from([0])],
      Buffer.from([0, 0, 0, 0, 4, 1, 2, 3, 1, 9, 2, 8, 8]),
      // No aborted transactions (null), no records (null).
      ...[partitionHead(1, 1), Buffer.from([0, 0, 0, 0, 0, 0, 0])],
      Buffer.from([0, 0]),
    ]);
    expect(readFetchResponse(body)).toEqual([
      {
        partition: 0,
        errorCode: 0,
        aborted: [{ producerId: 7, firstOffset: 3 }],
        bytes: Buffer.from([1, 2, 3]),
      },
      { partition: 1, errorCode: 1, aborted: [], bytes: Buffer.alloc(0) },
    ]);
  });

  it('puts an error of the whole request on every partition', () => {
    const body = Buffer.concat([
      responseHead(74),
      Buffer.from([2, 2, 0x74, 2]),
      ...[partitionHead(0, 0), Buffer.from([0, 0, 0, 0, 0, 0, 0])],
      Buffer.from([0, 0]),
    ]);
    expect(readFetchResponse(body)[0]?.errorCode).toBe(74);
  });

  it('names what went wrong', () => {
    expect(fetchErrorOf(6).message).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(fetchErrorOf(9_999).message).toContain('9999');
  });

  it('refuses a body that ends too early', () => {
    expect(() => readFetchResponse(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9]))).toThrow(RangeError);
  });
});
