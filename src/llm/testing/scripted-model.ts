import type { ErrorCode } from '../../errors.ts';
import { type Model, type ModelReply, type ModelRequest, modelError } from '../model.ts';
import { orAborted } from '../timing.ts';

/** What a scripted model does with one request: answers, fails, or stays silent until it is cut off. */
export type Act = Partial<ModelReply> | Error | 'silence' | ((request: ModelRequest) => Promise<ModelReply>);

export interface ScriptedModel extends Model {
  readonly requests: readonly ModelRequest[];
}

/** A provider that does what the script says, request by request; then it answers. */
export function createScriptedModel(...script: Act[]): ScriptedModel {
  const requests: ModelRequest[] = [];
  async function act(request: ModelRequest): Promise<ModelReply> {
    requests.push(request);
    request.signal.throwIfAborted();
    const next = script[requests.length - 1] ?? {};
    if (next instanceof Error) throw next;
    if (next === 'silence') return orAborted(new Promise<never>(() => {}), request.signal);
    return typeof next === 'function' ? next(request) : replyWith(next);
  }
  return {
    requests,
    generate: act,
    async *stream(request) {
      const reply = await act(request);
      yield* reply.text;
      yield reply;
    },
  };
}

export function replyWith(changes: Partial<ModelReply> = {}): ModelReply {
  return {
    provider: 'scripted',
    model: 'model',
    text: 'fine',
    usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 },
    costUsd: 0.25,
    wasCached: false,
    ...changes,
  };
}

export function requestWith(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    purpose: 'test',
    system: '',
    messages: [{ role: 'user', content: 'question' }],
    maxOutputTokens: 100,
    temperature: 0,
    shape: null,
    isCacheable: false,
    deadlineAt: Number.MAX_SAFE_INTEGER,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** A provider's failure, e.g. `failure('VTC_LLM_UNAVAILABLE', { reason: 'status' })`. */
export function failure(
  code: Extract<ErrorCode, `VTC_LLM_${string}`>,
  facts: Readonly<Record<string, string | number>> = {},
): Error {
  return modelError(code, 'scripted', { isRetryable: code === 'VTC_LLM_UNAVAILABLE', facts });
}

/** All pieces of a stream, joined, and its last part. */
export async function readStream(
  stream: AsyncIterable<string | ModelReply>,
): Promise<{ readonly text: string; readonly reply: ModelReply | null }> {
  let text = '';
  let reply: ModelReply | null = null;
  for await (const part of stream) {
    if (typeof part === 'string') text += part;
    else reply = part;
  }
  return { text, reply };
}
