import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Type from 'typebox';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';
import { createFileBudgetStore, createMemoryBudgetStore } from './budget-store.ts';
import { createLlm } from './create-llm.ts';
import { type FakeProvider, type FakeReply, startFakeProvider } from './testing/fake-provider.ts';
import { createManualTime } from './testing/manual-time.ts';
import { createTestLlm, settingsFor, settingsWith } from './testing/test-llm.ts';

let server: FakeProvider;
let script: FakeReply[];
beforeEach(async () => {
  script = [];
  server = await startFakeProvider({ reply: () => script.shift() ?? { text: 'fine' } });
});
afterEach(() => server.close());

const question = { purpose: 'test', prompt: 'Who goes there?', maxOutputTokens: 50 };
const keys = { openai_api_key: 'key-of-openai-7Qx2', anthropic_api_key: 'key-of-anthropic-9Zw4' };

/** OpenAI first, Anthropic behind it. */
const twoProviders = () =>
  settingsWith({
    ...keys,
    openai_base_url: server.openaiBaseUrl,
    anthropic_base_url: server.anthropicBaseUrl,
    max_attempts: 1,
  });

/** A log whose lines a test reads. */
function keptLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { lines, log: { ...silentLog, debug: keep, info: keep, warn: keep, error: keep } };
}

describe('createLlm', () => {
  const dependencies = () => ({
    log: silentLog,
    metrics: new Metrics(),
    budgetStore: createMemoryBudgetStore(),
  });

  it('is null when nothing is configured, or when it is switched off', () => {
    expect(createLlm(settingsWith({}), dependencies())).toBeNull();
    expect(createLlm(settingsWith({ ...keys, providers: ['none'] }), dependencies())).toBeNull();
  });

  it('asks what is configured, in the order of the configuration', () => {
    const all = { ...keys, compatible_base_url: 'http://127.0.0.1:1/v1', compatible_model: 'm' };
    const orderOf = (providers: string[]) =>
      createLlm(settingsWith({ ...all, providers }), dependencies())
        ?.status()
        .providers.map(({ provider }) => provider);
    expect(orderOf([])).toEqual(['openai', 'anthropic', 'compatible']);
    expect(orderOf(['compatible', 'openai'])).toEqual(['compatible', 'openai']);
  });

  it.each([
    ['a provider without its key', { providers: ['openai'] }, 'llm.openai_api_key'],
    ['Anthropic without its key', { providers: ['anthropic'] }, 'llm.anthropic_api_key'],
    ['a server without a model', { compatible_base_url: 'http://127.0.0.1:1/v1' }, 'llm.compatible_model'],
    [
      'a server without an address',
      { providers: ['compatible'], compatible_model: 'm' },
      'llm.compatible_base_url',
    ],
    ['an address that is none', { ...keys, openai_base_url: 'api.openai.com' }, 'llm.openai_base_url'],
    ['a file for an address', { ...keys, openai_base_url: 'file:///etc/passwd' }, 'http:// or https://'],
    [
      'a password in an address',
      { ...keys, openai_base_url: 'https://u:hidden@host/v1' },
      'without user name',
    ],
    ['a query in an address', { ...keys, openai_base_url: 'https://host/v1?key=hidden' }, 'without a query'],
    ['a price that cannot be read', { ...keys, prices: ['m=1/2/3.4.5'] }, 'llm.prices'],
  ])('refuses %s', (_, changes, words) => {
    const attempt = (): unknown => createLlm(settingsWith(changes), dependencies());
    expect(attempt).toThrow(words);
    expect(attempt).toThrow(expect.objectContaining({ code: 'VTC_CONFIG_INVALID' }));
    expect(attempt).not.toThrow('hidden');
  });

  it('warns once of a model whose price it does not know', async () => {
    const { log, lines } = keptLog();
    const llm = createTestLlm(settingsFor('openai', server, { openai_model: 'gpt-of-tomorrow' }), { log });
    expect((await llm.generate(question)).costUsd).toBe(0);
    await llm.generate(question);
    expect(lines.filter((line) => line.includes('price'))).toHaveLength(1);
  });

  it('counts dollars by the configured price', async () => {
    script = [{ text: 'fine', usage: { input: 1000, cachedInput: 100, output: 10 } }];
    const llm = createTestLlm(settingsFor('compatible', server, { prices: ['local-model=1/0.5/100'] }));
    expect((await llm.generate(question)).costUsd).toBeCloseTo(0.00205, 9);
    expect(llm.status().hour.usd).toBeCloseTo(0.00205, 9);
  });

  it('turns to the next provider when one is down, and leaves that one alone after a while', async () => {
    const down: FakeReply = { status: 503 };
    const llm = createTestLlm(twoProviders());
    for (let request = 0; request < 5; request++) {
      script = [down];
      expect((await llm.generate(question)).provider).toBe('anthropic');
    }
    expect(llm.status().providers.map(({ circuit }) => circuit)).toEqual(['open', 'closed']);
    const before = server.requests.length;
    expect((await llm.generate(question)).provider).toBe('anthropic');
    expect(server.requests.slice(before).map(({ api }) => api)).toEqual(['anthropic-messages']);
  });

  it('leaves a hung provider its share of the time, and asks the next one in what is left', async () => {
    script = [{ hang: 'headers' }];
    const reply = await createTestLlm(twoProviders()).generate({ ...question, deadlineMs: 4000 });
    expect(reply.provider).toBe('anthropic');
  });

  it('answers the same question from memory at temperature 0, and asks again otherwise', async () => {
    const llm = createTestLlm(settingsFor('openai', server));
    const schema = Type.Object({ n: Type.Integer() });
    script = [{ object: { n: 1 } }, { object: { n: 2 } }];
    const asked = { ...question, schema, temperature: 0 };
    expect((await llm.generateObject(asked)).object.n).toBe(1);
    expect(await llm.generateObject(asked)).toMatchObject({ object: { n: 1 }, wasCached: true, costUsd: 0 });
    expect((await llm.generateObject({ ...asked, cacheable: false })).object.n).toBe(2);
  });

  it('drops what a model adds to the object it was asked for', async () => {
    const schema = Type.Object({ n: Type.Integer(), list: Type.Array(Type.Object({ a: Type.Integer() })) });
    script = [{ object: { n: 1, list: [{ a: 1, note: 'x' }], close_threat: true } }];
    const { object } = await createTestLlm(settingsFor('compatible', server)).generateObject({
      ...question,
      schema,
    });
    expect(object).toEqual({ n: 1, list: [{ a: 1 }] });
  });

  it('does not keep a wrong answer', async () => {
    const llm = createTestLlm(settingsFor('openai', server));
    const asked = { ...question, schema: Type.Object({ n: Type.Integer() }), temperature: 0 };
    script = [{ object: { n: 'one' } }, { object: { n: 1 } }];
    await expect(llm.generateObject(asked)).rejects.toMatchObject({ code: 'VTC_LLM_INVALID' });
    expect((await llm.generateObject(asked)).object.n).toBe(1);
  });

  it('turns away what is too many at once', async () => {
    script = [{ hang: 'headers' }];
    const llm = createTestLlm(
      settingsFor('openai', server, { max_concurrent: 1, max_waiting: 0, deadline_ms: 300 }),
    );
    const first = expect(llm.generate(question)).rejects.toMatchObject({ facts: { reason: 'deadline' } });
    await expect(llm.generate(question)).rejects.toMatchObject({ facts: { reason: 'queue_full' } });
    expect(llm.status()).toMatchObject({ active: 1, waiting: 0 });
    await first;
    expect(llm.status()).toMatchObject({ active: 0, waiting: 0 });
  });

  it('keeps to its budget, over restarts too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vertice-llm-'));
    try {
      const start = () =>
        createTestLlm(settingsFor('openai', server, { tokens_per_hour: 200 }), {
          budgetStore: createFileBudgetStore(join(folder, 'llm-budget.json'), silentLog),
        });
      script = [{ text: 'fine', usage: { input: 120, cachedInput: 0, output: 30 } }];
      const before = start();
      await before.generate(question);
      expect(before.status().hour.tokens).toBe(150);
      // What one process settles last is written in the background.
      await expect.poll(() => start().status().hour.tokens).toBe(150);
      await expect(start().generate(question)).rejects.toMatchObject({ code: 'VTC_LLM_OVER_BUDGET' });
      expect(server.requests).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a question that is too long before it costs anything', async () => {
    const llm = createTestLlm(settingsFor('openai', server));
    const prompt = 'é'.repeat(500_001);
    await expect(llm.generate({ ...question, prompt })).rejects.toMatchObject({
      code: 'VTC_LLM_REFUSED',
      facts: { reason: 'question_too_large', bytes: 1_000_002 },
    });
    await expect(
      llm
        .stream({ ...question, prompt })
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow();
    expect(server.requests).toHaveLength(0);
  });

  it('lets no secret leave, neither in instructions nor in messages', async () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const messages = [
      { role: 'user', content: `curl -H "Authorization: Bearer ${secret}" 198.51.100.7` },
      { role: 'assistant', content: `password=${secret}` },
      { role: 'user', content: `https://bob:${secret}@example.org` },
    ] as const;
    for (const provider of ['openai', 'anthropic', 'compatible'] as const) {
      const llm = createTestLlm(settingsFor(provider, server));
      await llm.generate({ ...question, system: `key ${secret}`, prompt: messages });
      for await (const _ of llm.stream({ ...question, prompt: `${secret}` }));
    }
    expect(server.requests).toHaveLength(6);
    expect(JSON.stringify(server.requests)).not.toContain(secret);
    expect(server.requests[0]?.prompt).toContain('198.51.100.7');
  });

  it('shows its keys to nobody but their provider: no error, log line or metric holds one', async () => {
    const { log, lines } = keptLog();
    const metrics = new Metrics();
    const llm = createTestLlm({ ...twoProviders(), deadline_ms: 600 }, { log, metrics });
    const shown: string[] = [];
    const secretsOf = Object.values(keys);
    const quoting = `Incorrect API key provided: ${secretsOf.join(' ')}`;
    const faults: FakeReply[] = [
      { status: 401, message: quoting },
      { status: 400, message: quoting, code: 'invalid_request_error' },
      { status: 500, message: quoting },
      { rawBody: quoting },
      { rawBody: quoting, contentType: 'text/plain' },
      { text: quoting, isCutShort: true },
      { refusal: quoting },
      { reset: true },
      { hang: 'headers' },
    ];
    for (const fault of faults) {
      for (const ask of [
        () => llm.generate(question),
        () => llm.generateObject({ ...question, schema: Type.Object({}) }),
        () => llm.stream(question)[Symbol.asyncIterator]().next(),
      ]) {
        script = [fault, fault];
        const error: unknown = await ask().catch((failure: unknown) => failure);
        if (error instanceof Error)
          shown.push(inspect(error, { depth: 10, showHidden: true }), error.stack ?? '');
      }
    }
    expect(shown.length).toBeGreaterThan(faults.length);
    const everything = [
      ...shown,
      ...lines,
      await metrics.registry.metrics(),
      JSON.stringify(llm.status()),
    ].join('\n');
    for (const key of secretsOf) expect(everything).not.toContain(key);
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${keys.openai_api_key}`);
    expect(server.requests.find(({ api }) => api === 'anthropic-messages')?.headers['x-api-key']).toBe(
      keys.anthropic_api_key,
    );
  });

  it('does not show a key that no header can carry', async () => {
    const llm = createTestLlm(settingsFor('openai', server, { openai_api_key: 'line-one\nline-two' }));
    const error: unknown = await llm.generate(question).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: 'VTC_LLM_UNAVAILABLE' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('line-');
  });

  it('measures requests, tokens, cost and the queue', async () => {
    const metrics = new Metrics();
    script = [{ status: 503 }, { text: 'fine', usage: { input: 10, cachedInput: 5, output: 2 } }];
    await createTestLlm(twoProviders(), { metrics }).generate(question);
    const text = await metrics.registry.metrics();
    const anthropic = 'provider="anthropic",model="claude-sonnet-5-5"';
    expect(text).toContain(
      'llm_requests_total{provider="openai",model="gpt-6.1-terra",status="unavailable"} 1',
    );
    expect(text).toContain(`llm_requests_total{${anthropic},status="ok"} 1`);
    expect(text).toContain(`llm_tokens_total{${anthropic},direction="cached_input"} 5`);
    expect(text).toContain(`llm_latency_seconds_count{${anthropic}} 1`);
    expect(text).toMatch(/llm_cost_usd_total\{provider="anthropic",model="claude-sonnet-5-5"\} 0\.0000/);
  });

  it('says when a provider is left alone and when it answers again', async () => {
    const time = createManualTime();
    const { log, lines } = keptLog();
    const settings = settingsFor('openai', server, { max_attempts: 1 });
    const llm = createTestLlm(settings, { log, clock: time.clock });
    for (let request = 0; request < 5; request++) {
      script = [{ status: 500 }];
      await expect(llm.generate(question)).rejects.toThrow();
    }
    await expect(llm.generate(question)).rejects.toMatchObject({ facts: { reason: 'circuit_open' } });
    await time.advance(30_000);
    expect(llm.status().providers[0]?.circuit).toBe('half-open');
    await llm.generate(question);
    expect(llm.status().providers[0]?.circuit).toBe('closed');
    expect(lines.map((line) => line.split(' {')[0])).toEqual([
      'A language model provider keeps failing and is left alone for a while',
      'A language model provider answers again',
    ]);
  });
});
