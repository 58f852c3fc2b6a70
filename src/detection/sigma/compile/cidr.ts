import { VerticeError } from '../../../errors.ts';

/**
 * An address as the four 32-bit words of IPv6; of IPv4 only `d` counts. Filled anew for each address, so that
 * reading one allocates nothing.
 */
const read = { isV4: false, a: 0, b: 0, c: 0, d: 0 };

/** Whether a text is an address inside the network. An IPv4 address is in no IPv6 network, nor the reverse. */
export function compileCidr(network: string): (text: string) => boolean {
  const slash = network.lastIndexOf('/');
  const address = slash < 0 ? network : network.slice(0, slash);
  if (!readAddress(address)) throw invalid(network);
  const { isV4, a, b, c, d } = read;
  const size = isV4 ? 32 : 128;
  const bits = slash < 0 ? size : prefixLength(network.slice(slash + 1));
  if (bits > size) throw invalid(network);
  if (isV4) {
    const mask = maskOf(bits);
    const wanted = d & mask;
    return (text) => readAddress(text) && read.isV4 && (read.d & mask) === wanted;
  }
  const masks = [0, 32, 64, 96].map((start) => maskOf(Math.min(32, Math.max(0, bits - start))));
  const [ma = 0, mb = 0, mc = 0, md = 0] = masks;
  return (text) =>
    readAddress(text) &&
    !read.isV4 &&
    ((read.a ^ a) & ma) === 0 &&
    ((read.b ^ b) & mb) === 0 &&
    ((read.c ^ c) & mc) === 0 &&
    ((read.d ^ d) & md) === 0;
}

function prefixLength(text: string): number {
  return /^\d{1,3}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : -1 << (32 - bits);
}

function invalid(network: string): VerticeError {
  return new VerticeError(
    'VTC_RULE_INVALID',
    `cidr: expected a network such as 10.0.0.0/8 or fe80::/10, got "${network.slice(0, 64)}"`,
  );
}

/** Longest text that can be an address: IPv6 with an IPv4 tail and a zone. */
const maxLength = 64;

function readAddress(text: string): boolean {
  if (text.length < 2 || text.length > maxLength) return false;
  return text.includes(':') ? readV6(text) : readV4(text, 0);
}

/** Four decimal parts without leading zeros, from `start` to the end of the text. */
function readV4(text: string, start: number): boolean {
  let word = 0;
  let part = 0;
  let digits = 0;
  let parts = 0;
  for (let index = start; index <= text.length; index += 1) {
    const code = index === text.length ? 46 : text.charCodeAt(index);
    if (code === 46) {
      if (digits === 0 || part > 255 || parts === 4) return false;
      word = (word << 8) | part;
      parts += 1;
      part = 0;
      digits = 0;
    } else {
      if (code < 48 || code > 57 || (digits > 0 && part === 0) || digits === 3) return false;
      part = part * 10 + (code - 48);
      digits += 1;
    }
  }
  read.isV4 = true;
  read.d = word;
  return parts === 4;
}

function readV6(written: string): boolean {
  const zone = written.indexOf('%');
  let text = zone < 0 ? written : written.slice(0, zone);
  const tail: number[] = [];
  if (text.includes('.')) {
    const colon = text.lastIndexOf(':');
    if (!readV4(text, colon + 1)) return false;
    tail.push((read.d >>> 16) & 0xffff, read.d & 0xffff);
    text = text.slice(0, colon + (text[colon - 1] === ':' ? 1 : 0));
  }
  const gap = text.indexOf('::');
  const head = groupsOf(gap < 0 ? text : text.slice(0, gap));
  const rest = gap < 0 ? [] : groupsOf(text.slice(gap + 2));
  if (head === null || rest === null) return false;
  const given = head.length + rest.length + tail.length;
  if (gap < 0 ? given !== 8 : given > 7) return false;
  const groups = [...head, ...new Array<number>(8 - given).fill(0), ...rest, ...tail];
  const word = (index: number): number => ((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0);
  read.isV4 = false;
  read.a = word(0);
  read.b = word(2);
  read.c = word(4);
  read.d = word(6);
  return true;
}

function groupsOf(text: string): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  for (const group of text.split(':')) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    groups.push(Number.parseInt(group, 16));
  }
  return groups;
}
