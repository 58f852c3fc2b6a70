import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { Model, ModelRequest } from './model.ts';
import { orAborted, type Sleep } from './timing.ts';

export interface RetryOptions {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Longest pause before the second attempt; doubles with each further one, up to `maxPauseMs`. */
  readonly basePauseMs: number;
  readonly maxPauseMs: number;
  readonly clock: Clock;
  readonly sleep: Sleep;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/**
 * Tries again what may succeed a moment later: 429, 5xx and broken connections; never a refusal, a wrong
 * answer or a time-out (a slow provider is better left to the next one). The pause is drawn evenly between
 * nothing and the exponential limit ("full jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), after what Retry-After asks
 * for. A pause that does not fit into the deadline is not begun. A stream is tried again only while it has
 * not yielded anything.
 */
export function withRetry(inner: Model, options: RetryOptions): Model {
  const { attempts, clock, sleep } = options;
  async function pauseOrThrow(error: unknown, attempt: number, request: ModelRequest): Promise<void> {
    if (request.signal.aborted || !isWorthRetrying(error) || attempt >= attempts) throw error;
    const pauseMs = pauseBefore(attempt, error, options);
    if (clock.now() + pauseMs >= request.deadlineAt) throw error;
    await orAborted(sleep(pauseMs, request.signal), request.signal);
  }
  return {
    async generate(request) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await inner.generate(request);
        } catch (error) {
          await pauseOrThrow(error, attempt, request);
        }
      }
    },
    async *stream(request) {
      for (let attempt = 1; ; attempt++) {
        let hasYielded = false;
        try {
          for await (const part of inner.stream(request)) {
            hasYielded = true;
            yield part;
          }
          return;
        } catch (error) {
          if (hasYielded) throw error;
          await pauseOrThrow(error, attempt, request);
        }
      }
    },
  };
}

function isWorthRetrying(error: unknown): boolean {
  return (
    error instanceof VerticeError &&
    error.code === 'VTC_LLM_UNAVAILABLE' &&
    error.isRetryable &&
    !notRetried.has(String(error.facts['reason']))
  );
}

/** What may pass, but not in the moments between two attempts. */
const notRetried: ReadonlySet<string> = new Set(['timeout', 'deadline', 'circuit_open']);

function pauseBefore(
  attempt: number,
  error: unknown,
  { basePauseMs, maxPauseMs, random }: RetryOptions,
): number {
  const asked = error instanceof VerticeError ? Number(error.facts['retry_after_ms'] ?? 0) : 0;
  return asked + random() * Math.min(maxPauseMs, basePauseMs * 2 ** (attempt - 1));
}
