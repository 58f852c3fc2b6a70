/** One character out of a set, by ranges of code units. `dot` depends on the `s` flag. */
export interface CharSet {
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly isNegated: boolean;
  readonly isDot: boolean;
}

const digit: CharSet['ranges'] = [[0x30, 0x39]];
const word: CharSet['ranges'] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** What V8 takes for white space. */
const space: CharSet['ranges'] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const blank: CharSet['ranges'] = [
  [0x09, 0x09],
  [0x20, 0x20],
];

/** `[:alpha:]` and its like. */
export const posixClasses = new Map<string, CharSet['ranges']>([
  [
    'alpha',
    [
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  ['digit', digit],
  [
    'alnum',
    [
      [0x30, 0x39],
      [0x41, 0x5a],
      [0x61, 0x7a],
    ],
  ],
  ['upper', [[0x41, 0x5a]]],
  ['lower', [[0x61, 0x7a]]],
  [
    'space',
    [
      [0x09, 0x0d],
      [0x20, 0x20],
    ],
  ],
  ['blank', blank],
  [
    'punct',
    [
      [0x21, 0x2f],
      [0x3a, 0x40],
      [0x5b, 0x60],
      [0x7b, 0x7e],
    ],
  ],
  [
    'xdigit',
    [
      [0x30, 0x39],
      [0x41, 0x46],
      [0x61, 0x66],
    ],
  ],
  ['word', word],
  [
    'cntrl',
    [
      [0x00, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ['print', [[0x20, 0x7e]]],
  ['graph', [[0x21, 0x7e]]],
]);

/** Escapes of one control character. */
export const controls = new Map([
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['f', 0x0c],
  ['v', 0x0b],
  ['a', 0x07],
  ['e', 0x1b],
]);

/** `\\d` and its like. */
export const shorthands = new Map<string, CharSet>([
  ['d', { ranges: digit, isNegated: false, isDot: false }],
  ['D', { ranges: digit, isNegated: true, isDot: false }],
  ['w', { ranges: word, isNegated: false, isDot: false }],
  ['W', { ranges: word, isNegated: true, isDot: false }],
  ['s', { ranges: space, isNegated: false, isDot: false }],
  ['S', { ranges: space, isNegated: true, isDot: false }],
  ['h', { ranges: blank, isNegated: false, isDot: false }],
]);

/** By set: the letter that spells it, the same in V8 and RE2 but for white space. */
export const shorthandLetters: ReadonlyMap<CharSet, string> = new Map(
  [...shorthands].filter(([letter]) => letter !== 'h').map(([letter, set]) => [set, letter]),
);

/** The complement of ranges, for a negated shorthand inside a class. */
export function complement(ranges: CharSet['ranges']): CharSet['ranges'] {
  const made: (readonly [number, number])[] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) made.push([next, from - 1]);
    next = to + 1;
  }
  made.push([next, 0xffff]);
  return made;
}

export function single(code: number): CharSet {
  return { ranges: [[code, code]], isNegated: false, isDot: false };
}

/** Sorted, not touching each other. */
export function merge(ranges: CharSet['ranges']): CharSet['ranges'] {
  const merged: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
