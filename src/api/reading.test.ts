import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { DetectionSchema } from '../contracts/detection.ts';
import { ResponseSchema } from '../contracts/response.ts';
import { SecurityEventSchema } from '../contracts/security-event.ts';
import { ThreatSchema } from '../contracts/threat.ts';
import { VerticeError } from '../errors.ts';
import { isJsonObject, type Json } from '../json.ts';
import { fillStore, itemsOf, shareApi, startApi } from './testing.ts';

function idsOf(items: readonly Json[], name: string): unknown[] {
  return items.map((item) => (isJsonObject(item) ? item[name] : null));
}

describe('a detection', () => {
  const shared = shareApi(fillStore);

  it('is also told as an OCSF Detection Finding', async () => {
    const answer = await shared().call('/api/v1/detections/det_1/ocsf');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ class_uid: 2004, metadata: { uid: 'det_1' } });
    expect((await shared().call('/api/v1/detections/none/ocsf')).status).toBe(404);
  });
});

describe('lists', () => {
  const shared = shareApi(fillStore);

  it('are paged by cursor until there is no next page', async () => {
    const api = shared();
    const seen: unknown[] = [];
    let query = '?limit=2';
    for (let page = 0; page < 2; page++) {
      const answer = await api.call(`/api/v1/detections${query}`);
      seen.push(...idsOf(itemsOf(answer), 'detection_id'));
      query = `?limit=2&cursor=${answer.body['next_cursor']}`;
      expect(answer.body['next_cursor'] === null).toBe(page === 1);
    }
    expect(seen.toSorted()).toEqual(['det_1', 'det_2', 'det_3']);
  });

  it.each([
    ['/api/v1/events', 0],
    ['/api/v1/events?scope=evidence&source=sshd&event_type=login_failed&since=2026-01-01T00:00:00Z', 3],
    ['/api/v1/events?source_ip=192.0.2.99', 0],
    ['/api/v1/events?scope=evidence&limit=1000', 3],
    ['/api/v1/events?scope=recent', 0],
    ['/api/v1/detections?threat_id=thr_1&severity=high', 3],
    ['/api/v1/detections?attacker=nobody', 0],
    ['/api/v1/threats?status=active&attacker=192.0.2.7&technique=T1110', 1],
    ['/api/v1/threats?status=closed', 0],
    ['/api/v1/defense/threats/active', 1],
    ['/api/v1/responses', 1],
    ['/api/v1/responses?threat_id=none', 0],
    ['/api/v1/dead-letters', 1],
  ])('answer %s with %i items', async (path, count) => {
    const api = shared();
    const answer = await api.call(path);
    expect(answer.status).toBe(200);
    expect(itemsOf(answer)).toHaveLength(count);
    expect(answer.body).toHaveProperty('next_cursor');
  });

  it.each([
    ['?limit=0', 'querystring/limit'],
    ['?limit=1001', 'querystring/limit'],
    ['?limit=many', 'querystring/limit'],
    ['?since=yesterday', 'querystring/since'],
    ['?sevrity=high', 'querystring/sevrity'],
    ['?severity=bad', 'querystring/severity'],
    ['?attacker=', 'querystring/attacker'],
    ['?__proto__=1', 'querystring/__proto__'],
  ])('refuse %s and name the field', async (query, field) => {
    const api = shared();
    const { status, body } = await api.call(`/api/v1/detections${query}`);
    expect(status).toBe(400);
    const errors = Array.isArray(body['errors']) ? body['errors'] : [];
    expect(idsOf(errors, 'field')).toContain(field);
  });

  it('refuse a cursor that no list returned, and one for the newest events', async () => {
    const api = shared();
    expect((await api.call('/api/v1/threats?cursor=abc')).status).toBe(400);
    const { status, body } = await api.call('/api/v1/events?scope=recent&cursor=abc');
    expect([status, body['errors']]).toEqual([
      400,
      [{ field: 'querystring/cursor', expected: 'to be absent' }],
    ]);
  });
});

describe('single things', () => {
  const shared = shareApi(fillStore);

  it.each([
    ['/api/v1/events/evt_1', SecurityEventSchema],
    ['/api/v1/detections/det_1', DetectionSchema],
    ['/api/v1/threats/thr_1', ThreatSchema],
    ['/api/v1/responses/res_1', ResponseSchema],
  ] as const)('answer %s as the contract says', async (path, schema) => {
    const api = shared();
    const { status, body } = await api.call(path);
    expect(status).toBe(200);
    expect(Compile(schema).Check(body)).toBe(true);
    const missing = await api.call(`${path}0`);
    expect([missing.status, missing.body['type']]).toEqual([404, 'urn:vertice:problem:not-found']);
  });
});

describe('decisions', () => {
  const shared = shareApi(fillStore);

  it.each([
    ['approve', 'approved by the operator ('],
    ['dismiss', 'dismissed by the operator ('],
    ['close', 'closed by the operator ('],
  ])('%s a threat in the name of the key', async (decision, narrative) => {
    const api = shared();
    const { status, body } = await api.call(`/api/v1/threats/thr_1/${decision}`, {
      method: 'POST',
      headers: { 'x-api-key': api.keys.operator, 'content-type': 'application/json' },
    });
    expect(status).toBe(200);
    expect(body['narrative']).toContain(narrative);
  });

  it('take back a response', async () => {
    const api = shared();
    const { status, body } = await api.call('/api/v1/responses/res_1/rollback', { method: 'POST' });
    expect([status, body['response_id']]).toEqual([200, 'res_1']);
  });

  it('answer 409 when there is nothing to decide', async () => {
    const approve = () => Promise.reject(new VerticeError('VTC_STORE_CONFLICT', 'The threat does not wait.'));
    const api = await startApi({ dependencies: { approve } });
    const { status, body } = await api.call('/api/v1/threats/x/approve', { method: 'POST' });
    expect([status, body['detail']]).toEqual([409, 'The threat does not wait.']);
  });
});

describe('operations', () => {
  it('answer health without a key', async () => {
    const api = await startApi({ config: { rateLimitPerMinute: 1 } });
    for (let probe = 0; probe < 3; probe++) {
      const response = await fetch(`${api.url}/health`);
      expect([response.status, await response.json()]).toEqual([200, { status: 'alive' }]);
    }
  });

  it('say which dependency is not ready', async () => {
    const ready = await startApi();
    expect(await (await fetch(`${ready.url}/ready`)).json()).toEqual({
      status: 'ready',
      dependencies: { bus: 'ready', store: 'ready' },
    });
    const readiness = async () => ({ bus: 'The disk is full.', store: null });
    const api = await startApi({ dependencies: { readiness } });
    const response = await fetch(`${api.url}/ready`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: 'not ready', dependencies: { bus: 'The disk is full.', store: 'ready' } },
    ]);
  });

  it('open metrics to this machine', async () => {
    const api = await startApi();
    const response = await fetch(`${api.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('# TYPE defense_events_processed_total counter');
  });

  it('tell others less: metrics need a key, and reasons stay in the log', async () => {
    const readiness = async () => ({ bus: 'The disk is full.' });
    const api = await startApi({ config: { host: '0.0.0.0' }, dependencies: { readiness } });
    const local = `http://127.0.0.1:${api.port}`;
    expect((await fetch(`${local}/metrics`)).status).toBe(401);
    expect((await fetch(`${local}/metrics`, { headers: { 'x-api-key': api.keys.viewer } })).status).toBe(200);
    expect(await (await fetch(`${local}/ready`)).json()).toEqual({
      status: 'not ready',
      dependencies: { bus: 'not ready' },
    });
    expect(JSON.stringify(api.lines)).toContain('The disk is full.');
  });

  it('refuse an address that cannot be had, saying which', async () => {
    const api = await startApi();
    await expect(startApi({ config: { port: api.port } })).rejects.toMatchObject({
      code: 'VTC_API_FAILED',
      facts: { host: '127.0.0.1', port: api.port },
    });
  });
});
