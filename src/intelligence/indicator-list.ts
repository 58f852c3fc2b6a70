import ipaddr from 'ipaddr.js';
import { Compile } from 'typebox/compile';
import type { Entities, SecurityEvent } from '../contracts/security-event.ts';
import { type Indicator, IndicatorSchema, type MatchedIndicator } from '../contracts/threat.ts';
import { VerticeError } from '../errors.ts';

const Line = Compile(IndicatorSchema);

/** A line that is no indicator. The other lines stay in force. */
export interface BadIndicator {
  /** 1-based. */
  readonly line: number;
  readonly problem: string;
}

export interface IndicatorList {
  readonly size: number;
  readonly bad: readonly BadIndicator[];
  /** Indicators that name an entity of the event, each once. */
  match(event: SecurityEvent): readonly MatchedIndicator[];
}

interface Network {
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly bits: number;
  readonly indicator: Indicator;
}

const columns = ['type', 'value', 'confidence', 'source', 'description', 'threat_actor', 'campaign'] as const;

/** Undoes the defanging that reports use: hxxp, [.], (.), [:]. */
function refang(value: string): string {
  return value
    .trim()
    .replace(/^hxxp/i, 'http')
    .replace(/\[(\.|:|at)\]|\((\.)\)/gi, (_, square: string | undefined, round: string | undefined) =>
      square?.toLowerCase() === 'at' ? '@' : (square ?? round ?? ''),
    );
}

/** The one spelling under which an indicator and an entity meet. Null when the value is not of the type. */
function canonical(type: Indicator['type'], value: string): string | null {
  switch (type) {
    case 'ip':
      return ipaddr.isValid(value) ? ipaddr.process(value).toString() : null;
    case 'cidr':
      return ipaddr.isValidCIDR(value) ? value : null;
    case 'domain':
      return /^[^\s/:@]+\.[^\s/:@]+$/.test(value) ? value.toLowerCase().replace(/\.$/, '') : null;
    case 'hash':
      return /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i.test(value) ? value.toLowerCase() : null;
    default:
      return URL.canParse(value) ? value : null;
  }
}

/** RFC 4180 fields of one line: quotes may hold commas and doubled quotes. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  for (const match of line.matchAll(pattern)) {
    fields.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
  }
  return fields;
}

function parseLine(line: string): unknown {
  if (line.startsWith('{')) return JSON.parse(line);
  const fields = csvFields(line);
  const record: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const field = fields[index];
    if (field !== undefined && field !== '') record[column] = column === 'confidence' ? Number(field) : field;
  });
  return record;
}

function readLine(text: string): Indicator {
  const record = parseLine(text);
  if (!Line.Check(record)) {
    const [problem] = Line.Errors(record);
    throw new VerticeError(
      'VTC_INTEL_INVALID',
      `expected ${columns.join(',')} or a JSON object of them: ${problem?.instancePath || 'the record'} ${problem?.message ?? 'is not valid'}`,
    );
  }
  const value = canonical(record.type, refang(record.value));
  if (value === null) throw new VerticeError('VTC_INTEL_INVALID', `the value is not a valid ${record.type}`);
  return { ...record, value };
}

/**
 * Reads a list of indicators: CSV (`type,value,confidence,source,description,threat_actor,campaign`, header
 * optional) or JSON lines; `#` starts a comment. A bad line is reported and skipped.
 */
export function parseIndicators(text: string): IndicatorList {
  const exact = new Map<string, Indicator>();
  const networks: Network[] = [];
  const bad: BadIndicator[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || (index === 0 && line.toLowerCase().startsWith('type,')))
      return;
    try {
      const indicator = readLine(line);
      if (indicator.type === 'cidr') {
        const [address, bits] = ipaddr.parseCIDR(indicator.value);
        networks.push({ address, bits, indicator });
      } else {
        const known = exact.get(indicator.value);
        if (known === undefined || known.confidence < indicator.confidence)
          exact.set(indicator.value, indicator);
      }
    } catch (error) {
      bad.push({ line: index + 1, problem: error instanceof Error ? error.message : String(error) });
    }
  });
  return {
    size: exact.size + networks.length,
    bad,
    match: (event) => matchEvent(event, exact, networks),
  };
}

function matchEvent(
  event: SecurityEvent,
  exact: ReadonlyMap<string, Indicator>,
  networks: readonly Network[],
): readonly MatchedIndicator[] {
  if (exact.size === 0 && networks.length === 0) return [];
  const found = new Map<Indicator, MatchedIndicator>();
  const take = (indicator: Indicator | undefined, entity: string): void => {
    if (indicator !== undefined && !found.has(indicator)) found.set(indicator, { ...indicator, entity });
  };
  const entities = event.context.entities ?? entitiesInPayload(event.payload);
  const addresses = new Set(entities.ips);
  if (event.source_ip !== undefined) addresses.add(event.source_ip);
  if (event.destination_ip !== undefined) addresses.add(event.destination_ip);
  for (const address of addresses) {
    take(exact.get(address), address);
    if (networks.length > 0) for (const indicator of networksOf(address, networks)) take(indicator, address);
  }
  for (const domain of entities.domains ?? []) {
    for (let name = domain; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
      take(exact.get(name), domain);
    }
  }
  for (const url of entities.urls ?? []) take(exact.get(url), url);
  for (const fileHash of entities.hashes ?? []) take(exact.get(fileHash), fileHash);
  return [...found.values()];
}

function networksOf(address: string, networks: readonly Network[]): Indicator[] {
  if (!ipaddr.isValid(address)) return [];
  const parsed = ipaddr.process(address);
  return networks
    .filter(
      (network) => network.address.kind() === parsed.kind() && parsed.match(network.address, network.bits),
    )
    .map((network) => network.indicator);
}

/** Members of a payload that hold what an indicator may name, by the names senders of the native envelope use. */
const payloadMembers: Readonly<Record<string, 'domains' | 'urls' | 'hashes' | 'ips'>> = {
  domain: 'domains',
  hostname: 'domains',
  host: 'domains',
  query: 'domains',
  dns_query: 'domains',
  sni: 'domains',
  server_name: 'domains',
  url: 'urls',
  uri: 'urls',
  hash: 'hashes',
  file_hash: 'hashes',
  md5: 'hashes',
  sha1: 'hashes',
  sha256: 'hashes',
  ip: 'ips',
  remote_ip: 'ips',
};

/** What the payload of an event without extracted entities names at its top level. */
function entitiesInPayload(payload: SecurityEvent['payload']): Entities {
  const found: { domains: string[]; urls: string[]; hashes: string[]; ips: string[] } = {
    domains: [],
    urls: [],
    hashes: [],
    ips: [],
  };
  for (const [member, kind] of Object.entries(payloadMembers)) {
    const value = payload[member];
    if (typeof value !== 'string' || value.length > 2048) continue;
    found[kind].push(kind === 'urls' ? value : value.toLowerCase().replace(/\.$/, ''));
  }
  return found;
}
