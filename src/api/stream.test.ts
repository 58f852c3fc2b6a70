import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VerticeError } from '../errors.ts';
import type { Announcement } from './ports.ts';
import { type RunningApi, startApi } from './testing.ts';

const detection: Announcement = {
  topic: 'defense.detections',
  id: 'det_1',
  value: '{"detection_id":"det_1"}',
};
const threat: Announcement = { topic: 'threat.enriched', id: 'thr_1', value: '{"threat_id":"thr_1"}' };

/** A client of the stream that reads as fast as it can. */
async function listen(api: RunningApi, query = '', headers: Record<string, string> = {}) {
  const messages: EventSourceMessage[] = [];
  const comments: string[] = [];
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const response = await fetch(`${api.url}/api/v1/stream${query}`, {
    headers: { 'x-api-key': api.keys.viewer, ...headers },
    signal: abort.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parser = createParser({
    onEvent: (message) => messages.push(message),
    onComment: (comment) => comments.push(comment),
  });
  return {
    response,
    messages,
    comments,
    abort,
    /** Reads until the condition holds; false when the stream ends first. */
    async readUntil(isEnough: () => boolean): Promise<boolean> {
      while (!isEnough()) {
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) return false;
        parser.feed(chunk.value);
      }
      return true;
    },
  };
}

describe('the stream', () => {
  it('carries what is published, named after its topic, with its id', async () => {
    const api = await startApi();
    const client = await listen(api, '', { 'last-event-id': 'det_0' });
    expect(client.response.status).toBe(200);
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(client.response.headers.get('x-content-type-options')).toBe('nosniff');
    api.announce(detection);
    api.announce({ topic: 'security.events', id: 'evt_1', value: '{}' });
    api.announce(threat);
    await client.readUntil(() => client.messages.length === 2);
    expect(client.messages).toEqual([
      { event: 'defense.detections', id: 'det_1', data: detection.value },
      { event: 'threat.enriched', id: 'thr_1', data: threat.value },
    ]);
  });

  it('carries only the topics that were asked for', async () => {
    const api = await startApi();
    const client = await listen(api, '?topic=threat.enriched,%20defense.responses');
    api.announce(detection);
    api.announce(threat);
    await client.readUntil(() => client.messages.length === 1);
    expect(client.messages[0]?.id).toBe('thr_1');
  });

  it('refuses a topic that is none', async () => {
    const api = await startApi();
    const { status, body } = await api.call('/api/v1/stream?topic=security.events');
    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ field: 'querystring/topic' }]);
  });

  it('cannot be made to carry a forged event', async () => {
    const api = await startApi();
    const client = await listen(api);
    api.announce({
      topic: 'defense.detections',
      id: 'a\nevent: forged',
      value: '1\n\nevent: forged\rdata: 2',
    });
    api.announce(threat);
    await client.readUntil(() => client.messages.length === 2);
    expect(client.messages[0]).toMatchObject({
      event: 'defense.detections',
      data: '1\n\nevent: forged\ndata: 2',
    });
  });

  it('serves a bounded number of clients', async () => {
    const api = await startApi({ limits: { maxStreamClients: 1 } });
    const first = await listen(api);
    const second = await listen(api);
    expect([second.response.status, second.response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(first.response.status).toBe(200);
  });

  it('makes room when a client goes', async () => {
    const api = await startApi({ limits: { maxStreamClients: 1 } });
    const first = await listen(api);
    first.abort.abort();
    await expect.poll(async () => (await listen(api)).response.status).toBe(200);
  });

  it('shows that it is alive', async () => {
    const api = await startApi({ limits: { streamHeartbeatMs: 20 } });
    const client = await listen(api);
    expect(await client.readUntil(() => client.comments.length >= 2)).toBe(true);
  });

  it('ends when the key is revoked', async () => {
    const api = await startApi({ limits: { streamHeartbeatMs: 20, keyCacheMs: 0 } });
    const client = await listen(api);
    await api.store.revokeApiKey(api.keys.viewer.split('_')[1] ?? '', new Date().toISOString());
    expect(await client.readUntil(() => false)).toBe(false);
  });

  it('goes on while the store cannot say whether the key is good', async () => {
    let asked = 0;
    const api = await startApi({ limits: { streamHeartbeatMs: 20, keyCacheMs: 0 } });
    const store = {
      ...api.store,
      addApiKey: async () => {},
      apiKey: async (keyId: string) => {
        asked++;
        if (asked > 1) throw new VerticeError('VTC_STORE_UNAVAILABLE', 'gone', { isRetryable: true });
        return api.store.apiKey(keyId);
      },
    };
    const shaky = await startApi({
      limits: { streamHeartbeatMs: 20, keyCacheMs: 0 },
      dependencies: { store },
    });
    const client = await listen(shaky, '', { 'x-api-key': api.keys.viewer });
    expect(await client.readUntil(() => client.comments.length >= 3)).toBe(true);
    expect(shaky.lines.some(({ message }) => message.startsWith('cannot check the key'))).toBe(true);
  });

  it('cuts a client that does not read, and no other', async () => {
    const api = await startApi({ limits: { maxStreamBufferBytes: 100_000 } });
    await listen(api);
    const reading = await listen(api, '?topic=threat.enriched');
    const big = { ...detection, value: JSON.stringify('x'.repeat(1_000_000)) };
    await expect
      .poll(() => {
        api.announce(big);
        return api.lines.some(({ message }) => message.startsWith('stream client cut'));
      })
      .toBe(true);
    api.announce(threat);
    expect(await reading.readUntil(() => reading.messages.length === 1)).toBe(true);
  });

  it('ends at shutdown, at once', async () => {
    const api = await startApi();
    const client = await listen(api);
    const closed = api.close();
    expect(await client.readUntil(() => false)).toBe(false);
    await closed;
  });
});
