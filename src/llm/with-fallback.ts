import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import { type Model, type ModelName, type ModelRequest, modelError } from './model.ts';
import { type Sleep, signalWithin } from './timing.ts';

interface Candidate {
  readonly name: ModelName;
  readonly model: Model;
}

/**
 * Asks one provider after the other until one answers. The next one is asked when a provider is unavailable,
 * refuses, or would exceed the budget; not after a wrong answer, which the asker may want to ask again
 * differently. Of the time left, each gets an equal share with those still behind it, so that a provider
 * that hangs leaves the next one enough to answer. A stream changes the provider only while it has not
 * yielded anything.
 */
export function withFallback(
  candidates: readonly Candidate[],
  { clock, sleep }: { readonly clock: Clock; readonly sleep: Sleep },
): Model {
  function share(request: ModelRequest, index: number) {
    if (index === candidates.length - 1) return { request, end: () => {} };
    const shareMs = (request.deadlineAt - clock.now()) / (candidates.length - index);
    const { signal, end } = signalWithin(
      request.signal,
      shareMs,
      () =>
        modelError('VTC_LLM_UNAVAILABLE', 'No answer from the provider in its share of the time', {
          isRetryable: true,
          facts: { reason: 'deadline' },
        }),
      sleep,
    );
    return { request: { ...request, signal, deadlineAt: clock.now() + shareMs }, end };
  }
  function noteOrThrow(error: unknown, request: ModelRequest, failures: Failure[], name: ModelName): void {
    if (request.signal.aborted || !(error instanceof VerticeError) || error.code === 'VTC_LLM_INVALID') {
      throw error;
    }
    failures.push({ name, error });
  }
  return {
    async generate(request) {
      const failures: Failure[] = [];
      for (const [index, { name, model }] of candidates.entries()) {
        const { request: own, end } = share(request, index);
        try {
          return await model.generate(own);
        } catch (error) {
          noteOrThrow(error, request, failures, name);
        } finally {
          end();
        }
      }
      throw errorOfAll(failures);
    },
    async *stream(request) {
      const failures: Failure[] = [];
      for (const [index, { name, model }] of candidates.entries()) {
        const { request: own, end } = share(request, index);
        let hasYielded = false;
        try {
          for await (const part of model.stream(own)) {
            hasYielded = true;
            yield part;
          }
          return;
        } catch (error) {
          if (hasYielded) throw error;
          noteOrThrow(error, request, failures, name);
        } finally {
          end();
        }
      }
      throw errorOfAll(failures);
    },
  };
}

interface Failure {
  readonly name: ModelName;
  readonly error: VerticeError;
}

/** What the last one said, with the names and codes of all. */
function errorOfAll(failures: readonly Failure[]): VerticeError {
  const last = failures.at(-1);
  if (last === undefined) return modelError('VTC_LLM_UNAVAILABLE', 'No language model is configured');
  if (failures.length === 1) return last.error;
  const tried = failures.map(({ name, error }) => `${name.provider}: ${error.code}`).join(', ');
  return modelError(
    last.error.code === 'VTC_LLM_REFUSED' ? 'VTC_LLM_REFUSED' : codeOfAll(failures),
    `${last.error.message} (tried ${tried})`,
    {
      isRetryable: failures.some(({ error }) => error.isRetryable),
      facts: { ...last.error.facts, tried },
    },
  );
}

/** Over budget only when that is all that was wrong. */
function codeOfAll(failures: readonly Failure[]): 'VTC_LLM_OVER_BUDGET' | 'VTC_LLM_UNAVAILABLE' {
  return failures.every(({ error }) => error.code === 'VTC_LLM_OVER_BUDGET')
    ? 'VTC_LLM_OVER_BUDGET'
    : 'VTC_LLM_UNAVAILABLE';
}
