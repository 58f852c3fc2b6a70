const twoTo32 = 0x1_0000_0000;
const twoTo64 = twoTo32 * twoTo32;

/** Reads the primitive types of Kafka's protocol off a buffer. Throws a `RangeError` beyond its end. */
export class ByteCursor {
  readonly buffer: Buffer;
  position: number;

  constructor(buffer: Buffer, position = 0) {
    this.buffer = buffer;
    this.position = position;
  }

  int16(): number {
    const value = this.buffer.readInt16BE(this.position);
    this.position += 2;
    return value;
  }

  int32(): number {
    const value = this.buffer.readInt32BE(this.position);
    this.position += 4;
    return value;
  }

  /** A 64-bit number that must be one JavaScript holds exactly. */
  int64(): number {
    const value =
      this.buffer.readInt32BE(this.position) * twoTo32 + this.buffer.readUInt32BE(this.position + 4);
    if (!Number.isSafeInteger(value)) throw new RangeError('a number beyond 2^53');
    this.position += 8;
    return value;
  }

  /** A 64-bit number as near as JavaScript can hold it: for what others chose and nothing is looked up by. */
  nearInt64(): number {
    const value = Number(this.buffer.readBigInt64BE(this.position));
    this.position += 8;
    return value;
  }

  /** As `nearInt64`, zigzag. */
  nearVarint(): number {
    const buffer = this.buffer;
    let value = 0;
    let factor = 1;
    let isNegative: boolean | null = null;
    for (;;) {
      const byte = buffer.readUInt8(this.position);
      this.position += 1;
      isNegative ??= (byte & 1) === 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return isNegative ? -(value + 1) / 2 : value / 2;
      factor *= 0x80;
      if (factor > twoTo64) throw new RangeError('a number beyond 2^64');
    }
  }

  unsignedVarint(): number {
    const buffer = this.buffer;
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = buffer.readUInt8(this.position);
      this.position += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
      if (factor > Number.MAX_SAFE_INTEGER) throw new RangeError('a number beyond 2^53');
    }
  }

  /** Zigzag: small negative numbers are short too. */
  varint(): number {
    const byte = this.buffer[this.position];
    if (byte !== undefined && byte < 0x80) {
      this.position += 1;
      return (byte >>> 1) ^ -(byte & 1);
    }
    const value = this.unsignedVarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const end = this.position + length;
    if (length < 0 || end > this.buffer.length) throw new RangeError(`${length} bytes at ${this.position}`);
    const view = this.buffer.subarray(this.position, end);
    this.position = end;
    return view;
  }

  text(length: number): string {
    const end = this.position + length;
    if (length < 0 || end > this.buffer.length) throw new RangeError(`${length} bytes at ${this.position}`);
    const text = this.buffer.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }
}
