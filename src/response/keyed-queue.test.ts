import { describe, expect, it } from 'vitest';
import { createKeyedQueue } from './keyed-queue.ts';

describe('the keyed queue', () => {
  it('runs tasks of one key one after the other, and of different keys at the same time', async () => {
    const queue = createKeyedQueue();
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const slow = queue.run('a', async () => {
      await gate.promise;
      order.push('a1');
    });
    const next = queue.run('a', async () => void order.push('a2'));
    await queue.run('b', async () => void order.push('b1'));
    gate.resolve();
    await Promise.all([slow, next]);
    expect(order).toEqual(['b1', 'a1', 'a2']);
  });

  it('goes on after a failure, which only its own caller hears of', async () => {
    const queue = createKeyedQueue();
    const failing = queue.run('a', async () => {
      throw new Error('no');
    });
    const next = queue.run('a', async () => 'yes');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
    await queue.idle();
  });

  it('is idle only when what was added while waiting has ended too', async () => {
    const queue = createKeyedQueue();
    let ended = 0;
    void queue.run('a', async () => {
      void queue.run('b', async () => {
        ended += 1;
      });
      ended += 1;
    });
    await queue.idle();
    expect(ended).toBe(2);
  });
});
