import ipaddr from 'ipaddr.js';
import { canonicalIp } from './ip-address.ts';

/** Addresses looked at in one message, and how much of it. */
const maxAddresses = 16;
const searched = 8192;
/** Room before an address in which its label can stand. */
const labelRoom = 40;

const address =
  /(?:(?<![\w.-])(?:::ffff:)?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)|(?<![\w.:-])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:]))/g;

/** The kind of an address before the address. */
const family = /ipv[46][:/](?:(?:udp|tcp|tls|wss?)\/)?$/i;

/** What stands before the address of the one who asks. */
const sureLabel =
  /(?:\bclient(?: @0x[0-9a-f]{1,16})?|\b(?:remote|peer|source|src|client|real|origin(?:al|ating)?|x-real|caller|sender|user|login|private|public)[ _-]?(?:ip|addr|address|host|ipaddr)(?:ess)?|\b(?:rip|oip|remip|rhost|ipaddr|ip_?address|src|raddr|ip|addr(?:ess)?|requester|HOST|host))["']?\s{0,2}(?:[=:]|(?:is|of)\b)?\s{0,2}[["'(<`]{0,2}$/i;
const likelyLabel =
  /(?:\b(?:from|by|for|peer|remote|source|client)\b\s{0,2}[:=]?\s{0,2}(?:ip|host|user)?\s{0,2}(?:\[AF_INET6?\])?|[A-Za-z0-9.,\s-]\[|\(\[?|^\W{0,2})[["'(<`@]{0,2}$/i;
/** What stands before addresses of others; `([…])` is the name a mail client gives itself. */
const otherLabel =
  /(?:\(\[|\b(?:lip|server|local(?:[ _-]?(?:host|ip|addr(?:ess)?))?|upstream|dst|dest|destination|listen(?:ing on)?|to|on|at|via|nas|bind|DST)\b["']?\s{0,2}[=:]?|->|\w@|\/\/[^\s/]{0,30}|\bversion\b|\bv)\s{0,2}[["'(<`]{0,2}$/i;

/**
 * The address of the client a message speaks of: one that is labelled so, surest labels first; undefined when two
 * could be meant, since names in a message are the attacker's to choose and nobody must be framed.
 *
 * @param takeOnly take an address without any label when the message holds no other
 */
export function clientAddress(message: string, takeOnly: boolean): string | undefined {
  const text = message.length > searched ? message.slice(0, searched) : message;
  const sure = new Set<string>();
  const likely = new Set<string>();
  const rest = new Set<string>();
  let count = 0;
  for (const found of text.matchAll(address)) {
    if (count >= maxAddresses) break;
    count += 1;
    const ip = canonicalIp(found[0]);
    if (ip === null) continue;
    const before = text.slice(Math.max(0, found.index - labelRoom), found.index).replace(family, '');
    if (otherLabel.test(before)) continue;
    if (sureLabel.test(before)) sure.add(ip);
    else if (likelyLabel.test(before)) likely.add(ip);
    else rest.add(ip);
  }
  if (sure.size > 0) return theOne(sure);
  if (likely.size > 0) return theOne(likely);
  if (!takeOnly) return undefined;
  return theOne(rest);
}

/** The only one; of several the only public one, since proxies and the machine itself are named as well. */
function theOne(found: ReadonlySet<string>): string | undefined {
  const [first] = found;
  if (found.size <= 1) return first;
  const outside = [...found].filter(isPublic);
  return outside.length === 1 ? outside[0] : undefined;
}

const insideRanges: ReadonlySet<string> = new Set([
  'unspecified',
  'broadcast',
  'multicast',
  'linkLocal',
  'loopback',
  'carrierGradeNat',
  'private',
  'uniqueLocal',
]);

function isPublic(ip: string): boolean {
  return !insideRanges.has(ipaddr.parse(ip).range());
}

/** `address`, `address:port` or `[address]:port`, of which the first may be a list behind commas; undefined else. */
export function addressOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 256) return undefined;
  const [first = ''] = value.split(',', 1);
  const trimmed = first.trim();
  const plain = canonicalIp(trimmed);
  if (plain !== null) return plain;
  const parts = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?$/.exec(trimmed);
  return parts === null ? undefined : (canonicalIp(parts[1] ?? parts[2]) ?? undefined);
}
