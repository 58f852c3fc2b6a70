import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inertJson, neutralised, neutralName, plainProse, shortened } from './text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 2_000 });
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

describe('text that others wrote', () => {
  it('keeps its beginning and its end when it is shortened, so that padding hides nothing', () => {
    const long = `start ${'x'.repeat(10_000)} end`;
    const short = shortened(long, 200);
    expect(short).toHaveLength(200);
    expect(short).toMatch(/^start x+ …9810 more… x+ end$/);
    expect(shortened('short', 200)).toBe('short');
  });

  it('shows what is not seen as escapes', () => {
    expect(neutralised('a\u202egpj.exe\u200b\u{e0041}\u001b[2J', 100)).toBe(
      'a\\u202egpj.exe\\u200b\\u{e0041}\\u001b[2J',
    );
  });

  it('holds nothing invisible and is bounded, whatever it was', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 40, max: 300 }), (text, maxChars) => {
        const safe = neutralised(text, maxChars);
        expect(safe.length).toBeLessThanOrEqual(maxChars);
        // Cutting may halve a pair of surrogates; JSON escapes the half.
        expect(unseen.exec(safe.toWellFormed().replaceAll('\ufffd', ''))).toBeNull();
      }),
    );
  });

  it.each([
    ['user name', 'user_name'],
    ['<|im_start|>', '_im_start_'],
    ['', '_'],
    ['winlog.event_data.CommandLine', 'winlog.event_data.CommandLine'],
  ])('has the field name %j told as %j', (name, told) => {
    expect(neutralName(name)).toBe(told);
  });
});

describe('JSON for a prompt', () => {
  it('gives back the same value, on one line, without a character that markup is made of', () => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText, { maxKeys: 5 }), (value) => {
        const json = inertJson(value);
        expect(JSON.parse(json)).toEqual(value);
        expect(json).not.toMatch(/[<>`&\n\r\u2028\u2029\uff1c\uff1e]/);
      }),
    );
  });
});

describe('prose for a person', () => {
  it.each([
    ['a [link](https://evil.example/?q=1) here', 'a link here'],
    ['![pixel](https://evil.example/p.png)', 'pixel'],
    [
      'see https://evil.example and javascript:alert(1)',
      'see hxxps://evil.example and x-javascript:alert(1)',
    ],
    ['<img src=x onerror=alert(1)>text<script>y</script>', 'texty'],
    ['\u001b[31mred\u001b[0m \u001b]0;title\u0007end', 'red end'],
    ['two\nlines\tand  blanks', 'two lines and blanks'],
    ['\u202eback\u202c', 'back'],
    ['```sh\nrm -rf /\n```', 'sh rm -rf /'],
  ])('makes %j %j', (text, prose) => {
    expect(plainProse(text, 500)).toBe(prose);
  });

  it('is bounded, on one line, without markup or a live link, whatever it was', () => {
    const piece = fc.oneof(
      anyText,
      fc.constantFrom('[a](b)', '<b', '>', 'http', '://', '\u001b[', '![', ']('),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const prose = plainProse(pieces.join(''), 300);
        expect(prose.length).toBeLessThanOrEqual(300);
        expect(prose).not.toMatch(/[<>`\p{Cc}]|\bhttps?:|\]\(/u);
      }),
    );
  });
});
