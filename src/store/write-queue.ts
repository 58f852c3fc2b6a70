import { VerticeError } from '../errors.ts';
import type { Step } from './database.ts';

/** How one write of a group ended. */
export type WriteOutcome =
  | { readonly kind: 'committed'; readonly changes: readonly number[] }
  /** A step that must change a row changed none; `step` is its position. Nothing of the write remains. */
  | { readonly kind: 'unchanged'; readonly step: number }
  | { readonly kind: 'failed'; readonly error: VerticeError };

/** Writes waiting for the next commit. While one group commits the next one gathers: nobody waits for a timer. */
export interface WriteQueue {
  write(steps: readonly Step[]): Promise<readonly number[]>;
  /** Refuses new writes and resolves when those already taken have an outcome. */
  close(): Promise<void>;
}

interface Waiting {
  readonly steps: readonly Step[];
  readonly rows: number;
  readonly resolve: (changes: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A group is bounded so that its first write does not wait long for its last. */
const maxGroupWrites = 1024;
const maxGroupRows = 10_000;

/** The error of every call on a closed store. */
export function closedError(): VerticeError {
  return new VerticeError('VTC_SHUTTING_DOWN', 'The store is closed: the process is shutting down.');
}

function takeGroup(queue: Waiting[]): readonly Waiting[] {
  let rows = 0;
  let count = 0;
  for (const waiting of queue) {
    if (count > 0 && (count === maxGroupWrites || rows + waiting.rows > maxGroupRows)) break;
    rows += waiting.rows;
    count += 1;
  }
  return queue.splice(0, count);
}

function settle({ steps, resolve, reject }: Waiting, outcome: WriteOutcome): void {
  if (outcome.kind === 'committed') resolve(outcome.changes);
  else if (outcome.kind === 'failed') reject(outcome.error);
  else reject(steps[outcome.step]?.orElse?.());
}

/**
 * @param commit makes a group durable in one transaction; one outcome for each write, in order. A
 * rejection is the outcome of the whole group.
 */
export function createWriteQueue(
  commit: (group: readonly (readonly Step[])[]) => Promise<readonly WriteOutcome[]>,
): WriteQueue {
  const queue: Waiting[] = [];
  let running: Promise<void> | null = null;
  let closed = false;

  async function run(): Promise<void> {
    // Lets everything that is asked for in this turn of the event loop join the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const group = takeGroup(queue);
      try {
        const outcomes = await commit(group.map((waiting) => waiting.steps));
        outcomes.forEach((outcome, position) => {
          const waiting = group[position];
          if (waiting !== undefined) settle(waiting, outcome);
        });
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
    }
    running = null;
  }

  return {
    write(steps) {
      if (closed) return Promise.reject(closedError());
      return new Promise((resolve, reject) => {
        const rows = steps.reduce((sum, { rows }) => sum + rows.length, 0);
        queue.push({ steps, rows, resolve, reject });
        running ??= run();
      });
    },
    async close() {
      closed = true;
      await running;
    },
  };
}
