import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { SecurityEvent } from '../../src/contracts/security-event.ts';
import { runLive } from '../../src/demo/live.ts';
import {
  buildScene,
  type Scene,
  sceneAddresses,
  sceneHost,
  sceneProblems,
  weakAccount,
} from '../../src/demo/scene.ts';
import { createReader } from '../../src/events/read.ts';

const launcher = fileURLToPath(new URL('../../bin/vertice', import.meta.url));
const { attacker, admin, server } = sceneAddresses;

/** Skipped where the scene cannot be built; with CI=true it must be. */
function canBuildScene(): boolean {
  const problems = sceneProblems(['nft']);
  if (problems.length === 0) return true;
  const reason = `the live scene cannot be built: ${problems.join('; ')}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  process.stderr.write(`skipped: ${reason}\n`);
  return false;
}

async function openScene(onLog: (line: string) => void): Promise<Scene> {
  const scene = await buildScene(onLog);
  onTestFinished(() => scene.destroy());
  return scene;
}

function namespaces(): string {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' });
}

function blockAttacker(scene: Scene): void {
  const rules = `table inet test { chain in { type filter hook input priority -10; ip saddr ${attacker} drop; }; }`;
  execFileSync('ip', ['netns', 'exec', scene.serverNamespace, 'nft', '-f', '-'], { input: rules });
}

/** What the product's reader makes of a line as the demonstration hands it in. */
function read(line: string): SecurityEvent {
  const time = '2026-01-31T12:00:00.000Z';
  const value = Buffer.from(`${time} ${sceneHost} sshd: ${line}`);
  const [result] = createReader({ maxRecordBytes: 65_536 })(value, {
    position: 'scene:0',
    receivedAtMs: Date.parse(time),
  });
  if (result?.kind !== 'event') throw new Error(`not an event: ${line}`);
  return result.event;
}

describe.skipIf(!canBuildScene())('the live scene', () => {
  it('has a real sshd whose lines are read as what happened, and leaves nothing behind', async () => {
    const lines: string[] = [];
    const scene = await openScene((line) => void lines.push(line));
    expect(await scene.reaches(attacker, 22, 2_000)).toBe(true);
    expect(await scene.reaches(attacker, 23, 500)).toBe(false);
    expect((await scene.login('root', 'guess', attacker, 'true')).isIn).toBe(false);
    const entry = await scene.login(weakAccount.name, weakAccount.password, attacker, 'echo in as $(whoami)');
    expect(entry).toMatchObject({ isIn: true, stdout: `in as ${weakAccount.name}\n` });

    const failed = await vi.waitFor(() => {
      const found = lines.find((line) => line.startsWith('Failed password'));
      expect(found).toBeDefined();
      return read(found ?? '');
    });
    expect(failed).toMatchObject({
      event_type: 'login_failed',
      source_ip: attacker,
      context: { user: 'root', host: sceneHost, outcome: 'failure' },
    });
    const accepted = lines.find((line) => line.startsWith('Accepted password')) ?? '';
    expect(read(accepted)).toMatchObject({
      event_type: 'login_succeeded',
      source_ip: attacker,
      context: { user: weakAccount.name, outcome: 'success' },
    });

    scene.destroy();
    scene.destroy();
    expect(namespaces()).not.toContain(scene.serverNamespace);
    expect(namespaces()).not.toContain(scene.outsideNamespace);
    expect(existsSync(join('/etc/netns', scene.serverNamespace))).toBe(false);
  });

  it('shows by real connections that a block takes effect and spares the administrator', async () => {
    const contained = Promise.withResolvers<void>();
    let failures = 0;
    const scene = await openScene((line) => {
      if (!line.startsWith('Failed password')) return;
      failures += 1;
      if (failures !== 3) return;
      blockAttacker(scene);
      contained.resolve();
    });
    const steps: string[] = [];
    const summary = await runLive({
      scene,
      contained: contained.promise,
      onStep: (step) => void steps.push(step),
      signal: new AbortController().signal,
    });
    expect(summary).toMatchObject({
      couldConnectBefore: true,
      canConnectAfter: false,
      adminCanConnectAfter: true,
    });
    expect(summary.attempts).toBeLessThanOrEqual(5);
    expect(steps).toEqual(
      expect.arrayContaining([
        `${attacker} can connect to ${server}:22`,
        expect.stringContaining(`${attacker} cannot connect any more`),
        expect.stringContaining(`${admin}, the administrator, still can`),
      ]),
    );
  });

  it('breaks the attack off when it is told to', async () => {
    const scene = await openScene(() => {});
    const { attempts, canConnectAfter } = await runLive({
      scene,
      contained: new Promise(() => {}),
      onStep: () => {},
      signal: AbortSignal.abort(),
    });
    expect(attempts).toBe(0);
    expect(canConnectAfter).toBe(true);
  });

  it('is contained by the whole program, which restores the machine', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vertice-live-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const result = spawnSync(launcher, ['demo', '--live', '--data-dir', folder, '--port', '0'], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(result.stderr).not.toMatch(/error/i);
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(new RegExp(`block_source ${attacker} validated`));
    expect(result.stdout).toMatch(/cannot connect any more/);
    expect(namespaces()).not.toContain('vertice-');
  });

  it('is taken down when the program is interrupted in the middle of the attack', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vertice-live-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = spawn(launcher, ['demo', '--live', '--data-dir', folder, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    program.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    await vi.waitFor(() => expect(output).toContain('Failed password'), { timeout: 30_000 });
    expect(namespaces()).toContain(`vertice-${program.pid}-server`);
    const ended = new Promise((resolve) => program.once('exit', resolve));
    program.kill('SIGINT');
    await ended;
    expect(namespaces()).not.toContain(`vertice-${program.pid}-`);
    expect(existsSync(`/etc/netns/vertice-${program.pid}-server`)).toBe(false);
  });
});
