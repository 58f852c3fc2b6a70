import type { Entities } from '../contracts/security-event.ts';
import { canonicalIp } from './ip-address.ts';

const maxNames = 256;
const maxNameLength = 2048;
const maxDomainLength = 253;
const urlHost = /^[a-z][a-z0-9+.-]{0,31}:\/\/(?:[^/?#@]{0,1024}@)?(?:\[([^\]]{2,64})\]|([^/?#:\s]{1,253}))/i;
const notInDomain = /[\s/\\:@,;<>()"'`|]/;
const hexHash = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const namedHashes = /(?:^|[,;\s])(?:MD5|SHA1|SHA256)=([0-9a-f]{32,64})(?=$|[,;\s])/gi;

/**
 * Gathers what an event speaks of: canonical, unique, in order of appearance, at most 256 of a kind. Every
 * method takes a field of a hostile record as it is and passes over what does not fit: other types than
 * text, empty text, and `-`, which logs write for nothing.
 */
export class EntityCollector {
  #ips: string[] | undefined;
  #domains: string[] | undefined;
  #urls: string[] | undefined;
  #hashes: string[] | undefined;
  #users: string[] | undefined;
  #hosts: string[] | undefined;
  #processes: string[] | undefined;

  /** An address, spelled as `canonicalIp` does. */
  ip(value: unknown): void {
    const address = canonicalIp(value);
    if (address !== null) this.#ips = add(this.#ips, address);
  }

  /** A DNS name of at least two labels, in lower case and without the root's dot; an address counts as one. */
  domain(value: unknown): void {
    if (typeof value !== 'string' || value.length > maxDomainLength + 2) return;
    const address = canonicalIp(value);
    if (address !== null) {
      this.#ips = add(this.#ips, address);
      return;
    }
    const domain = dnsName(value);
    const dot = domain.indexOf('.');
    if (dot < 1 || domain.length > maxDomainLength || notInDomain.test(domain)) return;
    this.#domains = add(this.#domains, domain);
  }

  /** A URL as it stands, and its host as address or domain. A URL over 2,048 characters gives its host only. */
  url(value: unknown): void {
    if (!isName(value)) return;
    const host = urlHost.exec(value);
    if (host === null) return;
    if (value.length <= maxNameLength) this.#urls = add(this.#urls, value);
    this.domain(host[1] ?? host[2]);
  }

  /** MD5, SHA-1 or SHA-256 in hexadecimal, bare or as Sysmon lists them (`SHA1=…,MD5=…`; import hashes are not taken). */
  hash(value: unknown): void {
    if (typeof value !== 'string' || value.length < 32 || value.length > 1024) return;
    if (hexHash.test(value)) {
      this.#hashes = add(this.#hashes, value.toLowerCase());
      return;
    }
    for (const [, digest = ''] of value.matchAll(namedHashes)) {
      if (hexHash.test(digest)) this.#hashes = add(this.#hashes, digest.toLowerCase());
    }
  }

  /** An account name as it stands. */
  user(value: unknown): void {
    if (isName(value)) this.#users = add(this.#users, value.slice(0, maxNameLength));
  }

  /** A machine's name in lower case and without the root's dot; an address counts as one. */
  host(value: unknown): void {
    if (!isName(value)) return;
    const address = canonicalIp(value);
    if (address !== null) this.#ips = add(this.#ips, address);
    else this.#hosts = add(this.#hosts, dnsName(value));
  }

  /** A program's path or name as it stands. */
  process(value: unknown): void {
    if (isName(value)) this.#processes = add(this.#processes, value.slice(0, maxNameLength));
  }

  /** What was gathered; undefined when nothing was. */
  done(): Entities | undefined {
    const entities: Entities = {};
    if (this.#ips !== undefined) entities.ips = this.#ips;
    if (this.#domains !== undefined) entities.domains = this.#domains;
    if (this.#urls !== undefined) entities.urls = this.#urls;
    if (this.#hashes !== undefined) entities.hashes = this.#hashes;
    if (this.#users !== undefined) entities.users = this.#users;
    if (this.#hosts !== undefined) entities.hosts = this.#hosts;
    if (this.#processes !== undefined) entities.processes = this.#processes;
    for (const _ in entities) return entities;
    return undefined;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value !== '-';
}

function dnsName(value: string): string {
  const start = value.startsWith('*.') ? 2 : 0;
  const end = value.endsWith('.') ? value.length - 1 : value.length;
  return value.slice(start, end).toLowerCase().slice(0, maxNameLength);
}

function add(names: string[] | undefined, name: string): string[] {
  if (names === undefined) return [name];
  if (names.length < maxNames && !names.includes(name)) names.push(name);
  return names;
}
