import { describe, expect, it } from 'vitest';
import type { ModelReply, ModelRequest } from './model.ts';
import { createManualTime } from './testing/manual-time.ts';
import {
  type Act,
  createScriptedModel,
  failure,
  readStream,
  replyWith,
  requestWith,
} from './testing/scripted-model.ts';
import { withCache } from './with-cache.ts';

function caching({ script = [] as Act[], maxEntries = 10, maxBytes = 10_000, ttlMs = 1000 } = {}) {
  const time = createManualTime();
  const inner = createScriptedModel(...script);
  return { time, inner, model: withCache(inner, { maxEntries, maxBytes, ttlMs, clock: time.clock }) };
}

const asking = (content: string, changes: Partial<ModelRequest> = {}) =>
  requestWith({ isCacheable: true, messages: [{ role: 'user', content }], ...changes });

/** An answer that comes when the test says so. */
function held(): { readonly act: Act; release(): void; readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  let release = (): void => {};
  return {
    signals,
    act: ({ signal }) => {
      signals.push(signal);
      return new Promise<ModelReply>((resolve, reject) => {
        release = () => resolve(replyWith());
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
    release: () => release(),
  };
}

describe('withCache', () => {
  it('answers an identical question from memory, for nothing', async () => {
    const { model, inner } = caching();
    const first = await model.generate(asking('a'));
    const second = await model.generate(asking('a'));
    expect(inner.requests).toHaveLength(1);
    expect(first).toMatchObject({ wasCached: false, costUsd: 0.25 });
    expect(second).toEqual({
      ...first,
      wasCached: true,
      costUsd: 0,
      usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    });
  });

  it.each<[string, Partial<ModelRequest>]>([
    ['instructions', { system: 'other' }],
    ['messages', { messages: [{ role: 'user', content: 'b' }] }],
    ['roles', { messages: [{ role: 'assistant', content: 'a' }] }],
    ['length', { maxOutputTokens: 7 }],
    ['temperature', { temperature: 1 }],
    ['shape', { shape: { wireSchema: { type: 'object' }, faultOf: () => null } }],
  ])('asks again when the %s differ', async (_, changes) => {
    const { model, inner } = caching();
    await model.generate(asking('a'));
    await model.generate(asking('a', changes));
    expect(inner.requests).toHaveLength(2);
  });

  it('keeps nothing of a question that may not be cached, and nothing that failed', async () => {
    const { model, inner } = caching({ script: [{}, {}, failure('VTC_LLM_INVALID')] });
    await model.generate(requestWith());
    await model.generate(requestWith());
    await expect(model.generate(asking('a'))).rejects.toThrow();
    await model.generate(asking('a'));
    expect(inner.requests).toHaveLength(4);
  });

  it('forgets an answer when its time is up', async () => {
    const { model, inner, time } = caching();
    await model.generate(asking('a'));
    await time.advance(999);
    await model.generate(asking('a'));
    expect(inner.requests).toHaveLength(1);
    await time.advance(1);
    await model.generate(asking('a'));
    expect(inner.requests).toHaveLength(2);
  });

  it('forgets the answer that was used least recently when there are too many', async () => {
    const { model, inner } = caching({ maxEntries: 2 });
    for (const question of ['a', 'b', 'a', 'c', 'a']) await model.generate(asking(question));
    expect(inner.requests).toHaveLength(3);
    await model.generate(asking('b'));
    expect(inner.requests).toHaveLength(4);
  });

  it('forgets answers when they are too many bytes, and never keeps one that is too large alone', async () => {
    const long = { text: 'x'.repeat(400) };
    const { model, inner } = caching({ script: [long, long, {}, { text: 'x'.repeat(900) }], maxBytes: 1500 });
    for (const question of ['a', 'b', 'b', 'a']) await model.generate(asking(question));
    expect(inner.requests).toHaveLength(3);
    await model.generate(asking('huge'));
    await model.generate(asking('huge'));
    expect(inner.requests).toHaveLength(5);
  });

  it('lets identical questions of the same moment share one request', async () => {
    const { act, release } = held();
    const { model, inner } = caching({ script: [act] });
    const both = Promise.all([model.generate(asking('a')), model.generate(asking('a'))]);
    release();
    expect((await both).map(({ wasCached }) => wasCached)).toEqual([false, true]);
    expect(inner.requests).toHaveLength(1);
  });

  it('goes on for the others when one of them leaves, and ends when all have', async () => {
    const { act, release, signals } = held();
    const { model } = caching({ script: [act] });
    const leaver = new AbortController();
    const withdrawn = new Error('withdrawn');
    const first = expect(model.generate(asking('a', { signal: leaver.signal }))).rejects.toBe(withdrawn);
    const second = model.generate(asking('a'));
    leaver.abort(withdrawn);
    await first;
    expect(signals[0]?.aborted).toBe(false);
    release();
    expect((await second).text).toBe('fine');

    const { act: other, signals: otherSignals } = held();
    const { model: lonely, inner } = caching({ script: [other] });
    const only = new AbortController();
    const reply = expect(lonely.generate(asking('a', { signal: only.signal }))).rejects.toBe(withdrawn);
    only.abort(withdrawn);
    await reply;
    expect(otherSignals[0]?.aborted).toBe(true);
    await lonely.generate(asking('a'));
    expect(inner.requests).toHaveLength(2);
  });

  it('lets nobody join a request that everyone has left', async () => {
    const { model, inner } = caching({ script: [() => new Promise(() => {})] });
    const withdrawn = new Error('withdrawn');
    const controller = new AbortController();
    const left = expect(model.generate(asking('a', { signal: controller.signal }))).rejects.toBe(withdrawn);
    controller.abort(withdrawn);
    await left;
    expect((await model.generate(asking('a'))).text).toBe('fine');
    expect(inner.requests).toHaveLength(2);
  });

  it('begins nothing for a question that was withdrawn before', async () => {
    const { model, inner } = caching();
    await expect(
      model.generate(asking('a', { signal: AbortSignal.abort(new Error('gone')) })),
    ).rejects.toThrow('gone');
    expect(inner.requests).toHaveLength(0);
  });

  it('hands streams through', async () => {
    const { model, inner } = caching();
    await readStream(model.stream(asking('a')));
    await readStream(model.stream(asking('a')));
    expect(inner.requests).toHaveLength(2);
  });
});
