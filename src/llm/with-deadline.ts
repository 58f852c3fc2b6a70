import type { Clock } from '../clock.ts';
import { type Model, type ModelRequest, modelError } from './model.ts';
import { type Sleep, signalWithin } from './timing.ts';

interface Options {
  readonly clock: Clock;
  readonly sleep: Sleep;
}

/** Ends a question at its deadline with VTC_LLM_UNAVAILABLE, wherever in the policies it is then. */
export function withDeadline(inner: Model, { clock, sleep }: Options): Model {
  const limit = (request: ModelRequest) =>
    signalWithin(
      request.signal,
      request.deadlineAt - clock.now(),
      () =>
        modelError(
          'VTC_LLM_UNAVAILABLE',
          'No answer from a language model before the deadline; raise llm.deadline_ms if that happens often',
          { isRetryable: true, facts: { reason: 'deadline', purpose: request.purpose } },
        ),
      sleep,
    );
  return limited(inner, limit);
}

/** Ends one attempt at one provider after so many milliseconds, so that another can be made. */
export function withAttemptLimit(inner: Model, limitMs: number, { sleep }: Pick<Options, 'sleep'>): Model {
  const limit = (request: ModelRequest) =>
    signalWithin(
      request.signal,
      limitMs,
      () =>
        modelError('VTC_LLM_UNAVAILABLE', `No answer from the provider within ${limitMs} ms`, {
          isRetryable: true,
          facts: { reason: 'timeout', limit_ms: limitMs },
        }),
      sleep,
    );
  return limited(inner, limit);
}

function limited(
  inner: Model,
  limit: (request: ModelRequest) => { readonly signal: AbortSignal; end(): void },
): Model {
  return {
    async generate(request) {
      const { signal, end } = limit(request);
      try {
        return await inner.generate({ ...request, signal });
      } finally {
        end();
      }
    },
    async *stream(request) {
      const { signal, end } = limit(request);
      try {
        yield* inner.stream({ ...request, signal });
      } finally {
        end();
      }
    },
  };
}
