import { describe, expect, it } from 'vitest';
import { createManualTime } from './testing/manual-time.ts';
import { type Act, createScriptedModel, failure, readStream, requestWith } from './testing/scripted-model.ts';
import { withRetry } from './with-retry.ts';

const overloaded = () => failure('VTC_LLM_UNAVAILABLE', { reason: 'status' });

function retrying(script: Act[], { random = () => 0.5, attempts = 4 } = {}) {
  const time = createManualTime();
  const inner = createScriptedModel(...script);
  const model = withRetry(inner, { attempts, basePauseMs: 100, maxPauseMs: 300, ...time, random });
  return { model, inner, time };
}

describe('withRetry', () => {
  it('tries again after pauses that double, each drawn by chance between nothing and the limit', async () => {
    const { model, inner, time } = retrying([overloaded(), overloaded(), overloaded()]);
    const reply = model.generate(requestWith());
    await time.advance(10_000);
    expect((await reply).text).toBe('fine');
    expect(inner.requests).toHaveLength(4);
    expect(time.pauses).toEqual([50, 100, 150]);
  });

  it('waits at least as long as Retry-After asks', async () => {
    const { model, time } = retrying([
      failure('VTC_LLM_UNAVAILABLE', { reason: 'status', retry_after_ms: 2000 }),
    ]);
    const reply = model.generate(requestWith());
    await time.advance(10_000);
    await reply;
    expect(time.pauses).toEqual([2050]);
  });

  it('gives up after so many attempts with the last failure', async () => {
    const { model, inner, time } = retrying([overloaded(), overloaded()], { attempts: 2 });
    const reply = expect(model.generate(requestWith())).rejects.toMatchObject({
      code: 'VTC_LLM_UNAVAILABLE',
    });
    await time.advance(10_000);
    await reply;
    expect(inner.requests).toHaveLength(2);
  });

  it.each([
    ['a refusal', failure('VTC_LLM_REFUSED')],
    ['a wrong answer', failure('VTC_LLM_INVALID')],
    ['a spent budget', failure('VTC_LLM_OVER_BUDGET')],
    ['a time-out', failure('VTC_LLM_UNAVAILABLE', { reason: 'timeout' })],
    ['an open circuit', failure('VTC_LLM_UNAVAILABLE', { reason: 'circuit_open' })],
  ])('does not try again after %s', async (_, error) => {
    const { model, inner } = retrying([error]);
    await expect(model.generate(requestWith())).rejects.toBe(error);
    expect(inner.requests).toHaveLength(1);
  });

  it('does not begin a pause that ends after the deadline', async () => {
    const { model, inner, time } = retrying([overloaded()]);
    const deadlineAt = time.clock.now() + 50;
    await expect(model.generate(requestWith({ deadlineAt }))).rejects.toMatchObject({ isRetryable: true });
    expect(inner.requests).toHaveLength(1);
    expect(time.pauses).toEqual([]);
  });

  it('ends a pause when the question is withdrawn', async () => {
    const { model, inner, time } = retrying([overloaded()]);
    const controller = new AbortController();
    const withdrawn = new Error('withdrawn');
    const reply = expect(model.generate(requestWith({ signal: controller.signal }))).rejects.toBe(withdrawn);
    await time.advance(10);
    controller.abort(withdrawn);
    await reply;
    expect(inner.requests).toHaveLength(1);
  });

  it('tries a stream again that has not said anything yet', async () => {
    const { model, inner, time } = retrying([overloaded()]);
    const read = readStream(model.stream(requestWith()));
    await time.advance(1000);
    expect((await read).text).toBe('fine');
    expect(inner.requests).toHaveLength(2);
  });

  it('does not begin a stream again of which a part has been handed on', async () => {
    const broken = failure('VTC_LLM_UNAVAILABLE', { reason: 'broken_off' });
    let streams = 0;
    const time = createManualTime();
    const model = withRetry(
      {
        generate: () => Promise.reject(broken),
        async *stream() {
          streams++;
          yield 'beginning';
          throw broken;
        },
      },
      { attempts: 3, basePauseMs: 1, maxPauseMs: 1, ...time, random: () => 0 },
    );
    await expect(readStream(model.stream(requestWith()))).rejects.toBe(broken);
    expect(streams).toBe(1);
  });
});
