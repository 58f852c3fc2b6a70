import { describe, expect, it } from 'vitest';
import { createManualTime } from './testing/manual-time.ts';
import { type Act, createScriptedModel, failure, readStream, requestWith } from './testing/scripted-model.ts';
import { withCircuit } from './with-circuit.ts';

const down = () => failure('VTC_LLM_UNAVAILABLE', { reason: 'status' });

function breaker(...script: Act[]) {
  const time = createManualTime();
  const inner = createScriptedModel(...script);
  const changes: string[] = [];
  const circuit = withCircuit(inner, {
    name: { provider: 'openai', model: 'm' },
    failures: 2,
    openMs: 1000,
    maxOpenMs: 3000,
    slowMs: 500,
    clock: time.clock,
    onChange: (state) => changes.push(state),
  });
  const ask = () =>
    circuit.generate(requestWith()).then(
      () => 'ok',
      (error: unknown) => (error instanceof Error ? error.message : ''),
    );
  return { circuit, inner, time, ask, changes };
}

describe('withCircuit', () => {
  it('sends nothing more after so many failures in a row', async () => {
    const { circuit, inner, ask, changes } = breaker(down(), down());
    await ask();
    expect(circuit.state()).toBe('closed');
    await ask();
    expect(circuit.state()).toBe('open');
    expect(await ask()).toBe('openai is left alone after 2 failures');
    expect(inner.requests).toHaveLength(2);
    expect(changes).toEqual(['open']);
  });

  it('begins to count afresh with every answer', async () => {
    const { circuit, ask } = breaker(down(), {}, down());
    await ask();
    await ask();
    await ask();
    expect(circuit.state()).toBe('closed');
  });

  it('takes a refusal or a wrong answer for a sign of life', async () => {
    const { circuit, ask } = breaker(
      down(),
      failure('VTC_LLM_REFUSED'),
      down(),
      failure('VTC_LLM_INVALID'),
      down(),
    );
    for (let request = 0; request < 5; request++) await ask();
    expect(circuit.state()).toBe('closed');
  });

  it('lets one request try when the time is up, and closes when it is answered', async () => {
    let finish = (): void => {};
    const slowly = () =>
      new Promise<never>((_, reject) => {
        finish = () => reject(failure('VTC_LLM_REFUSED'));
      });
    const { circuit, inner, time, ask, changes } = breaker(down(), down(), slowly);
    await ask();
    await ask();
    await time.advance(1000);
    expect(circuit.state()).toBe('half-open');
    const trial = ask();
    expect(await ask()).toBe('openai is left alone after 2 failures');
    finish();
    await trial;
    expect(circuit.state()).toBe('closed');
    expect(inner.requests).toHaveLength(3);
    expect(changes).toEqual(['open', 'closed']);
  });

  it('stays open twice as long when the trial fails, up to the limit', async () => {
    const { circuit, time, ask } = breaker(down(), down(), down(), down(), down());
    await ask();
    await ask();
    for (const openMs of [1000, 2000, 3000, 3000]) {
      await time.advance(openMs - 1);
      expect(circuit.state()).toBe('open');
      await time.advance(1);
      expect(circuit.state()).toBe('half-open');
      await ask();
    }
  });

  it('counts a request that its deadline cut off only when the provider had time to answer', async () => {
    const cutOff = failure('VTC_LLM_UNAVAILABLE', { reason: 'deadline' });
    const time = createManualTime();
    let thinkingMs = 499;
    const circuit = withCircuit(
      {
        async generate() {
          await time.advance(thinkingMs);
          throw cutOff;
        },
        stream: () => {
          throw cutOff;
        },
      },
      {
        name: { provider: 'openai', model: 'm' },
        failures: 1,
        openMs: 1000,
        maxOpenMs: 3000,
        slowMs: 500,
        clock: time.clock,
      },
    );
    await expect(circuit.generate(requestWith())).rejects.toBe(cutOff);
    expect(circuit.state()).toBe('closed');
    thinkingMs = 500;
    await expect(circuit.generate(requestWith())).rejects.toBe(cutOff);
    expect(circuit.state()).toBe('open');
  });

  it('does not count a question that was withdrawn', async () => {
    const { circuit, ask } = breaker(new Error('withdrawn'), new Error('withdrawn'), new Error('withdrawn'));
    for (let request = 0; request < 3; request++) await ask();
    expect(circuit.state()).toBe('closed');
  });

  it('counts streams like whole answers', async () => {
    const { circuit } = breaker(down(), down());
    await expect(readStream(circuit.stream(requestWith()))).rejects.toThrow();
    await expect(readStream(circuit.stream(requestWith()))).rejects.toThrow();
    expect(circuit.state()).toBe('open');
    await expect(readStream(circuit.stream(requestWith()))).rejects.toThrow('left alone');
  });

  it('closes again when a stream comes whole', async () => {
    const { circuit, time, ask } = breaker(down(), down());
    await ask();
    await ask();
    await time.advance(1000);
    expect((await readStream(circuit.stream(requestWith()))).text).toBe('fine');
    expect(circuit.state()).toBe('closed');
  });
});
