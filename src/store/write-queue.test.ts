import { describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import type { Step } from './database.ts';
import { oneByOne, step } from './statements.ts';
import { createWriteQueue } from './write-queue.ts';

const statement = oneByOne('UPDATE nothing');
const stepsOf = (rows: number): readonly Step[] => [step(statement, new Array(rows).fill([]))];

function recordingQueue() {
  const groups: number[] = [];
  const queue = createWriteQueue(async (group) => {
    groups.push(group.length);
    return group.map((steps) => ({ kind: 'committed', changes: steps.map(({ rows }) => rows.length) }));
  });
  return { groups, queue };
}

describe('the write queue', () => {
  it('commits writes of the same turn together', async () => {
    const { groups, queue } = recordingQueue();
    const results = await Promise.all([1, 2, 3].map((rows) => queue.write(stepsOf(rows))));
    expect(groups).toEqual([3]);
    expect(results).toEqual([[1], [2], [3]]);
  });

  it('gathers the next group while one commits', async () => {
    const groups: number[] = [];
    const first = Promise.withResolvers<void>();
    const queue = createWriteQueue(async (group) => {
      groups.push(group.length);
      if (groups.length === 1) await first.promise;
      return group.map(() => ({ kind: 'committed', changes: [] }));
    });
    const one = queue.write(stepsOf(1));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const others = [queue.write(stepsOf(1)), queue.write(stepsOf(1))];
    first.resolve();
    await Promise.all([one, ...others]);
    expect(groups).toEqual([1, 2]);
  });

  it('bounds a group by writes and by rows', async () => {
    const { groups, queue } = recordingQueue();
    await Promise.all(Array.from({ length: 1500 }, () => queue.write(stepsOf(1))));
    expect(groups).toEqual([1024, 476]);
    await Promise.all([4000, 4000, 4000, 50_000, 1].map((rows) => queue.write(stepsOf(rows))));
    expect(groups.slice(2)).toEqual([2, 1, 1, 1]);
  });

  it('rejects the whole group when its transaction fails, and goes on with the next one', async () => {
    let isBroken = true;
    const error = new VerticeError('VTC_STORE_UNAVAILABLE', 'no room', { isRetryable: true });
    const queue = createWriteQueue(async (group) => {
      if (isBroken) throw error;
      return group.map(() => ({ kind: 'committed', changes: [] }));
    });
    const results = await Promise.allSettled([queue.write(stepsOf(1)), queue.write(stepsOf(1))]);
    expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([error, error]);
    isBroken = false;
    expect(await queue.write(stepsOf(1))).toEqual([]);
  });

  it('closes after the writes it has taken', async () => {
    const { groups, queue } = recordingQueue();
    const write = queue.write(stepsOf(1));
    await queue.close();
    expect(groups).toEqual([1]);
    await write;
    await expect(queue.write(stepsOf(1))).rejects.toMatchObject({ code: 'VTC_SHUTTING_DOWN' });
  });
});
