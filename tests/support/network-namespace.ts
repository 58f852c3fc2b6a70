import { type ChildProcess, execFileSync, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** A network of its own, on this machine, that nobody else is on. */
export interface NetworkNamespace {
  readonly name: string;
  /** Runs a command inside to its end. Never throws for an exit code. */
  exec(command: string, args: readonly string[], input?: string): ExecResult;
  /** Starts a command inside; it is killed when the namespace is destroyed. */
  spawn(command: string, args: readonly string[], options?: SpawnOptions): ChildProcess;
  destroy(): void;
}
export interface ExecResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const prefix = 'vtc-test-';
const standing = new Set<NetworkNamespace>();
let created = 0;

// The last net: a test file that dies before its hooks ran.
process.once('exit', () => {
  for (const namespace of standing) namespace.destroy();
});

/**
 * Whether this machine lets us make network namespaces (Linux, root, iproute2). Tests that need them are
 * skipped elsewhere; with CI=true they must run, so there this throws instead of answering no.
 */
export function canUseNamespaces(): boolean {
  const trial = `${prefix}${process.pid}-trial`;
  const added = spawnSync('ip', ['netns', 'add', trial], { encoding: 'utf8' });
  if (added.status === 0) {
    execFileSync('ip', ['netns', 'del', trial]);
    return true;
  }
  const reason = added.error?.message ?? added.stderr.trim();
  if (process.env['CI'] === 'true') throw new Error(`network namespaces are needed with CI=true: ${reason}`);
  process.stderr.write(`skipped: tests in network namespaces (needs root and iproute2): ${reason}\n`);
  return false;
}

/** A fresh namespace with loopback up and nothing else. Destroy it in an `afterAll` or `afterEach`. */
export function createNetworkNamespace(): NetworkNamespace {
  sweepAbandoned();
  created += 1;
  const name = `${prefix}${process.pid}-${created}`;
  execFileSync('ip', ['netns', 'add', name]);
  const children = new Set<ChildProcess>();
  const namespace: NetworkNamespace = {
    name,
    exec(command, args, input = '') {
      const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', name, command, ...args], {
        encoding: 'utf8',
        input,
        timeout: 30_000,
      });
      return { code: status, stdout, stderr };
    },
    spawn(command, args, options = {}) {
      const child = spawn('ip', ['netns', 'exec', name, command, ...args], options);
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },
    destroy() {
      for (const child of children) child.kill('SIGKILL');
      if (standing.delete(namespace)) spawnSync('ip', ['netns', 'del', name]);
    },
  };
  standing.add(namespace);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return namespace;
}

export interface Endpoint {
  readonly namespace: NetworkNamespace;
  /** With prefix length, e.g. `10.77.0.1/24` or `2001:db8:77::1/64`. */
  readonly addresses: readonly string[];
}

/** A cable between two namespaces. `device` names its two ends, and so must be new to both. */
export function connectNamespaces(left: Endpoint, right: Endpoint, device = 'veth0'): void {
  execFileSync('ip', [
    ...['link', 'add', device, 'netns', left.namespace.name, 'type', 'veth'],
    ...['peer', 'name', device, 'netns', right.namespace.name],
  ]);
  for (const { namespace, addresses } of [left, right]) {
    for (const address of addresses) {
      // Without duplicate address detection an IPv6 address is usable at once.
      const flags = address.includes(':') ? ['nodad'] : [];
      execFileSync('ip', ['-n', namespace.name, 'address', 'add', address, 'dev', device, ...flags]);
    }
    execFileSync('ip', ['-n', namespace.name, 'link', 'set', device, 'up']);
  }
}

/** Removes what test processes left that were killed before they could clean up. */
function sweepAbandoned(): void {
  const folder = '/run/netns';
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /^vtc-test-(\d+)-\w+$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'del', name]);
  }
}
