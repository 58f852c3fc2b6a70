/** What a byte did: more is wanted, it closed the value, or it cannot stand there (and was not taken). */
export type ScanStep = 'more' | 'end' | 'wrong';

/** Follows one JSON object or array byte by byte, without keeping any of it. */
export interface JsonScan {
  /** Takes the next byte. After `end` or `wrong` the scan is over. */
  step(byte: number): ScanStep;
  /** Takes the plain characters of a string, if the scan is inside one; returns the index of the byte after them. */
  skipText(bytes: Buffer, start: number): number;
}

type Expect = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

const quote = 0x22;
const backslash = 0x5c;
const orderMark = [0xef, 0xbb, 0xbf];

/**
 * A scan that stands before the opening bracket. It checks the structure and where strings end, so that a torn or
 * foreign byte shows at once; numbers, literals and escapes are left to whoever parses the value.
 *
 * @param maxDepth deepest nesting followed; a bracket beyond is `wrong`
 */
export function createJsonScan(maxDepth = 1024): JsonScan {
  /** For each open bracket, whether it is an object's. */
  const isObject: boolean[] = [];
  let expect: Expect = 'value';
  let isInString = false;
  let isEscaped = false;
  let isInToken = false;

  function inString(byte: number): ScanStep {
    if (isEscaped) isEscaped = false;
    else if (byte === backslash) isEscaped = true;
    else if (byte === quote) {
      isInString = false;
      expect = expect === 'key' ? 'colon' : 'comma-or-end';
    }
    // A line feed or another control character inside a string means that its end was lost.
    return byte < 0x20 ? 'wrong' : 'more';
  }

  function close(ofObject: boolean): ScanStep {
    const isEmpty = expect === (ofObject ? 'key-or-end' : 'value-or-end');
    if (isObject.at(-1) !== ofObject || !(isEmpty || expect === 'comma-or-end')) return 'wrong';
    isObject.pop();
    expect = 'comma-or-end';
    return isObject.length === 0 ? 'end' : 'more';
  }

  function open(ofObject: boolean): ScanStep {
    if (!expect.startsWith('value') || isObject.length === maxDepth) return 'wrong';
    isObject.push(ofObject);
    expect = ofObject ? 'key-or-end' : 'value-or-end';
    return 'more';
  }

  function separator(byte: number): ScanStep {
    if (byte === 0x3a && expect === 'colon') {
      expect = 'value';
      return 'more';
    }
    if (byte !== 0x2c || expect !== 'comma-or-end') return 'wrong';
    expect = isObject.at(-1) === true ? 'key' : 'value';
    return 'more';
  }

  function step(byte: number): ScanStep {
    if (isInString) return inString(byte);
    if (isTokenByte(byte)) {
      if (isInToken) return 'more';
      if (!expect.startsWith('value') || isObject.length === 0) return 'wrong';
      isInToken = true;
      expect = 'comma-or-end';
      return 'more';
    }
    isInToken = false;
    if (isBlank(byte)) return 'more';
    switch (byte) {
      case 0x7b:
        return open(true);
      case 0x5b:
        return open(false);
      case 0x7d:
        return close(true);
      case 0x5d:
        return close(false);
      case quote:
        if (isObject.length === 0 || expect === 'colon' || expect === 'comma-or-end') return 'wrong';
        if (expect === 'key-or-end') expect = 'key';
        isInString = true;
        return 'more';
      default:
        return separator(byte);
    }
  }

  function skipText(bytes: Buffer, start: number): number {
    if (!isInString || isEscaped) return start;
    let at = start;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte === quote || byte === backslash || byte < 0x20) break;
    }
    return at;
  }

  return { step, skipText };
}

/** White space of JSON. */
export function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Whether the byte is one of a UTF-8 byte order mark at the beginning of a stream. */
export function isOrderMark(byte: number, offset: number): boolean {
  return byte === orderMark[offset];
}

/** Letters, digits and signs of numbers and literals. */
function isTokenByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e
  );
}
