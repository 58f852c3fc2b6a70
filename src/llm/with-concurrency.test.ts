import { describe, expect, it } from 'vitest';
import type { ModelReply } from './model.ts';
import {
  createScriptedModel,
  failure,
  readStream,
  replyWith,
  requestWith,
} from './testing/scripted-model.ts';
import { withConcurrency } from './with-concurrency.ts';

/** A model whose answers a test releases one by one. */
function held() {
  const releases: (() => void)[] = [];
  const wait = () => new Promise<ModelReply>((resolve) => releases.push(() => resolve(replyWith())));
  return { releases, inner: createScriptedModel(wait, wait, wait, wait) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('withConcurrency', () => {
  it('lets so many through, and the next in the order they came', async () => {
    const { releases, inner } = held();
    const waiting: number[] = [];
    const model = withConcurrency(inner, {
      active: 1,
      waiting: 2,
      onWaiting: (count) => waiting.push(count),
    });
    const order: number[] = [];
    const all = [1, 2, 3].map((name) => model.generate(requestWith()).then(() => order.push(name)));
    expect(model.load()).toEqual({ active: 1, waiting: 2 });
    for (let answered = 0; answered < 3; answered++) {
      await turn();
      releases[answered]?.();
    }
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3]);
    expect(waiting).toEqual([1, 2, 1, 0]);
    expect(model.load()).toEqual({ active: 0, waiting: 0 });
  });

  it('turns away at once what finds the queue full', async () => {
    const { inner } = held();
    const model = withConcurrency(inner, { active: 1, waiting: 1 });
    void model.generate(requestWith());
    void model.generate(requestWith());
    await expect(model.generate(requestWith())).rejects.toMatchObject({
      code: 'VTC_LLM_UNAVAILABLE',
      isRetryable: true,
      facts: { reason: 'queue_full', active: 1, waiting: 1 },
    });
  });

  it('frees the place in the queue of a question that is withdrawn', async () => {
    const { inner, releases } = held();
    const model = withConcurrency(inner, { active: 1, waiting: 1 });
    const first = model.generate(requestWith());
    const controller = new AbortController();
    const withdrawn = new Error('withdrawn');
    const second = expect(model.generate(requestWith({ signal: controller.signal }))).rejects.toBe(withdrawn);
    controller.abort(withdrawn);
    await second;
    expect(model.load()).toEqual({ active: 1, waiting: 0 });
    releases[0]?.();
    await first;
    expect(inner.requests).toHaveLength(1);
    expect(model.load()).toEqual({ active: 0, waiting: 0 });
  });

  it('does not let in a question that was withdrawn before', async () => {
    const model = withConcurrency(createScriptedModel(), { active: 1, waiting: 1 });
    await expect(
      model.generate(requestWith({ signal: AbortSignal.abort(new Error('gone')) })),
    ).rejects.toThrow('gone');
    expect(model.load().active).toBe(0);
  });

  it('gives the place back after a failure', async () => {
    const model = withConcurrency(createScriptedModel(failure('VTC_LLM_REFUSED')), { active: 1, waiting: 0 });
    await expect(model.generate(requestWith())).rejects.toThrow();
    expect((await model.generate(requestWith())).text).toBe('fine');
  });

  it('gives the place back when a stream ends, or is left early', async () => {
    const model = withConcurrency(createScriptedModel(), { active: 1, waiting: 0 });
    await readStream(model.stream(requestWith()));
    for await (const _ of model.stream(requestWith())) break;
    expect(model.load().active).toBe(0);
  });
});
