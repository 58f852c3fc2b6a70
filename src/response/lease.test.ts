import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlockLimit } from './block-limit.ts';
import { isWorthExtending, leaseMs } from './lease.ts';

const settings = { leaseSeconds: 3600, maxLeaseSeconds: 86_400 };

describe('the length of a lease', () => {
  it('doubles with every earlier threat of the same attacker, up to the longest', () => {
    expect([0, 1, 2, 4, 5, 5000].map((earlier) => leaseMs(settings, 'default', earlier) / 1000)).toEqual([
      3600, 7200, 14_400, 57_600, 86_400, 86_400,
    ]);
  });

  it('starts from what the playbook asks for, and is capped all the same', () => {
    expect(leaseMs(settings, 60, 1)).toBe(120_000);
    expect(leaseMs(settings, 999_999, 0)).toBe(86_400_000);
  });

  it('is extended only when less than half of it is left', () => {
    expect(isWorthExtending(500, 1000, 0)).toBe(false);
    expect(isWorthExtending(499, 1000, 0)).toBe(true);
  });
});

describe('the blast radius', () => {
  it('takes so many new targets within a minute, each once', () => {
    const limit = createBlockLimit(2);
    expect(limit.take('a', 0)).toBe(true);
    expect(limit.take('b', 1000)).toBe(true);
    expect(limit.take('a', 2000)).toBe(true);
    expect(limit.take('c', 59_999)).toBe(false);
    expect(limit.take('c', 60_000)).toBe(true);
    expect(limit.take('d', 60_999)).toBe(false);
    limit.giveBack('c');
    expect(limit.take('d', 60_999)).toBe(true);
  });

  it('never lets more than the limit into any minute', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 0, max: 20 }))),
        (max, steps) => {
          const limit = createBlockLimit(max);
          const taken: { atMs: number; target: string }[] = [];
          let nowMs = 0;
          for (const [wait, target] of steps) {
            nowMs += wait;
            const isOld = taken.some((entry) => entry.target === `${target}` && nowMs - entry.atMs < 60_000);
            if (limit.take(`${target}`, nowMs) && !isOld) taken.push({ atMs: nowMs, target: `${target}` });
            const recent = taken.filter(({ atMs }) => nowMs - atMs < 60_000);
            expect(recent.length).toBeLessThanOrEqual(max);
          }
        },
      ),
    );
  });
});
