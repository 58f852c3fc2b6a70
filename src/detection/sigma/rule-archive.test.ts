import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { pack as packTar } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { VerticeError } from '../../errors.ts';
import { isLicence, loadRuleArchive, loadRules, readRuleArchive } from './rule-archive.ts';
import { folderOf, processRule } from './rule-workbench.ts';

type Contents = Readonly<Record<string, string>>;

function zip(files: Contents): Buffer {
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))),
  );
}

async function tarGz(files: Contents, links: Contents = {}): Promise<Buffer> {
  const tar = packTar();
  for (const [name, text] of Object.entries(files)) tar.entry({ name }, text);
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'symlink', linkname });
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

const kinds: readonly (readonly [string, (files: Contents) => Buffer | Promise<Buffer>])[] = [
  ['zip', zip],
  ['tar.gz', tarGz],
];

describe.each(kinds)('an archive of rules (%s)', (kind, make) => {
  it('is read, with its licence, without the folder all is in', async () => {
    const archive = await readRuleArchive(
      await make({
        'sigma-1/rules/b.yml': 'b',
        'sigma-1/rules/a.yml': 'a',
        'sigma-1/LICENSE': 'DRL',
        'sigma-1/README.md': 'x',
      }),
      'sigma',
    );
    expect(archive).toEqual({
      rules: [
        { path: 'rules/a.yml', text: 'a' },
        { path: 'rules/b.yml', text: 'b' },
      ],
      licences: [{ path: 'LICENSE', text: 'DRL' }],
    });
  });

  it('gives only the rules in force of a whole repository', async () => {
    const archive = await readRuleArchive(
      await make({
        'rules/a.yml': 'a',
        'rules-threat-hunting/b.yml': 'b',
        'deprecated/c.yml': 'c',
        '.github/d.yml': 'd',
      }),
      'sigma',
    );
    expect(archive.rules.map(({ path }) => path)).toEqual(['rules-threat-hunting/b.yml', 'rules/a.yml']);
  });

  it('never names a place outside', async () => {
    const archive = await readRuleArchive(
      await make({
        '../a.yml': 'x',
        '/etc/a.yml': 'x',
        'b/../../a.yml': 'x',
        'c\\..\\a.yml': 'x',
        './d.yml': 'x',
        'ok.yml': 'x',
      }),
      'sigma',
    );
    expect(archive.rules.map(({ path }) => path)).toEqual(['ok.yml']);
  });

  it('is refused when it holds a file that is too large', async () => {
    await expect(readRuleArchive(await make({ 'a.yml': 'x'.repeat(5_000_000) }), 'sigma')).rejects.toThrow(
      'a.yml has 5000000 bytes',
    );
  });

  it('is loaded from disk, by itself or beside folders', async () => {
    const name = kind === 'zip' ? 'rules.zip' : 'rules.tar.gz';
    const folder = await folderOf({ 'more/b.yml': processRule('b', 'b.exe') });
    await writeFile(join(folder, name), await make({ 'a.yml': processRule('a', 'a.exe') }));
    const alone = await loadRuleArchive(join(folder, name));
    expect(alone.detections.map(({ origin }) => origin.file)).toEqual([`${join(folder, name)}:a.yml`]);
    const both = await loadRules([join(folder, name), join(folder, 'more')]);
    expect(both.detections.map(({ title }) => title)).toEqual(['b', 'a']);
  });

  it('is refused when it is cut off', async () => {
    const whole = await make({ 'a.yml': processRule('a', 'a.exe').repeat(50) });
    await expect(readRuleArchive(whole.subarray(0, whole.length / 2), 'sigma')).rejects.toMatchObject({
      code: 'VTC_RULE_INVALID',
    });
  });
});

describe('an archive', () => {
  it('does not follow links', async () => {
    const archive = await readRuleArchive(await tarGz({ 'a.yml': 'a' }, { 'b.yml': '/etc/passwd' }), 'sigma');
    expect(archive.rules.map(({ path }) => path)).toEqual(['a.yml']);
  });

  it('must be an archive, and there', async () => {
    await expect(readRuleArchive(Buffer.from('title: x'), 'x')).rejects.toThrow(
      'it is neither a zip nor a gzip file',
    );
    await expect(loadRuleArchive('/nowhere/x.zip')).rejects.toMatchObject({ code: 'VTC_RULE_INVALID' });
  });

  it('is refused with one error whatever its bytes are', async () => {
    const magic = fc.constantFrom([0x50, 0x4b, 3, 4], [0x1f, 0x8b, 8, 0], [0x50, 0x4b, 5, 6]);
    await fc.assert(
      fc.asyncProperty(magic, fc.uint8Array({ maxLength: 200 }), async (head, tail) => {
        const outcome = await readRuleArchive(Buffer.from([...head, ...tail]), 'x').catch(
          (error: unknown) => error,
        );
        expect(
          outcome instanceof VerticeError ||
            (typeof outcome === 'object' && outcome !== null && 'rules' in outcome),
        ).toBe(true);
      }),
    );
  });

  it('knows licence files by name', () => {
    expect(
      ['LICENSE', 'a/LICENCE.md', 'NOTICE', 'COPYING.txt', 'LICENSE.Detection.Rules.md'].map(isLicence),
    ).toEqual([true, true, true, true, true]);
    expect(['license.yml', 'a.md', 'LICENSES/x'].map(isLicence)).toEqual([false, false, false]);
  });
});

const corpus = resolve(import.meta.dirname, '../../../../shared/data/detection/sigma-rules-pack.tar.gz');
const isHere = existsSync(corpus);

describe(`the public corpus of Sigma rules${isHere ? '' : ` (left out: no ${corpus})`}`, () => {
  it.runIf(isHere)('can be read: 3,754 rules, of which 2 need placeholders', async () => {
    const set = await loadRuleArchive(corpus);
    expect(set.detections).toHaveLength(3_752);
    expect(set.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(set.problems.map(({ message }) => message)).toEqual(
      Array(2).fill(
        'the rule is left out: expected values for the placeholder %known_cdcs%, got none (give them in the settings)',
      ),
    );
    expect(set.detections.every(({ author, title }) => author !== null && title !== '')).toBe(true);
  });

  it.runIf(isHere)('can be read whole with placeholders', async () => {
    const set = await loadRuleArchive(corpus, { placeholders: new Map([['known_cdcs', ['dc1*']]]) });
    expect(set.detections).toHaveLength(3_754);
    expect(set.problems).toEqual([]);
  });
});
