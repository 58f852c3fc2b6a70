import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../bus/bus.ts';
import { type TopicName, topics } from '../contracts/topics.ts';
import type { Store } from '../store/store.ts';

const POLL_MS = 10;

/** Resolves when every record that is on the topic now has its outcome in the ledger, whoever wrote it. */
export async function untilProcessed(
  bus: Bus,
  store: Store,
  group: string,
  topic: TopicName = topics.events,
): Promise<void> {
  const ranges = await bus.ranges(topic);
  for (;;) {
    const progress = await store.progress(group, topic);
    const isDone = [...ranges].every(
      ([partition, { begin, end }]) => begin === end || (progress.get(partition)?.nextOffset ?? 0) >= end,
    );
    if (isDone) return;
    await delay(POLL_MS);
  }
}
