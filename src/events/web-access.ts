import { eventTypes } from '../contracts/event-types.ts';
import type { JsonObject } from '../json.ts';
import { buildEvent } from './build-event.ts';
import { EntityCollector } from './entities.ts';
import type { TextFormat } from './format.ts';
import { canonicalIp } from './ip-address.ts';
import { readSyslogLine } from './syslog-line.ts';
import { timestampFromMs } from './timestamp.ts';

/** Access lines of nginx, Apache and what writes like them: common and combined format, also behind a virtual host. */
export const webAccess: TextFormat = {
  kind: 'text',
  id: 'web-access',
  title: 'web server access log (common, combined)',
  recognise(text) {
    const access = readWebAccess(text);
    if (access === null) return false;
    // A line that a web server sent through syslog begins with a time, which could pass for a host's name.
    return canonicalIp(access.client) !== null || readSyslogLine(text, 0) === null;
  },
  normalise(text, origin) {
    const access = readWebAccess(text);
    if (access === null) {
      const detail = 'expected <client> <identity> <user> [<time>] "<request>" <status> <bytes>';
      return { rejected: 'invalid_record', detail };
    }
    const entities = new EntityCollector();
    entities.host(access.client);
    entities.url(access.referer);
    entities.url(access.path);
    entities.domain(access.virtualHost?.replace(/:\d+$/, ''));
    return buildEvent({
      format: 'web-access',
      origin,
      record: access.fields,
      raw: text,
      timestamp: access.timestamp,
      source: 'web-access',
      eventType: eventTypes.httpRequest,
      sourceIp: access.client,
      protocol: 'http',
      user: access.user,
      category: 'web',
      outcome: access.outcome,
      logsource: { category: ['webserver'] },
      entities,
    });
  },
};

/** One line of an access log. */
export interface WebAccess {
  /** Address, or a host name where the server looks names up. */
  readonly client: string;
  readonly virtualHost: string | undefined;
  readonly user: string | undefined;
  readonly timestamp: string | null;
  readonly path: string | undefined;
  readonly referer: string | undefined;
  readonly outcome: 'success' | 'failure';
  /** For the payload: plain names, and beside them the W3C names that Sigma's web rules use. */
  readonly fields: JsonObject;
}

const time = / \[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-]\d{4})\] "/g;
const result = /" (\d{3}) (\d{1,18}|-)(?: "|[ \t]|$)/g;
const requestLine = /^([A-Za-z_-]{1,32}) (\S.*?)(?: (HTTP\/\d(?:\.\d)?))?$/s;
const name = /^[A-Za-z0-9._:-]{1,255}$/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Longer than any server's limit on the parts before the request. */
const longestHead = 4096;

/**
 * Reads a line; null when it is none of an access log. What the client writes (user name, request, referer, agent)
 * comes after its address, so it cannot give another one. Servers escape quotes in it; where one does not, the
 * first quote that a status follows ends the request.
 */
export function readWebAccess(text: string): WebAccess | null {
  const found = startOf(text.length > longestHead ? text.slice(0, longestHead) : text);
  if (found === null) return null;
  const { head, stamp } = found;
  const requestAt = stamp.index + stamp[0].length;
  const end = endOfRequest(text, requestAt);
  if (end === null) return null;
  const [, status = '', bytes = ''] = end.parts;
  const request = text.slice(requestAt, end.index);
  const [, method, path, version] = requestLine.exec(request) ?? [];
  const [referer, agent, ...others] = quoted(text.slice(end.next));
  const query = path?.indexOf('?') ?? -1;
  const fields = {
    client: head.client,
    'c-ip': head.client,
    request,
    ...given('virtual_host', head.virtualHost),
    ...given('cs-host', head.virtualHost),
    ...given('identity', absent(head.identity)),
    ...given('user', absent(head.user)),
    ...given('cs-username', absent(head.user)),
    ...given('method', method),
    ...given('cs-method', method),
    ...given('path', path),
    ...given('c-uri', path),
    ...given('cs-uri-stem', query === -1 ? path : path?.slice(0, query)),
    ...given('cs-uri-query', query === -1 ? undefined : path?.slice(query + 1)),
    ...given('http_version', version),
    status: Number(status),
    'sc-status': Number(status),
    ...(bytes === '-' ? {} : { bytes: Number(bytes) }),
    ...given('referer', absent(referer)),
    ...given('cs-referer', absent(referer)),
    ...given('user_agent', absent(agent)),
    ...given('cs-user-agent', absent(agent)),
    ...given('c-useragent', absent(agent)),
    ...(others.length === 0 ? {} : { others }),
  };
  return {
    client: head.client,
    virtualHost: head.virtualHost,
    user: absent(head.user),
    timestamp: timeOf(stamp),
    path,
    referer: absent(referer),
    outcome: Number(status) < 400 ? 'success' : 'failure',
    fields,
  };
}

/** The first time that client, identity and user stand before. */
function startOf(text: string): { head: Head; stamp: RegExpExecArray } | null {
  for (const stamp of text.matchAll(time)) {
    const head = headOf(text.slice(0, stamp.index));
    if (head !== null) return { head, stamp };
  }
  return null;
}

interface Head {
  readonly client: string;
  readonly virtualHost: string | undefined;
  readonly identity: string | undefined;
  readonly user: string;
}

/** `[virtual host] client identity user`, where only the user's name may hold blanks. */
function headOf(text: string): Head | null {
  const [first = '', second = '', ...rest] = text.split(' ');
  if (!name.test(first)) return null;
  if (canonicalIp(first) === null && canonicalIp(second) !== null && rest.length >= 2) {
    const [identity, ...user] = rest;
    return { client: second, virtualHost: first, identity, user: user.join(' ') };
  }
  if (rest.length === 0) return null;
  return { client: first, virtualHost: undefined, identity: second, user: rest.join(' ') };
}

function endOfRequest(text: string, start: number): { index: number; next: number; parts: string[] } | null {
  let first: RegExpExecArray | null = null;
  result.lastIndex = start;
  for (let parts = result.exec(text); parts !== null; parts = result.exec(text)) {
    first ??= parts;
    if (!isEscaped(text, parts.index)) return endAt(parts);
    result.lastIndex = parts.index + 1;
  }
  // Not a server that escapes, then.
  return first && endAt(first);
}

function endAt(parts: RegExpExecArray): { index: number; next: number; parts: string[] } {
  const next = parts.index + parts[0].length - (parts[0].endsWith('"') ? 1 : 0);
  return { index: parts.index, next, parts };
}

/** Whether an odd number of backslashes stands before the character. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
}

/** The quoted fields that follow, at most eight; the last may be cut off. */
function quoted(text: string): string[] {
  const fields: string[] = [];
  for (let start = text.indexOf('"'); start !== -1 && fields.length < 8; ) {
    let end = start + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    fields.push(text.slice(start + 1, end));
    start = text.indexOf('"', end + 1);
  }
  return fields;
}

function timeOf(stamp: RegExpExecArray): string | null {
  const [, day, monthName = '', year, hour, minute, second, zone = '+0000'] = stamp;
  const month = months.indexOf(monthName);
  const isReal = month !== -1 && Number(day) <= 31 && Number(hour) <= 23 && Number(minute) <= 59;
  if (!isReal) return null;
  const local = Date.UTC(Number(year), month, Number(day), Number(hour), Number(minute), Number(second));
  const offset = (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))) * 60_000;
  return timestampFromMs(zone.startsWith('-') ? local + offset : local - offset);
}

function absent(value: string | undefined): string | undefined {
  return value === '' || value === '-' ? undefined : value;
}

function given(key: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}
