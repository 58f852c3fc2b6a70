import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { runLine } from './cli-workbench.ts';

async function complete(...words: readonly string[]): Promise<string[]> {
  const { stdout } = await runLine(['completion', 'bash']);
  const typed = words.map((word) => `'${word}'`).join(' ');
  const script = `${stdout}\nCOMP_WORDS=(vertice ${typed}); COMP_CWORD=${words.length}; _vertice; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const result = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(result.stderr).toBe('');
  return result.stdout.trim().split('\n');
}

describe('vertice completion', () => {
  it.each([
    [['st'], ['start', 'status']],
    [
      ['keys', ''],
      ['add', 'list', 'revoke', '--help'],
    ],
    [['keys', 'add', '--ro'], ['--role']],
    [['inject', 'brute-force', '--so'], ['--source-ip']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', '--help'],
    ],
    [['threats', 'thr_1', '--att'], ['--attacker']],
    [['threats', '--json', '--lim'], ['--limit']],
  ])('bash completes %j', async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  it('writes scripts for zsh and fish that name every command', async () => {
    const zsh = (await runLine(['completion', 'zsh'])).stdout;
    expect(zsh).toMatch(/^#compdef vertice\n/);
    expect(zsh).toContain("'keys add'|'keys add '*) entries=('--config:");
    const fish = (await runLine(['completion', 'fish'])).stdout;
    expect(fish).toContain("complete -c vertice -n '__fish_use_subcommand' -f -a ingest -d ");
    expect(fish).toContain(
      "-n '__fish_seen_subcommand_from keys; and __fish_seen_subcommand_from add' -l role ",
    );
  });

  it('knows no other shell', async () => {
    expect((await runLine(['completion', 'tcsh'])).code).toBe(2);
  });
});
