import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from './fold.ts';
import { createGramIndex } from './gram-index.ts';
import { Scalar } from './scalar.ts';

function foundIn(literals: readonly string[], text: string): ReadonlySet<string> {
  const found = new Set<string>();
  createGramIndex(literals).search(new Scalar(text), (literal) => found.add(literals[literal] ?? ''));
  return found;
}

const letters = fc.constantFrom(
  'a',
  'b',
  'A',
  'B',
  '\\',
  '|',
  '_',
  'é',
  'É',
  '×',
  'Ж',
  'ж',
  '–',
  'İ',
  'K',
  '😀',
);
const word = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(letters, { minLength, maxLength }).map((parts) => parts.join(''));

describe('createGramIndex', () => {
  it('finds exactly the literals that are in the folded text, whatever their lengths', () => {
    const literals = fc.uniqueArray(fc.oneof(word(1, 4).map(fold), word(3, 14).map(fold)), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        literals,
        fc.array(fc.oneof(word(0, 12), word(1, 3)), { maxLength: 8 }),
        fc.nat(),
        (all, parts, at) => {
          // Something of the literals themselves, in another case, at every place relative to the stride.
          const chosen = all[at % all.length] ?? '';
          const text = `${parts.join('')}${chosen.toUpperCase()}${parts.join('b')}`;
          const expected = all.filter((literal) => fold(text).includes(literal));
          expect([...foundIn(all, text)].sort()).toEqual(expected.sort());
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('misses no literal that begins at character %i', (start) => {
    const literals = ['mimilib.dll', 'sekurlsa::logon', 'privilege::debug'];
    for (const literal of literals) {
      for (const tail of ['', 'x', 'xy', 'xyz']) {
        expect(foundIn(literals, `${'-'.repeat(start)}${literal.toUpperCase()}${tail}`)).toEqual(
          new Set([literal]),
        );
      }
    }
  });

  it('is not misled by what an earlier, longer text has left behind', () => {
    const literals = ['powershell', 'downloadstring'];
    expect(foundIn(literals, 'powershell downloadstring').size).toBe(2);
    expect(foundIn(literals, 'power').size).toBe(0);
    expect(foundIn(literals, 'powershel').size).toBe(0);
  });

  it('searches texts of megabytes and small ones after them', () => {
    const literals = ['needle-in-it'];
    expect(foundIn(literals, `${'x'.repeat(3_000_000)}Needle-In-It`).size).toBe(1);
    expect(foundIn(literals, 'needle-in-it').size).toBe(1);
  });
});
