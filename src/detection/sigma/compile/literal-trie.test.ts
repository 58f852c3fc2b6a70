import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fold } from './fold.ts';
import { LiteralTrie } from './literal-trie.ts';
import { Scalar } from './scalar.ts';

const text = fc
  .array(fc.constantFrom('a', 'A', 'b', '\\', 'À', 'à', '×', '÷', 'ß', 'ÿ', 'Ж', 'K'), { maxLength: 6 })
  .map((parts) => parts.join(''));

it.each([false, true])('finds exactly the literals at one end of a text (from the end: %s)', (fromEnd) => {
  fc.assert(
    fc.property(fc.uniqueArray(text.map(fold), { maxLength: 20 }), text, (literals, value) => {
      const found: string[] = [];
      const trie = new LiteralTrie(literals, fromEnd);
      trie.search(new Scalar(value).searchable, (literal) => found.push(literals[literal] ?? ''));
      const folded = fold(value);
      const isThere = (literal: string): boolean =>
        fromEnd ? folded.endsWith(literal) : folded.startsWith(literal);
      expect(found.sort()).toEqual(literals.filter(isThere).sort());
    }),
    { numRuns: 1000 },
  );
});
