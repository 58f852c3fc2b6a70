import { describe, expect, it } from 'vitest';
import { silentLog } from '../observability/log.ts';
import { createBudget } from './budget.ts';
import { createMemoryBudgetStore } from './budget-store.ts';
import { type ModelReply, modelError } from './model.ts';
import { createPrices } from './models.ts';
import { createManualTime } from './testing/manual-time.ts';
import {
  type Act,
  createScriptedModel,
  failure,
  readStream,
  replyWith,
  requestWith,
} from './testing/scripted-model.ts';
import { withBudget } from './with-budget.ts';

const none = { maxTokens: null, maxUsd: null };

function paying(...script: Act[]) {
  const budget = createBudget({
    hour: { maxTokens: null, maxUsd: 1 },
    day: none,
    store: createMemoryBudgetStore(),
    clock: createManualTime().clock,
    log: silentLog,
  });
  const prices = createPrices({ m: { input: 1000, cachedInput: 100, output: 2000 } });
  const inner = createScriptedModel(...script);
  return { budget, inner, model: withBudget(inner, { provider: 'p', model: 'm' }, { budget, prices }) };
}

/** 20 bytes, estimated at 10 tokens, and up to 100 tokens for the answer. */
const request = requestWith({ messages: [{ role: 'user', content: 'x'.repeat(20) }] });

describe('withBudget', () => {
  it('sets aside the whole request while it is under way, and counts what it was in the end', async () => {
    let release: (reply: ModelReply) => void = () => {};
    const { budget, model } = paying(() => new Promise((resolve) => (release = resolve)));
    const reply = model.generate(request);
    await new Promise((resolve) => setImmediate(resolve));
    expect(budget.spent().hour).toMatchObject({ tokens: 110, usd: 0.21 });
    release(replyWith());
    await reply;
    expect(budget.spent().hour).toMatchObject({ tokens: 15, usd: 0.25 });
  });

  it('does not ask what the budget cannot bear', async () => {
    const { inner, model } = paying();
    await expect(model.generate({ ...request, maxOutputTokens: 600 })).rejects.toMatchObject({
      code: 'VTC_LLM_OVER_BUDGET',
    });
    await expect(readStream(model.stream({ ...request, maxOutputTokens: 600 }))).rejects.toThrow();
    expect(inner.requests).toHaveLength(0);
  });

  it.each([
    ['nothing of what was never read', failure('VTC_LLM_UNAVAILABLE', { reason: 'status' }), 0],
    ['the question of what was cut off', failure('VTC_LLM_UNAVAILABLE', { reason: 'timeout' }), 10],
    ['the question of what was withdrawn', new Error('withdrawn'), 10],
    [
      'what the provider charges for a wrong answer',
      modelError('VTC_LLM_INVALID', 'wrong', {
        spend: { usage: { inputTokens: 8, cachedInputTokens: 1, outputTokens: 33 }, costUsd: 0.1 },
      }),
      42,
    ],
  ])('counts %s', async (_, error, tokens) => {
    const { budget, model } = paying(error, error);
    await expect(model.generate(request)).rejects.toBe(error);
    expect(budget.spent().hour.tokens).toBe(tokens);
    await expect(readStream(model.stream(request))).rejects.toBe(error);
    expect(budget.spent().hour.tokens).toBe(2 * tokens);
  });

  it('counts a stream as the provider does when it comes whole, and by its length when it is left', async () => {
    const { budget, model } = paying();
    await readStream(model.stream(request));
    expect(budget.spent().hour.tokens).toBe(15);
    let pieces = 0;
    for await (const _ of model.stream(request)) if (++pieces === 4) break;
    expect(budget.spent().hour.tokens).toBe(15 + 10 + 2);
  });
});
