import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VerticeError } from '../errors.ts';
import { silentLog } from '../observability/log.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createApiKey, createAuthenticator, ensureFirstKey } from './api-keys.ts';
import { itemsOf, shareApi, startApi } from './testing.ts';

async function realStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-keys-'));
  const store = await openStore(
    { kind: 'sqlite', file: join(folder, 'ledger.db') },
    { clock: { now: () => 0 }, log: silentLog },
  );
  onTestFinished(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  return store;
}

describe('API keys', () => {
  it('are 256 random bits of which only a hash is stored', async () => {
    const store = await realStore();
    const { key, secret } = await createApiKey(
      store,
      { name: 'sensor', role: 'operator' },
      { clock: { now: () => 1000 }, randomBytes: (bytes) => Buffer.alloc(bytes, 0xab) },
    );
    expect(secret).toBe(`vk_abababababababab_${Buffer.alloc(32, 0xab).toString('base64url')}`);
    expect(key).toEqual({
      keyId: 'abababababababab',
      name: 'sensor',
      role: 'operator',
      createdAt: '1970-01-01T00:00:01.000Z',
      revokedAt: null,
    });
    const stored = await store.apiKey(key.keyId);
    expect(stored?.secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(stored)).not.toContain(secret.slice(20));
  });

  it('begin with one for the administrator, created once', async () => {
    const store = await realStore();
    const secret = await ensureFirstKey(store);
    expect(secret).toMatch(/^vk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(await ensureFirstKey(store)).toBeNull();
    const found = await createAuthenticator(store, { now: () => 0 }, 1000).authenticate(secret ?? '');
    expect(found?.role).toBe('admin');
  });

  it('are remembered for a short time only, so that a revocation elsewhere is seen', async () => {
    const store = await realStore();
    let now = 0;
    const authenticator = createAuthenticator(store, { now: () => now }, 3000);
    const { key, secret } = await createApiKey(store, { name: 'a', role: 'viewer' });
    expect(await authenticator.authenticate(secret)).toMatchObject({ keyId: key.keyId });
    await store.revokeApiKey(key.keyId, '2026-01-01T00:00:00.000Z');
    now = 2999;
    expect(await authenticator.authenticate(secret)).not.toBeNull();
    now = 3000;
    expect(await authenticator.authenticate(secret)).toBeNull();
  });

  it('are refused with a wrong secret, of a wrong shape, or when not known', async () => {
    const store = await realStore();
    const authenticator = createAuthenticator(store, { now: () => 0 }, 1000);
    const { secret } = await createApiKey(store, { name: 'a', role: 'viewer' });
    const wrong = secret.slice(0, -1) + (secret.endsWith('A') ? 'Q' : 'A');
    for (const token of [wrong, '', 'vk_', `${secret}x`, `vk_0000000000000000_${'a'.repeat(43)}`]) {
      expect(await authenticator.authenticate(token)).toBeNull();
    }
    expect(await authenticator.authenticate(secret)).not.toBeNull();
  });

  it('are forgotten beyond a thousand, oldest first, and asked for again', async () => {
    const reads: string[] = [];
    const store = await realStore();
    const counted = {
      ...store,
      apiKey: (keyId: string) => {
        reads.push(keyId);
        return store.apiKey(keyId);
      },
    };
    const authenticator = createAuthenticator(counted, { now: () => 0 }, 1000);
    const secrets = await Promise.all(
      Array.from({ length: 1001 }, async (_, index) => {
        return (await createApiKey(store, { name: `k${index}`, role: 'viewer' })).secret;
      }),
    );
    for (const secret of secrets) await authenticator.authenticate(secret);
    await authenticator.authenticate(secrets[1000] ?? '');
    expect(reads).toHaveLength(1001);
    await authenticator.authenticate(secrets[0] ?? '');
    expect(reads).toHaveLength(1002);
  });
});

describe('access', () => {
  const shared = shareApi();

  it('needs a key everywhere under /api/v1, and says how to send it', async () => {
    const api = await startApi();
    for (const path of [
      '/api/v1',
      '/api/v1/events',
      '/api/v1/threats/x',
      '/api/v1/stream',
      '/api/v1/openapi.json',
    ]) {
      const response = await fetch(api.url + path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="vertice"');
      expect(await response.json()).toMatchObject({
        type: 'urn:vertice:problem:unauthenticated',
        status: 401,
      });
    }
    const { status, body } = await api.call('/api/v1/events', {
      headers: { authorization: 'Bearer nonsense' },
    });
    expect([status, body['detail']]).toEqual([401, 'The API key is not known, or has been revoked.']);
    expect(api.lines.filter(({ message }) => message === 'request refused')).toHaveLength(6);
  });

  it('takes the key from Authorization or X-API-Key', async () => {
    const api = shared();
    const headers = [{ authorization: `bearer ${api.keys.viewer}` }, { 'x-api-key': api.keys.viewer }];
    for (const header of headers) {
      expect((await api.call('/api/v1/threats', { headers: header })).status).toBe(200);
    }
  });

  it.each([
    ['GET', '/api/v1/threats', [200, 200, 200]],
    ['POST', '/api/v1/threats/none/approve', [403, 404, 404]],
    ['POST', '/api/v1/threats/none/dismiss', [403, 404, 404]],
    ['POST', '/api/v1/threats/none/close', [403, 404, 404]],
    ['POST', '/api/v1/responses/none/rollback', [403, 404, 404]],
    ['POST', '/api/v1/events', [403, 400, 400]],
    ['GET', '/api/v1/keys', [403, 403, 200]],
    ['POST', '/api/v1/keys', [403, 403, 400]],
    ['DELETE', '/api/v1/keys/none', [403, 403, 404]],
  ] as const)('lets viewer, operator and admin do %s %s with %j', async (method, path, expected) => {
    const api = shared();
    const statuses = [];
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      const { status, body } = await api.call(path, { method, headers: { 'x-api-key': api.keys[role] } });
      statuses.push(status);
      if (status === 403) expect(body['detail']).toContain(`the key has the role ${role}`);
    }
    expect(statuses).toEqual(expected);
  });

  it('lets an administrator create a key, use it and revoke it at once', async () => {
    const api = await startApi();
    const created = await api.call('/api/v1/keys', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'João', role: 'viewer' }),
    });
    expect(created.status).toBe(201);
    expect(created.body['key']).toMatchObject({ name: 'João', role: 'viewer', revoked_at: null });
    const secret = String(created.body['secret']);
    const use = () => api.call('/api/v1/threats', { headers: { 'x-api-key': secret } });
    expect((await use()).status).toBe(200);

    const keyId = secret.split('_')[1];
    const revoked = await api.call(`/api/v1/keys/${keyId}`, { method: 'DELETE' });
    expect([revoked.status, revoked.text]).toEqual([204, '']);
    expect((await use()).status).toBe(401);

    const listed = await api.call('/api/v1/keys');
    expect(itemsOf(listed)).toHaveLength(4);
    expect(listed.text).not.toContain(secret);
    expect(JSON.stringify(api.lines)).not.toContain(secret);
  });

  it('never revokes the last key of an administrator', async () => {
    const api = await startApi();
    const { status, body } = await api.call(`/api/v1/keys/${api.keys.admin.split('_')[1]}`, {
      method: 'DELETE',
    });
    expect([status, body['type']]).toEqual([409, 'urn:vertice:problem:conflict']);
  });

  it('answers 503 when the store cannot say whose key it is', async () => {
    const store = await realStore();
    const failing = {
      ...store,
      addApiKey: async () => {},
      apiKey: () => Promise.reject(new VerticeError('VTC_STORE_UNAVAILABLE', 'gone', { isRetryable: true })),
    };
    const api = await startApi({ dependencies: { store: failing } });
    const { status, headers } = await api.call('/api/v1/threats');
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
  });
});
