import Type from 'typebox';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Llm } from './llm.ts';
import { type FakeProvider, type FakeReply, startFakeProvider } from './testing/fake-provider.ts';
import { createTestLlm, settingsFor } from './testing/test-llm.ts';

/** The real SDKs against a server that fails in every way providers do, whole answers and streams alike. */
let server: FakeProvider;
let script: FakeReply[] = [];
beforeAll(async () => {
  server = await startFakeProvider({ reply: () => script.shift() ?? { text: 'unscripted' } });
});
afterAll(() => server.close());

const providers = ['openai', 'anthropic', 'compatible'] as const;
const question = { purpose: 'test', system: 'Be brief.', prompt: 'Who goes there?', maxOutputTokens: 64 };
const schema = Type.Object({ word: Type.String({ maxLength: 8 }), count: Type.Integer({ minimum: 0 }) });

/** One attempt a question. */
function llmOf(provider: (typeof providers)[number], deadlineMs = 20_000): Llm {
  return createTestLlm(
    settingsFor(provider, server, { max_attempts: 1, deadline_ms: deadlineMs, max_response_bytes: 4096 }),
  );
}

async function textOf(llm: Llm): Promise<string> {
  let text = '';
  for await (const piece of llm.stream(question)) text += piece;
  return text;
}

describe.each(providers)('%s', (provider) => {
  it('answers with text, and says who did and at what cost', async () => {
    script = [{ text: 'A friend.', usage: { input: 30, cachedInput: 10, output: 4 } }];
    expect(await llmOf(provider).generate(question)).toMatchObject({
      text: 'A friend.',
      provider,
      usage: { inputTokens: 30, cachedInputTokens: 10, outputTokens: 4 },
      wasCached: false,
    });
    expect(server.requests.at(-1)).toMatchObject({
      system: 'Be brief.',
      prompt: 'Who goes there?',
      isStream: false,
    });
  });

  it('streams text in pieces, with the account at the end', async () => {
    script = [{ text: 'A friend of the house.', usage: { input: 30, cachedInput: 10, output: 4 } }];
    const stream = llmOf(provider).stream(question);
    const pieces: string[] = [];
    expect(stream.final()).toBeNull();
    for await (const piece of stream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe('A friend of the house.');
    expect(stream.final()).toMatchObject({
      text: 'A friend of the house.',
      provider,
      usage: { inputTokens: 30, cachedInputTokens: 10, outputTokens: 4 },
    });
    expect(server.requests.at(-1)?.isStream).toBe(true);
  });

  it('carries a conversation, and passes on how long the answer may be', async () => {
    script = [{ text: 'Yes.' }];
    await llmOf(provider).generate({
      ...question,
      prompt: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'two' },
        { role: 'user', content: 'three' },
      ],
    });
    const request = server.requests.at(-1);
    expect(request?.prompt).toBe('one\ntwo\nthree');
    expect(Object.values(request?.body ?? {})).toContain(64);
  });

  it('sends the schema of an object and gives back what follows it', async () => {
    script = [{ object: { word: 'two', count: 2 } }];
    const { object } = await llmOf(provider).generateObject({ ...question, schema });
    expect(object.word.length + object.count).toBe(5);
    expect(server.requests.at(-1)?.schema).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['word', 'count'],
      properties: { word: { description: 'At most 8 characters.' } },
    });
  });

  it.each<[string, FakeReply, string]>([
    ['is not JSON', { text: 'I would say two.' }, 'it is not JSON'],
    [
      'has another shape',
      { object: { word: 'much too long', count: -1 } },
      '/word must not have more than 8',
    ],
  ])('refuses an object that %s', async (_, reply, fault) => {
    script = [reply];
    const answer = llmOf(provider).generateObject({ ...question, schema });
    await expect(answer).rejects.toMatchObject({ code: 'VTC_LLM_INVALID', facts: { reason: 'wrong_shape' } });
    await expect(answer).rejects.toThrow(fault);
    await expect(answer).rejects.not.toThrow(/would say|much too long/);
  });

  it.each<[string, FakeReply, string, string]>([
    ['an empty answer', { text: '' }, 'VTC_LLM_INVALID', 'empty'],
    ['an answer cut off at its limit', { text: 'A fri', isCutShort: true }, 'VTC_LLM_INVALID', 'cut_off'],
    ['an answer that is too large', { text: 'x'.repeat(10_000) }, 'VTC_LLM_INVALID', 'too_large'],
    ['a refusal', { refusal: 'I cannot help with that.' }, 'VTC_LLM_REFUSED', 'declined'],
    ['a bad request', { status: 400, code: 'invalid_request_error' }, 'VTC_LLM_REFUSED', 'bad_request'],
    ['too many requests', { status: 429, retryAfter: '7' }, 'VTC_LLM_UNAVAILABLE', 'status'],
    ['an empty account', { status: 402, code: 'billing_error' }, 'VTC_LLM_UNAVAILABLE', 'no_credit'],
    ['an internal error', { status: 500 }, 'VTC_LLM_UNAVAILABLE', 'status'],
    ['an overloaded provider', { status: 529, code: 'overloaded_error' }, 'VTC_LLM_UNAVAILABLE', 'status'],
    ['a refused key', { status: 401, code: 'invalid_api_key' }, 'VTC_LLM_UNAVAILABLE', 'key_refused'],
    ['an unknown model', { status: 404, code: 'model_not_found' }, 'VTC_LLM_UNAVAILABLE', 'not_found'],
    [
      'a redirect',
      { status: 307, headers: { location: 'http://127.0.0.1:9/v1' } },
      'VTC_LLM_UNAVAILABLE',
      'redirect',
    ],
    [
      'a web page',
      { rawBody: '<html>Log in to the network</html>', contentType: 'text/html' },
      'VTC_LLM_UNAVAILABLE',
      'wrong_content_type',
    ],
    ['silence', { hang: 'headers' }, 'VTC_LLM_UNAVAILABLE', 'deadline'],
    ['silence after a beginning', { hang: 'body' }, 'VTC_LLM_UNAVAILABLE', 'deadline'],
    ['an answer that drips', { drip: 'word '.repeat(100), everyMs: 20 }, 'VTC_LLM_UNAVAILABLE', 'deadline'],
    ['an answer that breaks off', { cut: 'A friend of the house.' }, 'VTC_LLM_UNAVAILABLE', 'broken_off'],
    ['a broken connection', { reset: true }, 'VTC_LLM_UNAVAILABLE', 'broken_off'],
  ])('says what happened at %s', async (_, reply, code, reason) => {
    const llm = llmOf(provider, reason === 'deadline' ? 250 : undefined);
    script = [reply];
    await expect(llm.generate(question)).rejects.toMatchObject({ code, facts: { reason } });
    script = [reply];
    await expect(textOf(llm)).rejects.toMatchObject({ code, facts: { reason } });
  });

  it.each([
    ['half of its JSON', '{"id":'],
    ['other JSON', '{"hello":"world"}'],
    ['nothing', ''],
  ])('takes a server that sends %s for unavailable', async (_, rawBody) => {
    script = [{ rawBody }];
    await expect(llmOf(provider).generate(question)).rejects.toMatchObject({ code: 'VTC_LLM_UNAVAILABLE' });
    script = [{ rawBody }];
    await expect(textOf(llmOf(provider))).rejects.toMatchObject({ code: 'VTC_LLM_UNAVAILABLE' });
  });

  it('reads Retry-After in seconds, as a date, and in milliseconds', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const replies: [FakeReply, number][] = [
      [{ status: 429, retryAfter: '1.5' }, 1500],
      [{ status: 503, headers: { 'retry-after-ms': '250' } }, 250],
      [{ status: 503, retryAfter: inAMinute }, 60_000],
    ];
    for (const [reply, milliseconds] of replies) {
      script = [reply];
      const error: unknown = await llmOf(provider)
        .generate(question)
        .catch((failure: unknown) => failure);
      const asked = error instanceof Error && 'facts' in error ? Object(error.facts)['retry_after_ms'] : null;
      expect(asked).toBeGreaterThan(milliseconds - 2000);
      expect(asked).toBeLessThanOrEqual(milliseconds);
    }
    script = [{ status: 429, retryAfter: 'soon' }];
    await expect(llmOf(provider).generate(question)).rejects.not.toHaveProperty('facts.retry_after_ms');
  });

  it('tries again on its own, once for each attempt allowed', async () => {
    const before = server.requests.length;
    script = [{ status: 500 }, { reset: true }, { text: 'At last.' }];
    const llm = createTestLlm(settingsFor(provider, server, { max_attempts: 3 }));
    expect((await llm.generate(question)).text).toBe('At last.');
    expect(server.requests.length - before).toBe(3);
  });

  it('fails when nobody listens', async () => {
    const gone = await startFakeProvider({ reply: () => ({ text: '' }) });
    await gone.close();
    const llm = createTestLlm(settingsFor(provider, gone, { max_attempts: 1 }));
    await expect(llm.generate(question)).rejects.toMatchObject({
      code: 'VTC_LLM_UNAVAILABLE',
      facts: { network: 'ECONNREFUSED' },
    });
  });

  it("ends with the asker's reason when the asker leaves, and hangs up", async () => {
    const controller = new AbortController();
    const leaving = new Error('leaving');
    script = [{ hang: 'headers' }, { drip: 'word '.repeat(100), everyMs: 5 }];
    const before = server.abandoned();
    const answer = expect(llmOf(provider).generate({ ...question, signal: controller.signal })).rejects.toBe(
      leaving,
    );
    await vi.waitFor(() => expect(script).toHaveLength(1), 10_000);
    controller.abort(leaving);
    await answer;
    for await (const piece of llmOf(provider).stream(question)) if (piece !== '') break;
    await vi.waitFor(() => expect(server.abandoned() - before).toBe(2), 10_000);
  });
});

describe('openai', () => {
  it('asks OpenAI not to keep the question, and gives no temperature to a model that takes none', async () => {
    script = [{ text: 'Yes.' }];
    await createTestLlm(settingsFor('openai', server)).generate({ ...question, temperature: 0.5 });
    const { body } = server.requests.at(-1) ?? { body: {} };
    expect(body).toMatchObject({ store: false, reasoning: { effort: 'low' } });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('reasoning.summary');
  });

  it('asks for strict decoding only when the schema allows it', async () => {
    script = [{ object: {} }, { object: { word: 'a', count: 1 } }];
    const loose = Type.Object({ maybe: Type.Optional(Type.String()) });
    const llm = createTestLlm(settingsFor('openai', server));
    await llm.generateObject({ ...question, schema: loose });
    expect(server.requests.at(-1)?.body).toMatchObject({ text: { format: { strict: false } } });
    await llm.generateObject({ ...question, schema });
    expect(server.requests.at(-1)?.body).toMatchObject({ text: { format: { strict: true } } });
  });

  it('does not try again when the account has run out', async () => {
    const before = server.requests.length;
    script = [{ status: 429, code: 'insufficient_quota' }];
    const llm = createTestLlm(settingsFor('openai', server, { max_attempts: 3 }));
    await expect(llm.generate(question)).rejects.toMatchObject({
      facts: { reason: 'no_credit' },
      isRetryable: false,
    });
    expect(server.requests.length - before).toBe(1);
  });
});

describe('anthropic', () => {
  it('lets an unknown model answer as long as it was allowed to', async () => {
    script = [{ text: 'Yes.' }];
    const settings = settingsFor('anthropic', server, { anthropic_model: 'claude-of-tomorrow' });
    await createTestLlm(settings).generate({ ...question, maxOutputTokens: 20_000 });
    expect(server.requests.at(-1)?.body).toMatchObject({ max_tokens: 20_000 });
  });
});

describe('compatible', () => {
  it('sends the key only when there is one, and the temperature', async () => {
    script = [{ text: 'Yes.' }, { text: 'Yes.' }];
    await createTestLlm(settingsFor('compatible', server)).generate({ ...question, temperature: 0.5 });
    expect(server.requests.at(-1)?.headers['authorization']).toBeUndefined();
    expect(server.requests.at(-1)?.body).toMatchObject({ temperature: 0.5, max_tokens: 64 });
    await createTestLlm(settingsFor('compatible', server, { compatible_api_key: 'k' })).generate(question);
    expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer k');
  });

  it('tells the schema in words to a server that cannot enforce it', async () => {
    script = [{ object: { word: 'a', count: 1 } }];
    const settings = settingsFor('compatible', server, { compatible_structured_outputs: false });
    await createTestLlm(settings).generateObject({ ...question, schema });
    expect(server.requests.at(-1)).toMatchObject({ schema: null });
    expect(server.requests.at(-1)?.system).toContain('"word":{"type":"string"');
  });
});
