import { describe, expect, it } from 'vitest';
import { genericJson } from './generic-json.ts';
import { jsonRequest } from './json-request.ts';

describe('jsonRequest', () => {
  it.each([
    [
      'Caddy',
      {
        ts: 1767614400.5,
        request: {
          remote_ip: '203.0.113.9',
          method: 'GET',
          host: 'a.example',
          uri: '/x?y=1',
          headers: { 'User-Agent': ['curl/8'] },
        },
        status: 404,
      },
    ],
    [
      'Traefik',
      {
        ClientHost: '203.0.113.9',
        RequestMethod: 'GET',
        RequestPath: '/x?y=1',
        DownstreamStatus: 404,
        'request_User-Agent': 'curl/8',
        RequestHost: 'a.example',
      },
    ],
    [
      'ECS',
      {
        client: { ip: '203.0.113.9' },
        http: { request: { method: 'GET' }, response: { status_code: 404 } },
        url: { original: '/x?y=1', domain: 'a.example' },
        user_agent: { original: 'curl/8' },
      },
    ],
    [
      'a server’s own JSON',
      {
        remote_addr: '203.0.113.9:4000',
        method: 'GET',
        url: 'https://a.example/x',
        query_string: 'y=1',
        status: '404',
        http_user_agent: 'curl/8',
        http_host: 'a.example',
      },
    ],
  ])('finds the request in the JSON of %s', (_, record) => {
    expect(jsonRequest(record)).toEqual({
      client: '203.0.113.9',
      status: 404,
      fields: {
        'cs-method': 'GET',
        'c-uri': '/x?y=1',
        'cs-uri-stem': '/x',
        'cs-uri-query': 'y=1',
        'sc-status': 404,
        'c-ip': '203.0.113.9',
        'cs-user-agent': 'curl/8',
        'cs-host': 'a.example',
      },
    });
  });

  it.each([
    [{ method: 'guess', path: '/x', status: 200 }],
    [{ method: 'GET', path: 'x', status: 200 }],
    [{ method: 'GET', path: '/x' }],
    [{ path: '/x', status: 200 }],
  ])('finds none in %j', (record) => {
    expect(jsonRequest(record)).toBeNull();
  });

  it('makes an http_request of a generic record', () => {
    const record = {
      time: '2026-01-05T12:00:00Z',
      remote_ip: '203.0.113.9',
      method: 'GET',
      path: '/x',
      status: 500,
    };
    expect(genericJson.normalise(record, { position: 'x', receivedAtMs: 0 })).toMatchObject({
      event_type: 'http_request',
      source_ip: '203.0.113.9',
      context: { category: 'web', outcome: 'failure', logsource: { category: ['webserver'] } },
    });
  });

  it('reads a failed login from the words of a message', () => {
    const record = {
      time: '2026-01-05T12:00:00Z',
      msg: 'Failed login attempt for username "ana" from ip 203.0.113.9',
    };
    expect(genericJson.normalise(record, { position: 'x', receivedAtMs: 0 })).toMatchObject({
      event_type: 'login_failed',
      source_ip: '203.0.113.9',
      context: { user: 'ana' },
    });
  });
});
