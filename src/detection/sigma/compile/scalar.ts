import { fold } from './fold.ts';
import { isWide } from './text-bytes.ts';

/**
 * One value of a field with what comparisons need of it, each worked out once, when first asked for. Numbers
 * and booleans are their text as well.
 */
export class Scalar {
  readonly text: string;
  readonly isBoolean: boolean;
  #folded: string | undefined;
  #isWide: boolean | undefined;
  #number: number | undefined;

  constructor(value: string | number | boolean) {
    this.text = typeof value === 'string' ? value : String(value);
    this.isBoolean = typeof value === 'boolean';
    if (typeof value === 'number') this.#number = value;
  }

  get folded(): string {
    this.#folded ??= fold(this.text);
    return this.#folded;
  }

  /** Whether the text has characters beyond U+00FF. */
  get isWide(): boolean {
    this.#isWide ??= isWide(this.text);
    return this.#isWide;
  }

  /**
   * The text itself when it is not wide, so that folding would only change letters into letters in the same place;
   * else the folded text.
   */
  get searchable(): string {
    return this.isWide ? this.folded : this.text;
  }

  /** NaN for what is no number. */
  get number(): number {
    this.#number ??= this.isBoolean ? Number.NaN : numberOf(this.text);
    return this.#number;
  }
}

/** A plain decimal number, else NaN: no blanks, exponents or hexadecimal, which logs use for other things. */
export function numberOf(text: string): number {
  const first = text.charCodeAt(0);
  const isNumeral = (first >= 48 && first <= 57) || first === 45;
  return isNumeral && decimal.test(text) ? Number(text) : Number.NaN;
}

const decimal = /^-?\d{1,300}(?:\.\d{1,300})?$/;
