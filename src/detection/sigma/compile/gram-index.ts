import type { Scalar } from './scalar.ts';
import { bytesOf, caseBit, caseBits, isWide } from './text-bytes.ts';

/**
 * Finds which of many literals occur in a text. Of each literal some runs of four characters stand in a table, and the
 * text is looked at in steps of `stride` characters, so many of the literal's runs being listed that one of them
 * must fall on a step. Where a listed run passes, the literal itself is compared.
 */
export interface GramIndex {
  /** Calls `found` with the number of each literal that is in the value, possibly several times. */
  search(value: Scalar, found: (literal: number) => void): void;
}

const gramSize = 4;
const maxStride = 8;
/** What the built-in search for one literal costs, against looking up one run; and folding the text for it. */
const plainCost = 0.25;
const foldCost = 0.25;

/** @param literals folded, none of them empty */
export function createGramIndex(literals: readonly string[]): GramIndex {
  const numbered = literals.map((text, literal) => ({ text, literal }));
  const narrow = passesFor(numbered.filter(({ text }) => !isWide(text)));
  const wide = passesFor(numbered.filter(({ text }) => isWide(text)));
  const [only] = narrow;
  return wide.length === 0 && narrow.length === 1 && only !== undefined ? only : new Passes(narrow, wide);
}

function passesFor(literals: readonly Literal[]): readonly GramIndex[] {
  const stride = cheapestStride(literals.map(({ text }) => text.length));
  const isShort = ({ text }: Literal): boolean => text.length < stride + gramSize - 1;
  const short = literals.filter(isShort);
  const long = literals.filter((literal) => !isShort(literal));
  const passes: GramIndex[] = [];
  if (long.length > 0) passes.push(new StridePass(long, stride));
  if (short.length > 0) passes.push(new PlainPass(short));
  return passes;
}

/** The stride that costs least a character; literals too short for it are then searched for one by one. */
function cheapestStride(lengths: readonly number[]): number {
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let stride = 1; stride <= maxStride; stride += 1) {
    const short = lengths.filter((length) => length < stride + gramSize - 1).length;
    const pass = short === lengths.length ? 0 : 1 / stride;
    const cost = pass + (short === 0 ? 0 : foldCost + short * plainCost);
    if (cost < least) {
      least = cost;
      best = stride;
    }
  }
  return best;
}

interface Literal {
  readonly text: string;
  readonly literal: number;
}

class Passes implements GramIndex {
  readonly #narrow: readonly GramIndex[];
  /** For literals with characters that only wide texts have: dashes that are none, look-alike letters, emoji. */
  readonly #wide: readonly GramIndex[];

  constructor(narrow: readonly GramIndex[], wide: readonly GramIndex[]) {
    this.#narrow = narrow;
    this.#wide = wide;
  }

  search(value: Scalar, found: (literal: number) => void): void {
    for (const pass of this.#narrow) pass.search(value, found);
    if (value.isWide) for (const pass of this.#wide) pass.search(value, found);
  }
}

class PlainPass implements GramIndex {
  readonly #literals: readonly Literal[];

  constructor(literals: readonly Literal[]) {
    this.#literals = literals;
  }

  search(value: Scalar, found: (literal: number) => void): void {
    const { folded } = value;
    for (const { text, literal } of this.#literals) if (folded.includes(text)) found(literal);
  }
}

/** Where a literal begins when one of its runs stands at a position: so far before it. */
interface Entry extends Literal {
  readonly back: number;
  /** The low bytes of its characters, with the case bit set. */
  readonly bytes: Uint8Array;
}

const multiplier = 0x9e3779b1;
/** Bits of the table for each run listed: one look-up in so many is in vain. */
const bitsPerGram = 128;
const minBits = 10;
const maxBits = 19;

class StridePass implements GramIndex {
  readonly #stride: number;
  readonly #entries = new Map<number, Entry[]>();
  readonly #shift: number;
  /** A bit for each hash of a run that is listed. */
  readonly #listed: Int32Array;

  constructor(literals: readonly Literal[], stride: number) {
    this.#stride = stride;
    for (const { text, literal } of literals) {
      const start = rarestStart(text, stride, this.#entries);
      const bytes = Uint8Array.from(
        { length: text.length },
        (_, index) => (text.charCodeAt(index) & 0xff) | caseBit,
      );
      for (let back = start; back < start + stride; back += 1) {
        const gram = gramAt(text, back);
        const entries = this.#entries.get(gram);
        if (entries === undefined) this.#entries.set(gram, [{ text, literal, back, bytes }]);
        else entries.push({ text, literal, back, bytes });
      }
    }
    const wanted = Math.ceil(Math.log2(this.#entries.size * bitsPerGram));
    const bits = Math.min(maxBits, Math.max(minBits, wanted));
    this.#shift = 32 - bits;
    this.#listed = new Int32Array(1 << (bits - 5));
    for (const gram of this.#entries.keys()) {
      const hash = Math.imul(gram, multiplier) >>> this.#shift;
      this.#listed[hash >>> 5] = (this.#listed[hash >>> 5] ?? 0) | (1 << (hash & 31));
    }
  }

  search(value: Scalar, found: (literal: number) => void): void {
    const { view, bytes, length } = bytesOf(value.searchable);
    const stride = this.#stride;
    const shift = this.#shift;
    const listed = this.#listed;
    const last = length - gramSize;
    for (let at = 0; at <= last; at += stride) {
      const gram = view.getInt32(at, true) | caseBits;
      const hash = Math.imul(gram, multiplier) >>> shift;
      if ((((listed[hash >>> 5] ?? 0) >>> (hash & 31)) & 1) === 1) {
        this.#compare(value, bytes, gram, at, found);
      }
    }
  }

  /** Most runs that pass belong to other words, which their bytes tell without the text being folded. */
  #compare(
    value: Scalar,
    text: Uint8Array,
    gram: number,
    at: number,
    found: (literal: number) => void,
  ): void {
    const entries = this.#entries.get(gram);
    if (entries === undefined) return;
    for (const entry of entries) {
      const start = at - entry.back;
      if (start < 0 || !hasBytes(text, start, entry.bytes)) continue;
      if (value.folded.startsWith(entry.text, start)) found(entry.literal);
    }
  }
}

/** What lies behind the end of the text is left from an earlier one: it may only make this say yes in vain. */
function hasBytes(text: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (((text[start + index] ?? 0) | caseBit) !== wanted[index]) return false;
  }
  return true;
}

/** Where the `stride` runs begin that are least ordinary and least used by literals before. */
function rarestStart(text: string, stride: number, taken: ReadonlyMap<number, readonly Entry[]>): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start + stride + gramSize - 1 <= text.length; start += 1) {
    let score = 0;
    for (let at = start; at < start + stride; at += 1)
      score += (taken.get(gramAt(text, at))?.length ?? 0) * 4;
    for (let at = start; at < start + stride + gramSize - 1; at += 1)
      score += ordinariness(text.charCodeAt(at));
    if (score < least) {
      least = score;
      best = start;
    }
  }
  return best;
}

/** Letters and signs by how often text, paths and commands hold them, most frequent first. */
const frequent = 'eitsnorac\\ldmpu.-:/ 0hwfg1x2y';

function ordinariness(code: number): number {
  const rank = frequent.indexOf(String.fromCharCode(code));
  return rank < 0 ? 0 : (frequent.length - rank) / frequent.length;
}

/** Four characters as the bytes of a text hold them, little-endian. */
function gramAt(text: string, at: number): number {
  let gram = 0;
  for (let index = gramSize - 1; index >= 0; index -= 1) {
    gram = (gram << 8) | (text.charCodeAt(at + index) & 0xff);
  }
  return gram | caseBits;
}
