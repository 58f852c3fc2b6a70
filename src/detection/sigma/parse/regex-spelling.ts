import { type CharSet, shorthandLetters } from './regex-sets.ts';
import type { RegexNode } from './regex-syntax.ts';

/** Who is to read the expression: V8's `RegExp`, or RE2. */
export type RegexDialect = 'v8' | 're2';

/**
 * The expression for one engine; null when that engine cannot say it. What is spelled for V8 is read back as the same
 * tree.
 *
 * @param isDotAll whether the flag `s` is on around the node
 */
export function spellRegex(node: RegexNode, dialect: RegexDialect, isDotAll: boolean): string | null {
  const within = (child: RegexNode): string | null => spellRegex(child, dialect, isDotAll);
  switch (node.kind) {
    case 'anchor':
      return anchorSpellings[dialect][node.anchor];
    case 'set':
      return node.set.isDot ? spellDot(dialect, isDotAll) : spellSet(node.set, dialect);
    case 'sequence':
      return joined(
        node.items.map((item) => (item.kind === 'choice' ? wrapped(within(item)) : within(item))),
        '',
      );
    case 'choice':
      return joined(node.options.map(within), '|');
    case 'repeat':
      return spellRepeat(node, within(node.body), dialect);
    case 'group': {
      const body = within(node.body);
      return body === null ? null : `(${node.isCapture ? '' : '?:'}${body})`;
    }
    case 'flags':
      return spellFlags(node, dialect, isDotAll);
    case 'look': {
      const body = within(node.body);
      if (dialect === 're2' || body === null) return null;
      return `(?${node.isBehind ? '<' : ''}${node.isNegated ? '!' : '='}${body})`;
    }
    case 'backreference':
      // The empty group keeps a digit that follows from joining the number.
      return dialect === 're2' ? null : `\\${node.group}(?:)`;
  }
}

type Repeat = Extract<RegexNode, { readonly kind: 'repeat' }>;
type Flags = Extract<RegexNode, { readonly kind: 'flags' }>;

function spellRepeat(node: Repeat, body: string | null, dialect: RegexDialect): string | null {
  // RE2 repeats at most a thousand times.
  const most = Number.isFinite(node.max) ? node.max : node.min;
  if (body === null || (dialect === 're2' && most > 1000)) return null;
  const isAtom = node.body.kind === 'set' || node.body.kind === 'group';
  return `${isAtom ? body : wrapped(body)}${spellBounds(node.min, node.max)}${node.isLazy ? '?' : ''}`;
}

function spellFlags({ on, off, body }: Flags, dialect: RegexDialect, isDotAll: boolean): string | null {
  const spelled = spellRegex(body, dialect, on.includes('s') || (isDotAll && !off.includes('s')));
  return spelled === null ? null : `(?${on}${off === '' ? '' : `-${off}`}:${spelled})`;
}

const anchorSpellings = {
  v8: {
    'line-start': '^',
    'line-end': '$',
    'text-start': '(?<![\\u0000-\\uffff])',
    'text-end': '(?![\\u0000-\\uffff])',
    'last-line-end': '(?=\\u000a?(?![\\u0000-\\uffff]))',
    word: '\\b',
    'not-word': '\\B',
  },
  re2: {
    'line-start': '^',
    'line-end': '$',
    'text-start': '\\A',
    'text-end': '\\z',
    'last-line-end': null,
    word: '\\b',
    'not-word': '\\B',
  },
} as const;

function joined(texts: readonly (string | null)[], separator: string): string | null {
  const all: string[] = [];
  for (const text of texts) {
    if (text === null) return null;
    all.push(text);
  }
  return all.join(separator);
}

function wrapped<Body extends string | null>(body: Body): string | Body {
  return body === null ? body : `(?:${body})`;
}

function spellBounds(min: number, max: number): string {
  if (min === 0 && max === 1) return '?';
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

/** V8's dot stops at four line ends, RE2's at one: both get V8's. */
function spellDot(dialect: RegexDialect, isDotAll: boolean): string {
  return dialect === 'v8' || isDotAll ? '.' : '[^\\n\\r\\x{2028}\\x{2029}]';
}

function spellSet(set: CharSet, dialect: RegexDialect): string {
  const letter = shorthandLetters.get(set);
  // RE2's white space is ASCII only.
  if (letter !== undefined && (dialect === 'v8' || (letter !== 's' && letter !== 'S'))) return `\\${letter}`;
  const [range] = set.ranges;
  if (!set.isNegated && range !== undefined && set.ranges.length === 1 && range[0] === range[1]) {
    return spellChar(range[0], dialect, /[\\^$.*+?()[\]{}|]/);
  }
  const special = /[\\^\-[\]]/;
  const items = set.ranges.map(([from, to]) => {
    const first = spellChar(from, dialect, special);
    if (from === to) return first;
    // Code units end at U+FFFF, RE2's characters do not.
    const last = to === 0xffff && dialect === 're2' ? '\\x{10FFFF}' : spellChar(to, dialect, special);
    return `${first}-${last}`;
  });
  return `[${set.isNegated ? '^' : ''}${items.join('')}]`;
}

function spellChar(code: number, dialect: RegexDialect, special: RegExp): string {
  if (code >= 0x20 && code < 0x7f) {
    const char = String.fromCharCode(code);
    return special.test(char) ? `\\${char}` : char;
  }
  const hex = code.toString(16).padStart(4, '0');
  return dialect === 'v8' ? `\\u${hex}` : `\\x{${hex}}`;
}
