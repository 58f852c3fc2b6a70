import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from './fold.ts';

describe('fold', () => {
  it.each([
    ['PowerShell.EXE', 'powershell.exe'],
    ['ÀÉÞ', 'àéþ'],
    ['ΑΣ ΣΑ', 'ασ σα'],
    ['\u017fecret', 'secret'],
    ['\u212a', 'k'],
    ['ß', 'ß'],
  ])('makes %s into %s', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it('folds a part of a text as it folds the whole, which the index relies on', () => {
    const unit = fc.string({ unit: 'grapheme', maxLength: 8 });
    const odd = fc.constantFrom('Σ', 'ς', 'İ', 'ſ', 'K', 'ẞ', 'Å', 'ΑΣ', ' ', 'a');
    const text = fc.array(fc.oneof(unit, odd), { maxLength: 4 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, text, (before, part, after) => {
        expect(fold(before + part + after)).toContain(fold(part));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps one-byte texts as long as they are, each letter in its place', () => {
    for (let code = 0; code <= 0xff; code += 1) {
      const folded = fold(String.fromCharCode(code));
      expect(folded).toHaveLength(1);
      expect(folded.charCodeAt(0)).toBeLessThanOrEqual(0xff);
      expect(folded.charCodeAt(0) | 0x20).toBe(code | 0x20);
    }
  });
});
