import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  createTestSchema,
  findPostgres,
  startPostgres,
  type TestPostgres,
} from '../../tests/support/postgres.ts';
import type {} from '../../tests/support/postgres-global.ts';
import { systemClock } from '../clock.ts';
import { type Log, silentLog } from '../observability/log.ts';
import { outcomeBatch, responseRecord } from './contract-records.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { createStore, openStore } from './open-store.ts';
import { openPostgres, postgresMigrationSession } from './postgres.ts';
import { numericTypes } from './postgres-client.ts';
import { oneByOne, step } from './statements.ts';
import type { Store } from './store.ts';

const context = { clock: systemClock, log: silentLog };
const postgresUrl = inject('postgresUrl') ?? null;

/** Stands between the store and the server, and on demand cuts the line after a COMMIT has reached the server. */
async function startReplyLosingProxy(serverUrl: string) {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let isArmed = false;
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    let isCut = false;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (data) => {
      if (isArmed && data.includes('COMMIT')) {
        isArmed = false;
        isCut = true;
      }
      server.write(data);
    });
    // The reply shows that the server has done it; the client never sees it.
    server.on('data', (data) => (isCut ? client.destroy() : client.write(data)));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  const url = new URL(serverUrl);
  url.host = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  return {
    url: url.href,
    loseNextCommitReply() {
      isArmed = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

describe('a PostgreSQL address', () => {
  it.each(['', '127.0.0.1', 'mysql://user:secret@host/db'])('is refused when it is %j', async (url) => {
    const refusal = expect(openStore({ kind: 'postgres', url }, context)).rejects;
    await refusal.toMatchObject({
      code: 'VTC_CONFIG_INVALID',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('where nobody listens may work later', async () => {
    const url = 'postgres://user:secret@127.0.0.1:1/db';
    await expect(openStore({ kind: 'postgres', url }, context)).rejects.toMatchObject({
      code: 'VTC_STORE_UNAVAILABLE',
      isRetryable: true,
      message: expect.not.stringContaining('secret'),
    });
  });
});

describe.skipIf(postgresUrl === null)('the PostgreSQL ledger', () => {
  const serverUrl = postgresUrl ?? '';
  let schema: Awaited<ReturnType<typeof createTestSchema>>;
  let database: Database;
  let store: Store;
  let inServer: Client;

  beforeEach(async () => {
    schema = await createTestSchema(serverUrl);
    const url = new URL(schema.url);
    url.searchParams.set('application_name', 'vertice-under-test');
    database = await openPostgres({ url: url.href, log: silentLog });
    store = createStore(database, systemClock);
    inServer = new Client({ connectionString: schema.url });
    await inServer.connect();
  });
  afterEach(async () => {
    await inServer.end();
    await store.close();
    await schema.drop();
  });

  const cutAll = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vertice-under-test'`;

  it('waits for the disk whatever the server is set to', async () => {
    const setting = async (client: { query: Database['query'] }) =>
      await client.query('SHOW synchronous_commit', []);
    expect(await setting(database)).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('opens a new connection when the old ones were cut', async () => {
    await store.saveResponse(responseRecord('r1', []), 'a', []);
    await inServer.query(cutAll);
    const attempts = await Promise.allSettled([
      store.saveResponse(responseRecord('r2', []), 'a', []),
      store.response('r1'),
    ]);
    for (const attempt of attempts) {
      if (attempt.status === 'rejected') {
        expect(attempt.reason).toMatchObject({ code: 'VTC_STORE_UNAVAILABLE', isRetryable: true });
      }
    }
    await store.saveResponse(responseRecord('r2', []), 'a', []);
    expect(await store.response('r2')).not.toBeNull();
    expect(await store.health()).toBeNull();
  });

  it('rejects what was under way when its connection is cut, and writes none of it', async () => {
    await store.commitOutcomes(outcomeBatch(null, 1));
    await inServer.query('BEGIN; LOCK TABLE progress IN ACCESS EXCLUSIVE MODE');
    const batch = outcomeBatch(1, 2, { outbox: [{ topic: 't', key: 'k', value: 'v' }] });
    const waiting = `FROM pg_locks WHERE NOT granted AND relation = 'progress'::regclass`;
    const underWay = Promise.allSettled([
      store.commitOutcomes(batch),
      store.commitOutcomes(outcomeBatch(2, 3)),
    ]);
    await expect.poll(async () => (await inServer.query(`SELECT pid ${waiting}`)).rowCount).toBe(1);
    await inServer.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
    await inServer.query('COMMIT');
    for (const attempt of await underWay) {
      expect(attempt).toMatchObject({
        status: 'rejected',
        reason: { code: 'VTC_STORE_UNAVAILABLE', isRetryable: true },
      });
    }
    expect(await store.countOutbox()).toBe(0);
    await store.commitOutcomes(batch);
    expect(await store.countOutbox()).toBe(1);
  });

  it('finds out that a commit whose reply was lost has happened', async () => {
    const proxy = await startReplyLosingProxy(schema.url);
    const remote = await openStore({ kind: 'postgres', url: proxy.url }, context);
    await remote.commitOutcomes(outcomeBatch(null, 1));
    const batch = outcomeBatch(1, 2, { outbox: [{ topic: 't', key: 'k', value: 'v' }] });
    const attempt = () => remote.commitOutcomes(batch);
    proxy.loseNextCommitReply();
    await expect(attempt()).rejects.toMatchObject({ code: 'VTC_STORE_UNAVAILABLE', isRetryable: true });
    await attempt();
    expect(await store.countOutbox()).toBe(1);
    await expect(attempt()).rejects.toMatchObject({ code: 'VTC_STORE_CONFLICT' });

    proxy.loseNextCommitReply();
    const next = { ...outcomeBatch(2, 3), instance: 'b' };
    await expect(remote.commitOutcomes(next)).rejects.toMatchObject({ code: 'VTC_STORE_UNAVAILABLE' });
    await store.commitOutcomes(outcomeBatch(3, 4));
    await expect(remote.commitOutcomes(next)).rejects.toMatchObject({ code: 'VTC_STORE_CONFLICT' });
    await remote.close();
    await proxy.close();
  });

  it.each([
    ['28P01', 'VTC_STORE_UNAVAILABLE', false, 'check DATABASE_URL'],
    ['42501', 'VTC_STORE_UNAVAILABLE', false, 'owner of the database'],
    ['53100', 'VTC_STORE_UNAVAILABLE', true, 'full disk'],
    ['53300', 'VTC_STORE_UNAVAILABLE', true, 'out of resources'],
    ['57014', 'VTC_STORE_UNAVAILABLE', true, 'took too long'],
    ['57P03', 'VTC_STORE_UNAVAILABLE', true, 'shutting down or starting'],
    ['25006', 'VTC_STORE_UNAVAILABLE', true, 'read-only'],
    ['40P01', 'VTC_STORE_UNAVAILABLE', true, 'another one'],
    ['23505', 'VTC_STORE_FAILED', false, 'refused a statement'],
  ])('tells an operator what SQLSTATE %s means', async (state, code, isRetryable, message) => {
    const fail = oneByOne(`DO $do$ BEGIN RAISE EXCEPTION 'as asked' USING ERRCODE = '${state}'; END $do$`);
    const error = {
      code,
      isRetryable,
      message: expect.stringContaining(message),
      facts: { sql_state: state },
    };
    await expect(database.write([step(fail, [[]])])).rejects.toMatchObject(error);
    await expect(database.query(`SELECT * FROM nowhere`, [])).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
    });
  });

  it('says what is wrong with its address', async () => {
    const open = (change: (url: URL) => void) => {
      const url = new URL(schema.url);
      change(url);
      return openStore({ kind: 'postgres', url: url.href }, context);
    };
    await expect(
      open((url) => {
        url.pathname = '/no_such_database';
      }),
    ).rejects.toMatchObject({
      code: 'VTC_STORE_UNAVAILABLE',
      isRetryable: false,
      facts: { sql_state: '3D000' },
    });
    await expect(
      open((url) => {
        url.searchParams.set('options', '-c search_path=no_such_schema');
      }),
    ).rejects.toMatchObject({
      code: 'VTC_STORE_UNAVAILABLE',
      isRetryable: false,
      facts: { sql_state: '3F000' },
    });
  });

  it.each([
    ['UPDATE schema_migrations SET number = 999', /schema version 999 .* newer Vértice/],
    [`UPDATE schema_migrations SET checksum = 'other'`, /Migration 1 \(ledger\) .* not the one/],
  ])('refuses the schema after %s', async (sql, message) => {
    await inServer.query(sql);
    await expect(openStore({ kind: 'postgres', url: schema.url }, context)).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('keeps nothing of a migration that fails', async () => {
    const other = await createTestSchema(serverUrl);
    const client = new Client({ connectionString: other.url, types: numericTypes });
    await client.connect();
    const good = { number: 1, name: 'good', sql: 'CREATE TABLE good (id $TEXT)' };
    const bad = { number: 2, name: 'bad', sql: 'CREATE TABLE bad (id $SEQUENCE); SELECT nonsense' };
    const session = postgresMigrationSession(client);
    await expect(migrate(session, [good, bad])).rejects.toThrow(/nonsense/);
    const tables = `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1`;
    expect((await client.query(tables)).rows.map(({ table_name }) => table_name)).toEqual([
      'good',
      'schema_migrations',
    ]);
    const mended = { ...bad, sql: 'CREATE TABLE bad (id $SEQUENCE)' };
    expect(await migrate(session, [good, mended])).toEqual([mended]);
    await client.end();
    await other.drop();
  });

  it('reads through indexes', async () => {
    await inServer.query('SET enable_seqscan = off');
    const plan = async (sql: string) =>
      (await inServer.query(`EXPLAIN ${sql}`)).rows.map((row) => Object.values(row)[0]).join('\n');
    expect(
      await plan(
        `SELECT * FROM detections WHERE attacker = 'x' AND (time_ms, detection_id) < (1, 'x')
         ORDER BY time_ms DESC, detection_id DESC LIMIT 10`,
      ),
    ).toMatch(/Index Scan Backward using detections_by_attacker/);
    expect(
      await plan(
        `SELECT * FROM threats t WHERE t.partition_id IN (0)
           AND status <> 'closed' AND (phase <> 'learned' OR assessed_version < version)
         ORDER BY t.first_seen_ms, t.threat_id LIMIT 10`,
      ),
    ).toMatch(/Index Scan using threats_unfinished/);
  });
});

describe('a PostgreSQL server that crashes', () => {
  let server: TestPostgres | null = null;

  beforeAll(async () => {
    const programs = await findPostgres();
    if (programs !== null) server = await startPostgres(programs);
  });
  afterAll(() => server?.stop());

  it('is noticed, and used again when it is back', async ({ skip }) => {
    if (server === null) return skip('no PostgreSQL server on this machine');
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (message) => warnings.push(message) };
    const store = await openStore({ kind: 'postgres', url: server.url }, { clock: systemClock, log });
    expect(warnings).toEqual([expect.stringContaining('fsync=off')]);
    await store.commitOutcomes(outcomeBatch(null, 1));
    await server.kill();
    expect(await store.health()).toMatch(/^PostgreSQL /);
    await expect(store.commitOutcomes(outcomeBatch(1, 2))).rejects.toMatchObject({
      code: 'VTC_STORE_UNAVAILABLE',
      isRetryable: true,
    });
    await server.start();
    await expect.poll(() => store.health(), { timeout: 20_000 }).toBeNull();
    await store.commitOutcomes(outcomeBatch(1, 2));
    expect(warnings).toContain('connection to PostgreSQL lost');
    await store.close();
  });
});
