import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { type Clock, systemClock } from '../clock.ts';
import type { LlmSettings } from '../config/llm-schema.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createAnswerShape, parseObjectText } from './answer-shape.ts';
import { type BudgetStore, createBudget } from './budget.ts';
import type { Llm, LlmAnswer, LlmObjectRequest, LlmRequest, LlmStream, LlmText } from './llm.ts';
import {
  type AnswerShape,
  type ModelReply,
  type ModelRequest,
  type ModelStream,
  modelError,
} from './model.ts';
import { createPrices, type ModelPrice, readPriceOverride } from './models.ts';
import { createProviders } from './providers.ts';
import { createSdkModel } from './sdk-model.ts';
import { type Sleep, systemSleep } from './timing.ts';
import { withBudget } from './with-budget.ts';
import { withCache } from './with-cache.ts';
import { withCircuit } from './with-circuit.ts';
import { withConcurrency } from './with-concurrency.ts';
import { withAttemptLimit, withDeadline } from './with-deadline.ts';
import { withFallback } from './with-fallback.ts';
import { withMetrics } from './with-metrics.ts';
import { withRedaction } from './with-redaction.ts';
import { withRetry } from './with-retry.ts';

export interface LlmDependencies {
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'llmRequests' | 'llmLatency' | 'llmTokens' | 'llmCost' | 'queueDepth'>;
  readonly budgetStore: BudgetStore;
  readonly clock?: Clock;
  readonly sleep?: Sleep;
  /** 0 (included) to 1 (excluded). */
  readonly random?: () => number;
}

/** Largest question; more is a mistake of the asker, and no model would read it. */
const maxPromptBytes = 1_000_000;
const retryPauses = { basePauseMs: 500, maxPauseMs: 8000 } as const;
const circuitLimits = { failures: 5, openMs: 30_000, maxOpenMs: 600_000, slowMs: 2000 } as const;

/**
 * The language models of the configuration behind one port, with all policies around them; null when none
 * is configured. From the asker inwards: deadline, redaction, cache, concurrency, fallback; and for each
 * provider metrics, budget, retry, circuit, time-out. Throws VTC_CONFIG_INVALID for settings that
 * contradict each other.
 */
export function createLlm(settings: LlmSettings, dependencies: LlmDependencies): Llm | null {
  const { log, metrics, budgetStore } = dependencies;
  const clock = dependencies.clock ?? systemClock;
  const sleep = dependencies.sleep ?? systemSleep;
  const random = dependencies.random ?? Math.random;
  const providers = createProviders(settings);
  if (providers.length === 0) return null;

  const prices = createPrices(Object.fromEntries(settings.prices.map(priceOverrideOf)));
  const budget = createBudget({
    hour: { maxTokens: settings.tokens_per_hour, maxUsd: settings.usd_per_hour },
    day: { maxTokens: settings.tokens_per_day, maxUsd: settings.usd_per_day },
    store: budgetStore,
    clock,
    log,
  });

  const candidates = providers.map(({ name, languageModel }) => {
    if (!prices.has(name.model)) {
      log.warn(
        'No price is known for a language model: its cost counts as 0. Set llm.prices if it is paid for',
        { ...name },
      );
    }
    const reasoning = name.provider === 'compatible' ? 'default' : settings.reasoning;
    const tellsSchema = name.provider === 'compatible' && !settings.compatible_structured_outputs;
    const sdkModel = createSdkModel({ name, languageModel, reasoning, tellsSchema, prices, clock });
    const circuit = withCircuit(withAttemptLimit(sdkModel, settings.attempt_timeout_ms, { sleep }), {
      ...circuitLimits,
      name,
      clock,
      onChange: (state, failures) =>
        state === 'open'
          ? log.warn('A language model provider keeps failing and is left alone for a while', {
              ...name,
              failures,
            })
          : log.info('A language model provider answers again', { ...name }),
    });
    const retried = withRetry(circuit, {
      ...retryPauses,
      attempts: settings.max_attempts,
      clock,
      sleep,
      random,
    });
    const model = withMetrics(withBudget(retried, name, { budget, prices }), name, { metrics, clock });
    return { name, circuit, model };
  });

  const limited = withConcurrency(withFallback(candidates, { clock, sleep }), {
    active: settings.max_concurrent,
    waiting: settings.max_waiting,
    onWaiting: (waiting) => metrics.queueDepth.set({ queue: 'llm' }, waiting),
  });
  const cached = withCache(limited, {
    maxEntries: settings.cache_entries,
    maxBytes: settings.cache_bytes,
    ttlMs: settings.cache_seconds * 1000,
    clock,
  });
  const model = withDeadline(withRedaction(cached), { clock, sleep });

  const requestOf = (request: LlmRequest, shape: AnswerShape | null): ModelRequest =>
    modelRequestOf(request, shape, clock.now() + (request.deadlineMs ?? settings.deadline_ms));
  const shapes = new WeakMap<TSchema, AnswerShape>();
  const shapeOf = (schema: TSchema): AnswerShape => {
    const shape = shapes.get(schema) ?? createAnswerShape(schema);
    shapes.set(schema, shape);
    return shape;
  };

  return {
    async generate(request) {
      const since = clock.now();
      const reply = await model.generate(requestOf(request, null));
      return { text: reply.text, ...answerOf(reply, clock.now() - since) };
    },
    async generateObject<Schema extends TSchema>(request: LlmObjectRequest<Schema>) {
      const since = clock.now();
      const { schema } = request;
      const reply = await model.generate(requestOf(request, shapeOf(schema)));
      // Without what the schema does not name: a model may add fields, and nobody asked for them.
      const object = Value.Clean(schema, parseObjectText(reply.text));
      // The shape has found it right already; this tells the compiler so.
      if (!Value.Check(schema, object)) {
        throw modelError('VTC_LLM_INVALID', 'The answer is not what was asked for', {
          facts: { provider: reply.provider, model: reply.model, reason: 'wrong_shape' },
        });
      }
      return { object, ...answerOf(reply, clock.now() - since) };
    },
    stream: (request) => streamOf(() => model.stream(requestOf(request, null)), clock),
    status: () => ({
      providers: candidates.map(({ name, circuit }) => ({ ...name, circuit: circuit.state() })),
      ...budget.spent(),
      ...limited.load(),
    }),
  };
}

function priceOverrideOf(text: string): readonly [string, ModelPrice] {
  const override = readPriceOverride(text);
  if (override !== null) return override;
  throw new VerticeError(
    'VTC_CONFIG_INVALID',
    `llm.prices: expected model=input/cached input/output, such as my-model=1/0.1/5, got ${JSON.stringify(text)}`,
  );
}

function modelRequestOf(request: LlmRequest, shape: AnswerShape | null, deadlineAt: number): ModelRequest {
  const { prompt, temperature } = request;
  const system = request.system ?? '';
  const messages = typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt;
  const bytes = messages.reduce(
    (sum, { content }) => sum + Buffer.byteLength(content),
    Buffer.byteLength(system),
  );
  if (bytes > maxPromptBytes) {
    throw modelError(
      'VTC_LLM_REFUSED',
      `Expected a question of at most ${maxPromptBytes} bytes, got ${bytes}; leave something out`,
      { facts: { reason: 'question_too_large', purpose: request.purpose, bytes } },
    );
  }
  return {
    purpose: request.purpose,
    system,
    messages,
    maxOutputTokens: request.maxOutputTokens,
    temperature: temperature ?? null,
    shape,
    isCacheable: request.cacheable ?? temperature === 0,
    deadlineAt,
    signal: request.signal ?? new AbortController().signal,
  };
}

function answerOf({ provider, model, usage, costUsd, wasCached }: ModelReply, latencyMs: number): LlmAnswer {
  return { provider, model, usage, costUsd, wasCached, latencyMs };
}

function streamOf(open: () => ModelStream, clock: Clock): LlmStream {
  let final: LlmText | null = null;
  async function* pieces(): AsyncGenerator<string, void, undefined> {
    const since = clock.now();
    for await (const part of open()) {
      if (typeof part === 'string') yield part;
      else final = { text: part.text, ...answerOf(part, clock.now() - since) };
    }
  }
  const iterator = pieces();
  return { final: () => final, [Symbol.asyncIterator]: () => iterator };
}
