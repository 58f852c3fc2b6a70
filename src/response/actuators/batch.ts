import { setImmediate } from 'node:timers/promises';

/**
 * Turns a costly operation on many items into one call an item: calls made in the same turn, or while a run
 * is under way, share the next run. Runs never overlap, and items keep their order.
 *
 * @param run takes up to `maxItems` items and answers one result for each; its rejection reaches all of them
 */
export function createBatch<Item, Result>(
  maxItems: number,
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  interface Waiting {
    readonly item: Item;
    readonly settle: PromiseWithResolvers<Result>;
  }
  let waiting: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    await setImmediate();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxItems);
      waiting = waiting.slice(maxItems);
      try {
        const results = (await run(batch.map((entry) => entry.item))).values();
        for (const { settle } of batch) {
          const { value, done } = results.next();
          if (done === true) throw new RangeError('a batch must answer one result for each item');
          settle.resolve(value);
        }
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
    running = false;
  }

  return (item) => {
    const settle = Promise.withResolvers<Result>();
    waiting.push({ item, settle });
    if (!running) void drain();
    return settle.promise;
  };
}
