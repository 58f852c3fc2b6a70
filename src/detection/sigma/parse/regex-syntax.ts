import { limits } from './limits.ts';
import { type CharSet, complement, controls, merge, posixClasses, shorthands, single } from './regex-sets.ts';

/**
 * A regular expression as a tree: PCRE as rules are written in, restricted to what V8 or RE2 can run with the
 * same meaning. The tree is what its cost, its literals and its spelling for either engine are read from.
 */
export type RegexNode =
  /** Matches nothing but a place. */
  | { readonly kind: 'anchor'; readonly anchor: Anchor }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isLazy: boolean;
    }
  | { readonly kind: 'group'; readonly body: RegexNode; readonly isCapture: boolean }
  /** `(?i:…)`: flags on and off inside. */
  | { readonly kind: 'flags'; readonly body: RegexNode; readonly on: string; readonly off: string }
  | {
      readonly kind: 'look';
      readonly body: RegexNode;
      readonly isBehind: boolean;
      readonly isNegated: boolean;
    }
  | { readonly kind: 'backreference'; readonly group: number };

export type Anchor =
  | 'line-start'
  | 'line-end'
  | 'text-start'
  | 'text-end'
  | 'last-line-end'
  | 'word'
  | 'not-word';

export interface ParsedRegex {
  readonly root: RegexNode;
  /** Flags given at the very beginning of the expression: `(?i)`. */
  readonly flags: string;
}

/** Why an expression cannot be taken; the rest of the sentence "expected …". */
export class RegexFault {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

const maxRepeat = 1_000_000;
const maxDepth = 64;

export function parseRegex(source: string): ParsedRegex | RegexFault {
  if (source.length > limits.regexChars) {
    return new RegexFault(
      `a regular expression of at most ${limits.regexChars} characters, got ${source.length}`,
    );
  }
  try {
    return new RegexParser(source).parse();
  } catch (error) {
    if (error instanceof RegexFault) return error;
    throw error;
  }
}

const anchors = new Map<string, Anchor>([
  ['b', 'word'],
  ['B', 'not-word'],
  ['A', 'text-start'],
  ['z', 'text-end'],
  ['Z', 'last-line-end'],
]);

class RegexParser {
  readonly #source: string;
  #at = 0;
  #captures = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): ParsedRegex {
    let flags = '';
    for (;;) {
      const leading = /^\(\?([ims]+)\)/.exec(this.#source.slice(this.#at, this.#at + 8));
      if (leading === null) break;
      flags += leading[1] ?? '';
      this.#at += leading[0].length;
    }
    const root = this.#choice();
    if (this.#at < this.#source.length)
      throw this.#fault('a regular expression, got ")" with no "(" before it');
    this.#checkBackreferences(root);
    return { root, flags: [...new Set(flags)].join('') };
  }

  #fault(message: string): RegexFault {
    return new RegexFault(`${message} (at character ${this.#at + 1})`);
  }

  #peek(ahead = 0): string {
    return this.#source.charAt(this.#at + ahead);
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): RegexNode {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw this.#fault(`groups at most ${maxDepth} deep`);
    const options: RegexNode[] = [];
    let flags: Flags | null = null;
    do {
      const option = this.#sequence();
      options.push(flags === null ? option.node : wrapFlags(option.node, flags));
      // A flag set in the middle holds to the end of the group, over the "|" too.
      if (option.flags !== null) flags = option.flags;
    } while (this.#take('|'));
    this.#depth -= 1;
    const [only] = options;
    return only !== undefined && options.length === 1 ? only : { kind: 'choice', options };
  }

  #sequence(): { readonly node: RegexNode; readonly flags: Flags | null } {
    const items: RegexNode[] = [];
    while (this.#at < this.#source.length && this.#peek() !== '|' && this.#peek() !== ')') {
      const flags = this.#inlineFlags();
      if (flags !== null) {
        const rest = this.#sequence();
        items.push(wrapFlags(rest.node, flags));
        return { node: { kind: 'sequence', items }, flags: rest.flags ?? flags };
      }
      const atom = this.#atom();
      if (atom !== null) items.push(this.#quantified(atom));
    }
    const [only] = items;
    return {
      node: only !== undefined && items.length === 1 ? only : { kind: 'sequence', items },
      flags: null,
    };
  }

  /** `(?i)` in the middle. */
  #inlineFlags(): Flags | null {
    const found = /^\(\?([ims]*)(?:-([ims]+))?\)/.exec(this.#source.slice(this.#at, this.#at + 16));
    if (found === null) return null;
    this.#at += found[0].length;
    return { on: found[1] ?? '', off: found[2] ?? '' };
  }

  #atom(): RegexNode | null {
    const char = this.#peek();
    if (char === '(') return this.#group();
    if (char === '[') return { kind: 'set', set: this.#class() };
    if (char === '\\') return this.#escape();
    if (char === '*' || char === '+' || char === '?') {
      throw this.#fault(`something to repeat before "${char}"`);
    }
    this.#at += 1;
    if (char === '.') return { kind: 'set', set: { ranges: [], isNegated: false, isDot: true } };
    if (char === '^') return { kind: 'anchor', anchor: 'line-start' };
    if (char === '$') return { kind: 'anchor', anchor: 'line-end' };
    return { kind: 'set', set: single(char.charCodeAt(0)) };
  }

  #quantified(atom: RegexNode): RegexNode {
    let node = atom;
    for (let count = 0; ; count += 1) {
      const bounds = this.#quantifier();
      if (bounds === null) return node;
      if (count > 0) throw this.#fault('one quantifier, got another after it');
      if (node.kind === 'anchor' || node.kind === 'look') {
        throw this.#fault('something to repeat that takes characters, got an assertion');
      }
      const isLazy = this.#take('?');
      if (!isLazy && this.#peek() === '+') {
        throw this.#fault('a regular expression without possessive quantifiers ("++", "*+", "?+", "}+")');
      }
      node = { kind: 'repeat', body: node, ...bounds, isLazy };
    }
  }

  #quantifier(): { readonly min: number; readonly max: number } | null {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    // Anything else in braces is plain text.
    const braces = /^\{(\d{1,7})(?:(,)(\d{1,7})?)?\}/.exec(this.#source.slice(this.#at, this.#at + 20));
    if (braces === null) return null;
    const [whole, from, comma, to] = braces;
    const min = Number(from);
    const max = comma === undefined ? min : to === undefined ? Number.POSITIVE_INFINITY : Number(to);
    if (max < min) throw this.#fault(`a repetition from few to many, got ${whole}`);
    if (min > maxRepeat || (max > maxRepeat && Number.isFinite(max))) {
      throw this.#fault(`at most ${maxRepeat} repetitions, got ${whole}`);
    }
    this.#at += whole.length;
    return { min, max };
  }

  #group(): RegexNode | null {
    this.#at += 1;
    if (!this.#take('?')) {
      this.#captures += 1;
      return { kind: 'group', body: this.#closed(), isCapture: true };
    }
    if (this.#take(':')) return { kind: 'group', body: this.#closed(), isCapture: false };
    if (this.#take('=')) return { kind: 'look', body: this.#closed(), isBehind: false, isNegated: false };
    if (this.#take('!')) return { kind: 'look', body: this.#closed(), isBehind: false, isNegated: true };
    if (this.#take('<=')) return { kind: 'look', body: this.#closed(), isBehind: true, isNegated: false };
    if (this.#take('<!')) return { kind: 'look', body: this.#closed(), isBehind: true, isNegated: true };
    if (this.#take('#')) {
      const end = this.#source.indexOf(')', this.#at);
      if (end === -1) throw this.#fault('")" at the end of the comment');
      this.#at = end + 1;
      return null;
    }
    const rest = this.#source.slice(this.#at, this.#at + 80);
    const named = /^(?:P?<|')([A-Za-z_]\w{0,63})[>']/.exec(rest);
    if (named !== null) {
      this.#at += named[0].length;
      this.#captures += 1;
      return { kind: 'group', body: this.#closed(), isCapture: true };
    }
    const flags = /^([ims]*)(?:-([ims]+))?:/.exec(rest);
    if (flags !== null) {
      this.#at += flags[0].length;
      return { kind: 'flags', body: this.#closed(), on: flags[1] ?? '', off: flags[2] ?? '' };
    }
    throw this.#fault(
      `a group of the kinds (…) (?:…) (?i:…) (?=…) (?!…) (?<=…) (?<!…), got "(?${rest.slice(0, 2)}"`,
    );
  }

  #closed(): RegexNode {
    const body = this.#choice();
    if (!this.#take(')')) throw this.#fault('")" at the end of the group');
    return body;
  }

  #escape(): RegexNode | null {
    this.#at += 1;
    const char = this.#peek();
    if (char === '') throw this.#fault('a character after "\\"');
    const anchor = anchors.get(char);
    if (anchor !== undefined) {
      this.#at += 1;
      return { kind: 'anchor', anchor };
    }
    if (char === 'Q') return this.#quoted();
    if (char === 'E') {
      this.#at += 1;
      return null;
    }
    const reference = /^[1-9]\d?/.exec(this.#source.slice(this.#at, this.#at + 2));
    if (reference !== null) {
      this.#at += reference[0].length;
      return { kind: 'backreference', group: Number(reference[0]) };
    }
    return { kind: 'set', set: this.#escapedSet() };
  }

  /** `\Q…\E`: plain text. */
  #quoted(): RegexNode {
    this.#at += 1;
    const close = this.#source.indexOf('\\E', this.#at);
    const end = close === -1 ? this.#source.length : close;
    const text = this.#source.slice(this.#at, end);
    this.#at = close === -1 ? end : end + 2;
    const items: RegexNode[] = Array.from({ length: text.length }, (_, index) => ({
      kind: 'set',
      set: single(text.charCodeAt(index)),
    }));
    return { kind: 'group', body: { kind: 'sequence', items }, isCapture: false };
  }

  /** What stands after a backslash, in a class or outside one. */
  #escapedSet(): CharSet {
    const char = this.#peek();
    this.#at += 1;
    const shorthand = shorthands.get(char);
    if (shorthand !== undefined) return shorthand;
    const control = controls.get(char);
    if (control !== undefined) return single(control);
    const rest = this.#source.slice(this.#at, this.#at + 10);
    if (char === 'x') {
      const hex = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest);
      return this.#code(hex, hex?.[1] ?? hex?.[2], 16);
    }
    if (char === 'u') {
      const hex = /^([0-9A-Fa-f]{4})/.exec(rest);
      return this.#code(hex, hex?.[1], 16);
    }
    if (char === '0') {
      const octal = /^[0-7]{0,2}/.exec(rest);
      return this.#code(octal, `0${octal?.[0] ?? ''}`, 8);
    }
    if (char === 'c' && /^[A-Za-z]/.test(rest)) {
      this.#at += 1;
      return single(rest.charCodeAt(0) % 32);
    }
    if (/[A-Za-z0-9]/.test(char)) throw this.#fault(`an escape that PCRE and V8 both know, got "\\${char}"`);
    return single(char.charCodeAt(0));
  }

  #code(found: RegExpExecArray | null, digits: string | undefined, base: number): CharSet {
    const code = digits === undefined ? Number.NaN : Number.parseInt(digits, base);
    if (found === null || Number.isNaN(code)) throw this.#fault('digits after the escape');
    if (code > 0xffff) throw this.#fault('a character up to U+FFFF, got a higher one');
    this.#at += found[0].length;
    return single(code);
  }

  #class(): CharSet {
    this.#at += 1;
    const isNegated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; ; first = false) {
      if (this.#at >= this.#source.length) throw this.#fault('"]" at the end of the character class');
      if (this.#peek() === ']' && !first) break;
      const from = this.#classItem();
      const code = codeOf(from);
      // "-" makes a range between two characters; elsewhere it is itself.
      if (code === null || this.#peek() !== '-' || this.#peek(1) === ']' || this.#peek(1) === '') {
        ranges.push(...from);
        continue;
      }
      this.#at += 1;
      const to = this.#classItem();
      const last = codeOf(to);
      if (last === null) ranges.push([code, code], [0x2d, 0x2d], ...to);
      else if (last < code) throw this.#fault('a range of characters from low to high');
      else ranges.push([code, last]);
    }
    this.#at += 1;
    return { ranges: merge(ranges), isNegated, isDot: false };
  }

  #classItem(): CharSet['ranges'] {
    const char = this.#peek();
    if (char === '[') {
      const posix = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(this.#at, this.#at + 16));
      if (posix !== null) {
        const ranges = posixClasses.get(posix[2] ?? '');
        if (ranges === undefined) throw this.#fault(`a POSIX class, got ${posix[0]}`);
        this.#at += posix[0].length;
        return posix[1] === '^' ? complement(merge(ranges)) : ranges;
      }
    }
    this.#at += 1;
    if (char !== '\\') return single(char.charCodeAt(0)).ranges;
    if (this.#take('b')) return single(0x08).ranges;
    if (this.#peek() === '') throw this.#fault('a character after "\\"');
    const set = this.#escapedSet();
    return set.isNegated ? complement(set.ranges) : set.ranges;
  }

  #checkBackreferences(node: RegexNode): void {
    if (node.kind === 'backreference' && node.group > this.#captures) {
      throw new RegexFault(`a group ${node.group} for "\\${node.group}", got ${this.#captures} groups`);
    }
    for (const child of childrenOf(node)) this.#checkBackreferences(child);
  }
}

interface Flags {
  readonly on: string;
  readonly off: string;
}

function wrapFlags(body: RegexNode, { on, off }: Flags): RegexNode {
  return { kind: 'flags', body, on, off };
}

function codeOf(ranges: CharSet['ranges']): number | null {
  const [range] = ranges;
  return ranges.length === 1 && range !== undefined && range[0] === range[1] ? range[0] : null;
}

export function childrenOf(node: RegexNode): readonly RegexNode[] {
  switch (node.kind) {
    case 'sequence':
      return node.items;
    case 'choice':
      return node.options;
    case 'repeat':
    case 'group':
    case 'flags':
    case 'look':
      return [node.body];
    default:
      return [];
  }
}
