import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRuleArchive } from '../rule-archive.ts';
import { ProblemLog } from './problem.ts';
import { readPlainYaml } from './yaml-plain.ts';
import { readAnyYaml, toPlain } from './yaml-tree.ts';

/** What the library makes of the text; it has no fault to find. */
function byLibrary(text: string): unknown {
  const log = new ProblemLog('a.yml', text);
  const nodes = readAnyYaml(text, log);
  return { nodes, problems: log.problems };
}

function expectSame(text: string): boolean {
  const plain = readPlainYaml(text);
  if (plain === null) return false;
  expect(byLibrary(text)).toEqual({ nodes: [plain], problems: [] });
  return true;
}

describe('plain YAML', () => {
  it('is read as the library reads it', () => {
    const text = `# a comment
title: A title, with 'quotes' and #signs   # and a comment
id: 7fb1c5b0-0000-4000-8000-000000000001
description: |
    Several lines

      indented
    and more

date: 2026-01-02
references:
- https://example.org/a#b
- 'it''s'
detection:
    selection:
        - Image|endswith:
              - '\\cmd.exe'
              - "plain double"
          EventID: 4625
          '|all':   # keywords
              - a
        - Other: true
          Nothing: null
          Version: 007a
          Text: goes on
            in the next line

            and after an empty one
    condition: selection and not 1 of filter_*
level: high
`;
    expect(expectSame(text)).toBe(true);
    expect(toPlain(readPlainYaml(text) ?? { kind: 'list', items: [], offset: 0 })).toMatchObject({
      detection: {
        selection: [{ EventID: 4625 }, { Text: 'goes on in the next line\nand after an empty one' }],
      },
    });
  });

  it.each([
    'a: 1',
    'a:\t1\n',
    'a: 1\r\n',
    ' a: 1\n',
    '- a\n',
    'a\n',
    '---\na: 1\n',
    'a: 1\n...\n',
    'a: 1\na: 2\n',
    'a: &x 1\n',
    'a: *x\n',
    'a: !!str 1\n',
    'a: [1, 2]\n',
    'a: {b: 1}\n',
    'a: "x\\n"\n',
    "a: 'x\n  y'\n",
    'a: >\n  x\n',
    'a: |+\n  x\n',
    'a: |2\n  x\n',
    'a:\n',
    'a: 1.5\n',
    'a: 0x10\n',
    'a: ~\n',
    'a: TRUE\n',
    'a: b: c\n',
    'a: b:\n',
    'a: @b\n',
    'a:\n  - - b\n',
    '? a\n: b\n',
    '<<: b\n',
    'a: b # c\n  d\n',
    'a: b\n # c\n  d\n',
    'a: 1\n b: 2\n',
    'a:\n    b: 1\n  c: 2\n',
  ])('is not what this is: %j', (text) => {
    expect(readPlainYaml(text)).toBeNull();
  });

  it('is never read otherwise than by the library', () => {
    const piece = fc.constantFrom(
      'a:',
      'b:',
      "'|c':",
      'd|x:',
      ' ',
      ' ',
      '  ',
      '    ',
      '\n',
      '\n',
      '\n  ',
      '\n    ',
      '\n- ',
      '\n  - ',
      '- ',
      '-',
      'a: ',
      'b: x',
      "'q'",
      "'",
      "''",
      '"d"',
      '"',
      '#',
      ' #',
      '|',
      '|-',
      '>',
      'null',
      'true',
      '12',
      '-1',
      '1.5',
      '2026-01-02',
      '10.0.0.0/8',
      ':',
      ': ',
      '?',
      '&',
      '*',
      '\\',
      '%',
      '@',
      ',',
      '[',
      ']',
      '{',
      '}',
      'word',
      'two words',
      '---',
      '...',
      '<<',
      'é',
      '~',
      '=',
      '\n\n',
      'é: –',
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => `${pieces.join('')}\n`);
    fc.assert(
      fc.property(text, (content) => {
        expectSame(content);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is never read otherwise when a line of a rule is changed', () => {
    const lines =
      `title: x\ndetection:\n  selection:\n    - F: a\n      G|contains:\n        - 'b'\n        - c\n    - H: d\n  condition: selection\ntags:\n- a\n- b\nnote: |\n  one\n\n  two\nlast: e\n`.split(
        '\n',
      );
    const other = fc.constantFrom(
      '',
      ' ',
      '  ',
      '    x',
      'x',
      '- y',
      '  - z',
      '      - z',
      '# c',
      '  # c',
      'k: v',
      '  k: v',
      '      k: v',
      'k:',
      "  'k': v",
      '  |',
      '- k: v',
      '-',
      '  -',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(lines.length - 1), other), { maxLength: 3 }), (changes) => {
        const changed = [...lines];
        for (const [index, line] of changes) changed[index] = line;
        expectSame(`${changed.join('\n')}\n`);
      }),
      { numRuns: 3_000 },
    );
  });
});

const corpus = resolve(import.meta.dirname, '../../../../../shared/data/detection/sigma-rules-pack.tar.gz');
const isHere = existsSync(corpus);

describe(`the public corpus${isHere ? '' : ` (left out: no ${corpus})`}`, () => {
  it.runIf(isHere)('is nearly all plain YAML, and read as the library reads it', async () => {
    const { rules } = await readRuleArchive(await readFile(corpus), corpus);
    const read = rules.filter(({ text }) => expectSame(text));
    expect(read.length).toBeGreaterThan(3_700);
  });
});
