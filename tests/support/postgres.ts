import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

/** Where distributions put the server's programs, which are rarely in PATH. */
const installRoots = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'];

/** A private server of this test run. */
export interface TestPostgres {
  /** Address of its maintenance database, as a superuser. */
  readonly url: string;
  /** Takes the server away without a shutdown, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Stops it and deletes its data. */
  stop(): Promise<void>;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((): string[] => []);
}

/** The folder with initdb and pg_ctl of the newest installed server, or null when there is none. */
export async function findPostgres(roots: readonly string[] = installRoots): Promise<string | null> {
  for (const root of roots) {
    const versions = await namesIn(root);
    for (const version of versions.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
      const folder = join(root, version, 'bin');
      const programs = await namesIn(folder);
      if (programs.includes('initdb') && programs.includes('pg_ctl')) return folder;
    }
  }
  return null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  return address.port;
}

/** The account to run the server as: it refuses root. */
async function unprivilegedAccount(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = await Promise.all([run('id', ['-u', 'postgres']), run('id', ['-g', 'postgres'])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/**
 * Starts a server of our own on a free port of 127.0.0.1, with its data in a temporary folder. It does not
 * wait for the disk (fsync is off): a test that is about power cuts must not use it.
 */
export async function startPostgres(programs: string): Promise<TestPostgres> {
  const account = await unprivilegedAccount();
  const folder = await mkdtemp(join(tmpdir(), 'vertice-postgres-'));
  await chmod(folder, 0o700);
  if (account !== null) await chown(folder, account.uid, account.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const options = { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...account };
  const control = (...args: readonly string[]) =>
    run(join(programs, 'pg_ctl'), ['--pgdata', data, ...args], options);

  async function start(): Promise<void> {
    const settings = [
      `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${folder}`,
      '-c fsync=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=32MB',
      // The way servers are set up by people who have read that it is faster: the store must not rely on it.
      '-c synchronous_commit=off',
    ];
    const log = join(folder, 'server.log');
    await control('--wait', '--silent', '--log', log, '--options', settings.join(' '), 'start');
  }

  await run(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username', 'vertice', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
    options,
  );
  await start();
  return {
    url: `postgres://vertice@127.0.0.1:${port}/postgres`,
    start,
    async kill() {
      await control('--wait', '--silent', '--mode', 'immediate', 'stop');
    },
    async stop() {
      await control('--wait', '--silent', '--mode', 'immediate', 'stop').catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A schema of its own for one test: its address, and how to drop it. */
export async function createTestSchema(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  const inServer = async (sql: string) => {
    const client = new Client({ connectionString: serverUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await inServer(`CREATE SCHEMA ${schema}`);
  const url = new URL(serverUrl);
  url.searchParams.set('options', `-c search_path=${schema}`);
  return { url: url.href, drop: () => inServer(`DROP SCHEMA ${schema} CASCADE`) };
}
