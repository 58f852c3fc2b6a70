import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createApiKey } from '../../src/api/api-keys.ts';
import { assemble, type Vertice } from '../../src/assemble.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { isJsonObject, type JsonObject } from '../../src/json.ts';
import { createLog } from '../../src/observability/logger.ts';
import { Metrics } from '../../src/observability/metrics.ts';
import type { Page, PageRequest } from '../../src/store/store.ts';

/** An answer of the API, read to its end. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The body as a JSON object; empty when it is none. */
  readonly body: JsonObject;
}

/** The whole program, assembled in this process on a folder of its own, with an administrator's key. */
export interface Program {
  readonly vertice: Vertice;
  readonly config: Config;
  readonly metrics: Metrics;
  readonly folder: string;
  readonly url: string;
  readonly key: string;
  /** What it has logged, one JSON object a line. */
  readonly log: readonly string[];
  /** Why it could not go on. */
  readonly failures: readonly Error[];
  /** Port of a syslog door that is open. */
  syslogPort(protocol: 'UDP' | 'TCP'): number;
  call(path: string, init?: RequestInit): Promise<Answer>;
  /** Records that a door has put on the bus. */
  taken(door: string): Promise<number>;
  /** Stops it; its folder stays. */
  stop(): Promise<void>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

export interface ProgramOptions {
  /** Environment variables, as a user would set them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Names of files in the program's folder that it follows. */
  readonly tail?: readonly string[];
  /** The folder of a program that was stopped, to go on in; a new one by default. */
  readonly folder?: string;
}

export async function startProgram(options: ProgramOptions = {}): Promise<Program> {
  const { environment = {}, tail = [] } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'vertice-promise-')));
  const loaded = loadConfig({
    env: {
      VERTICE_DATA_DIR: join(folder, 'data'),
      VERTICE_API_PORT: '0',
      VERTICE_API_RATE_LIMIT: '10000000',
      VERTICE_INSTANCE: 'promise',
      ...environment,
    },
    flags: {},
    readFile: (path) => {
      throw Object.assign(new Error(`${path} does not exist`), { code: 'ENOENT' });
    },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { config } = loaded;
  const log: string[] = [];
  const failures: Error[] = [];
  const metrics = new Metrics();
  const vertice = await assemble({
    config,
    clock: systemClock,
    log: createLog({ level: 'info', stream: { write: (line) => void log.push(line) } }),
    metrics,
    tail: tail.map((name) => join(folder, name)),
    onFailed: (error) => void failures.push(error),
  });
  const { secret } = await createApiKey(vertice.store, { name: 'tester', role: 'admin' });
  const url = `http://127.0.0.1:${vertice.address.port}`;
  return {
    vertice,
    config,
    metrics,
    folder,
    url,
    key: secret,
    log,
    failures,
    syslogPort(protocol) {
      for (const line of log) {
        const said: unknown = JSON.parse(line);
        if (isJsonObject(said) && said['message'] === `Syslog over ${protocol} is open`)
          return Number(said['port']);
      }
      throw new Error(`the door for syslog over ${protocol} is not open`);
    },
    async call(path, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${secret}`);
      const response = await fetch(url + path, { ...init, headers });
      const text = await response.text();
      const contentType = response.headers.get('content-type') ?? '';
      const body: unknown = /json/.test(contentType) && text !== '' ? JSON.parse(text) : {};
      return { status: response.status, contentType, text, body: isJsonObject(body) ? body : {} };
    },
    async taken(door) {
      const { values } = await metrics.doorRecords.get();
      return values
        .filter(({ labels }) => labels.door === door && /^(?:accepted|rejected)$/.test(String(labels.status)))
        .reduce((sum, { value }) => sum + value, 0);
    },
    stop: () => vertice.close(),
    async close() {
      await vertice.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** All items of a list of the store. */
export async function every<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await list(cursor === null ? { limit: 1000 } : { limit: 1000, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Waits for something outside this process's promises. Rejects, saying what it was, after `patienceMs`. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  patienceMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await delay(3);
  }
}

/** Failed logins from one address, enough for a detection, as NDJSON. */
export function bruteForce(sourceIp: string, count = 8, startMs = Date.now() - 10_000): string {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      event_id: `guess-${sourceIp}-${startMs}-${index}`,
      timestamp: new Date(startMs + index * 500).toISOString(),
      source: 'sshd',
      event_type: 'login_failed',
      source_ip: sourceIp,
      port: 22,
      protocol: 'ssh',
      payload: { user: 'root' },
      context: { host: 'web-1', user: 'root' },
    }),
  ).join('\n');
}
