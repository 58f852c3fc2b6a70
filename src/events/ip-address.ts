import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The one spelling of an address: IPv4 as it stands, IPv6 as RFC 5952 writes it and without zone, IPv4-mapped
 * IPv6 as IPv4. Null for anything that is no address, including IPv4 with leading zeros.
 */
export function canonicalIp(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  if (isIpv4(value)) return value;
  if (value.length > 64 || !isIPv6(value)) return null;
  const zone = value.indexOf('%');
  const address = ipaddr.IPv6.parse(zone === -1 ? value : value.slice(0, zone));
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}

/** Whether the text is dotted-quad IPv4 with no leading zeros. Costs a few nanoseconds a character. */
export function isIpv4(text: string): boolean {
  const length = text.length;
  if (length < 7 || length > 15) return false;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (digits === 0) return false;
      dots += 1;
      octet = 0;
      digits = 0;
    } else {
      if (code < 48 || code > 57 || (digits > 0 && octet === 0)) return false;
      octet = octet * 10 + code - 48;
      digits += 1;
      if (octet > 255) return false;
    }
  }
  return dots === 3 && digits > 0;
}
