import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedFetch } from './guarded-fetch.ts';

let server: Server;
let origin: string;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/away') response.writeHead(302, { location: `${origin}/data` }).end();
    else if (request.url === '/none') response.writeHead(204, { 'content-type': 'application/json' }).end();
    else {
      const contentType =
        request.url === '/problem' ? 'application/problem+json; charset=utf-8' : 'text/plain';
      response
        .writeHead(request.url === '/broken' ? 500 : 200, { 'content-type': contentType })
        .end('{"a":1}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('createGuardedFetch', () => {
  it('talks to no other server', async () => {
    const guarded = createGuardedFetch({ origin: 'https://api.example.org', maxResponseBytes: 100 });
    await expect(guarded(`${origin}/data`)).rejects.toMatchObject({ facts: { reason: 'foreign_server' } });
    await expect(guarded(new Request(`${origin}/data`))).rejects.toThrow('not configured');
    expect(asked).toEqual([]);
  });

  it('follows no redirect, not even to the same server', async () => {
    const guarded = createGuardedFetch({ origin, maxResponseBytes: 100 });
    await expect(guarded(`${origin}/away`)).rejects.toMatchObject({
      facts: { reason: 'redirect', status: 302 },
    });
    expect(asked).toEqual(['/away']);
  });

  it('takes JSON of any kind, any error, and an answer without a body; no text', async () => {
    const guarded = createGuardedFetch({ origin, maxResponseBytes: 100 });
    expect(await (await guarded(`${origin}/problem`)).json()).toEqual({ a: 1 });
    expect((await guarded(`${origin}/broken`)).status).toBe(500);
    expect((await guarded(`${origin}/none`)).body).toBeNull();
    await expect(guarded(`${origin}/data`)).rejects.toMatchObject({
      facts: { reason: 'wrong_content_type' },
    });
  });

  it('reads no more than it may', async () => {
    const guarded = createGuardedFetch({ origin, maxResponseBytes: 6 });
    const response = await guarded(`${origin}/problem`);
    await expect(response.text()).rejects.toMatchObject({ code: 'VTC_LLM_INVALID', facts: { max_bytes: 6 } });
  });
});
