import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSyslogFraming, type SyslogFrame } from './syslog-framing.ts';

const maxRecordBytes = 2048;

function frameAll(chunks: readonly Buffer[], limit = maxRecordBytes): SyslogFrame[] {
  const framing = createSyslogFraming({ maxRecordBytes: limit });
  return [...chunks.flatMap((chunk) => framing.push(chunk)), ...framing.end()];
}
function texts(chunks: readonly (string | Buffer)[], limit?: number): string[] {
  return frameAll(
    chunks.map((chunk) => Buffer.from(chunk)),
    limit,
  ).map((frame) => frame.value.toString());
}
function cut(stream: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let start = 0;
  for (const size of sizes) {
    chunks.push(stream.subarray(start, start + size));
    start += size;
  }
  chunks.push(stream.subarray(start));
  return chunks;
}

describe('syslog framing', () => {
  it.each([
    ['lines', ['<34>one\n<34>two\r\n'], ['<34>one', '<34>two']],
    ['counted messages', ['7 <34>one8 <34>two2'], ['<34>one', '<34>two2']],
    ['both on one connection', ['<34>a\n7 <34>b\nc<34>d\n'], ['<34>a', '<34>b\nc', '<34>d']],
    ['a line feed after a counted message', ['7 <34>one\n7 <34>two\n'], ['<34>one', '<34>two']],
    [
      'a line that begins with a number',
      ['2026-01-01T00:00:00Z host x\n12 monkeys\n'],
      ['2026-01-01T00:00:00Z host x', '12 monkeys'],
    ],
    ['a number too large to be a length', ['123456789 <34>x\n'], ['123456789 <34>x']],
    ['empty lines and NUL between messages', ['\n\r\n\0<1>a\n\n\0<1>b'], ['<1>a', '<1>b']],
    ['a last message without an end', ['<34>one\n<34>tw'], ['<34>one', '<34>tw']],
    ['a counted message that breaks off', ['50 <34>one'], ['<34>one']],
    ['a length of eight digits that breaks off', ['10000000 <34>one'], ['<34>one']],
    ['a length with nothing behind it', ['12'], ['12']],
  ])('cuts %s', (_name, chunks, expected) => {
    expect(texts(chunks)).toEqual(expected);
  });

  it('hands on the beginning of an oversize message with its true size, and goes on behind it', () => {
    const frames = frameAll([Buffer.from(`<1>${'x'.repeat(5000)}\n4000 <${'y'.repeat(3999)}<1>z\n`)], 100);
    expect(frames.map((frame) => [frame.value.length, frame.oversizeBytes])).toEqual([
      [100, 5003],
      [100, 4000],
      [4, undefined],
    ]);
  });

  it('finds the same messages however the stream is cut into chunks', () => {
    const message = fc
      .string({ minLength: 1, maxLength: 300, unit: 'binary' })
      .map((text) => `<34>${text.replaceAll(/[\n\r\0]/g, '.')}`);
    const framed = fc.record({ message, counted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(framed), fc.array(fc.integer({ min: 0, max: 40 })), (messages, sizes) => {
        const stream = Buffer.from(
          messages
            .map((one) =>
              one.counted ? `${Buffer.byteLength(one.message)} ${one.message}` : `${one.message}\n`,
            )
            .join(''),
        );
        expect(texts(cut(stream, sizes))).toEqual(messages.map((one) => one.message));
      }),
    );
  });

  it('never fails on garbage, never holds more than allowed, and does not depend on the chunks', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 4000 }),
        fc.array(fc.integer({ min: 0, max: 100 })),
        (bytes, sizes) => {
          const whole = frameAll([Buffer.from(bytes)], 64);
          expect(frameAll(cut(Buffer.from(bytes), sizes), 64)).toEqual(whole);
          for (const frame of whole) expect(frame.value.length).toBeLessThanOrEqual(64);
        },
      ),
    );
  });
});
