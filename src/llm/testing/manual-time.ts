import type { Clock } from '../../clock.ts';
import type { Sleep } from '../timing.ts';

export interface ManualTime {
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** Pauses asked for so far, milliseconds, oldest first. */
  readonly pauses: readonly number[];
  /** Moves the clock on and ends the pauses that are then over, in their order. */
  advance(milliseconds: number): Promise<void>;
}

/** Time that stands still until a test moves it. */
export function createManualTime(start = 1_700_000_000_000): ManualTime {
  let now = start;
  const pauses: number[] = [];
  const sleepers = new Set<{ readonly until: number; wake(): void }>();
  return {
    clock: { now: () => now },
    pauses,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        pauses.push(milliseconds);
        const sleeper = {
          until: now + milliseconds,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        const giveUp = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        if (signal?.aborted === true) giveUp();
        else signal?.addEventListener('abort', giveUp, { once: true });
      }),
    async advance(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        await settled();
        const next = [...sleepers].sort((one, other) => one.until - other.until)[0];
        if (next === undefined || next.until > until) break;
        now = Math.max(now, next.until);
        next.wake();
      }
      now = until;
      await settled();
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
