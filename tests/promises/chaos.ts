import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createApiKey } from '../../src/api/api-keys.ts';
import { openBus, openLedger } from '../../src/assemble.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { topics } from '../../src/contracts/topics.ts';
import { silentLog } from '../../src/observability/log.ts';
import { audit, type ChaosAudit } from './chaos-audit.ts';
import { type ChaosLoad, chaosLoad } from './chaos-load.ts';

export interface ChaosOptions {
  /** Times something is killed (SIGKILL) at random instants while events come in. */
  readonly kills: number;
  /** Events in all; at most 50,000 (see `chaosLoad`). */
  readonly events: number;
  /** Null: the embedded bus. With `restartBroker`, that is called in place of killing Vértice. */
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly restartBroker?: () => Promise<void>;
  } | null;
  readonly say: (line: string) => void;
}

export interface ChaosReport extends ChaosAudit {
  readonly kills: number;
  /** Requests that had to be repeated because the process was gone. */
  readonly retries: number;
}

const BATCH = 100;
const QUIET_MS = 120_000;
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/**
 * Starts the real program, sends it events over HTTP, kills it at random instants, starts it again, and at the end
 * compares the ledger and the bus, record by record, with what was sent.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-chaos-'));
  const name = `chaos-${process.pid}-${Date.now()}`;
  const environment = {
    VERTICE_DATA_DIR: join(folder, 'data'),
    VERTICE_API_PORT: String(await freePort()),
    VERTICE_API_RATE_LIMIT: '10000000',
    VERTICE_INSTANCE: name,
    LOG_LEVEL: 'error',
    ...(options.kafka === null
      ? {}
      : { VERTICE_BUS: 'kafka', KAFKA_BROKERS: options.kafka.brokers.join(','), KAFKA_GROUP: name }),
  };
  const config = configOf(environment);
  const load = chaosLoad(options.events, Date.now() - 60_000, name);
  const vertice = createSupervised(environment);
  try {
    const secret = await firstKey(config);
    await vertice.start(config);
    let kills = 0;
    // Events are held back so that some are under way at every kill.
    const isDue = (share: number): boolean => share * (options.kills + 1) < kills + 1;
    const injector = inject(load, config, secret, isDue);
    while (kills < options.kills) {
      await Promise.race([injector.failed, delay(50 + Math.random() * 700)]);
      if (options.kafka?.restartBroker !== undefined) {
        await options.kafka.restartBroker();
      } else {
        await vertice.kill();
        await vertice.start(config);
      }
      kills++;
      if (kills % 10 === 0) {
        options.say(`${kills} kills, ${injector.sent()} of ${load.lines.length} events accepted`);
      }
    }
    const retries = await injector.done;
    await settled(load, config);
    await vertice.stop();
    return { kills, retries, ...(await auditAll(load, config)) };
  } finally {
    await vertice.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The configuration that a process with this environment has. */
export function configOf(environment: Readonly<Record<string, string>>): Config {
  const loaded = loadConfig({ env: environment, flags: {}, readFile: missingFile });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

function missingFile(path: string): string {
  throw Object.assign(new Error(`${path} does not exist`), { code: 'ENOENT' });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function firstKey(config: Config): Promise<string> {
  const store = await openLedger(config, systemClock, silentLog);
  const { secret } = await createApiKey(store, { name: 'chaos', role: 'admin' });
  await store.close();
  return secret;
}

function createSupervised(environment: Record<string, string>) {
  let child: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, 'exit');
    ending.kill(signal);
    await gone;
  };
  return {
    async start(config: Config): Promise<void> {
      child = spawn(process.execPath, [main, 'start'], {
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      await untilReady(config);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

export async function untilReady(config: Config): Promise<void> {
  const deadline = Date.now() + QUIET_MS;
  for (;;) {
    try {
      const answer = await fetch(`http://127.0.0.1:${config.api.port}/ready`);
      await answer.body?.cancel();
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) throw new Error('Vértice did not become ready');
    await delay(20);
  }
}

/** Sends all lines in order, batch by batch, each until it is acknowledged. Resolves to the number of retries. */
function inject(
  load: ChaosLoad,
  config: Config,
  secret: string,
  isDue: (share: number) => boolean,
): { done: Promise<number>; failed: Promise<never>; sent(): number } {
  let sent = 0;
  const failure = Promise.withResolvers<never>();
  const run = async (): Promise<number> => {
    let retries = 0;
    for (let start = 0; start < load.lines.length; start += BATCH) {
      while (!isDue(start / load.lines.length)) await delay(10);
      const body = load.lines.slice(start, start + BATCH).join('\n');
      while (!(await post(config, secret, body, `batch-${start}`))) {
        retries++;
        await delay(30);
      }
      sent += Math.min(BATCH, load.lines.length - start);
    }
    return retries;
  };
  const done = run();
  done.catch(failure.reject);
  failure.promise.catch(() => {});
  return { done, failed: failure.promise, sent: () => sent };
}

export async function post(config: Config, secret: string, body: string, key: string): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${config.api.port}/api/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': key,
      },
      body,
    });
    await answer.body?.cancel();
    if (answer.status !== 202 && answer.status !== 503) throw new Error(`unexpected status ${answer.status}`);
    return answer.status === 202;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/** Waits until the ledger has as many outcomes as events, and every threat has been assessed. */
export async function settled(load: ChaosLoad, config: Config): Promise<void> {
  const deadline = Date.now() + QUIET_MS;
  const store = await openLedger(config, systemClock, silentLog);
  try {
    for (;;) {
      const progress = [...(await store.progress(config.kafka.group, topics.events)).values()];
      const outcomes = progress.reduce(
        (sum, { tally }) => sum + tally.clean + tally.detected + tally.deadLettered,
        0,
      );
      const partitions = progress.map(({ partition }) => partition);
      const unfinished = await store.unfinishedThreats(partitions, 1);
      const outbox = await store.countOutbox();
      if (outcomes >= load.lines.length && unfinished.length === 0 && outbox === 0) return;
      if (Date.now() > deadline) {
        throw new Error(
          `not settled: ${outcomes} outcomes, ${unfinished.length} open, ${outbox} in the outbox`,
        );
      }
      await untilReady(config);
      await delay(100);
    }
  } finally {
    await store.close();
  }
}

async function auditAll(load: ChaosLoad, config: Config): Promise<ChaosAudit> {
  const store = await openLedger(config, systemClock, silentLog);
  const bus = await openBus(config, systemClock, silentLog);
  try {
    return await audit(load, store, bus, config.kafka.group);
  } finally {
    await bus.close();
    await store.close();
  }
}
