import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import { type WireFormat, wireFormats } from './wire-formats.ts';

/** A request as a provider would see it, read out of whichever wire format it came in. */
export interface FakeRequest {
  readonly api: 'openai-responses' | 'openai-chat' | 'anthropic-messages';
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: JsonObject;
  readonly model: string;
  /** Instructions, as text. */
  readonly system: string;
  /** All messages that are no instructions, as text, joined by line breaks. */
  readonly prompt: string;
  readonly isStream: boolean;
  /** The JSON Schema the answer is asked to follow; null when text is asked for. */
  readonly schema: Json;
  /** 0 for the first request of this server. */
  readonly index: number;
}

export interface FakeUsage {
  /** Fresh input, without the cached part. */
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
}

/** What the server does with a request: an answer, or one of the ways in which providers fail. */
export type FakeReply =
  /** Answers with this text, streamed in a few pieces when the request asks for a stream. */
  | { readonly text: string; readonly usage?: FakeUsage; readonly isCutShort?: boolean }
  /** Answers with this value as JSON text. */
  | { readonly object: unknown; readonly usage?: FakeUsage }
  /** Declines in the provider's own way. */
  | { readonly refusal: string; readonly usage?: FakeUsage }
  /** An error of the provider's own shape; `retryAfter` goes into that header as it stands. */
  | {
      readonly status: number;
      readonly message?: string;
      readonly code?: string;
      readonly retryAfter?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Exactly these bytes. */
  | { readonly rawBody: string | Buffer; readonly rawStatus?: number; readonly contentType?: string }
  /** Accepts the request and never says anything (`headers`), or stops after the headers and a first piece. */
  | { readonly hang: 'headers' | 'body' }
  /** Streams this text one character at a time; takes `everyMs` for each. */
  | { readonly drip: string; readonly everyMs: number }
  /** Sends the beginning of an answer with this text, then breaks the connection. */
  | { readonly cut: string }
  /** Breaks the connection without an answer. */
  | { readonly reset: true };

export interface FakeProvider {
  /** For OPENAI_BASE_URL and for LLM_COMPATIBLE_BASE_URL: speaks the responses and the chat completions API. */
  readonly openaiBaseUrl: string;
  /** For ANTHROPIC_BASE_URL: speaks the messages API. */
  readonly anthropicBaseUrl: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** Connections whose answer the client has not waited for. */
  readonly abandoned: () => number;
  close(): Promise<void>;
}

/**
 * A language model's server on loopback for tests: speaks OpenAI's responses and chat completions API and
 * Anthropic's messages API, whole and streamed. `reply` decides what happens to each request; it may wait.
 */
export async function startFakeProvider({
  reply,
}: {
  reply: (request: FakeRequest) => FakeReply | Promise<FakeReply>;
}): Promise<FakeProvider> {
  const requests: FakeRequest[] = [];
  let abandoned = 0;
  const server = createServer((message, response) => {
    response.on('close', () => {
      if (!response.writableFinished) abandoned++;
    });
    void answer(message, response).catch(() => response.destroy());
  });

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = message.url ?? '/';
    const wire = wireFormats.find((format) => path === format.path);
    const body: unknown = JSON.parse(await readText(message));
    if (wire === undefined || !isJsonObject(body)) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"error":{"type":"not_found","message":"no such path"}}');
      return;
    }
    const request: FakeRequest = {
      ...wire.read(body),
      api: wire.api,
      path,
      headers: message.headers,
      body,
      model: String(body['model']),
      isStream: body['stream'] === true,
      index: requests.length,
    };
    requests.push(request);
    await send(response, wire, request, await reply(request));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    openaiBaseUrl: `http://127.0.0.1:${port}/v1`,
    anthropicBaseUrl: `http://127.0.0.1:${port}/anthropic/v1`,
    requests,
    abandoned: () => abandoned,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const defaultUsage: FakeUsage = { input: 100, cachedInput: 0, output: 20 };

async function send(
  response: ServerResponse,
  wire: WireFormat,
  request: FakeRequest,
  reply: FakeReply,
): Promise<void> {
  if ('text' in reply || 'object' in reply || 'refusal' in reply) {
    begin(response, request);
    response.end(framesOf(wire, request, answerOf(reply)).join(''));
  } else if ('status' in reply) {
    const retryAfter = reply.retryAfter === undefined ? {} : { 'retry-after': reply.retryAfter };
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      ...retryAfter,
      ...reply.headers,
    });
    response.end(JSON.stringify(wire.error(reply.message ?? 'scripted failure', reply.code ?? 'scripted')));
  } else if ('rawBody' in reply) {
    const contentType = reply.contentType ?? contentTypeOf(request);
    response.writeHead(reply.rawStatus ?? 200, { 'content-type': contentType });
    response.end(reply.rawBody);
  } else await misbehave(response, wire, request, reply);
}

/** The ways of failing that leave an answer unfinished. */
async function misbehave(
  response: ServerResponse,
  wire: WireFormat,
  request: FakeRequest,
  reply: Extract<FakeReply, { hang: unknown } | { drip: unknown } | { cut: unknown } | { reset: unknown }>,
): Promise<void> {
  if ('reset' in reply) {
    response.destroy();
  } else if ('hang' in reply) {
    if (reply.hang === 'headers') return;
    begin(response, request);
    const [first = ''] = framesOf(wire, request, { text: 'beginning', usage: defaultUsage });
    response.write(request.isStream ? first : '{"beginning":');
  } else if ('cut' in reply) {
    begin(response, request);
    const frames = framesOf(wire, request, { text: reply.cut, usage: defaultUsage });
    const open = frames.slice(0, Math.max(1, frames.length - wire.closingFrames)).join('');
    response.write(request.isStream ? open : open.slice(0, open.length / 2), () => response.destroy());
  } else {
    begin(response, request);
    const frames = framesOf(wire, request, { text: reply.drip, usage: defaultUsage }, 1);
    for (const frame of request.isStream ? frames : frames.join('')) {
      if (response.destroyed) return;
      response.write(frame);
      await new Promise((resolve) => setTimeout(resolve, reply.everyMs));
    }
    response.end();
  }
}

/** An answer as the wire formats put it. */
export interface FakeAnswer {
  readonly text: string;
  readonly usage: FakeUsage;
  readonly refusal?: string;
  readonly isCutShort?: boolean;
}

function answerOf(
  reply: Extract<FakeReply, { text: unknown } | { object: unknown } | { refusal: unknown }>,
): FakeAnswer {
  const usage = reply.usage ?? defaultUsage;
  if ('refusal' in reply) return { text: '', refusal: reply.refusal, usage };
  if ('object' in reply) return { text: JSON.stringify(reply.object), usage };
  return { text: reply.text, usage, isCutShort: reply.isCutShort === true };
}

function framesOf(
  wire: WireFormat,
  { model, isStream }: FakeRequest,
  answer: FakeAnswer,
  pieceLength = Math.max(1, Math.ceil(answer.text.length / 4)),
): string[] {
  if (!isStream) return [JSON.stringify(wire.whole(model, answer))];
  const pieces: string[] = [];
  for (let at = 0; at < answer.text.length; at += pieceLength) {
    pieces.push(answer.text.slice(at, at + pieceLength));
  }
  return wire.stream(model, answer, pieces);
}

function begin(response: ServerResponse, request: FakeRequest): void {
  response.writeHead(200, { 'content-type': contentTypeOf(request) });
}

function contentTypeOf({ isStream }: FakeRequest): string {
  return isStream ? 'text/event-stream' : 'application/json';
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
