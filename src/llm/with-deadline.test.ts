import { describe, expect, it } from 'vitest';
import { createManualTime } from './testing/manual-time.ts';
import { createScriptedModel, readStream, requestWith } from './testing/scripted-model.ts';
import { withAttemptLimit, withDeadline } from './with-deadline.ts';

describe('withDeadline', () => {
  it('ends a silent request at its deadline', async () => {
    const time = createManualTime();
    const model = withDeadline(createScriptedModel('silence'), time);
    const request = requestWith({ deadlineAt: time.clock.now() + 1000, purpose: 'triage' });
    const reply = expect(model.generate(request)).rejects.toMatchObject({
      code: 'VTC_LLM_UNAVAILABLE',
      facts: { reason: 'deadline', purpose: 'triage' },
    });
    await time.advance(1000);
    await reply;
  });

  it('ends a silent stream at its deadline', async () => {
    const time = createManualTime();
    const model = withDeadline(createScriptedModel('silence'), time);
    const read = expect(
      readStream(model.stream(requestWith({ deadlineAt: time.clock.now() + 1000 }))),
    ).rejects.toMatchObject({ facts: { reason: 'deadline' } });
    await time.advance(1000);
    await read;
  });

  it("ends at once with the asker's reason", async () => {
    const controller = new AbortController();
    const model = withDeadline(createScriptedModel('silence'), createManualTime());
    const withdrawn = new Error('withdrawn');
    const reply = expect(model.generate(requestWith({ signal: controller.signal }))).rejects.toBe(withdrawn);
    controller.abort(withdrawn);
    await reply;
    await expect(model.generate(requestWith({ signal: controller.signal }))).rejects.toBe(withdrawn);
  });

  it('lets through what is in time, and tells the provider when the asker has left', async () => {
    const time = createManualTime();
    const inner = createScriptedModel();
    const model = withDeadline(inner, time);
    expect((await model.generate(requestWith())).text).toBe('fine');
    for await (const _ of model.stream(requestWith())) break;
    expect(inner.requests[1]?.signal.aborted).toBe(true);
  });
});

describe('withAttemptLimit', () => {
  it('ends one attempt, so that there is time for another', async () => {
    const time = createManualTime();
    const model = withAttemptLimit(createScriptedModel('silence'), 200, time);
    const reply = expect(model.generate(requestWith())).rejects.toMatchObject({
      code: 'VTC_LLM_UNAVAILABLE',
      isRetryable: true,
      facts: { reason: 'timeout', limit_ms: 200 },
    });
    await time.advance(200);
    await reply;
  });
});
