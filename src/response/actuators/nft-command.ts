import { execFile } from 'node:child_process';
import { VerticeError } from '../../errors.ts';

export interface NftCommandOptions {
  /** Path or name of the nft binary; looked up in PATH and the system folders. Default `nft`. */
  readonly command?: string;
  /** Named network namespace to run in; empty: our own. */
  readonly namespace?: string;
}

/** Runs nft once, as a process of its own: no shell, arguments as an array, the script on standard input. */
export interface NftCommand {
  /** The standard output. Rejects with `VTC_ACTUATOR_FAILED`, which says what to do. */
  run(args: readonly string[], script?: string): Promise<string>;
}

const timeoutMs = 30_000;
// A listing takes about 70 bytes an element.
const maxOutputBytes = 256 * 1024 * 1024;

export function createNftCommand(options: NftCommandOptions = {}): NftCommand {
  const { command = 'nft', namespace = '' } = options;
  const prefix = namespace === '' ? [] : ['nsenter', `--net=/run/netns/${namespace}`];
  return {
    run(args, script = '') {
      const [file = command, ...rest] = [...prefix, command, ...args];
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const child = execFile(
        file,
        rest,
        {
          encoding: 'utf8',
          timeout: timeoutMs,
          maxBuffer: maxOutputBytes,
          env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' },
        },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(explain(error, stderr, command, namespace));
        },
      );
      // A process that ends before it has read its script says why by its exit code.
      child.stdin?.on('error', () => {});
      child.stdin?.end(script);
      return promise;
    },
  };
}

/** Whether a failed command failed because our table is not there. */
export function isTableMissing(error: unknown): boolean {
  return error instanceof VerticeError && error.facts['problem'] === 'table_missing';
}

function explain(error: Error, stderr: string, command: string, namespace: string): VerticeError {
  const said = stderr.trim().split('\n').slice(0, 3).join(' ').slice(0, 400);
  const failed = (problem: string, message: string, isRetryable: boolean): VerticeError =>
    new VerticeError('VTC_ACTUATOR_FAILED', message, {
      cause: error,
      isRetryable,
      facts: { problem, command, namespace },
    });
  if (('code' in error && error.code === 'ENOENT') || /^nsenter: failed to execute/.test(said)) {
    return failed(
      'not_installed',
      `the nft command was not found as ${JSON.stringify(command)}: install the nftables package (and util-linux for a network namespace), or set the firewall to blocklist`,
      false,
    );
  }
  if (/^nsenter: cannot open/.test(said)) {
    return failed(
      'namespace_missing',
      `there is no network namespace ${namespace}: create it, or correct the setting`,
      false,
    );
  }
  if (/not permitted|permission denied|must be root/i.test(said)) {
    return failed(
      'not_permitted',
      `the kernel refused nft (${said}): run as root or with CAP_NET_ADMIN, or set the firewall to blocklist`,
      false,
    );
  }
  if (/^Error: No such file or directory/.test(said)) return failed('table_missing', `nft: ${said}`, true);
  const ended = 'killed' in error && error.killed === true ? `took longer than ${timeoutMs} ms` : 'failed';
  return failed('failed', `nft ${ended}: ${said === '' ? error.message : said}`, true);
}
