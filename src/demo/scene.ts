import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { VerticeError } from '../errors.ts';

/** Addresses of the scene: documentation ranges (RFC 5737), so that nobody real is named. */
export const sceneAddresses = {
  server: '203.0.113.10',
  attacker: '198.51.100.77',
  admin: '192.0.2.20',
  colleague: '192.0.2.21',
  malwareHost: '192.0.2.66',
} as const;

/** Accounts of the scene's server. They exist inside its namespace only. */
const accounts = [
  { name: 'deploy', id: 2001, password: 'deploy123' },
  { name: 'maria', id: 2002, password: 'correct horse battery' },
] as const;
export const sceneHost = 'web-1';
export const weakAccount = accounts[0];
export const adminAccount = accounts[1];

/** How one real SSH client fared. */
export interface LoginAttempt {
  readonly isIn: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Two network namespaces with a cable between them: a server with a real sshd, and a place outside from which
 * an attacker, an administrator and a colleague come under addresses of their own.
 */
export interface Scene {
  /** Where the server's firewall is. */
  readonly serverNamespace: string;
  readonly outsideNamespace: string;
  /** A real SSH client outside: logs in from `from` and runs `command`. Ends within `timeoutMs`. */
  login(
    user: string,
    password: string,
    from: string,
    command: string,
    timeoutMs?: number,
  ): Promise<LoginAttempt>;
  /** Whether a TCP connection from outside under `from` reaches the server's port within `timeoutMs`. */
  reaches(from: string, port: number, timeoutMs: number): Promise<boolean>;
  /** Runs a program outside to its end. */
  outside(command: string, args: readonly string[]): Promise<string>;
  /** Starts a program that the scene ends with itself; each line of its output goes to `onLine`. */
  watch(
    where: 'server' | 'outside',
    command: string,
    args: readonly string[],
    onLine: (line: string) => void,
  ): void;
  destroy(): void;
}

const programs = ['ip', 'sshd', 'ssh', 'ssh-keygen', 'openssl'] as const;
const searchPath = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`;

/** What keeps the scene from being built here; empty when nothing does. */
export function sceneProblems(extraPrograms: readonly string[] = []): string[] {
  const problems: string[] = [];
  if (process.getuid?.() !== 0) problems.push('root is needed to make network namespaces');
  for (const program of [...programs, ...extraPrograms]) {
    if (programPath(program) === null) problems.push(`the program ${program} is not installed`);
  }
  return problems;
}

function programPath(program: string): string | null {
  for (const folder of searchPath.split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  return null;
}

/**
 * Builds the scene and starts its sshd. `onLog` gets the lines sshd writes.
 * Throws VTC_USAGE with everything that is missing on this machine.
 */
export async function buildScene(onLog: (line: string) => void): Promise<Scene> {
  const problems = sceneProblems();
  if (problems.length > 0)
    throw new VerticeError('VTC_USAGE', `The live scene cannot be built: ${problems.join('; ')}.`);
  const name = `vertice-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), 'vertice-scene-'));
  const scene = new NamespaceScene(`${name}-server`, `${name}-outside`, folder);
  try {
    scene.build();
    await scene.startSshd(onLog);
    return scene;
  } catch (cause) {
    scene.destroy();
    throw cause;
  }
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH: searchPath } });
}

class NamespaceScene implements Scene {
  readonly serverNamespace: string;
  readonly outsideNamespace: string;
  readonly #folder: string;
  readonly #overlay: string;
  readonly #children = new Set<ChildProcess>();
  readonly #onExit = (): void => this.destroy();
  #isDestroyed = false;

  constructor(serverNamespace: string, outsideNamespace: string, folder: string) {
    this.serverNamespace = serverNamespace;
    this.outsideNamespace = outsideNamespace;
    this.#folder = folder;
    this.#overlay = join('/etc/netns', serverNamespace);
  }

  build(): void {
    process.once('exit', this.#onExit);
    const [server, outside] = [this.serverNamespace, this.outsideNamespace];
    run('ip', 'netns', 'add', server);
    run('ip', 'netns', 'add', outside);
    run(
      'ip',
      'link',
      'add',
      'wire',
      'netns',
      server,
      'type',
      'veth',
      'peer',
      'name',
      'wire',
      'netns',
      outside,
    );
    for (const namespace of [server, outside]) {
      run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
      run('ip', '-n', namespace, 'link', 'set', 'wire', 'up');
    }
    const { server: serverAddress, ...outsiders } = sceneAddresses;
    run('ip', '-n', server, 'address', 'add', `${serverAddress}/32`, 'dev', 'wire');
    for (const address of Object.values(outsiders)) {
      run('ip', '-n', outside, 'address', 'add', `${address}/32`, 'dev', 'wire');
      run('ip', '-n', server, 'route', 'add', address, 'dev', 'wire');
    }
    // What does not choose an address for itself (a scanner) comes from the attacker's.
    run('ip', '-n', outside, 'route', 'add', serverAddress, 'dev', 'wire', 'src', sceneAddresses.attacker);
    this.#makeAccounts();
  }

  /** `ip netns exec` lays the files below /etc/netns/NAME over /etc: the accounts exist nowhere else. */
  #makeAccounts(): void {
    mkdirSync(this.#overlay, { recursive: true });
    const passwd = ['root:x:0:0:root:/root:/bin/sh', 'sshd:x:105:65534::/run/sshd:/usr/sbin/nologin'];
    // root has a password that nobody knows: a locked account would be refused before any password is read.
    const unknown = run('openssl', 'passwd', '-6', randomBytes(24).toString('base64')).trim();
    const shadow = [`root:${unknown}:20000:0:99999:7:::`, 'sshd:!:20000::::::'];
    const group = ['root:x:0:', 'nogroup:x:65534:'];
    for (const { name, id, password } of accounts) {
      const home = join(this.#folder, name);
      mkdirSync(home);
      passwd.push(`${name}:x:${id}:${id}::${home}:/bin/sh`);
      shadow.push(`${name}:${run('openssl', 'passwd', '-6', password).trim()}:20000:0:99999:7:::`);
      group.push(`${name}:x:${id}:`);
    }
    for (const [file, lines] of Object.entries({ passwd, shadow, group })) {
      writeFileSync(join(this.#overlay, file), `${lines.join('\n')}\n`, { mode: 0o600 });
    }
    run('chmod', '644', join(this.#overlay, 'passwd'), join(this.#overlay, 'group'));
    run('chmod', '755', this.#folder);
  }

  async startSshd(onLog: (line: string) => void): Promise<void> {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const key = join(this.#folder, 'host_key');
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key);
    const config = join(this.#folder, 'sshd_config');
    const settings = [
      `ListenAddress ${sceneAddresses.server}`,
      'Port 22',
      `HostKey ${key}`,
      `PidFile ${join(this.#folder, 'sshd.pid')}`,
      'UsePAM no',
      'PasswordAuthentication yes',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'StrictModes no',
      'MaxStartups 100:30:200',
      'LogLevel INFO',
      'PrintMotd no',
    ];
    writeFileSync(config, `${settings.join('\n')}\n`);
    const listening = Promise.withResolvers<void>();
    const overdue = setTimeout(
      () =>
        listening.reject(new VerticeError('VTC_USAGE', 'sshd did not listen within 10 s inside the scene.')),
      10_000,
    );
    this.watch('server', programPath('sshd') ?? 'sshd', ['-D', '-e', '-f', config], (line) => {
      if (line.startsWith('Server listening')) listening.resolve();
      onLog(line);
    });
    await listening.promise.finally(() => clearTimeout(overdue));
  }

  login(
    user: string,
    password: string,
    from: string,
    command: string,
    timeoutMs = 10_000,
  ): Promise<LoginAttempt> {
    const askpass = join(this.#folder, 'askpass');
    // ssh asks this program for the password; it reads it from its own environment.
    writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$SCENE_PASSWORD"\n', { mode: 0o755 });
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'NumberOfPasswordPrompts=1',
      'PubkeyAuthentication=no',
      'LogLevel=ERROR',
      `ConnectTimeout=${Math.max(1, Math.floor(timeoutMs / 1000))}`,
      `BindAddress=${from}`,
    ];
    const target = `${user}@${sceneAddresses.server}`;
    const args = [
      ...['netns', 'exec', this.outsideNamespace, 'ssh', '-F', 'none'],
      ...options.flatMap((option) => ['-o', option]),
      ...['--', target, command],
    ];
    const env = {
      PATH: searchPath,
      SSH_ASKPASS: askpass,
      SSH_ASKPASS_REQUIRE: 'force',
      SCENE_PASSWORD: password,
    };
    return new Promise((resolve) => {
      execFile('ip', args, { env, timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
        resolve({ isIn: error === null, stdout, stderr });
      });
    });
  }

  reaches(from: string, port: number, timeoutMs: number): Promise<boolean> {
    const script = `const [host, localAddress, port] = process.argv.slice(1);
      const socket = require('node:net').connect({ host, port: Number(port), localAddress });
      socket.on('connect', () => process.exit(0)).on('error', () => process.exit(1));`;
    const args = [
      ...['netns', 'exec', this.outsideNamespace, process.execPath, '-e', script],
      ...['--', sceneAddresses.server, from, String(port)],
    ];
    return new Promise((resolve) => {
      execFile(
        'ip',
        args,
        { timeout: timeoutMs, killSignal: 'SIGKILL', env: { PATH: searchPath } },
        (error) => resolve(error === null),
      );
    });
  }

  outside(command: string, args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { env: { ...process.env, PATH: searchPath }, timeout: 120_000 };
      execFile('ip', ['netns', 'exec', this.outsideNamespace, command, ...args], options, (error, stdout) => {
        if (error === null) resolve(stdout);
        else reject(error);
      });
    });
  }

  watch(
    where: 'server' | 'outside',
    command: string,
    args: readonly string[],
    onLine: (line: string) => void,
  ): void {
    const namespace = where === 'server' ? this.serverNamespace : this.outsideNamespace;
    const child = spawn('ip', ['netns', 'exec', namespace, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: searchPath },
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => onLine(line.trimEnd()));
    }
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    process.removeListener('exit', this.#onExit);
    for (const child of this.#children) child.kill('SIGKILL');
    for (const namespace of [this.serverNamespace, this.outsideNamespace]) {
      // sshd's children outlive it; whatever runs in the namespace goes with it.
      const pids = spawnSync('ip', ['netns', 'pids', namespace], {
        encoding: 'utf8',
        env: { PATH: searchPath },
      });
      for (const pid of pids.stdout?.split('\n').filter(Boolean) ?? []) killQuietly(Number(pid));
      spawnSync('ip', ['netns', 'del', namespace], { env: { PATH: searchPath } });
    }
    rmSync(this.#overlay, { recursive: true, force: true });
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended between being listed and being told to.
  }
}
