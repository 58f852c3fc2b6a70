import type { AuditEvent } from './audit-event.ts';
import { isPrivate } from './circumstance-evidence.ts';
import type { EvidenceList } from './evidence.ts';
import type { AuditRecord } from './record.ts';
import { wordSet } from './word-set.ts';

/** Ports of remote administration and databases, which should not be reached from the internet. */
const adminPorts = new Set([
  20, 21, 22, 23, 135, 137, 138, 139, 445, 1433, 1521, 2375, 2376, 3306, 3389, 5432, 5900, 5985, 5986, 6379,
  9200, 11211, 27017,
]);
const badDomains =
  /(?:\.onion|\.bit|\.top|\.xyz|\.tk|\.ru|\.su|dyndns|duckdns|ngrok|no-ip|pool\.|xmr|minexmr|\.zip|\.mov)\.?$/;

/** Resolvers that half the world uses: Cloudflare, Google, Quad9, OpenDNS, and the clouds' own. */
const publicResolvers = wordSet(
  `1.1.1.1 1.0.0.1 8.8.8.8 8.8.4.4 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 168.63.129.16`,
);
/** Domains whose hosts have names made by machines. */
const machineNamed =
  /\.(?:cloudfront\.net|amazonaws\.com|akamai(?:edge|hd|zed)?\.net|edgekey\.net|azureedge\.net|azurefd\.net|windows\.net|fastly\.net|googleusercontent\.com|1e100\.net|trafficmanager\.net|elb\.[a-z0-9.-]+|in-addr\.arpa|ip6\.arpa)\.?$/;
const ordinaryPorts = new Set([53, 80, 123, 443]);

/** Flow and name records: who reached which service, and whether a name is suspect. */
export function networkEvidence(event: AuditEvent, out: EvidenceList): void {
  flowEvidence(event.record, out);
  const domain = domainOf(event.record);
  if (domain === '') return;
  out.add(out.has('verdict:blocked') ? 'dns:blocked' : 'dns:is-query', null, domain);
  if (isEncodedLabel(domain)) out.add('dns:encoded-label', 'known-bad', domain);
  if (badDomains.test(domain)) out.add('dns:suspect-domain', 'known-bad', domain);
}

function flowEvidence(record: AuditRecord, out: EvidenceList): void {
  const destination =
    record.text('dstaddr', 'destinationip', 'dstip') || (record.under('dstendpoint', 'ip')?.text ?? '');
  const source = record.text('srcaddr', 'srcip') || (record.under('srcendpoint', 'ip')?.text ?? '');
  const portLeaf = record.first(['dstport', 'destinationport']) ?? record.under('dstendpoint', 'port');
  if (destination === '' && source === '' && portLeaf === undefined) return;
  out.add('flow:is-flow');
  if (/^(?:reject|deny|denied|drop|blocked?)$/.test(record.text('action'))) out.add('flow:rejected');
  const port = Number(portLeaf?.value ?? 0);
  if (isPrivate(source)) outboundEvidence(destination, port, out);
  else if (source !== '' && isPrivate(destination)) {
    if (adminPorts.has(port)) out.add('flow:admin-port-from-internet', 'remote-access', `port ${port}`);
    else out.add('flow:inbound', null, `port ${port}`);
  }
}

function outboundEvidence(destination: string, port: number, out: EvidenceList): void {
  if (isPrivate(destination)) {
    out.add('flow:internal');
    return;
  }
  if (destination === '') return;
  const isOdd = port > 0 && !ordinaryPorts.has(port);
  out.add(isOdd ? 'flow:odd-port-out' : 'flow:outbound', 'remote-access', `port ${port}`);
  if (port !== 53) return;
  if (publicResolvers.has(destination)) out.add('flow:public-dns');
  else out.add('flow:foreign-dns', 'remote-access', destination);
}

/** The name that a resolver was asked for; a `domain` elsewhere is an organisation's. */
function domainOf(record: AuditRecord): string {
  const query = record.text('queryname', 'question');
  if (query !== '') return query;
  const asked = record.under('event', 'domainname') ?? record.under('', 'domainname');
  if (asked !== undefined) return asked.text;
  return record.has('responsecode') || record.has('querytype') || record.has('rcode')
    ? (record.under('', 'domain')?.text ?? '')
    : '';
}

/** Data smuggled out in a name: a long label of letters and digits mixed beyond what people choose. */
function isEncodedLabel(domain: string): boolean {
  if (machineNamed.test(domain)) return false;
  const label = domain.split('.', 1)[0] ?? '';
  if (label.length < 20 || !/^[a-z0-9+/=_]+$/.test(label)) return false;
  const digits = label.replace(/[^0-9]/g, '').length;
  return label.endsWith('=') || (digits >= 3 && digits < label.length * 0.6);
}
