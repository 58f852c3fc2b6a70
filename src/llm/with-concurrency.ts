import { type Model, type ModelRequest, modelError } from './model.ts';

export interface ConcurrencyOptions {
  /** Requests under way at once. */
  readonly active: number;
  /** Requests that may wait for their turn; one more is turned away at once. */
  readonly waiting: number;
  /** Told whenever the number of waiting requests changes. */
  onWaiting?(waiting: number): void;
}

export interface LimitedModel extends Model {
  load(): { readonly active: number; readonly waiting: number };
}

/** Lets so many requests through at once, first come first served, and turns away what does not fit. */
export function withConcurrency(inner: Model, options: ConcurrencyOptions): LimitedModel {
  let active = 0;
  const queue: (() => void)[] = [];
  const queueChanged = (): void => options.onWaiting?.(queue.length);

  function takeTurn({ signal }: ModelRequest): Promise<void> {
    signal.throwIfAborted();
    if (active < options.active) {
      active++;
      return Promise.resolve();
    }
    if (queue.length >= options.waiting) {
      throw modelError(
        'VTC_LLM_UNAVAILABLE',
        `${active} requests to language models are under way and ${queue.length} wait, which is the limit`,
        { isRetryable: true, facts: { reason: 'queue_full', active, waiting: queue.length } },
      );
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        queue.splice(queue.indexOf(enter), 1);
        queueChanged();
        reject(signal.reason);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      queue.push(enter);
      queueChanged();
    });
  }

  /** The place of whoever leaves goes to the first who waits. */
  function endTurn(): void {
    const next = queue.shift();
    if (next === undefined) {
      active--;
      return;
    }
    queueChanged();
    next();
  }

  return {
    load: () => ({ active, waiting: queue.length }),
    async generate(request) {
      await takeTurn(request);
      try {
        return await inner.generate(request);
      } finally {
        endTurn();
      }
    },
    async *stream(request) {
      await takeTurn(request);
      try {
        yield* inner.stream(request);
      } finally {
        endTurn();
      }
    },
  };
}
