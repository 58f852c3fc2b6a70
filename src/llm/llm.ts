import type { Static, TSchema } from 'typebox';

export interface LlmMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** One question to a language model. Secrets are taken out of `system` and `messages` before they leave. */
export interface LlmRequest {
  /** What the question is for (a short constant, such as `triage`): a word in logs, never sent. */
  readonly purpose: string;
  /** Our instructions. Text written by others never goes here. */
  readonly system?: string;
  /** The question, or the conversation up to it, which then ends with a message of the user. */
  readonly prompt: string | readonly LlmMessage[];
  /** Most tokens of the answer, the model's own thinking included: what is reserved in the budget. */
  readonly maxOutputTokens: number;
  /** 0 to 2; the model's own when absent. Models without it are asked without it. */
  readonly temperature?: number;
  /** Milliseconds for everything: queue, attempts, pauses, other providers. The configured one when absent. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Whether an earlier answer to the identical question will do. Absent: only at temperature 0. Identical
   * questions asked at the same moment then share one answer.
   */
  readonly cacheable?: boolean;
}

export interface LlmObjectRequest<Schema extends TSchema> extends LlmRequest {
  /** What the answer must be. Sent to the provider as JSON Schema and checked here again. */
  readonly schema: Schema;
}

/** Tokens as the provider counted them; 0 where it did not say. */
export interface LlmUsage {
  /** Input that was charged in full. */
  readonly inputTokens: number;
  /** Input that the provider had kept from an earlier request, charged less. Not in `inputTokens`. */
  readonly cachedInputTokens: number;
  /** Output, the model's own thinking included. */
  readonly outputTokens: number;
}

/** Who answered, and what it cost. */
export interface LlmAnswer {
  /** `openai`, `anthropic` or `compatible`. */
  readonly provider: string;
  /** The model that was asked. */
  readonly model: string;
  readonly usage: LlmUsage;
  /** By the prices in force; 0 for a model without a price, and for an answer of our own cache. */
  readonly costUsd: number;
  /** True when our own cache, or an identical question on its way, answered: nothing was spent on this one. */
  readonly wasCached: boolean;
  /** Milliseconds from the question to the whole answer, as the asker saw it. */
  readonly latencyMs: number;
}

export interface LlmText extends LlmAnswer {
  readonly text: string;
}

export interface LlmObject<T> extends LlmAnswer {
  /** As the schema says, without properties that it does not name. */
  readonly object: T;
}

/** The pieces of an answer as they come. Leaving the loop early ends the request. */
export interface LlmStream extends AsyncIterable<string> {
  /** The whole answer once the loop has ended by itself; null before that. */
  final(): LlmText | null;
}

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface LlmSpend {
  readonly tokens: number;
  readonly usd: number;
  /** Null: no limit. */
  readonly maxTokens: number | null;
  readonly maxUsd: number | null;
}

export interface LlmStatus {
  /** In the order they are asked. */
  readonly providers: readonly {
    readonly provider: string;
    readonly model: string;
    /** closed: asked. open: left alone after failures. half-open: the next request tries it. */
    readonly circuit: CircuitState;
  }[];
  /** Spent and reserved in the current hour and the current day (UTC). */
  readonly hour: LlmSpend;
  readonly day: LlmSpend;
  /** Requests under way, and waiting for their turn. */
  readonly active: number;
  readonly waiting: number;
}

/**
 * The one door to language models. Every call either answers or throws a VerticeError:
 * - `VTC_LLM_UNAVAILABLE`: no provider answered in time (down, overloaded, key refused, queue full, deadline);
 * - `VTC_LLM_REFUSED`: the provider or the model would not answer this question;
 * - `VTC_LLM_INVALID`: the answer is empty, cut off, too large or not of the asked shape;
 * - `VTC_LLM_OVER_BUDGET`: the hour's or the day's tokens or dollars are spent.
 * A request whose own signal aborts throws that signal's reason. No error holds a key or a model's words.
 */
export interface Llm {
  generate(request: LlmRequest): Promise<LlmText>;
  generateObject<Schema extends TSchema>(
    request: LlmObjectRequest<Schema>,
  ): Promise<LlmObject<Static<Schema>>>;
  stream(request: LlmRequest): LlmStream;
  status(): LlmStatus;
}
