import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSplitter } from './split.ts';
import type { SplitRecord } from './split-record.ts';

function split(chunks: readonly (string | Buffer)[], maxRecordBytes = 1000): SplitRecord[] {
  const splitter = createSplitter({ maxRecordBytes });
  const records = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
  return [...records, ...splitter.end()];
}

function texts(records: readonly SplitRecord[]): string[] {
  return records.map((record) => record.value.toString());
}

describe('createSplitter on lines', () => {
  it('makes each line a record with its number and its place in the stream', () => {
    expect(split(['one\n\r\n  \ntwo\r\nthree'])).toEqual([
      { value: Buffer.from('one'), position: 1, byteOffset: 0, endOffset: 4 },
      { value: Buffer.from('two'), position: 4, byteOffset: 9, endOffset: 14 },
      { value: Buffer.from('three'), position: 5, byteOffset: 14, endOffset: 19 },
    ]);
  });

  it('joins a line that comes in pieces, and leaves the chunks to their owner', () => {
    const splitter = createSplitter({ maxRecordBytes: 100 });
    const chunk = Buffer.from('half');
    expect(splitter.push(chunk)).toEqual([]);
    chunk.fill(0x78);
    const [record] = splitter.push(Buffer.from(' whole\nrest'));
    expect(record?.value.toString()).toBe('half whole');
    expect(texts(splitter.end())).toEqual(['rest']);
  });

  it('skips a line that is too long and says so once, with its first 2,048 bytes', () => {
    const records = split(['a\n', 'x'.repeat(3000), 'x'.repeat(3000), '\nb\n'], 10);
    expect(records.map(({ value, oversize }) => [value.length, oversize])).toEqual([
      [1, undefined],
      [2048, true],
      [1, undefined],
    ]);
    expect(records[1]).toMatchObject({ position: 2, byteOffset: 2, endOffset: 6003 });
  });

  it('keeps only the first bytes of a line that turns out too long after many were kept', () => {
    const [record] = split(['y'.repeat(4000), 'y'.repeat(4000), 'y'.repeat(4000)], 5000);
    expect(record).toMatchObject({ oversize: true, endOffset: 12_000 });
    expect(record?.value.equals(Buffer.alloc(2048, 'y'))).toBe(true);
  });

  it('does not count the newline, nor the carriage return before it, as part of the record', () => {
    const records = split(['12345\r\n123456\r\n123456\n'], 5);
    expect(records.map(({ value, oversize }) => [value.toString(), oversize])).toEqual([
      ['12345', undefined],
      ['123456\r', true],
      ['123456', true],
    ]);
  });

  it('takes one JSON object to a line as lines, also when a later line is torn', () => {
    expect(texts(split(['{"a":1}\n{"b":\n{"c":3}\n']))).toEqual(['{"a":1}', '{"b":', '{"c":3}']);
  });

  it.each([
    ['a bracketed date', '[Wed Jul 05 09:19:24 2023] [error] x\n[Wed Jul 05] y\n'],
    ['a bracketed number', '[1178] started\n[1178] stopped\n'],
    ['an ISO date in brackets', '[2023-06-30 15:17:36,332] [INFO] x\n[2023-06-30 15:17:37,332] [INFO] y\n'],
    ['a brace that opens no JSON', '{not json}\n{"a":1}\n'],
    ['an object with text after it', '{"a":1} seen\n{"a":2} seen\n'],
    ['a number alone', '12\n13\n'],
  ])('takes lines that begin with %s as lines', (_, text) => {
    expect(texts(split([text]))).toEqual(text.trimEnd().split('\n'));
  });

  it('yields nothing for an empty stream or white space', () => {
    expect(split([])).toEqual([]);
    expect(split([' \n\t\n ', ' '])).toEqual([]);
  });

  it('does not hold white space without end', () => {
    expect(split([' '.repeat(60), ' '.repeat(60), '[{"a":1}]'], 100)).toHaveLength(1);
  });
});

describe('createSplitter on JSON documents', () => {
  it('makes each element of an array a record, in one line or many', () => {
    for (const text of [
      '[{"a":1},{"a":"]}"}]',
      '[\n  {"a":1},\n  {"a":"]}"}\n]\n',
      '\ufeff[{"a":1} , {"a":"]}"}]',
    ]) {
      expect(texts(split([text]))).toEqual(['{"a":1}', '{"a":"]}"}']);
    }
  });

  it('numbers elements from 0 and says where they stand', () => {
    expect(split(['[{"a":1},\n[2]]'])).toEqual([
      { value: Buffer.from('{"a":1}'), position: 0, byteOffset: 1, endOffset: 8 },
      { value: Buffer.from('[2]'), position: 1, byteOffset: 10, endOffset: 13 },
    ]);
  });

  it('takes objects written over several lines, and objects one after the other', () => {
    expect(texts(split(['{\n "a": 1\n}\n{\n "b": {}\n}\n']))).toEqual(['{\n "a": 1\n}', '{\n "b": {}\n}']);
    expect(texts(split(['{"a":1}{"b":2}\n{"c":"\\"{"}']))).toEqual(['{"a":1}', '{"b":2}', '{"c":"\\"{"}']);
  });

  it('gives the records of a document that is larger than a record may be', () => {
    const records = Array.from({ length: 50 }, (_, id) => ({ id, text: 'x'.repeat(20) }));
    const found = split([JSON.stringify({ Records: records })], 100);
    expect(texts(found).map((text) => JSON.parse(text))).toEqual(records);
    expect(texts(split(['{\n  "Records": [\n {"a":1},\n {"a":2}\n ]\n}\n{"b":1}']))).toEqual([
      '{"a":1}',
      '{"a":2}',
      '{"b":1}',
    ]);
  });

  it('leaves a document of records alone that is one line and small enough', () => {
    const text = '{"Records":[{"a":1}]}';
    expect(texts(split([`${text}\n`]))).toEqual([text]);
  });

  it('shows what stands beside the records instead of dropping it', () => {
    expect(texts(split(['{"Records":[\n{"a":1}],\n"b":{"c":2}}\n{"d":1}']))).toEqual([
      '{"a":1}',
      '"b":',
      '{"c":2}',
      '{"d":1}',
    ]);
  });

  it('skips an element that is too large and goes on after it', () => {
    const records = split([`[{"a":"${'x'.repeat(5000)}"},{"b":1}]`], 100);
    expect(records.map(({ value, oversize }) => [value.length, oversize])).toEqual([
      [2048, true],
      [7, undefined],
    ]);
  });

  it.each([
    ['a torn object before a whole one', '[{"a":1,\n{"b":2}\n', ['{"a":1,\n', '{"b":2}']],
    ['a string whose end was lost', '[{"a":"x\n},{"b":2}]', ['{"a":"x', '{"b":2}']],
    [
      'a word in the place of an element',
      '[{"a":1},oops,"s]",{"b":2}]',
      ['{"a":1}', 'oops', '"s]"', '{"b":2}'],
    ],
    ['an element that is never closed', '[{"a":[1', ['{"a":[1']],
    ['brackets that do not match', '[\n{"a":[1}],{"b":2}]', ['{"a":[1', '{"b":2}']],
    ['lines of text behind it', '[\n{"a":1}\n]\ntext here\n{"b":2}', ['{"a":1}', 'text here', '{"b":2}']],
    ['an escaped quote in a bare string', '[{"a":1},"x\\"]",{"b":2}]', ['{"a":1}', '"x\\"]"', '{"b":2}']],
    ['a bare string without an end', '[{"a":1},"x\n{"b":2}]', ['{"a":1}', '"x', '{"b":2}']],
  ])('goes on behind %s', (_, text, expected) => {
    expect(texts(split([text]))).toEqual(expected);
  });

  it('bounds nesting', () => {
    const records = split([`[\n${'['.repeat(100_000)}`], 1000);
    expect(records.length).toBeLessThan(200);
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '{"a":1}',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    '\\',
    '\n',
    '\r\n',
    ' ',
    ':',
    '"Records"',
    'true',
    '\ufeff',
  ),
  fc.constantFrom('{"Records":[', '{"a":"\\"}"}', '[1178] text', '<13>text', 'x'.repeat(40), '{"b":[{}]}'),
  fc.json(),
  fc.string({ maxLength: 12 }),
);
const stream = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.from(pieces.join('')));

describe('createSplitter on any bytes', () => {
  it('finds the same records however the stream is cut', () => {
    fc.assert(
      fc.property(
        stream,
        fc.integer({ min: 1, max: 60 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (bytes, max, sizes) => {
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; ) {
            const size = sizes.next().value;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(split(chunks, max)).toEqual(split([bytes], max));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('leaves out nothing but white space, commas and brackets, and says where each record stood', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const records = split([bytes], 100_000);
        let last = 0;
        let left = '';
        for (const { value, byteOffset, endOffset } of records) {
          expect(byteOffset).toBeGreaterThanOrEqual(last);
          expect(bytes.subarray(byteOffset, byteOffset + value.length).equals(value)).toBe(true);
          expect(endOffset).toBeGreaterThanOrEqual(byteOffset + value.length);
          left += bytes.subarray(last, byteOffset).toString();
          last = byteOffset + value.length;
        }
        left += bytes.subarray(last).toString();
        expect(left.replaceAll(/\{\s*"Records"\s*:\s*\[/g, '')).toMatch(/^[\s,[\]}\ufeff]*$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('never gives more bytes than a record may have', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 60 }), (bytes, max) => {
        for (const { value, oversize } of split([bytes], max)) {
          expect(value.length).toBeLessThanOrEqual(oversize === true ? 2048 : max);
        }
      }),
    );
  });
});
