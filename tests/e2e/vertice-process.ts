import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../bin/vertice', import.meta.url));

/** What the user has set for Vértice must not reach the program under test. */
const ours = /^(?:VERTICE_|KAFKA_|LOG_LEVEL$|DATABASE_URL|MIN_THREAT_CONFIDENCE$|AUTO_RESPONSE_THRESHOLD$)/;

function environmentWith(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', ...extra };
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the launcher, in a process of its own and a folder without a configuration. */
export interface Running {
  readonly process: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

export function startVertice(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(launcher, args, {
    cwd: tmpdir(),
    env: environmentWith(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs a command to its end. */
export function runVertice(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return startVertice(args, environment).ended;
}

export interface Server extends Running {
  readonly url: string;
  /** The first key, when this start made it. */
  readonly key: string | null;
}

const patienceMs = 30_000;

/** `vertice start` on a free port; resolves when it says that it listens. */
export async function startServer(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const running = startVertice(['start', '--data-dir', dataDir, '--port', '0'], environment);
  const listening = Promise.withResolvers<string>();
  const look = (): void => {
    const url = /listens on (http:\/\/\S+)/.exec(running.stdout())?.[1];
    if (url !== undefined) listening.resolve(url);
  };
  running.process.stdout?.on('data', look);
  const timer = setTimeout(
    () => listening.reject(new Error(`it does not listen: ${running.stderr()}`)),
    patienceMs,
  );
  running.ended.then(({ code, stderr }) => listening.reject(new Error(`it ended with ${code}: ${stderr}`)));
  const url = await listening.promise.finally(() => clearTimeout(timer));
  const key = /First API key.*: (vk_\S+)/.exec(running.stdout())?.[1] ?? null;
  return { ...running, url, key };
}
