import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PullOptions, type PullReport, pullRules } from './rule-archive-pull.ts';
import { fill, folderOf, processRule } from './rule-workbench.ts';

function pull(source: string, into: string, more: Partial<PullOptions> = {}): Promise<PullReport> {
  return pullRules({ source, into, fetch, signal: new AbortController().signal, ...more });
}

describe('pulling rules', () => {
  it('puts them, and their licence, into a folder, and tells what has changed the next time', async () => {
    const source = await folderOf({
      'rules/a.yml': processRule('a', 'a.exe'),
      'rules/b.yml': processRule('b', 'b.exe', 'status: test\n'),
      'rules/c.yml': processRule('c', 'c.exe'),
      LICENSE: 'DRL 1.1',
    });
    const into = join(await folderOf({}), 'pulled');
    const first = await pull(source, into);
    expect(first).toMatchObject({
      added: ['rules/a.yml', 'rules/b.yml', 'rules/c.yml', 'LICENSE'],
      changed: [],
      removed: [],
      unchanged: 0,
      licences: ['LICENSE'],
      authors: [['A. Uthor', 3]],
    });
    expect(await readFile(join(into, 'LICENSE'), 'utf8')).toBe('DRL 1.1');
    await fill(source, {
      'rules/b.yml': processRule('b', 'other.exe'),
      'rules/d.yml': processRule('d', 'd.exe'),
    });
    await rename(join(source, 'rules/c.yml'), join(source, 'rules/c.txt'));
    expect(await pull(source, into)).toMatchObject({
      added: ['rules/d.yml'],
      changed: ['rules/b.yml'],
      removed: ['rules/c.yml'],
      unchanged: 2,
    });
    expect(existsSync(join(into, 'rules/c.yml'))).toBe(false);
  });

  it('leaves files with errors out, and refuses when nothing is left', async () => {
    const bad = 'title: bad\nname: bad\nlogsource: {}\ndetection: {}\n';
    const source = await folderOf({ 'a.yml': processRule('a', 'a.exe'), 'bad.yml': bad });
    const into = join(await folderOf({}), 'pulled');
    const report = await pull(source, into);
    expect(report).toMatchObject({ added: ['a.yml'], refused: ['bad.yml'] });
    expect(existsSync(join(into, 'bad.yml'))).toBe(false);
    await expect(pull(await folderOf({ 'bad.yml': bad }), into)).rejects.toThrow('got none that can be used');
    await expect(pull(join(source, 'nowhere'), into)).rejects.toMatchObject({ code: 'VTC_RULE_INVALID' });
    expect(existsSync(join(into, 'a.yml'))).toBe(true);
  });

  it('does not touch a folder of somebody else, nor files that were changed by hand', async () => {
    const source = await folderOf({ 'a.yml': processRule('a', 'a.exe') });
    const own = await folderOf({ 'mine.yml': processRule('mine', 'm.exe') });
    await expect(pull(source, own)).rejects.toThrow('pull into another folder');
    expect(existsSync(join(own, 'mine.yml'))).toBe(true);
    const into = join(await folderOf({}), 'pulled');
    await pull(source, into);
    await writeFile(join(into, 'a.yml'), 'changed');
    await expect(pull(source, into)).rejects.toThrow('changed by hand (a.yml)');
    expect(await pull(source, into, { force: true })).toMatchObject({ changed: ['a.yml'] });
    await writeFile(join(into, 'strange.txt'), 'x');
    await expect(pull(source, into, { force: true })).rejects.toThrow('strange.txt');
  });

  it('goes on where a pull was cut off between its two steps', async () => {
    const source = await folderOf({ 'a.yml': processRule('a', 'a.exe') });
    const home = await folderOf({});
    const into = join(home, 'pulled');
    await pull(source, into);
    await rename(into, join(home, '.pulled.old'));
    expect(await pull(source, into)).toMatchObject({ added: [], unchanged: 1 });
    expect(existsSync(join(home, '.pulled.old'))).toBe(false);
  });

  it('takes archives by address, over https or from this machine', async () => {
    const archive = zipSync({ 'x/a.yml': strToU8(processRule('a', 'a.exe')) });
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/rules.zip' ? 200 : 404).end(Buffer.from(archive));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const into = join(await folderOf({}), 'pulled');
    expect(await pull(`http://127.0.0.1:${port}/rules.zip`, into)).toMatchObject({
      added: ['a.yml'],
      licences: [],
    });
    await expect(pull(`http://127.0.0.1:${port}/other`, into)).rejects.toThrow('the server answered 404');
    await expect(pull('http://rules.example/x.zip', into)).rejects.toThrow('rules must come unaltered');
  });
});
