import type { TextPart } from '../rule.ts';

/** `*`: any run of characters, none too. */
export const any: TextPart = { wildcard: 'any' };
/** `?`: exactly one character. */
export const one: TextPart = { wildcard: 'one' };

/**
 * A value of a rule as text and wildcards, by the escaping rules of the specification: a backslash makes `*`,
 * `?` and `\` plain; before anything else, and at the end, it is itself.
 */
export function parseText(value: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let run = '';
  for (let index = 0; index < value.length; index += 1) {
    const char = value.charAt(index);
    if (char === '\\') {
      const next = value.charAt(index + 1);
      if (next === '*' || next === '?' || next === '\\') {
        run += next;
        index += 1;
      } else run += char;
    } else if (char === '*' || char === '?') {
      parts.push(run, char === '*' ? any : one);
      run = '';
    } else run += char;
  }
  parts.push(run);
  return tidy(parts);
}

/** The text when there is no wildcard in it, else null. */
export function plainText(parts: readonly TextPart[]): string | null {
  const [part] = parts;
  if (part === undefined) return '';
  return parts.length === 1 && typeof part === 'string' ? part : null;
}

/** Joins neighbouring texts and neighbouring `*`, drops empty texts: one spelling for one meaning. */
export function tidy(parts: readonly TextPart[]): readonly TextPart[] {
  const tidied: TextPart[] = [];
  for (const part of parts) {
    const last = tidied.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof last === 'string') tidied[tidied.length - 1] = last + part;
    else if (isAny(part) && last !== undefined && isAny(last)) continue;
    else tidied.push(part);
  }
  return tidied;
}

export function isAny(part: TextPart): boolean {
  return typeof part !== 'string' && part.wildcard === 'any';
}

/** As a rule would spell it: for messages and `explain`. */
export function spellText(parts: readonly TextPart[]): string {
  return parts
    .map((part, index) => {
      if (typeof part !== 'string') return spellWildcard(part);
      // A backslash means itself unless something follows that it would escape.
      const escaped = part.replace(/\\(?=[*?\\])|[*?]/g, '\\$&');
      return part.endsWith('\\') && index < parts.length - 1 ? `${escaped}\\` : escaped;
    })
    .join('');
}

function spellWildcard(part: { readonly wildcard: 'any' | 'one' }): string {
  return part.wildcard === 'any' ? '*' : '?';
}

const dashes = ['-', '/', '\u2013', '\u2014', '\u2015'] as const;
/** A dash or slash that begins a word: `\B[-/]\b`, as the specification's reference implementation has it. */
const dash = /\B[-/]\b/g;

/** How many texts `windash` makes of this one. */
export function countDashSpellings(parts: readonly TextPart[]): number {
  let found = 0;
  for (const part of parts) if (typeof part === 'string') found += part.match(dash)?.length ?? 0;
  return dashes.length ** found;
}

/** The text with every dash that begins a word in every spelling Windows programs take: - / – — ― */
export function dashSpellings(parts: readonly TextPart[]): readonly (readonly TextPart[])[] {
  let spellings: (readonly TextPart[])[] = [[]];
  const append = (tails: readonly TextPart[]): void => {
    spellings = spellings.flatMap((head) => tails.map((tail) => [...head, tail]));
  };
  for (const part of parts) {
    if (typeof part !== 'string') {
      append([part]);
      continue;
    }
    let end = 0;
    for (const match of part.matchAll(dash)) {
      append([part.slice(end, match.index)]);
      append(dashes);
      end = match.index + 1;
    }
    append([part.slice(end)]);
  }
  return spellings.map(tidy);
}

/**
 * What bytes look like inside a Base64 text, at each of the three positions they may begin at: the characters
 * that do not depend on the neighbouring bytes.
 */
export function base64Offsets(bytes: Buffer): readonly string[] {
  const dropAtStart = [0, 2, 3] as const;
  return dropAtStart.map((drop, offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64');
    const beyond = (bytes.length + offset) % 3;
    return encoded.slice(drop, beyond === 0 ? undefined : beyond === 1 ? -3 : -2);
  });
}

export type Utf16 = 'utf16' | 'utf16le' | 'utf16be';

/** UTF-16 bytes; `utf16` begins with a byte order mark and is little-endian. */
export function utf16Bytes(text: string, encoding: Utf16): Buffer {
  const littleEndian = Buffer.from(text, 'utf16le');
  if (encoding === 'utf16be') return littleEndian.swap16();
  return encoding === 'utf16' ? Buffer.concat([Buffer.from([0xff, 0xfe]), littleEndian]) : littleEndian;
}
