import type { JsonObject } from '../json.ts';
import { clientAddress } from './client-address.ts';
import { canonicalIp } from './ip-address.ts';

/** A request that a line of another shape than an access log's tells of. */
export interface TextRequest {
  /** The part of the line that holds the request. */
  readonly text: string;
  readonly client: string | undefined;
  readonly outcome: 'success' | 'failure' | undefined;
  /** Plain names, and the W3C names that Sigma's web rules use. */
  readonly fields: JsonObject;
}

const method =
  '(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PROPFIND|SEARCH|MKCOL|MOVE|COPY|LOCK|DEBUG|TRACK)';
const quotedRequest = new RegExp(String.raw`"(${method}) (\S[^"\n]{0,8192}?)(?: (HTTP\/\d(?:\.\d)?))?"`);
const bareRequest = new RegExp(
  String.raw`(?:^|[\s|])(${method}) {1,8}"?((?:\/|https?:\/\/)[^\s"]{0,8192})"?(?: (HTTP\/\d(?:\.\d)?))?`,
);
const statusAfter =
  /^ {0,3}(?:\||:|->|=>|-|completed|status[=:]?|code[=:]?)? {0,3}([1-5]\d\d)(?=[\s|,;.]|$)/i;
const statusBefore = /(?:^|[\s|])([1-5]\d\d)(?: (?=[\d-]+ )|\s{0,3}\|)/g;
const namedStatus = /\b(?:status|httpStatus|code|status_?code)["']?[=: ]{1,2}"?([1-5]\d\d)\b/i;
const agentNamed = /\b(?:user-?_?agent|ua)["']?[=:] ?"([^"]{1,1024})"/i;
const w3c = new RegExp(
  String.raw`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:\S{1,64} ){0,2}?([0-9A-Fa-f.:]{3,45}) (${method}) (\/\S{0,8192}) (\S{1,8192}) (\d{1,5}) (\S{1,256}) ([0-9A-Fa-f.:%]{3,60}) (.{1,4096})$`,
);

/**
 * The HTTP request in a line of HAProxy, Traefik, IIS, a load balancer, a framework or an error log; null without one.
 * The address is the one before the request, because what comes after it the client may have written.
 */
export function requestInText(text: string): TextRequest | null {
  const iis = w3c.exec(text);
  if (iis !== null) return ofIis(iis);
  const found = quotedRequest.exec(text) ?? bareRequest.exec(text);
  if (found === null) return null;
  const [whole, verb = '', target = '', version] = found;
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + whole.length);
  const status =
    statusAfter.exec(after)?.[1] ??
    (version === undefined ? undefined : lastStatus(before)) ??
    lastStatus(before.slice(-160)) ??
    namedStatus.exec(after.slice(0, 512))?.[1] ??
    namedStatus.exec(before.slice(-512))?.[1];
  // Words such as `GET /x` in running text are no request unless something else says so.
  if (status === undefined && version === undefined) return null;
  const client = firstAddress(before) ?? clientAddress(before, true) ?? clientAddress(after, false);
  const path = target.replace(/^https?:\/\/[^/?#]{1,256}/i, '') || '/';
  const [referer, agent] = quotedAfter(after);
  const isCombined = /^ {0,3}\d{3} /.test(after);
  return made({
    text: whole,
    client,
    method: verb,
    target: verb === 'CONNECT' ? target : path,
    request: whole.replaceAll('"', '').trim(),
    version,
    status,
    agent: agentNamed.exec(after)?.[1] ?? (isCombined ? agent : (referer ?? undefined)),
    referer: isCombined ? referer : undefined,
  });
}

interface Parts {
  readonly text: string;
  readonly client: string | undefined;
  readonly method: string;
  readonly target: string;
  readonly request?: string;
  readonly version?: string | undefined;
  readonly status: string | undefined;
  readonly agent: string | undefined;
  readonly referer: string | undefined;
  readonly user?: string | undefined;
}

function made({
  text,
  client,
  method: verb,
  target,
  request,
  version,
  status,
  agent,
  referer,
  user,
}: Parts): TextRequest {
  const query = target.indexOf('?');
  return {
    text,
    client,
    outcome: status === undefined ? undefined : Number(status) < 400 ? 'success' : 'failure',
    fields: {
      ...given('c-ip', client),
      ...given('request', request),
      method: verb,
      'cs-method': verb,
      path: target,
      'c-uri': target,
      'cs-uri-stem': query === -1 ? target : target.slice(0, query),
      ...given('cs-uri-query', query === -1 ? undefined : target.slice(query + 1)),
      ...given('http_version', version),
      ...(status === undefined ? {} : { status: Number(status), 'sc-status': Number(status) }),
      ...given('cs-referer', referer),
      ...given('cs-user-agent', agent),
      ...given('c-useragent', agent),
      ...given('cs-username', user),
    },
  };
}

/** `date time … s-ip method stem query port user c-ip agent … status substatus win32 time`, the default of IIS. */
function ofIis(parts: RegExpExecArray): TextRequest {
  const [, , verb = '', stem = '', query = '-', , user, client, rest = ''] = parts;
  const words = rest.split(' ');
  const status = words.slice(1).find((word) => /^[1-5]\d\d$/.test(word));
  return made({
    text: parts[0],
    client: canonicalIp(client) ?? undefined,
    method: verb,
    target: query === '-' ? stem : `${stem}?${query}`,
    status,
    agent: present(words[0])?.replaceAll('+', ' '),
    referer: present(words[1]),
    user: present(user),
  });
}

/** The address that a line begins with, after its time perhaps: `192.0.2.7:53311 [05/Jan/…] frontend …`. */
function firstAddress(before: string): string | undefined {
  const found = /(?:^|\s)([0-9A-Fa-f.:]{7,45}?):\d{1,5} (?=\[|[\d.]{7,15}:)/.exec(before.slice(0, 512));
  return canonicalIp(found?.[1]) ?? undefined;
}

function lastStatus(before: string): string | undefined {
  return [...before.slice(-256).matchAll(statusBefore)][0]?.[1];
}

/** The first two quoted fields. */
function quotedAfter(text: string): (string | undefined)[] {
  return [...text.slice(0, 4096).matchAll(/"([^"\n]{0,2048})"/g)]
    .slice(0, 2)
    .map(([, value]) => present(value));
}

function present(value: string | undefined): string | undefined {
  return value === '' || value === '-' ? undefined : value;
}

function given(key: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}
