import { describe, expect, it } from 'vitest';
import { createBatch } from './batch.ts';

describe('a batch', () => {
  it('shares one run among the calls of a turn, and another among those that come meanwhile', async () => {
    const runs: (readonly number[])[] = [];
    const gate = Promise.withResolvers<void>();
    const double = createBatch<number, number>(100, async (items) => {
      runs.push(items);
      if (runs.length === 1) await gate.promise;
      return items.map((item) => item * 2);
    });
    const first = [double(1), double(2)];
    while (runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = [double(3), double(4)];
    gate.resolve();
    expect(await Promise.all([...first, ...second])).toEqual([2, 4, 6, 8]);
    expect(runs).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(await double(5)).toBe(10);
  });

  it('takes no more than so many at once', async () => {
    const sizes: number[] = [];
    const same = createBatch<number, number>(2, async (items) => {
      sizes.push(items.length);
      return items;
    });
    expect(await Promise.all([1, 2, 3, 4, 5].map(same))).toEqual([1, 2, 3, 4, 5]);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('tells everyone in it of a failure, and goes on', async () => {
    let isBroken = true;
    const same = createBatch<number, number>(10, async (items) => {
      if (isBroken) throw new Error('no');
      return items;
    });
    const results = await Promise.allSettled([same(1), same(2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isBroken = false;
    expect(await same(3)).toBe(3);
  });

  it('does not leave a caller waiting for an answer that was not given', async () => {
    const short = createBatch<number, number>(10, async (items) => items.slice(1));
    await expect(Promise.all([short(1), short(2)])).rejects.toThrow('one result for each item');
  });
});
