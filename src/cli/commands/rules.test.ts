import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { folderOf, processEvent, processRule } from '../../detection/sigma/rule-workbench.ts';
import { runLine } from '../cli-workbench.ts';

const broken =
  'title: broken\nname: broken\nlogsource: {product: x}\ndetection:\n  s: {F|contain: x}\n  condition: s\n';

describe('vertice rules check', () => {
  it('says that all is well', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe') });
    expect(await runLine(['rules', 'check', folder])).toEqual({
      code: 0,
      stdout: '1 rule and 0 correlations can be used; 0 errors, 0 warnings\n',
      stderr: '',
    });
  });

  it('prints a line for each problem and ends with 1 on errors', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe', 'status: odd\n'), 'b.yml': broken });
    const { code, stdout, stderr } = await runLine(['rules', 'check', folder]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${folder}/a.yml:4:9: warning: expected a status`);
    expect(stdout).toContain(`${folder}/b.yml:5:7: error: expected a modifier`);
    expect(stdout).toContain('1 rule and 0 correlations can be used; 1 error, 1 warning\n');
    expect(stderr).toContain('expected rules without errors');
  });

  it('ends with 1 on warnings when it is strict, and prints JSON', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe', 'tags: [attack.t0000]\n') });
    expect((await runLine(['rules', 'check', folder])).code).toBe(0);
    const { code, stdout } = await runLine(['rules', 'check', folder, '--strict', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      detections: 1,
      errors: 0,
      warnings: 1,
      problems: [{ line: 4, message: 'expected an ATT&CK technique, got "attack.t0000"' }],
    });
  });

  it('takes values for placeholders', async () => {
    const folder = await folderOf({
      'a.yml': processRule('a', 'a.exe').replace('User: SYSTEM', "User|expand: '%admins%'"),
    });
    expect((await runLine(['rules', 'check', folder])).stdout).toContain('0 rules');
    expect((await runLine(['rules', 'check', folder, '--placeholder', 'admins=root'])).stdout).toContain(
      '1 rule ',
    );
    expect((await runLine(['rules', 'check', folder, '--placeholder', 'admins'])).code).toBe(2);
  });
});

describe('vertice rules test', () => {
  const files = {
    'a.yml': processRule('a', 'a.exe'),
    'a.test.yml': `match: [{ event: ${JSON.stringify(processEvent('a.exe'))} }]\nno_match: [{ event: ${JSON.stringify(processEvent('b.exe'))} }]\n`,
  };

  it('runs the tests beside the rules', async () => {
    const { code, stdout } = await runLine(['rules', 'test', await folderOf(files), '--strict']);
    expect(stdout).toBe('2 tests of 2 passed, 1 rule tested, 0 rules without tests of both kinds\n');
    expect(code).toBe(0);
  });

  it('ends with 1 when a test fails, a test file is broken, or a rule cannot be used', async () => {
    const folder = await folderOf({
      ...files,
      'b.yml': processRule('b', 'b.exe'),
      'b.test.yml': `match: [{ name: wrong, event: ${JSON.stringify(processEvent('a.exe'))} }]\n`,
      'c.yml': processRule('c', 'c.exe'),
      'c.test.yml': 'match: x\n',
      'd.yml': broken,
    });
    const { code, stdout } = await runLine(['rules', 'test', folder]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${folder}/b.test.yml:1: failed: b: wrong: expected match, got none`);
    expect(stdout).toContain(`${folder}/c.test.yml:1:8: error: expected a list of cases`);
    expect(stdout).toContain(`${folder}/d.yml:5:7: error`);
    const strict = await runLine(['rules', 'test', folder, '--strict']);
    expect(strict.stdout).toContain(`${folder}/c.yml:1: lacks events that must match and that must not: c`);
    const json = await runLine(['rules', 'test', folder, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      untested: [{ title: 'b', lacks: 'no match' }, { title: 'c' }],
    });
  });
});

describe('vertice rules list', () => {
  it('shows rules and correlations', async () => {
    const correlation =
      'title: many\nname: many\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {gte: 2}}\n';
    const folder = await folderOf({
      'a.yml': processRule('a', 'a.exe', 'tags: [attack.t1059]\n'),
      'm.yml': correlation,
      'x.yml': broken,
    });
    const { code, stdout, stderr } = await runLine(['rules', 'list', folder]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/a\s+high\s+a\s+product: windows, category: process_creation\s+T1059\s+A. Uthor/);
    expect(stdout).toMatch(/many\s+medium\s+many\s+correlation: event_count/);
    expect(stderr).toContain('1 error');
    const json = JSON.parse((await runLine(['rules', 'list', folder, '--json'])).stdout);
    expect(json).toMatchObject({
      items: [
        { id: 'a', logsource: { product: 'windows' } },
        { id: 'many', correlation: { rules: ['a'] } },
      ],
    });
  });
});

describe('vertice rules pull', () => {
  it('fills a folder and names authors and licence', async () => {
    const source = await folderOf({
      'rules/a.yml': processRule('a', 'a.exe'),
      'rules/b.yml': broken,
      LICENSE: 'DRL',
    });
    const into = join(await folderOf({}), 'pulled');
    const { code, stdout } = await runLine(['rules', 'pull', source, '--into', into]);
    expect(code).toBe(0);
    expect(stdout).toContain('left out rules/b.yml:5: expected a modifier');
    expect(stdout).toContain(
      `1 rule and 0 correlations in ${into}: 2 files added, 0 changed, 0 removed, 0 as they were, 1 left out`,
    );
    expect(stdout).toContain('Authors: A. Uthor (1).');
    expect(stdout).toContain(`Licence: ${into}/LICENSE.`);
    await writeFile(join(source, 'rules/a.yml'), processRule('a', 'other.exe'));
    expect((await runLine(['rules', 'pull', source, '--into', into])).stdout).toContain('~ rules/a.yml\n');
    const json = await runLine(['rules', 'pull', source, '--into', into, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ detections: 1, unchanged: 2, refused: ['rules/b.yml'] });
  });

  it('says when there is no licence, and that it must know where to', async () => {
    const source = await folderOf({ 'a.yml': processRule('a', 'a.exe') });
    const into = join(await folderOf({}), 'pulled');
    expect((await runLine(['rules', 'pull', source, '--into', into])).stdout).toContain(
      'has no licence file',
    );
    expect((await runLine(['rules', 'pull', source])).code).toBe(2);
  });
});

describe('vertice rules explain', () => {
  it('shows why a rule matches an event from a file, from standard input, or from the command line', async () => {
    const event = JSON.stringify(processEvent('a.exe'));
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe'), 'event.json': event });
    const fromFile = await runLine(['rules', 'explain', `${folder}/a.yml`, `${folder}/event.json`]);
    expect(fromFile.code).toBe(0);
    expect(fromFile.stdout).toContain('match  a (a)\n');
    expect(fromFile.stdout).toContain(
      '✓ Image|endswith: \'\\a.exe\'   event: "C:\\\\Windows\\\\System32\\\\a.exe"\n',
    );
    expect(fromFile.stdout).toContain(
      "✓ log source product: windows, category: process_creation; the event's: product: windows",
    );
    const fromInput = await runLine(['rules', 'explain', 'a', '-', '--rules', folder], {
      stdin: Readable.from([event]),
    });
    expect(fromInput.stdout).toBe(
      fromFile.stdout.replaceAll(/event \S+,/g, /event \S+,/.exec(fromInput.stdout)?.[0] ?? ''),
    );
    expect((await runLine(['rules', 'explain', `${folder}/a.yml`, event])).stdout).toContain(
      'match  a (a)\n',
    );
  });

  it('shows why not, and the idle parts of long lists only when asked', async () => {
    const images = Array.from({ length: 20 }, (_, index) => `'\\x${index}.exe'`).join(', ');
    const rule = processRule('a', 'a.exe').replace("'\\a.exe'", `[${images}]`);
    const folder = await folderOf({
      'a.yml': rule,
      'event.json': JSON.stringify(processEvent('a.exe', 'SYSTEM')),
    });
    const { stdout } = await runLine(['rules', 'explain', `${folder}/a.yml`, `${folder}/event.json`]);
    expect(stdout).toContain('no match  a (a)\n');
    expect(stdout).toContain('✗ not\n');
    expect(stdout).toContain('… 14 more that do not hold (--all shows them)\n');
    const all = await runLine(['rules', 'explain', `${folder}/a.yml`, `${folder}/event.json`, '--all']);
    expect(all.stdout).toContain('\\x19.exe');
    const json = await runLine(['rules', 'explain', `${folder}/a.yml`, `${folder}/event.json`, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      items: [{ rule: { id: 'a' }, is_match: false, condition: { holds: false } }],
    });
  });

  it('explains the rules that a correlation rests on', async () => {
    const correlation =
      'title: many\nname: many\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {gte: 2}}\n';
    const folder = await folderOf({ 'a.yml': `${correlation}---\n${processRule('a', 'a.exe')}` });
    const { stdout } = await runLine([
      'rules',
      'explain',
      'many',
      JSON.stringify(processEvent('a.exe')),
      '--rules',
      folder,
    ]);
    expect(stdout).toContain('match  a (a)\n');
  });

  it('tells what it cannot find or read', async () => {
    const folder = await folderOf({ 'a.yml': processRule('a', 'a.exe'), 'b.yml': broken });
    const event = JSON.stringify(processEvent('a.exe'));
    expect(await runLine(['rules', 'explain', 'a', event])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('which is no file'),
    });
    expect(await runLine(['rules', 'explain', 'z', event, '--rules', folder])).toMatchObject({ code: 1 });
    expect(await runLine(['rules', 'explain', `${folder}/b.yml`, event])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('expected a modifier'),
    });
    expect(await runLine(['rules', 'explain', `${folder}/a.yml`, `${folder}/none.json`])).toMatchObject({
      code: 1,
    });
    expect(
      await runLine(['rules', 'explain', `${folder}/a.yml`, '{"a":', '--format', 'windows']),
    ).toMatchObject({ code: 1 });
  });
});
