import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap, type Due } from './deadline-heap.ts';
import { OrderStatistics } from './order-statistics.ts';
import { toSignalValue } from './signal-value.ts';

describe('order statistics', () => {
  it('tell the k-th smallest of what is in them, whatever came and went', () => {
    const steps = fc.array(fc.record({ key: fc.integer({ min: -20, max: 20 }), isAdded: fc.boolean() }), {
      maxLength: 200,
      size: 'max',
    });
    fc.assert(
      fc.property(steps, (happened) => {
        const tree = new OrderStatistics();
        const list: number[] = [];
        for (const { key, isAdded } of happened) {
          if (isAdded) {
            tree.add(key);
            list.push(key);
          } else if (list.includes(key)) {
            tree.remove(key);
            list.splice(list.indexOf(key), 1);
          }
          list.sort((left, right) => left - right);
          expect(tree.size).toBe(list.length);
        }
        expect(list.map((_, rank) => tree.at(rank))).toEqual(list);
        expect(tree.at(list.length)).toBeNaN();
        tree.remove(1000);
        expect(tree.size).toBe(list.length);
      }),
    );
  });
});

describe('the heap of deadlines', () => {
  it('gives back what is due, the earliest first, and nothing that was taken out', () => {
    const steps = fc.array(
      fc.record({ item: fc.nat({ max: 15 }), dueMs: fc.nat({ max: 50 }), isOut: fc.boolean() }),
      { maxLength: 80, size: 'max' },
    );
    fc.assert(
      fc.property(steps, fc.nat({ max: 60 }), (happened, nowMs) => {
        const heap = new DeadlineHeap<Due>();
        const items: Due[] = Array.from({ length: 16 }, () => ({ dueMs: 0, heapIndex: -1 }));
        const waiting = new Map<Due, number>();
        for (const { item: index, dueMs, isOut } of happened) {
          const item = items[index];
          if (item === undefined) continue;
          if (isOut) {
            heap.remove(item);
            waiting.delete(item);
          } else {
            heap.put(item, dueMs);
            waiting.set(item, dueMs);
          }
          expect(heap.earliestMs).toBe(Math.min(Number.POSITIVE_INFINITY, ...waiting.values()));
        }
        const due: number[] = [];
        for (let item = heap.popBefore(nowMs); item !== null; item = heap.popBefore(nowMs))
          due.push(item.dueMs);
        const expected = [...waiting.values()].filter((dueMs) => dueMs < nowMs);
        expect(due).toEqual(expected.sort((left, right) => left - right));
      }),
    );
  });
});

describe("a signal's value", () => {
  it('is small plain JSON, whatever the field held', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true }), (value) => {
        const plain = toSignalValue(value);
        expect(plain === null || ['string', 'number', 'boolean'].includes(typeof plain)).toBe(true);
        expect(JSON.parse(JSON.stringify({ plain }))).toEqual({ plain: Object.is(plain, -0) ? 0 : plain });
        expect(String(plain).length).toBeLessThanOrEqual(512);
      }),
    );
  });
});
