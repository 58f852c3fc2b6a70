import { hash } from 'node:crypto';

const nul = String.fromCharCode(0);
const mark = String.fromCharCode(0x1a);
// With the u flag, \p{Surrogate} matches only half a pair.
const unstorable = new RegExp(`[${nul}${mark}\\p{Surrogate}]`, 'gu');
const escaped = new RegExp(`${mark}([0-9a-f]{4})`, 'g');
const digestPrefix = '#sha256:';

/**
 * Text as both databases can hold it. PostgreSQL takes no U+0000, neither takes half a surrogate pair; both
 * occur in hostile input. Such a unit becomes U+001A and its four hex digits; all other text stays as it is.
 */
export function toStorable(text: string): string {
  return text.replace(unstorable, (unit) => mark + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** The inverse of {@link toStorable}. */
export function fromStorable(text: string): string {
  if (!text.includes(mark)) return text;
  return text.replace(escaped, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/**
 * The text itself when an index can hold it, else a digest: PostgreSQL refuses index entries over about
 * 2,700 bytes, and names from events have no such limit. Different texts have different keys.
 */
export function indexKey(text: string): string {
  const fits = text.length <= 128 || Buffer.byteLength(text) <= 512;
  return fits && !text.startsWith(digestPrefix) ? text : digestPrefix + hash('sha256', text, 'hex');
}
