import { describe, expect, it } from 'vitest';
import { Metrics } from '../observability/metrics.ts';
import { modelError } from './model.ts';
import { createManualTime } from './testing/manual-time.ts';
import { type Act, createScriptedModel, failure, readStream, requestWith } from './testing/scripted-model.ts';
import { withMetrics } from './with-metrics.ts';

function measured(...script: Act[]) {
  const metrics = new Metrics();
  const model = withMetrics(
    createScriptedModel(...script),
    { provider: 'openai', model: 'm' },
    { metrics, clock: createManualTime().clock },
  );
  const text = async () =>
    (await metrics.registry.metrics()).split('\n').filter((line) => /^llm_[a-z_]*(total|count)\{/.test(line));
  return { model, text };
}

describe('withMetrics', () => {
  it('counts answers, their tokens, their cost and their latency', async () => {
    const { model, text } = measured({ usage: { inputTokens: 7, cachedInputTokens: 3, outputTokens: 5 } });
    await model.generate(requestWith());
    expect(await text()).toEqual([
      'llm_requests_total{provider="openai",model="m",status="ok"} 1',
      'llm_latency_seconds_count{provider="openai",model="m"} 1',
      'llm_tokens_total{provider="openai",model="m",direction="input"} 7',
      'llm_tokens_total{provider="openai",model="m",direction="cached_input"} 3',
      'llm_tokens_total{provider="openai",model="m",direction="output"} 5',
      'llm_cost_usd_total{provider="openai",model="m"} 0.25',
    ]);
  });

  it.each([
    ['unavailable', failure('VTC_LLM_UNAVAILABLE')],
    ['refused', failure('VTC_LLM_REFUSED')],
    ['invalid', failure('VTC_LLM_INVALID')],
    ['over_budget', failure('VTC_LLM_OVER_BUDGET')],
    ['aborted', new Error('withdrawn')],
  ])('counts a failure as %s', async (status, error) => {
    const { model, text } = measured(error, error);
    await expect(model.generate(requestWith())).rejects.toBe(error);
    await expect(readStream(model.stream(requestWith()))).rejects.toBe(error);
    expect(await text()).toEqual([`llm_requests_total{provider="openai",model="m",status="${status}"} 2`]);
  });

  it('counts what a failure has cost', async () => {
    const spend = { usage: { inputTokens: 9, cachedInputTokens: 0, outputTokens: 2 }, costUsd: 0.5 };
    const { model, text } = measured(modelError('VTC_LLM_INVALID', 'wrong', { spend }));
    await expect(model.generate(requestWith())).rejects.toThrow();
    expect(await text()).toContain('llm_cost_usd_total{provider="openai",model="m"} 0.5');
  });

  it('counts a stream when it has come whole, and as aborted when it is left', async () => {
    const { model, text } = measured();
    await readStream(model.stream(requestWith()));
    for await (const _ of model.stream(requestWith())) break;
    const lines = await text();
    expect(lines).toContain('llm_requests_total{provider="openai",model="m",status="ok"} 1');
    expect(lines).toContain('llm_requests_total{provider="openai",model="m",status="aborted"} 1');
  });
});
