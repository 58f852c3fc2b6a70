import { isJsonObject, type Json, type JsonObject } from '../../json.ts';
import type { FakeAnswer, FakeRequest, FakeUsage } from './fake-provider.ts';

/** One provider's way of putting requests and answers on the wire. */
export interface WireFormat {
  readonly api: FakeRequest['api'];
  readonly path: string;
  read(body: JsonObject): Pick<FakeRequest, 'system' | 'prompt' | 'schema'>;
  whole(model: string, answer: FakeAnswer): JsonObject;
  /** Server-sent events, one string each. */
  stream(model: string, answer: FakeAnswer, pieces: readonly string[]): string[];
  /** How many events at the end of a stream say that it is complete. */
  readonly closingFrames: number;
  error(message: string, code: string): JsonObject;
}

/** https://developers.openai.com/api/reference/resources/responses */
const openaiResponses: WireFormat = {
  api: 'openai-responses',
  path: '/v1/responses',
  read(body) {
    const input = listOf(body['input']);
    const format = objectAt(objectAt(body, 'text'), 'format');
    return {
      system: [...input.filter(isInstruction), body['instructions']].map(textOf).filter(Boolean).join('\n'),
      prompt: input
        .filter((message) => !isInstruction(message))
        .map(textOf)
        .join('\n'),
      schema: format['schema'] ?? null,
    };
  },
  whole: (model, answer) => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    status: answer.isCutShort === true ? 'incomplete' : 'completed',
    model,
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [
          answer.refusal === undefined
            ? { type: 'output_text', text: answer.text, annotations: [] }
            : { type: 'refusal', refusal: answer.refusal },
        ],
      },
    ],
    incomplete_details: answer.isCutShort === true ? { reason: 'max_output_tokens' } : null,
    usage: responsesUsage(answer.usage),
  }),
  stream(model, answer, pieces) {
    const item = { type: 'message', id: 'msg_1', role: 'assistant', content: [] };
    const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
    const started = { id: 'resp_1', created_at: 1_700_000_000, model };
    const ended = {
      ...started,
      usage: responsesUsage(answer.usage),
      incomplete_details: answer.isCutShort === true ? { reason: 'max_output_tokens' } : null,
    };
    const type = answer.isCutShort === true ? 'response.incomplete' : 'response.completed';
    return [
      { type: 'response.created', response: started },
      { type: 'response.output_item.added', output_index: 0, item },
      ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...place, delta })),
      ...(answer.refusal === undefined
        ? []
        : [
            { type: 'response.refusal.delta', ...place, delta: answer.refusal },
            { type: 'response.refusal.done', ...place, refusal: answer.refusal },
          ]),
      { type: 'response.output_item.done', output_index: 0, item },
      { type, response: ended },
    ].map((event, index) => eventOf({ ...event, sequence_number: index }, event.type));
  },
  closingFrames: 2,
  error: (message, code) => ({ error: { message, type: code, param: null, code } }),
};

/** https://developers.openai.com/api/reference/resources/chat; what most other servers imitate. */
const openaiChat: WireFormat = {
  api: 'openai-chat',
  path: '/v1/chat/completions',
  read(body) {
    const messages = listOf(body['messages']);
    const format = objectAt(objectAt(body, 'response_format'), 'json_schema');
    return {
      system: messages.filter(isInstruction).map(textOf).join('\n'),
      prompt: messages
        .filter((message) => !isInstruction(message))
        .map(textOf)
        .join('\n'),
      schema: format['schema'] ?? null,
    };
  },
  whole: (model, answer) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [
      {
        index: 0,
        message:
          answer.refusal === undefined
            ? { role: 'assistant', content: answer.text }
            : { role: 'assistant', content: null, refusal: answer.refusal },
        finish_reason: answer.isCutShort === true ? 'length' : 'stop',
      },
    ],
    usage: chatUsage(answer.usage),
  }),
  stream(model, answer, pieces) {
    const chunk = (delta: JsonObject, finish: string | null): string =>
      eventOf({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1_700_000_000,
        model,
        choices: [{ index: 0, delta, finish_reason: finish }],
      });
    return [
      chunk({ role: 'assistant' }, null),
      ...pieces.map((content) => chunk({ content }, null)),
      ...(answer.refusal === undefined ? [] : [chunk({ refusal: answer.refusal }, null)]),
      chunk({}, answer.isCutShort === true ? 'length' : 'stop'),
      eventOf({
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        model,
        choices: [],
        usage: chatUsage(answer.usage),
      }),
      'data: [DONE]\n\n',
    ];
  },
  closingFrames: 3,
  error: (message, code) => ({ error: { message, type: code, param: null, code } }),
};

/** https://platform.claude.com/docs/en/api/messages */
const anthropicMessages: WireFormat = {
  api: 'anthropic-messages',
  path: '/anthropic/v1/messages',
  read(body) {
    const format = objectAt(objectAt(body, 'output_config'), 'format');
    const tool = listOf(body['tools']).find(isJsonObject) ?? {};
    return {
      system: textOf({ content: body['system'] }),
      prompt: listOf(body['messages']).map(textOf).join('\n'),
      schema: format['schema'] ?? tool['input_schema'] ?? null,
    };
  },
  whole: (model, answer) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: answer.refusal === undefined ? [{ type: 'text', text: answer.text }] : [],
    stop_reason: anthropicStop(answer),
    stop_sequence: null,
    usage: anthropicUsage(answer.usage),
  }),
  stream: (model, answer, pieces) =>
    [
      {
        type: 'message_start',
        message: {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...anthropicUsage(answer.usage), output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      ...pieces.map((text) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      })),
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: anthropicStop(answer), stop_sequence: null },
        usage: { output_tokens: answer.usage.output },
      },
      { type: 'message_stop' },
    ].map((event) => eventOf(event, event.type)),
  closingFrames: 3,
  error: (message, code) => ({ type: 'error', error: { type: code, message } }),
};

export const wireFormats: readonly WireFormat[] = [openaiResponses, openaiChat, anthropicMessages];

function eventOf(data: JsonObject, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function responsesUsage({ input, cachedInput, output }: FakeUsage): JsonObject {
  return {
    input_tokens: input + cachedInput,
    input_tokens_details: { cached_tokens: cachedInput },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + cachedInput + output,
  };
}

function chatUsage({ input, cachedInput, output }: FakeUsage): JsonObject {
  return {
    prompt_tokens: input + cachedInput,
    prompt_tokens_details: { cached_tokens: cachedInput },
    completion_tokens: output,
    total_tokens: input + cachedInput + output,
  };
}

function anthropicUsage({ input, cachedInput, output }: FakeUsage): JsonObject {
  return { input_tokens: input, cache_read_input_tokens: cachedInput, output_tokens: output };
}

function anthropicStop(answer: FakeAnswer): string {
  if (answer.refusal !== undefined) return 'refusal';
  return answer.isCutShort === true ? 'max_tokens' : 'end_turn';
}

function isInstruction(message: Json): boolean {
  return isJsonObject(message) && (message['role'] === 'system' || message['role'] === 'developer');
}

/** The text of a message, whose content is a string or a list of parts. */
function textOf(message: Json | undefined): string {
  if (typeof message === 'string') return message;
  if (!isJsonObject(message)) return '';
  const content = message['content'];
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) => (isJsonObject(part) ? String(part['text'] ?? '') : ''))
    .join('');
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function objectAt(parent: JsonObject, name: string): JsonObject {
  const value = parent[name];
  return isJsonObject(value) ? value : {};
}
