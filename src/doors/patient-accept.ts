import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Accept } from './door.ts';

/** How waiting between attempts works; injected by tests. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

const systemWait: Wait = (milliseconds, signal) => delay(milliseconds, undefined, { signal });

/**
 * Tries again, with growing pauses (0.1 s to 5 s), as long as `accept` rejects with a retryable error (the bus
 * is full, the server is away), until `signal` aborts. Any other rejection is passed on at once.
 */
export function createPatientAccept(
  accept: Accept,
  options: { readonly log: Log; readonly signal: AbortSignal; readonly wait?: Wait },
): Accept {
  const wait = options.wait ?? systemWait;
  return async (records) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await accept(records);
      } catch (error) {
        if (!(error instanceof VerticeError) || !error.isRetryable || options.signal.aborted) throw error;
        if (attempt === 0) {
          options.log.warn('records wait at the door', { records: records.length, error: messageOf(error) });
        }
        await wait(Math.min(5_000, 100 * 2 ** attempt), options.signal);
      }
    }
  };
}
