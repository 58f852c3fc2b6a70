import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApiKey } from '../../src/api/api-keys.ts';
import { openBus, openLedger } from '../../src/assemble.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/observability/log.ts';
import { type KafkaBroker, startKafkaBroker } from '../support/kafka-broker.ts';
import { kafkaIsHere } from '../support/kafka-shared.ts';
import { createTestSchema } from '../support/postgres.ts';
import { configOf, freePort, post, settled, untilReady } from './chaos.ts';
import { audit } from './chaos-audit.ts';
import { chaosLoad } from './chaos-load.ts';

const postgresUrl = inject('postgresUrl');
const isHere = (await kafkaIsHere()) && postgresUrl !== null;
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const BATCH = 100;

describe.skipIf(!isHere)('two processes on one Kafka group and one PostgreSQL ledger', () => {
  let broker: KafkaBroker;
  let schema: Awaited<ReturnType<typeof createTestSchema>>;
  let folder: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    broker = await startKafkaBroker();
    schema = await createTestSchema(postgresUrl ?? '');
    folder = await mkdtemp(join(tmpdir(), 'vertice-machines-'));
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await broker.stop();
    await schema.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function environment(name: string): Promise<Record<string, string>> {
    return {
      VERTICE_BUS: 'kafka',
      KAFKA_BROKERS: broker.brokers.join(','),
      VERTICE_STORE: 'postgres',
      DATABASE_URL: schema.url,
      VERTICE_INSTANCE: name,
      VERTICE_API_PORT: String(await freePort()),
      VERTICE_API_RATE_LIMIT: '1000000',
      VERTICE_DATA_DIR: join(folder, name),
      LOG_LEVEL: 'error',
    };
  }

  function start(env: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, [main, 'start'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    return child;
  }

  it('give every event one outcome while one of them is killed again and again', {
    timeout: 240_000,
  }, async () => {
    const steady = await environment('steady');
    const shaky = await environment('shaky');
    const config = configOf(steady);
    const store = await openLedger(config, systemClock, silentLog);
    const { secret } = await createApiKey(store, { name: 'machines', role: 'admin' });
    start(steady);
    await untilReady(config);
    let victim = start(shaky);
    await untilReady(configOf(shaky));

    const load = chaosLoad(4_000, Date.now() - 60_000, `machines-${process.pid}`);
    for (let from = 0; from < load.lines.length; from += BATCH) {
      const body = load.lines.slice(from, from + BATCH).join('\n');
      while (!(await post(config, secret, body, `batch-${from}`))) await delay(30);
      if (from % 1_000 !== 500) continue;
      const gone = once(victim, 'exit');
      victim.kill('SIGKILL');
      await gone;
      victim = start(shaky);
      await untilReady(configOf(shaky));
    }
    await settled(load, config);

    const bus = await openBus(configOf({ ...shaky, VERTICE_INSTANCE: '' }), systemClock, silentLog);
    const { problems } = await audit(load, store, bus, config.kafka.group);
    await bus.close();
    await store.close();
    expect(problems).toEqual([]);
  });
});
