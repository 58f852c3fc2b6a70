import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BlockHead,
  blockFirstOffset,
  blockHeadBytes,
  blockRecordCount,
  blockStartsWrite,
  blockTimestampMs,
  claimedBlockBytes,
  isIntactBlock,
  sealBlock,
} from './block-codec.ts';

const headArbitrary: fc.Arbitrary<BlockHead> = fc.record({
  firstOffset: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  timestampMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  count: fc.integer({ min: 1, max: 65_535 }),
  startsWrite: fc.boolean(),
});
const contentArbitrary = fc.uint8Array({ minLength: 1, maxLength: 300 });

/** A block with this content, behind `before` other bytes. */
function blockOf(content: Uint8Array, head: BlockHead, before = 0): Buffer {
  const buffer = Buffer.alloc(before + blockHeadBytes + content.length, 0xff);
  buffer.set(content, before + blockHeadBytes);
  sealBlock(buffer, before, buffer.length, head);
  return buffer;
}

describe('a block in a file', () => {
  it('tells what it holds, at any position', () => {
    fc.assert(
      fc.property(contentArbitrary, headArbitrary, fc.nat(50), (content, head, at) => {
        const block = blockOf(content, head, at);
        expect(isIntactBlock(block, at, block.length)).toBe(true);
        expect(claimedBlockBytes(block, at)).toBe(block.length - at);
        expect({
          firstOffset: blockFirstOffset(block, at),
          timestampMs: blockTimestampMs(block, at),
          count: blockRecordCount(block, at),
          startsWrite: blockStartsWrite(block, at),
        }).toEqual(head);
        expect(block.subarray(at + blockHeadBytes)).toEqual(Buffer.from(content));
      }),
    );
  });

  it('is known to be damaged when any bit of it changes', () => {
    fc.assert(
      fc.property(
        contentArbitrary,
        headArbitrary,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (content, head, where, change) => {
          const block = blockOf(content, head);
          const position = where % block.length;
          block[position] = (block[position] ?? 0) ^ change;
          expect(isIntactBlock(block, 0, block.length)).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is known to be incomplete when it is cut anywhere', () => {
    const head = { firstOffset: 5, timestampMs: 6, count: 1, startsWrite: true };
    const block = blockOf(Buffer.from('some records'), head);
    for (let length = 0; length < block.length; length += 1)
      expect(isIntactBlock(block.subarray(0, length), 0, length)).toBe(false);
  });
});
