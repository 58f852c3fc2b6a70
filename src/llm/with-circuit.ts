import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { CircuitState } from './llm.ts';
import { type Model, type ModelName, type ModelRequest, modelError } from './model.ts';

export interface CircuitOptions {
  readonly name: ModelName;
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** How long it stays open at first; doubles each time the trial fails, up to `maxOpenMs`. */
  readonly openMs: number;
  readonly maxOpenMs: number;
  /** A request cut off by its deadline counts as failed when the provider had at least this long. */
  readonly slowMs: number;
  readonly clock: Clock;
  onChange?(state: CircuitState, failures: number): void;
}

export interface Circuit extends Model {
  state(): CircuitState;
}

/**
 * Leaves a provider alone that keeps failing: after `failures` in a row requests fail at once, without being
 * sent; when the time is up, one request tries it, and its outcome closes or opens the circuit again. Only
 * an unavailable provider counts: a refusal or a wrong answer shows that it is there.
 */
export function withCircuit(inner: Model, options: CircuitOptions): Circuit {
  const { clock, name } = options;
  let failures = 0;
  let openings = 0;
  let openUntil: number | null = null;
  let isTrialUnderWay = false;

  const state = (): CircuitState => {
    if (openUntil === null) return 'closed';
    return clock.now() < openUntil ? 'open' : 'half-open';
  };

  function enter(): { isTrial: boolean; since: number } {
    const current = state();
    if (current === 'open' || (current === 'half-open' && isTrialUnderWay)) {
      throw modelError('VTC_LLM_UNAVAILABLE', `${name.provider} is left alone after ${failures} failures`, {
        isRetryable: true,
        facts: { provider: name.provider, model: name.model, reason: 'circuit_open' },
      });
    }
    const isTrial = current === 'half-open';
    if (isTrial) isTrialUnderWay = true;
    return { isTrial, since: clock.now() };
  }

  function succeed(): void {
    const wasClosed = openUntil === null;
    failures = 0;
    openings = 0;
    openUntil = null;
    if (!wasClosed) options.onChange?.('closed', 0);
  }

  function fail(isTrial: boolean): void {
    failures++;
    if (!isTrial && (openUntil !== null || failures < options.failures)) return;
    openUntil = clock.now() + Math.min(options.maxOpenMs, options.openMs * 2 ** openings);
    openings++;
    options.onChange?.('open', failures);
  }

  function leave(error: unknown, { isTrial, since }: { isTrial: boolean; since: number }): void {
    if (!(error instanceof VerticeError)) return;
    if (error.code !== 'VTC_LLM_UNAVAILABLE') succeed();
    else if (error.facts['reason'] !== 'deadline' || clock.now() - since >= options.slowMs) fail(isTrial);
  }

  return {
    state,
    async generate(request: ModelRequest) {
      const visit = enter();
      try {
        const reply = await inner.generate(request);
        succeed();
        return reply;
      } catch (error) {
        leave(error, visit);
        throw error;
      } finally {
        if (visit.isTrial) isTrialUnderWay = false;
      }
    },
    async *stream(request) {
      const visit = enter();
      try {
        yield* inner.stream(request);
        succeed();
      } catch (error) {
        leave(error, visit);
        throw error;
      } finally {
        if (visit.isTrial) isTrialUnderWay = false;
      }
    },
  };
}
