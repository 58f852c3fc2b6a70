import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { gzipLines } from './gzip-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'vertice-lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'lines.gz');

async function linesOf(content: Uint8Array, maxLineBytes?: number): Promise<[number, string][]> {
  writeFileSync(path, content);
  const lines: [number, string][] = [];
  for await (const stretch of gzipLines(path, maxLineBytes)) {
    for (const { number, text } of stretch) lines.push([number, text]);
  }
  return lines;
}

describe('the lines of a gzip file', () => {
  it('come out as they went in, with their numbers, whatever their lengths', async () => {
    const text = fc.string({ unit: 'grapheme' }).map((one) => one.replaceAll(/[\r\n]/g, ' ').trim());
    await fc.assert(
      fc.asyncProperty(fc.array(text), fc.boolean(), async (texts, isClosed) => {
        const content = texts.join('\n') + (isClosed ? '\n' : '');
        const expected = texts.flatMap((one, index): [number, string][] =>
          one === '' ? [] : [[index + 1, one]],
        );
        expect(await linesOf(gzipSync(content))).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('may be longer than what is unpacked at once', async () => {
    const long = randomBytes(600_000).toString('hex');
    const lines = await linesOf(gzipSync(`a\n${long}\nb`));
    expect(lines.map(([number, text]) => [number, text.length])).toEqual([
      [1, 1],
      [2, 1_200_000],
      [3, 1],
    ]);
  });

  it('are refused when one is longer than any record may be', async () => {
    const content = gzipSync(`a\n${'x'.repeat(1_000_000)}`);
    await expect(linesOf(content, 1_000)).rejects.toThrow(`${path}:2: expected lines of at most 1000 bytes`);
  });

  it('are refused when the file is torn, is no gzip or is not there', async () => {
    const torn = gzipSync(randomBytes(100_000)).subarray(0, 50_000);
    const refusal = { code: 'VTC_EVENT_INVALID', message: expect.stringContaining('expected a gzip file') };
    await expect(linesOf(torn)).rejects.toMatchObject(refusal);
    await expect(linesOf(Buffer.from('plain'))).rejects.toMatchObject(refusal);
    const missing = gzipLines(join(folder, 'missing.gz'));
    await expect(missing.next()).rejects.toMatchObject(refusal);
  });
});
