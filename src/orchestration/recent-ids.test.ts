import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RecentIds } from './recent-ids.ts';

describe('recent ids', () => {
  it('are known for at least as long as the capacity says', () => {
    const ids = Array.from({ length: 1_000 }, () => randomUUID());
    const recent = new RecentIds(1_000, [1, 2]);
    for (const id of ids) expect(recent.add(id)).toBe(true);
    for (const id of ids) expect(recent.add(id)).toBe(false);
  });

  it('are forgotten in the end, so that memory stays fixed', () => {
    const recent = new RecentIds(64, [1, 2]);
    recent.add('first');
    for (let index = 0; index < 1_000; index++) recent.add(`id-${index}`);
    expect(recent.add('first')).toBe(true);
  });

  it('do not take one id for another', () => {
    const recent = new RecentIds(200_000, [12345, 67890]);
    let mistaken = 0;
    for (let index = 0; index < 200_000; index++) if (!recent.add(`evt_${index}`)) mistaken++;
    expect(mistaken).toBe(0);
  });
});
