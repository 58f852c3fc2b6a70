import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** One host in its only spelling, or why the text is not one. */
export type HostAddress =
  | { readonly kind: 'host'; readonly address: string; readonly family: 4 | 6 }
  | { readonly kind: 'invalid'; readonly reason: string };

/**
 * The canonical spelling of one host address: dotted IPv4, or RFC 5952 IPv6. An IPv4-mapped IPv6 address is
 * the IPv4 host it stands for, since that is what the packets carry. Networks, names and scoped addresses
 * are not hosts a firewall could act on everywhere, so they are invalid.
 */
export function parseHostAddress(text: string): HostAddress {
  if (text.includes('%')) return invalid(text, 'it carries a zone, which means nothing beyond one link');
  if (text.includes('/')) return invalid(text, 'it is a network, and an action is on one host');
  const family = isIP(text);
  if (family === 0) return invalid(text, 'it is no IP address');
  if (family === 4) return { kind: 'host', address: text, family: 4 };
  const parsed = ipaddr.IPv6.parse(text);
  if (parsed.isIPv4MappedAddress()) {
    return { kind: 'host', address: parsed.toIPv4Address().toString(), family: 4 };
  }
  return { kind: 'host', address: parsed.toRFC5952String(), family: 6 };
}

function invalid(text: string, reason: string): HostAddress {
  return { kind: 'invalid', reason: `${JSON.stringify(text.slice(0, 64))} cannot be acted on: ${reason}` };
}

/** A set of addresses: a network, or one host as its narrowest network. */
export interface AddressRange {
  readonly family: 4 | 6;
  contains(address: string): boolean;
}

/** Reads an address or a CIDR; null when it is neither. Bits beyond the prefix are ignored. */
export function parseAddressRange(text: string): AddressRange | null {
  const slash = text.indexOf('/');
  const host = parseHostAddress(slash === -1 ? text : text.slice(0, slash));
  if (host.kind === 'invalid') return null;
  const widest = host.family === 4 ? 32 : 128;
  let prefix = widest;
  if (slash !== -1) {
    const digits = text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(digits)) return null;
    // A mapped network (::ffff:a.b.c.d/n) counts its prefix over 128 bits.
    prefix = Number(digits) - (host.family === 4 && !isIPv4(text.slice(0, slash)) ? 96 : 0);
    if (prefix < 0 || prefix > widest) return null;
  }
  const network = ipaddr.parse(host.address);
  return {
    family: host.family,
    contains(address) {
      const candidate = ipaddr.parse(address);
      return candidate.kind() === network.kind() && candidate.match(network, prefix);
    },
  };
}
