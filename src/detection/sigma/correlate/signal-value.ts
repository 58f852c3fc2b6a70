import { hash } from 'node:crypto';

/** Longest text a signal carries; a longer one keeps its beginning and is told apart by its hash. */
const maxText = 512;

/** A field's value as a signal carries it. */
export type SignalValue = string | number | boolean;

/**
 * A field's value, small and plain: text, a number or a boolean. A list stands for its plain elements, joined; an
 * object, null, or an empty list is no value at all (null).
 */
export function toSignalValue(value: unknown): SignalValue | null {
  switch (typeof value) {
    case 'string':
      return capped(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'bigint':
      return capped(String(value));
    default:
      return Array.isArray(value) ? listValue(value) : null;
  }
}

/** A signal's value as text: for groups and distinct values. Signals come over a bus, so it may be anything. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const plain = toSignalValue(value);
  return plain === null ? null : String(plain);
}

/** Magnitudes beyond this are not measurements; it keeps sums finite. */
const maxMagnitude = 1e100;

/** A signal's value as a number: a number, or text that is one. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= maxMagnitude ? number : null;
}

function listValue(list: readonly unknown[]): SignalValue | null {
  const plain: SignalValue[] = [];
  for (const element of list.slice(0, 32)) {
    const value = Array.isArray(element) ? null : toSignalValue(element);
    if (value !== null) plain.push(value);
  }
  const [only] = plain;
  if (only === undefined) return null;
  return plain.length === 1 ? only : capped(plain.join(','));
}

function capped(text: string): string {
  if (text.length <= maxText) return text;
  return `${text.slice(0, maxText - 65)}#${hash('sha256', text, 'hex')}`;
}

/** Several texts as one, so that no two lists of texts give the same. */
export function joinTexts(texts: readonly string[]): string {
  const [only] = texts;
  if (texts.length === 1 && only !== undefined) return only;
  let joined = '';
  for (const text of texts) joined += `${text.length}:${text}`;
  return joined;
}
