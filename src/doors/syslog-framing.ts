/** One syslog message cut out of a stream. */
export interface SyslogFrame {
  readonly value: Buffer;
  /** True size when it was larger than allowed; `value` is then its beginning. */
  readonly oversizeBytes?: number;
}

export interface SyslogFraming {
  /** Messages that are complete with this chunk, in order. */
  push(chunk: Buffer): SyslogFrame[];
  /** The message the stream broke off in, if any. */
  end(): SyslogFrame[];
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const lessThan = 0x3c;
/** Longest length prefix believed: 99,999,999 bytes. A larger number is the beginning of a line. */
const maxLengthDigits = 8;

/**
 * Cuts a TCP stream into syslog messages, RFC 6587: `123 <34>…` (octet counting) and `<34>…\n`
 * (non-transparent framing) are told apart for each message, since senders mix them. Holds at most
 * `maxRecordBytes` of an unfinished message.
 */
export function createSyslogFraming(options: { readonly maxRecordBytes: number }): SyslogFraming {
  const { maxRecordBytes } = options;
  let held = Buffer.alloc(Math.min(4096, maxRecordBytes));
  let heldBytes = 0;
  let totalBytes = 0;
  let mode: 'start' | 'line' | 'counted' = 'start';
  let remaining = 0;

  function keep(part: Buffer): void {
    totalBytes += part.length;
    const taken = Math.min(part.length, maxRecordBytes - heldBytes);
    if (heldBytes + taken > held.length) {
      const grown = Buffer.alloc(Math.min(maxRecordBytes, Math.max(held.length * 2, heldBytes + taken)));
      held.copy(grown, 0, 0, heldBytes);
      held = grown;
    }
    part.copy(held, heldBytes, 0, taken);
    heldBytes += taken;
  }

  function finish(frames: SyslogFrame[]): void {
    let length = heldBytes;
    while (length > 0 && isLineEnd(held[length - 1])) length -= 1;
    if (length > 0) {
      const value = Buffer.from(held.subarray(0, length));
      frames.push(totalBytes > maxRecordBytes ? { value, oversizeBytes: totalBytes } : { value });
    }
    heldBytes = 0;
    totalBytes = 0;
    mode = 'start';
  }

  /** Looks at the next byte of a message whose framing is open: `12`, `12 ` and `12 <` may be a length. */
  function begin(byte: number): boolean {
    const hasSpace = heldBytes > 0 && held[heldBytes - 1] === space;
    if (hasSpace && byte === lessThan) {
      remaining = Number(held.toString('latin1', 0, heldBytes - 1));
      heldBytes = 0;
      totalBytes = 0;
      mode = 'counted';
      return false;
    }
    const isDigit = byte >= 0x30 && byte <= 0x39 && !(heldBytes === 0 && byte === 0x30);
    const fits = !hasSpace && (isDigit ? heldBytes < maxLengthDigits : byte === space && heldBytes > 0);
    if (!fits) mode = 'line';
    return fits;
  }

  /** Each takes bytes from `index` on and returns where it stopped. */
  function takeStart(chunk: Buffer, index: number): number {
    const byte = chunk[index] ?? 0;
    if (heldBytes === 0 && (isLineEnd(byte) || byte === 0)) return index + 1;
    if (!begin(byte)) return index;
    keep(chunk.subarray(index, index + 1));
    return index + 1;
  }

  function takeLine(chunk: Buffer, index: number, frames: SyslogFrame[]): number {
    const end = chunk.indexOf(lineFeed, index);
    keep(chunk.subarray(index, end === -1 ? chunk.length : end));
    if (end === -1) return chunk.length;
    finish(frames);
    return end + 1;
  }

  function takeCounted(chunk: Buffer, index: number, frames: SyslogFrame[]): number {
    const part = chunk.subarray(index, index + remaining);
    keep(part);
    remaining -= part.length;
    if (remaining === 0) finish(frames);
    return index + part.length;
  }

  return {
    push(chunk) {
      const frames: SyslogFrame[] = [];
      let index = 0;
      while (index < chunk.length) {
        if (mode === 'start') index = takeStart(chunk, index);
        else if (mode === 'line') index = takeLine(chunk, index, frames);
        else index = takeCounted(chunk, index, frames);
      }
      return frames;
    },
    end() {
      const frames: SyslogFrame[] = [];
      finish(frames);
      return frames;
    },
  };
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}
