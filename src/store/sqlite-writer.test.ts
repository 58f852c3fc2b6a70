import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from './migrate.ts';
import { openSqliteForWriting, sqliteMigrationSession } from './sqlite-connection.ts';
import { fromPortable, serveWriter, type WriterReply, type WriterRequest } from './sqlite-writer.ts';

const insert = {
  sql: `INSERT INTO outbox (instance, written_ms, topic, record_key, record_value) VALUES ('a', 0, 't', 'k', ?)`,
  mustChange: false,
  rows: [['v']],
};

describe('the SQLite writer', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vertice-writer-'));
    file = join(folder, 'ledger.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function start() {
    const { port1, port2 } = new MessageChannel();
    const next = () => new Promise<WriterReply>((resolve) => port1.once('message', resolve));
    const first = next();
    const served = serveWriter(port2, file);
    return {
      first,
      served,
      ask(request: WriterRequest) {
        const reply = next();
        port1.postMessage(request);
        return reply;
      },
    };
  }

  it('opens, commits and closes', async () => {
    const writer = start();
    expect(await writer.first).toMatchObject({ kind: 'ready', applied: [{ number: 1 }] });
    expect(await writer.ask([[insert, insert], [insert]])).toEqual({
      kind: 'outcomes',
      outcomes: [
        { kind: 'committed', changes: [1, 1] },
        { kind: 'committed', changes: [1] },
      ],
    });
    expect(await writer.ask('close')).toEqual({ kind: 'closed' });
    await writer.served;
  });

  it('undoes a write that fails or changes nothing where it must, and keeps the others', async () => {
    const writer = start();
    await writer.first;
    const nothing = { sql: 'DELETE FROM outbox WHERE sequence = ?', mustChange: true, rows: [[999]] };
    const wrong = { ...insert, sql: 'INSERT INTO nowhere VALUES (?)' };
    const reply = await writer.ask([[insert], [insert, nothing], [insert, wrong], [insert]]);
    expect(reply).toMatchObject({
      kind: 'outcomes',
      outcomes: [
        { kind: 'committed' },
        { kind: 'unchanged', step: 1 },
        { kind: 'failed', error: { code: 'VTC_STORE_FAILED', cause: 'no such table: nowhere' } },
        { kind: 'committed' },
      ],
    });
    await writer.ask('close');
    const database = new DatabaseSync(file);
    expect(database.prepare('SELECT count(*) AS n FROM outbox').get()).toEqual({ n: 2 });
    database.close();
  });

  it('says why a whole group failed', async () => {
    const writer = start();
    await writer.first;
    const broken = { ...insert, sql: 'ROLLBACK', rows: [[]] };
    expect(await writer.ask([[broken, insert]])).toMatchObject({
      kind: 'failed',
      error: { code: 'VTC_STORE_FAILED' },
    });
    expect(await writer.ask([[insert]])).toMatchObject({ kind: 'outcomes' });
    await writer.ask('close');
  });

  it('says why it could not open', async () => {
    await writeFile(file, 'no database, '.repeat(1000));
    const reply = await start().first;
    expect(reply).toMatchObject({ kind: 'failed', error: { code: 'VTC_STORE_FAILED' } });
  });

  it('says when the schema is not its own', async () => {
    const other = openSqliteForWriting(file);
    other.database.exec('CREATE TABLE progress (id TEXT)');
    other.database.close();
    expect(await start().first).toMatchObject({
      kind: 'failed',
      error: { code: 'VTC_STORE_FAILED', cause: expect.stringContaining('already exists') },
    });
  });

  it('sends errors whole', () => {
    const sent = {
      code: 'VTC_STORE_FAILED',
      message: 'm',
      isRetryable: true,
      facts: { a: 1 },
      cause: 'c',
    } as const;
    expect(fromPortable(sent)).toMatchObject({ ...sent, cause: new Error('c') });
    expect(fromPortable({ ...sent, cause: null }).cause).toBeUndefined();
  });
});

it('a SQLite migration that fails leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-migrate-'));
  const connection = openSqliteForWriting(join(folder, 'ledger.db'));
  const good = { number: 1, name: 'good', sql: 'CREATE TABLE good (id $TEXT)' };
  const bad = { number: 2, name: 'bad', sql: 'CREATE TABLE bad (id $SEQUENCE); SELECT nonsense' };
  const session = sqliteMigrationSession(connection);
  await expect(migrate(session, [good, bad])).rejects.toThrow(/nonsense/);
  const tables = () =>
    connection.all(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`, []);
  expect(tables()).toEqual([{ name: 'good' }, { name: 'schema_migrations' }]);
  const mended = { ...bad, sql: 'CREATE TABLE bad (id $SEQUENCE)' };
  expect(await migrate(session, [good, mended])).toEqual([mended]);
  expect(await migrate(session, [good, mended])).toEqual([]);
  connection.database.close();
  await rm(folder, { recursive: true, force: true });
});
