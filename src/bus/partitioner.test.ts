import { describe, expect, it } from 'vitest';
import { partitionOfKey } from './partitioner.ts';

describe('the partition of a key', () => {
  it('is the one that stored records were given', () => {
    expect(['', '10.0.0.1', '203.0.113.9', 'usuário', '🛡'].map((key) => partitionOfKey(key, 16))).toEqual([
      12, 3, 11, 11, 7,
    ]);
  });

  it('spreads neighbouring addresses evenly', () => {
    const counts = new Array<number>(8).fill(0);
    for (let index = 0; index < 8000; index += 1) {
      const partition = partitionOfKey(`10.0.${index >> 8}.${index & 255}`, 8);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
