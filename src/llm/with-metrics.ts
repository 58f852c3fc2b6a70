import type { Clock } from '../clock.ts';
import { type ErrorCode, VerticeError } from '../errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { type Model, type ModelName, type Spend, spendOf } from './model.ts';

type LlmMetrics = Pick<Metrics, 'llmRequests' | 'llmLatency' | 'llmTokens' | 'llmCost'>;

const statusOfCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  VTC_LLM_UNAVAILABLE: 'unavailable',
  VTC_LLM_REFUSED: 'refused',
  VTC_LLM_INVALID: 'invalid',
  VTC_LLM_OVER_BUDGET: 'over_budget',
};

/**
 * Counts what is asked of one provider: requests by outcome (`ok`, `unavailable`, `refused`, `invalid`,
 * `over_budget`, `aborted`), the time to the whole answer, tokens and dollars, those of failures included.
 */
export function withMetrics(
  inner: Model,
  name: ModelName,
  { metrics, clock }: { readonly metrics: LlmMetrics; readonly clock: Clock },
): Model {
  const labels = { provider: name.provider, model: name.model };
  function spent({ usage, costUsd }: Spend): void {
    metrics.llmTokens.inc({ ...labels, direction: 'input' }, usage.inputTokens);
    metrics.llmTokens.inc({ ...labels, direction: 'cached_input' }, usage.cachedInputTokens);
    metrics.llmTokens.inc({ ...labels, direction: 'output' }, usage.outputTokens);
    metrics.llmCost.inc(labels, costUsd);
  }
  function answered(reply: Spend, since: number): void {
    metrics.llmRequests.inc({ ...labels, status: 'ok' });
    metrics.llmLatency.observe(labels, (clock.now() - since) / 1000);
    spent(reply);
  }
  function failed(error: unknown): void {
    const status = error instanceof VerticeError ? statusOfCode[error.code] : undefined;
    metrics.llmRequests.inc({ ...labels, status: status ?? 'aborted' });
    const spend = spendOf(error);
    if (spend !== null) spent(spend);
  }
  return {
    async generate(request) {
      const since = clock.now();
      try {
        const reply = await inner.generate(request);
        answered(reply, since);
        return reply;
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    async *stream(request) {
      const since = clock.now();
      let isOver = false;
      try {
        for await (const part of inner.stream(request)) {
          if (typeof part !== 'string') {
            isOver = true;
            answered(part, since);
          }
          yield part;
        }
      } catch (error) {
        if (!isOver) failed(error);
        isOver = true;
        throw error;
      } finally {
        if (!isOver) failed(null);
      }
    },
  };
}
