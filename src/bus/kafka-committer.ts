import { setTimeout as delay } from 'node:timers/promises';
import { VerticeError } from '../errors.ts';
import type { CommitOutcome } from './kafka-membership.ts';

/** Collects commits: while one request is under way, those that come meanwhile wait for the next. */
export interface Committer {
  /** Begins to take commits of a partition the group has committed up to `committed`. */
  hold(partition: number, committed: number | null): void;
  /** Resolves when no commit of the partition waits, be it accepted or lost. */
  settled(partition: number): Promise<void>;
  /** No more commits of it: those that wait are rejected. */
  drop(partition: number): void;
  /** What the broker has accepted; null when nothing, or when the partition is not held. */
  committed(partition: number): number | null;
  /** Resolves when the broker accepted `nextOffset` or a later one. */
  commit(partition: number, nextOffset: number): Promise<void>;
}

interface Held {
  accepted: number | null;
  wanted: number;
  waiting: { readonly nextOffset: number; readonly done: PromiseWithResolvers<void> }[];
}

/** How long to wait before asking again a coordinator that is busy with a rebalance or not reachable. */
const retryMs = 50;

export function createCommitter(
  topic: string,
  send: (offsets: ReadonlyMap<number, number>) => Promise<CommitOutcome>,
): Committer {
  const partitions = new Map<number, Held>();
  let sending = false;

  const drop = (partition: number, cause?: unknown): void => {
    const held = partitions.get(partition);
    partitions.delete(partition);
    for (const { nextOffset, done } of held?.waiting ?? [])
      done.reject(
        new VerticeError(
          'VTC_BUS_UNAVAILABLE',
          `cannot commit ${nextOffset} of ${topic} partition ${partition}: it is assigned to another consumer now, which starts at the last commit`,
          { cause, facts: { topic, partition, offset: nextOffset } },
        ),
      );
  };
  const accept = (partition: number, offset: number): void => {
    const held = partitions.get(partition);
    if (held === undefined) return;
    held.accepted = offset;
    for (const { done, nextOffset } of held.waiting) if (nextOffset <= offset) done.resolve();
    held.waiting = held.waiting.filter(({ nextOffset }) => nextOffset > offset);
  };
  const wanted = (): Map<number, number> =>
    new Map(
      [...partitions].flatMap(([partition, held]) =>
        held.waiting.length > 0 ? [[partition, held.wanted] as const] : [],
      ),
    );

  const sendAll = async (): Promise<void> => {
    sending = true;
    for (let offsets = wanted(); offsets.size > 0; offsets = wanted()) {
      let outcome: CommitOutcome;
      let cause: unknown;
      try {
        outcome = await send(offsets);
      } catch (error) {
        outcome = 'lost';
        cause = error;
      }
      if (outcome === 'later') await delay(retryMs);
      for (const [partition, offset] of offsets) {
        if (outcome === 'done') accept(partition, offset);
        else if (outcome === 'lost') drop(partition, cause);
      }
    }
    sending = false;
  };

  return {
    hold(partition, committed) {
      partitions.set(partition, { accepted: committed, wanted: committed ?? 0, waiting: [] });
    },
    async settled(partition) {
      const waiting = partitions.get(partition)?.waiting ?? [];
      await Promise.allSettled(waiting.map(({ done }) => done.promise));
    },
    drop: (partition) => drop(partition),
    committed: (partition) => partitions.get(partition)?.accepted ?? null,
    async commit(partition, nextOffset) {
      const held = partitions.get(partition);
      if (!Number.isSafeInteger(nextOffset) || nextOffset < 0)
        throw new VerticeError(
          'VTC_USAGE',
          `expected an offset to commit of 0 or more, got ${nextOffset} for ${topic} partition ${partition}`,
        );
      if (held === undefined)
        throw new VerticeError(
          'VTC_BUS_UNAVAILABLE',
          `cannot commit ${nextOffset} of ${topic} partition ${partition}: it is not assigned to this consumer`,
          { facts: { topic, partition, offset: nextOffset } },
        );
      if (held.accepted !== null && nextOffset <= held.accepted) return;
      held.wanted = Math.max(held.wanted, nextOffset);
      const done = Promise.withResolvers<void>();
      held.waiting.push({ nextOffset, done });
      if (!sending) void sendAll();
      await done.promise;
    },
  };
}
