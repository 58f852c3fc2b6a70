import { hash } from 'node:crypto';

/**
 * An id that is a pure function of its parts: the same observation always gets the same id, so a
 * re-delivery updates a row instead of adding one. 128 bits of SHA-256 behind a readable prefix.
 *
 * @param prefix what the id names, e.g. `det`; the result is `det_<32 hex digits>`
 * @param parts joined with U+001F, which no identifier contains, so `['a','bc']` differs from `['ab','c']`
 */
export function deterministicId(prefix: string, ...parts: readonly string[]): string {
  return `${prefix}_${hash('sha256', parts.join('\u001f'), 'hex').slice(0, 32)}`;
}
