import { describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { shareApi } from './testing.ts';

function member(value: Json | undefined, name: string): JsonObject {
  const found = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(found) ? found : {};
}

function everyRef(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(everyRef);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === '$ref' && typeof child === 'string' ? [child] : everyRef(child),
  );
}

describe('the OpenAPI document', () => {
  const shared = shareApi();

  it('is 3.1 and describes every operation with its answers', async () => {
    const api = shared();
    const { status, body } = await api.call('/api/v1/openapi.json');
    expect(status).toBe(200);
    expect(body['openapi']).toBe('3.1.0');
    const operations = Object.entries(member(body, 'paths')).flatMap(([path, item]) =>
      Object.entries(isJsonObject(item) ? item : {}).map(([method, operation]) => ({
        name: `${method} ${path}`,
        operation,
      })),
    );
    expect(operations.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'get /health',
        'get /ready',
        'get /metrics',
        'get /api/v1',
        'get /api/v1/openapi.json',
        'post /api/v1/events',
        'get /api/v1/events',
        'get /api/v1/events/{id}',
        'get /api/v1/detections',
        'get /api/v1/detections/{id}',
        'get /api/v1/threats',
        'get /api/v1/threats/{id}',
        'post /api/v1/threats/{id}/approve',
        'post /api/v1/threats/{id}/dismiss',
        'post /api/v1/threats/{id}/close',
        'get /api/v1/defense/threats/active',
        'get /api/v1/responses',
        'get /api/v1/responses/{id}',
        'post /api/v1/responses/{id}/rollback',
        'get /api/v1/dead-letters',
        'get /api/v1/keys',
        'post /api/v1/keys',
        'delete /api/v1/keys/{id}',
        'get /api/v1/stream',
      ]),
    );
    for (const { name, operation } of operations) {
      const responses = member(operation, 'responses');
      expect(Object.keys(responses), name).toEqual(expect.arrayContaining(['4XX', '5XX']));
      expect(isJsonObject(operation) ? operation['summary'] : null, name).toMatch(/\.$/);
      const [success] = Object.keys(responses).filter((code) => code.startsWith('2'));
      expect(success, name).toBeDefined();
      const content = Object.values(member(member(responses, success ?? ''), 'content'));
      if (success !== '204')
        expect(isJsonObject(content[0]) && isJsonObject(content[0]['schema']), name).toBe(true);
      for (const parameter of path(name))
        expect(JSON.stringify(operation), name).toContain(`"name":"${parameter}"`);
    }
  });

  it('refers to nothing that is not there, and leaves no other kind of reference', async () => {
    const api = shared();
    const { body } = await api.call('/api/v1/openapi.json');
    const schemas = Object.keys(member(member(body, 'components'), 'schemas'));
    expect(schemas.toSorted()).toEqual([
      'ApiKey',
      'DeadLetter',
      'Detection',
      'IngestSummary',
      'OcsfDetectionFinding',
      'Problem',
      'Response',
      'SecurityEvent',
      'Threat',
    ]);
    const refs = everyRef(body);
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) expect(schemas).toContain(ref.replace('#/components/schemas/', ''));
  });

  it('names the key as the way in, except for probes', async () => {
    const api = shared();
    const { body } = await api.call('/api/v1/openapi.json');
    expect(body['security']).toEqual([{ bearer: [] }, { header: [] }]);
    for (const probe of ['/health', '/ready', '/metrics']) {
      expect(member(member(member(body, 'paths'), probe), 'get')['security']).toEqual([]);
    }
    const post = member(member(member(body, 'paths'), '/api/v1/events'), 'post');
    expect(Object.keys(member(member(post, 'requestBody'), 'content'))).toEqual([
      'application/json',
      'application/x-ndjson',
      'text/plain',
      'application/octet-stream',
    ]);
  });

  it('is what the index points to', async () => {
    const api = shared();
    const { body } = await api.call('/api/v1/');
    expect(body).toMatchObject({ name: 'vertice', openapi: '/api/v1/openapi.json' });
    expect(body['paths']).toContain('/api/v1/threats/{id}/approve');
  });
});

function path(name: string): readonly string[] {
  return [...name.matchAll(/\{(\w+)\}/g)].flatMap(([, parameter]) =>
    parameter === undefined ? [] : [parameter],
  );
}
