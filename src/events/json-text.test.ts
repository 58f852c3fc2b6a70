import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeJsonError, exceedsDepth, withoutUnstorable } from './json-text.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('exceedsDepth', () => {
  it('agrees with the depth of the parsed value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(6), (text, limit) => {
        expect(exceedsDepth(text, limit)).toBe(depthOf(JSON.parse(text)) > limit);
      }),
    );
  });

  it('counts no brackets inside strings', () => {
    expect(exceedsDepth(JSON.stringify({ a: '[[[[{{{"\\[[' }), 1)).toBe(false);
    expect(exceedsDepth('{"a":"[[[[ without end', 2)).toBe(false);
  });

  it('answers for a hundred thousand nested arrays', () => {
    expect(exceedsDepth('['.repeat(100_000) + ']'.repeat(100_000), 64)).toBe(true);
  });
});

describe('withoutUnstorable', () => {
  it.each([
    ['{"a":"\\u0000"}', { a: '\ufffd' }],
    ['{"\\u0000":1}', { '\ufffd': 1 }],
    ['{"a":"\\\\u0000"}', { a: '\\u0000' }],
    ['{"a":"\\ud83d\\uDE00"}', { a: '😀' }],
    ['{"a":"\\ud83d"}', { a: '\ufffd' }],
    ['{"a":"\\uDE00x"}', { a: '\ufffdx' }],
    ['{"a":"\\ud83d\\ud83d\\ude00"}', { a: '\ufffd😀' }],
    ['{"a":"\\u00e9\\n"}', { a: 'é\n' }],
    ['{"a":"b"}', { a: 'b' }],
  ])('reads %s', (text, expected) => {
    expect(JSON.parse(withoutUnstorable(text))).toEqual(expected);
    expect(withoutUnstorable(text)).toHaveLength(text.length);
  });

  it('changes nothing else, whatever the text holds', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const escaped = text.replace(
          /[\u0080-\uffff]/g,
          (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        const clean = JSON.stringify(JSON.parse(escaped))
          .replaceAll('\\u0000', '\ufffd')
          .replace(/\\ud[89a-f]../g, '\ufffd');
        expect(JSON.stringify(JSON.parse(withoutUnstorable(escaped)))).toBe(clean);
      }),
    );
  });
});

describe('describeJsonError', () => {
  it.each([
    ['{"a":1,"b":x}', 12],
    [`{"a":"${'y'.repeat(500)}","b":x}`, 513],
    ['{"a":1 "b":2}', 8],
    ['{"a":1}}', 8],
    ['{"a":1', 7],
    ['{"a":"b', 8],
    ["{'a':1}", 2],
    ['{"a":tru}', 9],
    ['{"a":1,}', 8],
  ])('says where %s goes wrong', (text, character) => {
    expect(describeJsonError(text)).toContain(`at character ${character} of ${text.length}: `);
  });

  it('quotes no more of the record than one character', () => {
    const secret = `{"password":"hunter2","a":x,"token":"hunter3"${' '.repeat(100)}}`;
    expect(describeJsonError(secret)).not.toMatch(/hunter|password|token"/);
    expect(describeJsonError('{"pw":x}')).not.toContain('pw');
  });

  it('gives no position when looking for it would take long', () => {
    expect(describeJsonError(`{"a":"${'y'.repeat(9000)}","b":x,"c":1}`)).toMatch(/got an error of 90/);
  });
});
