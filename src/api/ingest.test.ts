import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ErrorCode, VerticeError } from '../errors.ts';
import { shareApi, startApi } from './testing.ts';

const ndjson = { 'content-type': 'application/x-ndjson' };
const twoEvents = '{"n":1}\n{"n":2}\n';

describe('POST /api/v1/events', () => {
  const shared = shareApi();

  it.each([
    ['application/json', '{"n":1}', 1],
    ['application/json; charset=UTF-8', '[{"n":1}]', 1],
    ['application/x-ndjson', twoEvents, 2],
    ['Application/JSONL', twoEvents, 2],
    ['text/plain;charset="utf-8"', twoEvents, 2],
    ['application/octet-stream', twoEvents, 2],
  ])('takes %s', async (contentType, body, accepted) => {
    const api = shared();
    const answer = await api.call('/api/v1/events', {
      method: 'POST',
      headers: { 'content-type': contentType, 'x-api-key': api.keys.operator },
      body,
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ accepted, dead_lettered: 0, rejected: [], formats: { native: accepted } });
  });

  it('takes bytes without a Content-Type', async () => {
    const api = shared();
    const answer = await api.call('/api/v1/events', { method: 'POST', body: Buffer.from(twoEvents) });
    expect(answer.status).toBe(202);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (text: string) => text],
  ] as const)('undoes Content-Encoding %s', async (encoding, compress) => {
    const api = shared();
    const answer = await api.call('/api/v1/events', {
      method: 'POST',
      headers: { ...ndjson, 'content-encoding': encoding },
      body: compress(twoEvents),
    });
    expect([answer.status, answer.body['accepted']]).toEqual([202, 2]);
  });

  it('gives a repeated request the same event ids, and another client others', async () => {
    const api = shared();
    const send = (headers: Record<string, string>) =>
      api.call('/api/v1/events', { method: 'POST', headers: { ...ndjson, ...headers }, body: twoEvents });
    const before = new Set(api.taken).size;
    await send({ 'idempotency-key': 'batch-7' });
    await send({ 'idempotency-key': 'batch-7' });
    expect(new Set(api.taken).size).toBe(before + 2);
    await send({ 'idempotency-key': 'batch-7', 'x-api-key': api.keys.operator });
    await send({});
    await send({});
    expect(new Set(api.taken).size).toBe(before + 8);
  });

  it('hands a forced format on, and refuses one that cannot be a name', async () => {
    const api = shared();
    const send = (format: string) =>
      api.call(`/api/v1/events?format=${format}`, { method: 'POST', headers: ndjson, body: twoEvents });
    expect((await send('suricata')).status).toBe(202);
    expect(api.requests.at(-1)?.format).toBe('suricata');
    expect((await send('..%2f..')).status).toBe(400);
  });

  it('refuses an Idempotency-Key that cannot be one', async () => {
    const api = shared();
    const headers = { ...ndjson, 'idempotency-key': 'a'.repeat(256) };
    const { status, body } = await api.call('/api/v1/events', { method: 'POST', headers, body: twoEvents });
    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ field: 'headers/idempotency-key' }]);
  });

  it('says what was rejected beside what was accepted', async () => {
    const api = shared();
    const { status, body } = await api.call('/api/v1/events', {
      method: 'POST',
      headers: ndjson,
      body: '{}\nno\n',
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      accepted: 1,
      dead_lettered: 1,
      rejected: [{ position: 1, reason: 'not_json', detail: 'Expected JSON.' }],
    });
  });

  it.each([['no\nneither\n'], ['']])('answers 400 when nothing in %j could be read', async (text) => {
    const api = shared();
    const { status, body } = await api.call('/api/v1/events', {
      method: 'POST',
      headers: ndjson,
      body: text,
    });
    expect([status, body['type']]).toEqual([400, 'urn:vertice:problem:nothing-readable']);
    expect(body['rejected']).toHaveLength(text === '' ? 0 : 2);
  });

  it.each([
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 'accept-post'],
    [{ 'content-type': 'application/json; charset=iso-8859-1' }, null],
    [{ 'content-type': 'nonsense' }, null],
    [{ 'content-type': 'constructor' }, null],
    [{ ...ndjson, 'content-encoding': 'compress' }, 'accept-encoding'],
    [{ ...ndjson, 'content-encoding': 'gzip, gzip' }, 'accept-encoding'],
    [{ ...ndjson, 'content-encoding': '__proto__' }, 'accept-encoding'],
  ])('answers 415 to %j', async (headers, told) => {
    const api = shared();
    const answer = await api.call('/api/v1/events', { method: 'POST', headers, body: twoEvents });
    expect([answer.status, answer.body['type']]).toEqual([415, 'urn:vertice:problem:unsupported-media-type']);
    if (told !== null) expect(answer.headers.get(told)).not.toBeNull();
  });

  it.each([
    ['announced', { body: 'x'.repeat(200_000) }],
    ['not announced', { body: new Blob(['x'.repeat(200_000)]).stream(), duplex: 'half' as const }],
  ])('answers 413 to a body that is too large, its length %s', async (_name, init) => {
    const api = shared();
    const before = api.requests.length;
    const answer = await api.call('/api/v1/events', { method: 'POST', headers: ndjson, ...init });
    expect([answer.status, answer.body['type']]).toEqual([413, 'urn:vertice:problem:too-large']);
    expect(api.requests).toHaveLength(before);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('stops a %s bomb at the body limit', async (encoding, compress) => {
    const api = shared();
    const bomb = compress(Buffer.alloc(20_000_000));
    expect(bomb.length).toBeLessThan(65_536);
    const { status } = await api.call('/api/v1/events', {
      method: 'POST',
      headers: { ...ndjson, 'content-encoding': encoding },
      body: bomb,
    });
    expect(status).toBe(413);
    expect(
      (await api.call('/api/v1/events', { method: 'POST', headers: ndjson, body: twoEvents })).status,
    ).toBe(202);
  });

  it.each([
    ['gzip', Buffer.from('not gzip at all')],
    ['gzip', gzipSync('{"n":1}').subarray(0, -6)],
    ['zstd', Buffer.from('not zstd')],
    ['br', Buffer.from('not brotli, surely not')],
    ['deflate', Buffer.from('not deflate')],
  ])('answers 400 to broken %s', async (encoding, body) => {
    const api = shared();
    const before = api.requests.length;
    const answer = await api.call('/api/v1/events', {
      method: 'POST',
      headers: { ...ndjson, 'content-encoding': encoding },
      body,
    });
    expect([answer.status, answer.body['type']]).toEqual([400, 'urn:vertice:problem:invalid-request']);
    expect(api.requests).toHaveLength(before);
  });

  it.each([
    ['VTC_BUS_FULL', 503],
    ['VTC_BUS_UNAVAILABLE', 503],
    ['VTC_SHUTTING_DOWN', 503],
    ['VTC_RECORD_TOO_LARGE', 413],
    ['VTC_EVENT_INVALID', 400],
    ['VTC_BUS_CORRUPT', 500],
  ] as const)('answers %s with %i', async (code: ErrorCode, status) => {
    const ingest = () => Promise.reject(new VerticeError(code, 'a detail of ours'));
    const api = await startApi({ dependencies: { ingest } });
    const answer = await api.call('/api/v1/events', { method: 'POST', headers: ndjson, body: twoEvents });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    if (status >= 500) expect(answer.text).not.toContain('a detail of ours');
  });

  it('answers 503 to a lost race for the ledger, which a repetition may win', async () => {
    const ingest = () =>
      Promise.reject(new VerticeError('VTC_STORE_CONFLICT', 'fenced', { isRetryable: true }));
    const api = await startApi({ dependencies: { ingest } });
    expect(
      (await api.call('/api/v1/events', { method: 'POST', headers: ndjson, body: twoEvents })).status,
    ).toBe(503);
  });

  it('keeps what went wrong inside in the log, under the id of the request', async () => {
    const failures = [
      new Error('secret path /srv/x'),
      'a string',
      Object.assign(new Error('x'), { code: 'EIO' }),
    ];
    for (const failure of failures) {
      const api = await startApi({ dependencies: { ingest: () => Promise.reject(failure) } });
      const answer = await api.call('/api/v1/events', { method: 'POST', headers: ndjson, body: twoEvents });
      expect(answer.status).toBe(500);
      expect(answer.text).not.toMatch(/secret|stack|\.ts/);
      const logged = api.lines.find(({ severity }) => severity === 'error');
      expect(logged?.fields).toMatchObject({ request_id: answer.body['request_id'], error: failure });
      expect(answer.headers.get('x-request-id')).toBe(answer.body['request_id']);
    }
  });

  it('bounds the bodies of all requests together, and gives the room back', async () => {
    const gate = Promise.withResolvers<void>();
    const summary = { accepted: 1, dead_lettered: 0, rejected: [], formats: {} };
    const ingest = async () => {
      await gate.promise;
      return summary;
    };
    const api = await startApi({ dependencies: { ingest } });
    const body = 'x'.repeat(65_536);
    const send = () => api.call('/api/v1/events', { method: 'POST', headers: ndjson, body });
    const first = Array.from({ length: 5 }, send);
    const refused = await Promise.race(first);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    gate.resolve();
    expect((await Promise.all(first)).map(({ status }) => status).toSorted()).toEqual([
      202, 202, 202, 202, 503,
    ]);
    expect((await send()).status).toBe(202);
  });
});
