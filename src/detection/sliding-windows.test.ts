import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindows } from './sliding-windows.ts';

describe('sliding windows', () => {
  it('count what lies within the window of the newest event, whatever the order of arrival', () => {
    const event = fc.record({
      timeMs: fc.integer({ min: 0, max: 5_000 }),
      weight: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
        const windows = new SlidingWindows({ windowMs: 1_000, maxGroups: 10, maxEntries: 1_000 });
        let newest = Number.NEGATIVE_INFINITY;
        let total = 0;
        events.forEach(({ timeMs, weight }, index) => {
          newest = Math.max(newest, timeMs);
          total = windows.add('g', timeMs, String(index), weight).total;
        });
        const expected = events
          .filter(({ timeMs }) => timeMs > newest - 1_000)
          .reduce((sum, { weight }) => sum + weight, 0);
        expect(total).toBe(expected);
      }),
    );
  });

  it('keep groups apart', () => {
    const windows = new SlidingWindows({ windowMs: 1_000, maxGroups: 10, maxEntries: 10 });
    windows.add('a', 1, 'e1', 1);
    expect(windows.add('b', 1, 'e2', 1).total).toBe(1);
  });

  it('forget the least recently updated group beyond the limit', () => {
    const windows = new SlidingWindows({ windowMs: 1_000, maxGroups: 2, maxEntries: 10 });
    windows.add('a', 1, 'e1', 1);
    windows.add('b', 2, 'e2', 1);
    windows.add('a', 3, 'e3', 1);
    windows.add('c', 4, 'e4', 1);
    expect(windows.size).toBe(2);
    expect(windows.at('b', 4)).toBeNull();
    expect(windows.at('a', 4)?.total).toBe(2);
  });

  it('keep a bounded number of entries for one group', () => {
    const windows = new SlidingWindows({ windowMs: 1_000_000, maxGroups: 2, maxEntries: 3 });
    for (let index = 0; index < 10; index++) windows.add('a', index, `e${index}`, 1);
    expect(windows.at('a', 10)?.eventIds).toEqual(['e7', 'e8', 'e9']);
  });

  it('are empty once everything has left them', () => {
    const windows = new SlidingWindows({ windowMs: 1_000, maxGroups: 2, maxEntries: 3 });
    windows.add('a', 0, 'e', 1);
    expect(windows.at('a', 5_000)).toBeNull();
    expect(windows.at('never', 5_000)).toBeNull();
  });
});
