/**
 * The text under search, as bytes: reading four of them at once is several times quicker than asking a string for its
 * characters. One text at a time for the whole program, which is single-threaded.
 */
interface TextBytes {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  /** Bytes of the text, one a character; behind them `padding` bytes may be read. */
  readonly length: number;
}

const padding = 4;
const firstSize = 16_384;
/** Room that one huge text has taken is given back when smaller ones follow. */
const keptSize = 1_048_576;

let bytes = Buffer.alloc(firstSize);
const current = { view: viewOf(bytes), bytes, length: 0 };

/** Setting these bits makes letters of ASCII and Latin-1 the same whatever their case (and some signs, too). */
export const caseBits = 0x20202020;
export const caseBit = 0x20;

/** The bytes of a text that holds characters up to U+00FF only, or that has been folded; of others the low byte. */
export function bytesOf(text: string): TextBytes {
  const { length } = text;
  if (length + padding > bytes.length || bytes.length > keptSize) {
    bytes = Buffer.alloc(Math.max(firstSize, length + padding));
    current.view = viewOf(bytes);
    current.bytes = bytes;
  }
  bytes.write(text, 0, length, 'latin1');
  current.length = length;
  return current;
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

const wide = /[\u0100-\uffff]/;

/**
 * Whether a text has characters beyond U+00FF. V8 keeps texts without any in one byte a character, and knows at
 * once that the expression cannot match there.
 */
export function isWide(text: string): boolean {
  return wide.test(text);
}
