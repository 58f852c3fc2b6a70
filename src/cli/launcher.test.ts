import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const launcher = fileURLToPath(new URL('../../bin/vertice', import.meta.url));

function folder(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'vertice-launcher-')));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function launch(path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(path, args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...env } });
}

describe('bin/vertice', () => {
  it('runs the program from anywhere, through a symbolic link, whatever Node is in the path', () => {
    const dir = folder();
    symlinkSync(launcher, join(dir, 'vertice'));
    symlinkSync('vertice', join(dir, 'again'));
    writeFileSync(join(dir, 'node'), '#!/bin/sh\necho the wrong node\n');
    chmodSync(join(dir, 'node'), 0o755);
    const { status, stdout, stderr } = launch(join(dir, 'again'), ['--help'], {
      PATH: `${dir}:/usr/bin:/bin`,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: vertice');
  });

  it('passes on exit codes', () => {
    expect(launch(launcher, ['nonsense'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('unknown command'),
    });
    expect(launch(launcher, ['status'], { VERTICE_URL: 'http://127.0.0.1:1' }).status).toBe(3);
  });

  it('runs the compiled form of an installed package on the Node installed beside it', () => {
    const dir = folder();
    const home = join(dir, 'node_modules', 'vertice');
    mkdirSync(join(home, 'dist'), { recursive: true });
    mkdirSync(join(dir, 'node_modules', '.bin'));
    cpSync(launcher, join(home, 'bin', 'vertice'));
    writeFileSync(join(home, 'dist', 'main.js'), 'console.log("compiled", ...process.argv.slice(2))');
    symlinkSync('../vertice/bin/vertice', join(dir, 'node_modules', '.bin', 'vertice'));
    const bare = launch(join(dir, 'node_modules', '.bin', 'vertice'), []);
    expect(bare).toMatchObject({ status: 1, stderr: expect.stringContaining('the pinned Node is missing') });
    symlinkSync(process.execPath, join(dir, 'node_modules', '.bin', 'node'));
    expect(launch(join(dir, 'node_modules', '.bin', 'vertice'), ['a b', '--c']).stdout).toBe(
      'compiled a b --c\n',
    );
  });

  it('says what is wrong with an incomplete installation, and when npm is missing', () => {
    const dir = folder();
    cpSync(launcher, join(dir, 'bin', 'vertice'));
    expect(launch(join(dir, 'bin', 'vertice'), [])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the installation is incomplete'),
    });
    mkdirSync(join(dir, 'src'));
    writeFileSync(join(dir, 'src', 'main.ts'), '');
    writeFileSync(join(dir, 'package-lock.json'), '{}');
    cpSync(join(launcher, '..', '..', 'scripts', 'install'), join(dir, 'scripts', 'install'));
    mkdirSync(join(dir, 'path'));
    for (const tool of ['sh', 'dirname', 'readlink'])
      symlinkSync(`/usr/bin/${tool}`, join(dir, 'path', tool));
    expect(launch(join(dir, 'bin', 'vertice'), [], { PATH: join(dir, 'path') })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('npm is missing'),
    });
  });
});
