import type { JsonObject } from '../json.ts';
import { addressOf } from './client-address.ts';
import { FieldIndex } from './field-index.ts';

/** Names that servers, proxies and frameworks give to the parts of a request in their JSON logs, surest first. */
const names = {
  method: words(
    'request.method requestmethod httprequest.requestmethod http.request.method httpmethod reqmethod req.method csmethod method verb',
  ),
  target: words(
    'request.uri requesturi httprequest.requesturl httprequest.uri url.original requestpath httppath req.url requesturl clientrequesturi csuristem uri http.url url.path path url',
  ),
  query: words('url.query querystring httprequest.args csuriquery args query'),
  status: words(
    'downstreamstatus response.status http.response.statuscode httprequest.status statuscode httpstatus edgeresponsestatus responsestatus res.statuscode scstatus httpstatuscode status code',
  ),
  client: words(
    'request.remoteip request.clientip clienthost remoteip clientip httprequest.remoteip httprequest.clientip remoteaddr clientaddr remoteaddress request.remoteaddr remotehost xrealip realip cip client.ip client ip',
  ),
  agent: words(
    'useragent.original requestuseragent httpuseragent headers.useragent httprequest.useragent clientrequestuseragent csuseragent useragent ua agent',
  ),
  referer: words('requestreferer httpreferer headers.referer httprequest.referer referer referrer'),
  host: words('request.host requesthost httphost url.domain cshost vhost host'),
} as const;

const method = /^[A-Z]{3,16}$/;
const methods = new Set(
  'GET POST PUT HEAD DELETE OPTIONS PATCH CONNECT TRACE PROPFIND SEARCH MKCOL MOVE COPY LOCK DEBUG TRACK'.split(
    ' ',
  ),
);
const origin = /^[a-z]{2,8}:\/\/[^/?#]{1,256}/i;

/** An HTTP request that a JSON record tells of. */
export interface JsonRequest {
  readonly client: string | undefined;
  readonly status: number | undefined;
  /** The W3C names that Sigma's web rules use. */
  readonly fields: JsonObject;
}

/**
 * The request in a record of unknown shape (Caddy, Traefik, nginx's and HAProxy's JSON, Rails, ECS, …); null without
 * method, target, and one of status, agent and client.
 */
export function jsonRequest(record: JsonObject, index = new FieldIndex(record)): JsonRequest | null {
  const verb = index.first(names.method, (value) =>
    typeof value === 'string' && method.test(value) && methods.has(value) ? value : undefined,
  );
  if (verb === undefined) return null;
  const written = index.first(names.target, (value) =>
    typeof value === 'string' && (value.startsWith('/') || origin.test(value)) ? value : undefined,
  );
  if (written === undefined) return null;
  const status = index.first(names.status, (value) => {
    const number = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && number >= 100 && number < 600 ? number : undefined;
  });
  const client = index.first(names.client, addressOf);
  const agent = index.first(names.agent, textOf);
  if (status === undefined && client === undefined && agent === undefined) return null;
  const path = written.replace(origin, '') || '/';
  const mark = path.indexOf('?');
  const query = mark === -1 ? index.first(names.query, textOf)?.replace(/^\?/, '') : path.slice(mark + 1);
  const target = mark === -1 && query !== undefined ? `${path}?${query}` : path;
  return {
    client,
    status,
    fields: {
      'cs-method': verb,
      'c-uri': target,
      'cs-uri-stem': mark === -1 ? path : path.slice(0, mark),
      ...(query === undefined ? {} : { 'cs-uri-query': query }),
      ...(status === undefined ? {} : { 'sc-status': status }),
      ...given('c-ip', client),
      ...given('cs-user-agent', agent),
      ...given('cs-referer', index.first(names.referer, textOf)),
      ...given('cs-host', index.first(names.host, textOf)),
    },
  };
}

function words(list: string): readonly string[] {
  return list.split(' ');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== '-' ? value : undefined;
}

function given(key: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}
