import { type ErrorCode, type ErrorFacts, VerticeError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { LlmMessage, LlmUsage } from './llm.ts';

/** The shape an answer must have. */
export interface AnswerShape {
  /** As it goes to the provider. */
  readonly wireSchema: JsonObject;
  /** Null when the text is what was asked for; else what is wrong with it, without a word of it. */
  faultOf(text: string): string | null;
}

/** A question on its way through the policies to a provider. */
export interface ModelRequest {
  readonly purpose: string;
  readonly system: string;
  readonly messages: readonly LlmMessage[];
  readonly maxOutputTokens: number;
  /** Null: the model's own. */
  readonly temperature: number | null;
  /** Null: any text. */
  readonly shape: AnswerShape | null;
  readonly isCacheable: boolean;
  /** When the whole question must be over, milliseconds since the Unix epoch. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
}

export interface ModelReply {
  readonly provider: string;
  readonly model: string;
  readonly text: string;
  readonly usage: LlmUsage;
  readonly costUsd: number;
  readonly wasCached: boolean;
}

/** The pieces of an answer and, last, the whole of it. Leaving it early ends the request. */
export type ModelStream = AsyncIterable<string | ModelReply>;

/**
 * What every provider is and every policy wraps. Both methods end soon after `request.signal` aborts, with
 * its reason; everything else they throw is a VerticeError made by `modelError`.
 */
export interface Model {
  generate(request: ModelRequest): Promise<ModelReply>;
  stream(request: ModelRequest): ModelStream;
}

/** Which model of which provider: the labels of metrics and errors. */
export interface ModelName {
  readonly provider: string;
  readonly model: string;
}

/** What a failed request cost all the same. */
export interface Spend {
  readonly usage: LlmUsage;
  readonly costUsd: number;
}

const spendOfError = new WeakMap<object, Spend>();

/** An error of a provider. `spend` is what it will charge although there is no answer to show for it. */
export function modelError(
  code: Extract<ErrorCode, `VTC_LLM_${string}`>,
  message: string,
  options: { isRetryable?: boolean; facts?: ErrorFacts; spend?: Spend } = {},
): VerticeError {
  const error = new VerticeError(code, message, {
    isRetryable: options.isRetryable ?? false,
    facts: options.facts ?? {},
  });
  if (options.spend !== undefined) spendOfError.set(error, options.spend);
  return error;
}

/** What the failed request cost; null when nothing is known to be charged. */
export function spendOf(error: unknown): Spend | null {
  return typeof error === 'object' && error !== null ? (spendOfError.get(error) ?? null) : null;
}

/**
 * Tokens a question may come to: bytes / 2. English prose takes about one token for four bytes, base64, hex
 * and addresses one for two; what is too much is given back when the provider has counted.
 */
export function estimatedInputTokens({ system, messages, shape }: ModelRequest): number {
  const schema = shape === null ? 0 : JSON.stringify(shape.wireSchema).length;
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return Math.ceil((bytes + Buffer.byteLength(system) + schema) / 2);
}
