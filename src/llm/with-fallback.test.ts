import { describe, expect, it } from 'vitest';
import { createManualTime } from './testing/manual-time.ts';
import { type Act, createScriptedModel, failure, readStream, requestWith } from './testing/scripted-model.ts';
import { withFallback } from './with-fallback.ts';

function chain(...scripts: Act[][]) {
  const time = createManualTime();
  const models = scripts.map((script) => createScriptedModel(...script));
  const candidates = models.map((model, index) => ({ name: { provider: `p${index}`, model: 'm' }, model }));
  return { model: withFallback(candidates, time), models, time };
}

const down = () => failure('VTC_LLM_UNAVAILABLE', { reason: 'status' });

describe('withFallback', () => {
  it.each([
    ['unavailable', down()],
    ['unwilling', failure('VTC_LLM_REFUSED')],
    ['too expensive for what is left', failure('VTC_LLM_OVER_BUDGET')],
  ])('asks the next provider when one is %s', async (_, error) => {
    const { model, models } = chain([error], [{ text: 'from the second' }], []);
    expect((await model.generate(requestWith())).text).toBe('from the second');
    expect(models.map(({ requests }) => requests.length)).toEqual([1, 1, 0]);
  });

  it('does not ask the next one after a wrong answer', async () => {
    const wrong = failure('VTC_LLM_INVALID');
    const { model, models } = chain([wrong], []);
    await expect(model.generate(requestWith())).rejects.toBe(wrong);
    expect(models[1]?.requests).toHaveLength(0);
  });

  it('names all that were tried when none answers', async () => {
    const { model } = chain([down()], [failure('VTC_LLM_OVER_BUDGET')]);
    await expect(model.generate(requestWith())).rejects.toMatchObject({
      code: 'VTC_LLM_UNAVAILABLE',
      isRetryable: true,
      facts: { tried: 'p0: VTC_LLM_UNAVAILABLE, p1: VTC_LLM_OVER_BUDGET' },
    });
  });

  it('says that the budget is spent when that is all that is wrong', async () => {
    const { model } = chain([failure('VTC_LLM_OVER_BUDGET')], [failure('VTC_LLM_OVER_BUDGET')]);
    await expect(model.generate(requestWith())).rejects.toMatchObject({ code: 'VTC_LLM_OVER_BUDGET' });
  });

  it('says that it was refused when the last one refused', async () => {
    const { model } = chain([down()], [failure('VTC_LLM_REFUSED')]);
    await expect(model.generate(requestWith())).rejects.toMatchObject({ code: 'VTC_LLM_REFUSED' });
  });

  it('hands on the failure of a single provider as it is', async () => {
    const error = down();
    await expect(chain([error]).model.generate(requestWith())).rejects.toBe(error);
  });

  it('leaves half of the time to the second when the first is silent', async () => {
    const { model, models, time } = chain(['silence'], []);
    const deadlineAt = time.clock.now() + 1000;
    const reply = model.generate(requestWith({ deadlineAt }));
    await time.advance(499);
    expect(models[1]?.requests).toHaveLength(0);
    await time.advance(1);
    expect((await reply).text).toBe('fine');
  });

  it('stops when the question is withdrawn', async () => {
    const controller = new AbortController();
    const { model, models, time } = chain(['silence'], []);
    const withdrawn = new Error('withdrawn');
    const request = requestWith({ signal: controller.signal, deadlineAt: time.clock.now() + 1000 });
    const reply = expect(model.generate(request)).rejects.toBe(withdrawn);
    controller.abort(withdrawn);
    await reply;
    expect(models[1]?.requests).toHaveLength(0);
  });

  it('streams from the next provider while nothing has been handed on', async () => {
    const { model } = chain([down()], [{ text: 'streamed' }]);
    const { text, reply } = await readStream(model.stream(requestWith()));
    expect([text, reply?.text]).toEqual(['streamed', 'streamed']);
  });

  it('does not mix the streams of two providers', async () => {
    const broken = failure('VTC_LLM_UNAVAILABLE', { reason: 'broken_off' });
    const second = createScriptedModel();
    const model = withFallback(
      [
        {
          name: { provider: 'p0', model: 'm' },
          model: {
            generate: () => Promise.reject(broken),
            async *stream() {
              yield 'beginning';
              throw broken;
            },
          },
        },
        { name: { provider: 'p1', model: 'm' }, model: second },
      ],
      createManualTime(),
    );
    await expect(readStream(model.stream(requestWith()))).rejects.toBe(broken);
    expect(second.requests).toHaveLength(0);
  });

  it('fails when all streams fail', async () => {
    await expect(readStream(chain([down()], [down()]).model.stream(requestWith()))).rejects.toThrow(
      'tried p0',
    );
  });
});
