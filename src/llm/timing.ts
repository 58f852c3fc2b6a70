import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after so many milliseconds; rejects with the signal's reason when it aborts first. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const systemSleep: Sleep = async (milliseconds, signal) => {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
};

/** The promise's outcome, or the signal's reason as soon as it aborts: whatever comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * Runs something under a signal of its own that aborts with the outer one, or with `timedOut()` after so
 * many milliseconds. `end` stops the clock and aborts the signal.
 */
export function signalWithin(
  outer: AbortSignal,
  milliseconds: number,
  timedOut: () => Error,
  sleep: Sleep,
): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const clock = new AbortController();
  const relay = (): void => controller.abort(outer.reason);
  if (outer.aborted) relay();
  else outer.addEventListener('abort', relay, { once: true });
  sleep(Math.max(0, milliseconds), clock.signal).then(
    () => controller.abort(timedOut()),
    () => {},
  );
  return {
    signal: controller.signal,
    end() {
      outer.removeEventListener('abort', relay);
      clock.abort();
      controller.abort();
    },
  };
}
