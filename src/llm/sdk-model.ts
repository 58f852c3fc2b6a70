import { generateText, type LanguageModel, type LanguageModelUsage, Output, streamText } from 'ai';
import type { Clock } from '../clock.ts';
import { isStrict } from './answer-shape.ts';
import type { LlmUsage } from './llm.ts';
import { type Model, type ModelName, type ModelReply, type ModelRequest, modelError } from './model.ts';
import type { Prices } from './models.ts';
import { errorOfFinish, errorOfSdk } from './sdk-errors.ts';
import { orAborted } from './timing.ts';

/** How much a model thinks before it answers; `default` leaves it to the model. */
export type Reasoning = 'default' | 'none' | 'low' | 'medium' | 'high';

export interface SdkModelOptions {
  readonly name: ModelName;
  readonly languageModel: LanguageModel;
  readonly reasoning: Reasoning;
  /** The server does not constrain answers to a schema: the instructions say what it is. */
  readonly tellsSchema: boolean;
  readonly prices: Prices;
  readonly clock: Clock;
}

/** A model of a provider, through the `ai` package. Its own retries are off: `withRetry` does that. */
export function createSdkModel(options: SdkModelOptions): Model {
  const { name, languageModel, reasoning, tellsSchema, prices, clock } = options;
  // Its warnings (a temperature that a model does not take) go to the console otherwise.
  globalThis.AI_SDK_LOG_WARNINGS = false;

  const callOf = (request: ModelRequest, signal: AbortSignal) => ({
    model: languageModel,
    maxRetries: 0,
    maxOutputTokens: request.maxOutputTokens,
    ...instructionsOf(request, tellsSchema),
    messages: request.messages.map((message) => ({ ...message })),
    ...(request.temperature === null ? {} : { temperature: request.temperature }),
    ...(reasoning === 'default' ? {} : { reasoning }),
    abortSignal: signal,
    telemetry: { isEnabled: false },
    // OpenAI would keep every prompt for 30 days (`store`), and gives summaries of what a model thought to
    // verified organisations alone.
    providerOptions: {
      openai: {
        store: false,
        reasoningSummary: null,
        strictJsonSchema: isStrict(request.shape?.wireSchema ?? null),
      },
      compatible: { strictJsonSchema: isStrict(request.shape?.wireSchema ?? null) },
    },
  });

  /** The reply, or why it is none. */
  function replyOf(
    request: ModelRequest,
    answer: { readonly text: string; readonly finish: string; readonly usage: LanguageModelUsage },
  ): ModelReply {
    const usage = usageOf(answer.usage);
    const spend = { usage, costUsd: prices.costOf(name.model, usage) };
    const invalid = (reason: string, message: string): Error =>
      modelError('VTC_LLM_INVALID', message, { facts: { ...name, reason }, spend });
    const failure = errorOfFinish(answer.finish, name, spend);
    if (failure !== null) throw failure;
    if (answer.text.trim() === '') throw invalid('empty', 'Expected an answer; it is empty');
    const fault = request.shape?.faultOf(answer.text) ?? null;
    if (fault !== null) throw invalid('wrong_shape', `The answer is not what was asked for: ${fault}`);
    return { ...name, text: answer.text, wasCached: false, ...spend };
  }

  return {
    async generate(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const { shape } = request;
      let answer: { text: string; finish: string; usage: LanguageModelUsage };
      try {
        const result = await orAborted(
          generateText({
            ...callOf(request, signal),
            // The text as it came: what it must be is checked here, not there.
            output:
              shape === null
                ? Output.text()
                : {
                    ...Output.text(),
                    responseFormat: Promise.resolve({
                      type: 'json',
                      schema: shape.wireSchema,
                      name: 'answer',
                    }),
                  },
          }),
          signal,
        );
        answer = { text: result.text, finish: result.finishReason, usage: result.totalUsage };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw errorOfSdk(error, name, clock);
      }
      return replyOf(request, answer);
    },

    async *stream(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const controller = new AbortController();
      const relay = (): void => controller.abort(signal.reason);
      signal.addEventListener('abort', relay, { once: true });
      let text = '';
      let end: { finish: string; usage: LanguageModelUsage } | null = null;
      try {
        const { fullStream } = streamText({ ...callOf(request, controller.signal), onError: () => {} });
        const parts = fullStream[Symbol.asyncIterator]();
        for (;;) {
          const next = await orAborted(parts.next(), signal);
          if (next.done === true) break;
          const part = next.value;
          if (part.type === 'error') throw part.error;
          if (part.type === 'finish') end = { finish: part.finishReason, usage: part.totalUsage };
          if (part.type !== 'text-delta' || part.text === '') continue;
          text += part.text;
          yield part.text;
        }
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw errorOfSdk(error, name, clock);
      } finally {
        signal.removeEventListener('abort', relay);
        controller.abort();
      }
      if (end === null) {
        throw errorOfSdk(new Error('no end'), name, clock);
      }
      yield replyOf(request, { text, ...end });
    },
  };
}

function instructionsOf({ system, shape }: ModelRequest, tellsSchema: boolean): { instructions?: string } {
  const parts = [system];
  if (shape !== null && tellsSchema) {
    parts.push(
      `Answer with one JSON value and nothing else. It follows this JSON Schema: ${JSON.stringify(shape.wireSchema)}`,
    );
  }
  const instructions = parts.filter((part) => part !== '').join('\n\n');
  return instructions === '' ? {} : { instructions };
}

/** Input written to the provider's cache is charged like fresh input, within a quarter. */
function usageOf({ inputTokens, inputTokenDetails, outputTokens }: LanguageModelUsage): LlmUsage {
  const cached = count(inputTokenDetails.cacheReadTokens);
  return {
    inputTokens: Math.max(0, count(inputTokens) - cached),
    cachedInputTokens: cached,
    outputTokens: count(outputTokens),
  };
}

/** A server may count anything, or nothing. */
function count(tokens: number | undefined): number {
  return tokens !== undefined && Number.isFinite(tokens) ? Math.min(Math.max(0, Math.round(tokens)), 1e9) : 0;
}
