import { rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { formatRuleProblem } from './parse/problem.ts';
import type { RuleSet } from './parse/rule-set.ts';
import { findRuleFiles, findTestFiles, loadRuleFolder, RuleFileCache } from './rule-folder.ts';
import { watchRuleFolder } from './rule-folder-watch.ts';
import { folderOf, processRule } from './rule-workbench.ts';

const titles = (set: RuleSet): readonly string[] => set.detections.map(({ title }) => title);

describe('a folder of rules', () => {
  it('is read with all below it, in order, and nothing else', async () => {
    const folder = await folderOf({
      'b.yml': processRule('b', 'b.exe'),
      'a/deep/a.yaml': processRule('a', 'a.exe'),
      'a/deep/a.test.yml': 'match: []',
      'notes.txt': 'not a rule',
      '.git/c.yml': processRule('c', 'c.exe'),
    });
    const set = await loadRuleFolder([folder]);
    expect(titles(set)).toEqual(['a', 'b']);
    expect(set.problems).toEqual([]);
    expect(set.detections[0]?.origin.file).toBe(join(folder, 'a/deep/a.yaml'));
    expect(await findTestFiles([folder])).toEqual([join(folder, 'a/deep/a.test.yml')]);
    expect(await findTestFiles([join(folder, 'a/deep/a.yaml'), join(folder, 'b.yml')])).toEqual([]);
  });

  it('may be a single file, or named twice', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe') });
    expect(titles(await loadRuleFolder([join(folder, 'a.yml'), folder]))).toEqual(['a']);
  });

  it('is not left by symbolic links, and not walked in circles', async () => {
    const outside = await folderOf({ 'secret.yml': processRule('outside', 'x.exe') });
    const folder = await folderOf({ 'in/a.yml': processRule('a', 'a.exe') });
    await symlink(outside, join(folder, 'out'));
    await symlink(join(outside, 'secret.yml'), join(folder, 'out.yml'));
    await symlink(folder, join(folder, 'in/circle'));
    await symlink(join(folder, 'in/a.yml'), join(folder, 'again.yml'));
    await symlink(join(folder, 'nowhere'), join(folder, 'broken.yml'));
    expect(titles(await loadRuleFolder([folder]))).toEqual(['a']);
  });

  it('may hold files that cannot be read, which are problems', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe') });
    await writeFile(join(folder, 'b.yml'), Buffer.from([0xff, 0xfe, 0x41]));
    const set = await loadRuleFolder([folder]);
    expect(titles(set)).toEqual(['a']);
    expect(set.problems.map(formatRuleProblem)).toEqual([
      `${join(folder, 'b.yml')}:1: error: expected a readable file: it is not UTF-8`,
    ]);
  });

  it('must be there, and its files must not be too large', async () => {
    const folder = await folderOf({ 'a.yml': `# ${'x'.repeat(4 * 1024 * 1024)}` });
    await expect(loadRuleFolder([join(folder, 'none')])).rejects.toMatchObject({ code: 'VTC_RULE_INVALID' });
    await expect(loadRuleFolder([folder])).rejects.toThrow('at most 2097152 bytes in one file');
  });

  it('is read again only where it has changed', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe'), 'b.yml': processRule('b', 'b.exe') });
    const cache = new RuleFileCache();
    const first = await loadRuleFolder([folder], { cache });
    await writeFile(join(folder, 'b.yml'), processRule('changed', 'b.exe'));
    const second = await loadRuleFolder([folder], { cache });
    expect(titles(second)).toEqual(['a', 'changed']);
    expect(second.detections[0]).toBe(first.detections[0]);
    const gone = await findRuleFiles([folder]);
    await rm(join(folder, 'a.yml'));
    expect(titles(await loadRuleFolder([folder], { cache }))).toEqual(['changed']);
    expect(cache.get(join(folder, 'a.yml'), gone[0]?.signature ?? '')).toBeUndefined();
  });
});

describe('watching a folder of rules', () => {
  async function watched(files: Readonly<Record<string, string>>) {
    const folder = await folderOf(files);
    const seen: string[] = [];
    const watch = watchRuleFolder([folder], {
      pollMs: 5,
      onChange: (set) => void seen.push(`in force: ${titles(set).join(' ')}`),
      onInvalid: (set) => void seen.push(`invalid: ${set.problems.length}`),
      onFailure: (error) => void seen.push(`failure: ${error instanceof Error ? error.name : ''}`),
    });
    const until = async (wanted: string): Promise<void> => {
      while (!seen.includes(wanted)) await wait(5);
    };
    return { folder, seen, until, watch };
  }

  it('tells of added, changed and removed files, and reports errors without putting them in force', async () => {
    const { folder, seen, until, watch } = await watched({ 'a.yml': processRule('a', 'a.exe') });
    await wait(30);
    expect(seen).toEqual([]);
    await writeFile(join(folder, 'b.yml'), processRule('b', 'b.exe'));
    await until('in force: a b');
    await writeFile(join(folder, 'b.yml'), 'title: broken\nlogsource: {}\ndetection: {}\n');
    await until('invalid: 4');
    await rm(join(folder, 'b.yml'));
    await until('in force: a');
    await watch.close();
  });

  it('goes on when the folder is away for a while', async () => {
    const { folder, until, watch } = await watched({ 'a.yml': processRule('a', 'a.exe') });
    await wait(20);
    await rm(folder, { recursive: true });
    await until('failure: VerticeError');
    await watch.close();
  });

  it('looks no more when it is closed', async () => {
    const { folder, seen, watch } = await watched({ 'a.yml': processRule('a', 'a.exe') });
    await watch.close();
    await utimes(join(folder, 'a.yml'), new Date(), new Date(0));
    await wait(30);
    expect(seen).toEqual([]);
  });
});
