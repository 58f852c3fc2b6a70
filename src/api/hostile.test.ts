import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunningApi, shareApi, startApi } from './testing.ts';

/** Sends bytes as they are and returns everything that comes back until the server closes. */
function exchange({ host, port }: RunningApi, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, host, () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  });
}

async function isAlive(api: RunningApi): Promise<boolean> {
  return (await fetch(`${api.url}/health`)).ok;
}

describe('errors', () => {
  const shared = shareApi();

  it('are problem documents with an id, and safe to show', async () => {
    const api = shared();
    const { status, headers, body } = await api.call('/nothing/here');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'x-request-id': body['request_id'],
    });
    expect(body).toMatchObject({ type: 'urn:vertice:problem:not-found', title: 'Not Found', status: 404 });
  });

  it('tell which methods a path takes', async () => {
    const api = shared();
    for (const [method, path, allow] of [
      ['DELETE', '/api/v1/events', 'GET, HEAD, POST'],
      ['OPTIONS', '/api/v1/events', 'GET, HEAD, POST'],
      ['POST', '/health', 'GET, HEAD'],
      ['GET', '/api/v1/threats/x/approve', 'POST'],
      ['HEAD', '/api/v1/stream', 'GET'],
    ] as const) {
      const answer = await api.call(path, { method });
      expect([answer.status, answer.headers.get('allow')], path).toEqual([405, allow]);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it.each([
    ['{"name":"x","role":"viewer","__proto__":{"role":"admin"}}', 400],
    ['{"name":"x","role":"viewer","constructor":{"prototype":{}}}', 400],
    ['{"name":"x","role":"viewer","isAdmin":true}', 400],
    ['{"name":"","role":"viewer"}', 400],
    ['{"role":"viewer"}', 400],
    ['{', 400],
    ['null', 400],
    ['', 400],
    [JSON.stringify({ name: 'x'.repeat(20_000), role: 'viewer' }), 413],
    ['['.repeat(8000), 400],
  ])('answer the key request %j with %i', async (body, status) => {
    const api = shared();
    const answer = await api.call('/api/v1/keys', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.body['status']).toBe(status);
  });

  it('answer 415 to a body that is no JSON where only JSON is read', async () => {
    const api = shared();
    const { status } = await api.call('/api/v1/keys', { method: 'POST', body: 'name=x' });
    expect(status).toBe(415);
  });

  it.each([
    ['/%zz', 400],
    ['/api/v1/threats/%00', 404],
    [`/api/v1/threats/${'a'.repeat(201)}`, 400],
    [`/api/v1/threats/${'a'.repeat(300)}`, 414],
    ['/api/v1/threats/..%2f..%2fetc%2fpasswd', 404],
    ['//', 404],
  ])('answer the path %s with %i', async (path, status) => {
    const api = shared();
    const answer = await api.call(path);
    expect([answer.status, answer.body['status']]).toEqual([status, status]);
  });
});

describe('limits', () => {
  it('hold back an address that asks too often', async () => {
    const api = await startApi({ config: { rateLimitPerMinute: 2 } });
    const statuses = [];
    for (let request = 0; request < 3; request++) statuses.push((await api.call('/api/v1/threats')).status);
    expect(statuses).toEqual([200, 200, 429]);
    const { body, headers } = await api.call('/api/v1/keys', {
      method: 'POST',
      headers: { 'x-api-key': 'guess' },
    });
    expect(body['type']).toBe('urn:vertice:problem:rate-limited');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.call('/nothing')).status).toBe(429);
  });

  it('cut off a head that never ends, and a body that never comes', async () => {
    const api = await startApi({
      limits: { headersTimeoutMs: 100, requestTimeoutMs: 200, timeoutCheckMs: 50 },
    });
    const head = await exchange(api, 'GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect(head).toContain('HTTP/1.1 408');
    const body = await exchange(
      api,
      `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${api.keys.operator}\r\nContent-Length: 10\r\n\r\n{`,
    );
    expect(body).toContain('HTTP/1.1 408');
    expect(body).toContain('urn:vertice:problem:request-timeout');
    expect(api.requests).toEqual([]);
    expect(await isAlive(api)).toBe(true);
  });

  it('put a request off that takes too long to answer', async () => {
    const readiness = () => new Promise<never>(() => {});
    const api = await startApi({ limits: { handlerTimeoutMs: 50 }, dependencies: { readiness } });
    const { status, headers, body } = await api.call('/ready');
    expect([status, headers.get('retry-after'), body['status']]).toEqual([503, '5', 503]);
  });

  it('finish the requests under way at shutdown, but wait no longer than told', async () => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const ingest = async () => {
      started.resolve();
      await gate.promise;
      return { accepted: 1, dead_lettered: 0, rejected: [], formats: {} };
    };
    const api = await startApi({ dependencies: { ingest } });
    const answer = api.call('/api/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    });
    await started.promise;
    const closed = api.close();
    gate.resolve();
    expect((await answer).status).toBe(202);
    await closed;

    const begun = Promise.withResolvers<void>();
    const never = (): Promise<never> => {
      begun.resolve();
      return new Promise(() => {});
    };
    const stuck = await startApi({ limits: { closeTimeoutMs: 50 }, dependencies: { ingest: never } });
    const cut = stuck.call('/api/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    });
    const outcome = cut.then(
      () => 'answered',
      () => 'cut',
    );
    await begun.promise;
    await stuck.close();
    expect(await outcome).toBe('cut');
  });
});

describe('what is not HTTP', () => {
  const shared = shareApi();

  it.each([
    ['garbage', 'HELLO\r\n\r\n', 400],
    ['a TLS greeting', Buffer.from('16030100a5010000a10303', 'hex'), 400],
    ['a head too large', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['a URL too large', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    [
      'both lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a broken chunk',
      'POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      '40[05]',
    ],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    ['a header with a line break', 'GET /health HTTP/1.1\r\nHost: x\r\nX: a\nb\r\n\r\n', 400],
  ])('gets a status and a closed connection: %s', async (_name, bytes, status) => {
    const api = shared();
    const answer = await exchange(api, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toMatch(/HTTP\/1\.1 5\d\d/);
    expect(await isAlive(api)).toBe(true);
  });

  it('may break off anywhere in a body', async () => {
    const api = shared();
    const head = `POST /api/v1/events HTTP/1.1\r\nHost: x\r\nX-API-Key: ${api.keys.operator}\r\n`;
    const packed = gzipSync('{"n":1}');
    for (const rest of [
      'Content-Length: 100\r\n\r\n{"n":',
      'Transfer-Encoding: chunked\r\n\r\n5\r\n{"n"',
      `Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`,
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(api.port, api.host, () =>
          socket.write(head + rest, () => socket.resetAndDestroy()),
        );
        socket.on('close', () => resolve());
        socket.on('error', () => {});
      });
    }
    expect(await isAlive(api)).toBe(true);
    expect(api.requests).toEqual([]);
  });
});

describe('random requests', () => {
  it('never get a 5xx and never end the server', async () => {
    const api = await startApi();
    const segment = fc.oneof(
      fc.constantFrom(
        'api',
        'v1',
        'events',
        'threats',
        'keys',
        'stream',
        'approve',
        '..',
        '%2e%2e',
        '%',
        '{id}',
        'thr_1',
      ),
      fc.string({ maxLength: 12 }).map(encodeURIComponent),
      fc.string({ maxLength: 12 }),
    );
    const route = fc.constantFrom(
      '/api/v1/events',
      '/api/v1/detections',
      '/api/v1/threats',
      '/api/v1/threats/x/approve',
      '/api/v1/responses/x/rollback',
      '/api/v1/keys',
      '/api/v1/keys/x',
      '/api/v1/dead-letters',
      '/ready',
      '/metrics',
    );
    const path = fc.oneof(
      route,
      fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
    );
    const query = fc.oneof(
      fc.constant(''),
      fc.webQueryParameters().map((text) => `?${text}`),
      fc
        .tuple(
          fc.constantFrom('limit', 'cursor', 'since', 'format', 'severity', '__proto__', 'topic'),
          fc.string(),
        )
        .map(([name, value]) => `?${name}=${encodeURIComponent(value)}`),
    );
    const contentType = fc.constantFrom(
      'application/json',
      'application/x-ndjson',
      'text/plain',
      'text/html',
      'application/json; charset=utf-16',
      ';;;',
      'multipart/form-data; boundary=x',
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
      fc.constantFrom(
        '{"__proto__":{"a":1}}',
        '[['.repeat(2000),
        '"\\ud800"',
        '\u0000',
        '{"name":"x","role":"viewer"}',
      ),
    );
    const printable = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    const clean = (text: string) => text.replace(/[^\x21-\x7e]/g, '');

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'GET',
          'POST',
          'PUT',
          'PATCH',
          'DELETE',
          'HEAD',
          'OPTIONS',
          'TRACE',
          'PROPFIND',
          'BREW',
        ),
        path,
        query,
        contentType,
        fc.option(fc.constantFrom('gzip', 'zstd', 'br', 'x')),
        printable,
        body,
        async (method, where, asked, type, encoding, extra, content) => {
          const target = clean(where + asked);
          fc.pre(!target.includes('/stream'));
          const bytes = Buffer.from(content, 'latin1');
          const answer = await exchange(
            api,
            [
              `${method} ${target} HTTP/1.1`,
              'Host: x',
              'Connection: close',
              `X-API-Key: ${api.keys.admin}`,
              `Content-Type: ${type}`,
              `Idempotency-Key: ${extra}`,
              `Accept: ${extra}`,
              ...(encoding === null ? [] : [`Content-Encoding: ${encoding}`]),
              `Content-Length: ${bytes.length}`,
              '',
              '',
            ].join('\r\n'),
            bytes,
          );
          const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
          expect(status, answer).toBeGreaterThanOrEqual(200);
          expect(status, answer).toBeLessThan(500);
          if (status >= 400 && method !== 'HEAD') expect(answer).toContain('application/problem+json');
        },
      ),
      { numRuns: 500 },
    );
    expect(api.lines.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(await isAlive(api)).toBe(true);
  });
});
