import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64Offsets, dashSpellings, parseText, plainText, spellText } from './text-parts.ts';

const any = { wildcard: 'any' };
const one = { wildcard: 'one' };

describe('the escapes of the specification', () => {
  it.each([
    ['a\\b', ['a\\b']],
    ['a\\\\b', ['a\\b']],
    ['a\\*b', ['a*b']],
    ['a\\?b', ['a?b']],
    ['a\\\\*b', ['a\\', any, 'b']],
    ['a\\\\\\*b', ['a\\*b']],
    ['a\\\\\\\\b', ['a\\\\b']],
    ['a\\\\\\b', ['a\\\\b']],
    ['C:\\Windows\\', ['C:\\Windows\\']],
    ['*a?', [any, 'a', one]],
    ['**', [any]],
    ['', []],
  ])('reads %j', (written, parts) => {
    expect(parseText(written)).toEqual(parts);
  });

  it('spells parts so that they are read back as they were', () => {
    const part = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom(any, one),
      fc.constantFrom('\\', '*', '\\*', '?'),
    );
    fc.assert(
      fc.property(fc.array(part), (written) => {
        const parts = parseText(written.map((piece) => (typeof piece === 'string' ? piece : '*')).join(''));
        expect(parseText(spellText(parts))).toEqual(parts);
      }),
    );
  });

  it('knows text without wildcards', () => {
    expect(plainText(parseText('a\\*'))).toBe('a*');
    expect(plainText(parseText(''))).toBe('');
    expect(plainText(parseText('a*'))).toBeNull();
  });
});

describe('windash', () => {
  it('spells a dash that begins a word in five ways, and leaves those inside words', () => {
    const spelled = dashSpellings([' -param-name']).map((parts) => parts.join(''));
    expect(spelled).toEqual([' -param-name', ' /param-name', ' –param-name', ' —param-name', ' ―param-name']);
  });

  it('spells every such dash independently', () => {
    expect(dashSpellings(['-a /b'])).toHaveLength(25);
  });

  it('leaves a dash before a space and text without dashes', () => {
    expect(dashSpellings(['a - b'])).toEqual([['a - b']]);
    expect(dashSpellings([])).toEqual([[]]);
  });
});

describe('base64offset', () => {
  it('finds its text in the Base64 of anything around the value', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 9 }),
        fc.string({ minLength: 3 }),
        fc.uint8Array({ maxLength: 9 }),
        (before, value, after) => {
          const whole = Buffer.concat([before, Buffer.from(value), after]).toString('base64');
          const [offset0, offset1, offset2] = base64Offsets(Buffer.from(value));
          const wanted = [offset0, offset1, offset2][before.length % 3];
          expect(whole).toContain(wanted);
        },
      ),
    );
  });
});
