import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Bus } from '../../src/bus/bus.ts';
import { deadLetterReasons } from '../../src/contracts/dead-letter.ts';
import { topics } from '../../src/contracts/topics.ts';
import { every, type Program } from './program.ts';

/** How many records ended which way, in all partitions together. */
export interface Books {
  /** Events that were read: clean, detected, or known already. */
  readonly read: number;
  readonly detected: number;
  readonly deadLettered: number;
  /** Dead letters whose position begins so: the door they came in at. */
  readonly lettersFrom: (prefix: string) => number;
}

/**
 * Waits until every record has its outcome, and checks that nothing is unaccounted for: in each partition the
 * tallies add up to the records, and what was counted as a detection or a dead letter is in the ledger and on its topic.
 */
export async function balancedBooks({ vertice, config }: Program): Promise<Books> {
  const { bus, store } = vertice;
  await quiet(bus);
  await vertice.settle();
  const sum = { clean: 0, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 };
  const progress = await store.progress(config.kafka.group, topics.events);
  for (const [partition, { begin, end }] of await bus.ranges(topics.events)) {
    const tally = progress.get(partition)?.tally ?? sum;
    if (end === 0) continue;
    const outcomes = tally.clean + tally.detected + tally.deadLettered + tally.duplicate + tally.forwarded;
    expect([partition, outcomes]).toEqual([partition, end - begin]);
    sum.clean += tally.clean;
    sum.detected += tally.detected;
    sum.deadLettered += tally.deadLettered;
    sum.duplicate += tally.duplicate;
    sum.forwarded += tally.forwarded;
  }
  const letters = await every((page) => store.deadLetters(page));
  expect(letters).toHaveLength(sum.deadLettered);
  const known: ReadonlySet<string> = new Set(deadLetterReasons);
  expect(letters.filter(({ reason, detail }) => !known.has(reason) || detail === '')).toEqual([]);
  expect(await published(vertice.bus, topics.deadLetters)).toBe(sum.deadLettered);
  expect(await every((page) => store.detections({}, page))).toHaveLength(sum.detected);
  expect(await published(vertice.bus, topics.detections)).toBe(sum.detected);
  return {
    read: sum.clean + sum.detected + sum.duplicate,
    detected: sum.detected,
    deadLettered: sum.deadLettered,
    lettersFrom: (prefix) => letters.filter(({ position }) => position.startsWith(prefix)).length,
  };
}

/** Waits until nothing has come for a while: a door hands on what a connection ended with after it was closed. */
async function quiet(bus: Bus): Promise<void> {
  let seen = -1;
  for (let calm = 0; calm < 5; calm++) {
    const now = await published(bus, topics.events);
    if (now !== seen) calm = 0;
    seen = now;
    await delay(20);
  }
}

async function published(bus: Bus, topic: string): Promise<number> {
  const ranges = await bus.ranges(topic);
  return [...ranges.values()].reduce((count, { begin, end }) => count + end - begin, 0);
}
