import { describe, expect, it } from 'vitest';
import { murmur2, partitionOfBytes } from './kafka-partitioner.ts';

describe('murmur2', () => {
  // The vectors of Kafka's own unit test (UtilsTest.testMurmur2).
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as the Java client does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('gives a partition that exists, for keys of any length', () => {
    for (let length = 0; length < 40; length += 1) {
      const partition = partitionOfBytes(Buffer.alloc(length, 0xff), 7);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(7);
    }
  });
});
