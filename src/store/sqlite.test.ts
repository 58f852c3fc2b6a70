import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { type Log, silentLog } from '../observability/log.ts';
import { at, eventRecord, outboxRecord, outcomeBatch, responseRecord } from './contract-records.ts';
import { openStore } from './open-store.ts';
import { openSqliteForWriting } from './sqlite-connection.ts';
import { sqliteError } from './sqlite-errors.ts';
import { commitGroup } from './sqlite-writer.ts';
import type { Store } from './store.ts';

const context = { clock: systemClock, log: silentLog };

describe('the SQLite ledger', () => {
  let folder: string;
  let file: string;
  const open = (): Promise<Store> => openStore({ kind: 'sqlite', file }, context);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vertice-sqlite-'));
    file = join(folder, 'data', 'ledger.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is readable by its owner alone', async () => {
    const store = await open();
    await store.saveResponse(responseRecord('r1', []), 'a', []);
    const names = await readdir(join(folder, 'data'));
    expect(names.toSorted()).toEqual(['ledger.db', 'ledger.db-shm', 'ledger.db-wal']);
    for (const name of names) expect((await stat(join(folder, 'data', name))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700);
    await store.close();
  });

  it('is one file again after it is closed', async () => {
    const store = await open();
    await store.saveResponse(responseRecord('r1', []), 'a', []);
    await store.close();
    expect(await readdir(join(folder, 'data'))).toEqual(['ledger.db']);
  });

  it('waits for the disk at each commit', () => {
    const connection = openSqliteForWriting(file);
    const [full] = connection.all('PRAGMA synchronous', []);
    expect(full).toEqual({ synchronous: 2 });
    expect(connection.all('PRAGMA journal_mode', [])).toEqual([{ journal_mode: 'wal' }]);
    expect(connection.all('PRAGMA foreign_keys', [])).toEqual([{ foreign_keys: 1 }]);
    connection.database.close();
  });

  it('tells the log which migrations it applied, once', async () => {
    const lines: unknown[] = [];
    const log: Log = { ...silentLog, info: (message, fields) => lines.push([message, fields?.['number']]) };
    await (await openStore({ kind: 'sqlite', file }, { ...context, log })).close();
    await (await openStore({ kind: 'sqlite', file }, { ...context, log })).close();
    expect(lines).toEqual([['database schema migrated', 1]]);
  });

  it('prints nothing of its own accord', () => {
    const script = `import { openStore } from ${JSON.stringify(new URL('./open-store.ts', import.meta.url).href)};
      import { silentLog } from ${JSON.stringify(new URL('../observability/log.ts', import.meta.url).href)};
      const store = await openStore({ kind: 'sqlite', file: process.argv[1] }, { clock: Date, log: silentLog });
      await store.close();`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script, file], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(child).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('says what to do with a file that is no database', async () => {
    await mkdir(join(folder, 'data'));
    await writeFile(file, 'this is no database at all, '.repeat(100));
    await expect(open()).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
      message: expect.stringContaining('restore it from a backup'),
      facts: { file, result_code: 26 },
    });
  });

  it('says what to do with a damaged file', async () => {
    let store = await open();
    const events = Array.from({ length: 300 }, (_, index) => eventRecord(`e${index}`));
    await store.commitOutcomes(outcomeBatch(null, 300, { events }));
    await store.close();
    const { size } = await stat(file);
    const database = new DatabaseSync(file);
    const [header] = database.prepare('PRAGMA page_size').all();
    database.close();
    const pageSize = Number(header?.['page_size']);
    await writeFile(file, Buffer.alloc(size - 4 * pageSize, 0xff), { flag: 'r+' }).catch(() => {});
    await expect(open()).rejects.toMatchObject({ code: 'VTC_STORE_FAILED' });
    await rm(file);
    store = await open();
    expect(await store.health()).toBeNull();
    await store.close();
  });

  it('notices damage when it reads', async () => {
    const store = await open();
    await store.commitOutcomes(outcomeBatch(null, 1, { events: [eventRecord('e1')] }));
    const other = new DatabaseSync(file);
    other.exec(`UPDATE events SET document = '{"event_id":' WHERE event_id = 'e1'`);
    await expect(store.event('e1')).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
      facts: { column: 'document' },
    });
    other.exec(`UPDATE events SET document = '{"event_id":"e1"}' WHERE event_id = 'e1'`);
    await expect(store.event('e1')).rejects.toMatchObject({ code: 'VTC_STORE_FAILED' });
    other.exec(`UPDATE progress SET next_offset = 'x'`);
    await expect(store.progress('vertice', 'security.events')).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
    });
    other.exec('UPDATE progress SET group_name = group_name; DROP TABLE responses');
    await expect(store.response('r1')).rejects.toMatchObject({ code: 'VTC_STORE_FAILED' });
    await expect(store.saveResponse(responseRecord('r1', []), 'a', [])).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
      message: expect.stringContaining('no such table'),
    });
    other.exec('DROP TABLE health');
    expect(await store.health()).toContain('no such table');
    other.close();
    await store.close();
  });

  it('says so when the file cannot be made', async () => {
    await writeFile(join(folder, 'data'), 'a file where the folder should be');
    await expect(open()).rejects.toMatchObject({
      code: 'VTC_STORE_UNAVAILABLE',
      message: expect.stringContaining('choose another data_dir'),
      isRetryable: false,
    });
  });

  it.each([
    ['UPDATE schema_migrations SET number = 999', /schema version 999 .* newer Vértice/],
    [`UPDATE schema_migrations SET checksum = 'other'`, /Migration 1 \(ledger\) .* not the one/],
  ])('refuses the schema after %s', async (sql, message) => {
    await (await open()).close();
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
    await expect(open()).rejects.toMatchObject({
      code: 'VTC_STORE_FAILED',
      message: expect.stringMatching(message),
    });
  });

  describe('when the transaction fails', () => {
    const insert = {
      sql: `INSERT INTO outbox (instance, written_ms, topic, record_key, record_value) VALUES ('a', 0, 't', 'k', ?)`,
      mustChange: false,
    };

    it('writes nothing of the group, and goes on when there is room again', async () => {
      await (await open()).close();
      const connection = openSqliteForWriting(file);
      const [pages] = connection.all('PRAGMA page_count', []);
      connection.database.exec(`PRAGMA max_page_count = ${Number(pages?.['page_count']) + 2}`);
      const big = [{ ...insert, rows: [['x'.repeat(100_000)]] }];
      const small = [{ ...insert, rows: [['x']] }];
      expect(() => commitGroup(connection, file, [small, big, small])).toThrow(/full/);
      expect(connection.all('SELECT count(*) AS n FROM outbox', [])).toEqual([{ n: 0 }]);
      connection.database.exec('PRAGMA max_page_count = 100000');
      expect(commitGroup(connection, file, [small, big]).map(({ kind }) => kind)).toEqual([
        'committed',
        'committed',
      ]);
      connection.database.close();
    });

    it('tells an operator what to do', async () => {
      await (await open()).close();
      const failure = (work: (database: DatabaseSync) => void, readOnly = false) => {
        const database = new DatabaseSync(file, { readOnly, timeout: 0 });
        try {
          work(database);
        } catch (error) {
          return sqliteError(error, file);
        } finally {
          database.close();
        }
        throw new Error('expected an error');
      };
      const holder = new DatabaseSync(file);
      holder.exec('BEGIN IMMEDIATE');
      expect(failure((database) => database.exec('BEGIN IMMEDIATE'))).toMatchObject({
        code: 'VTC_STORE_UNAVAILABLE',
        isRetryable: true,
        message: expect.stringContaining('locked by another process'),
      });
      holder.close();
      expect(
        failure((database) => {
          database.exec('PRAGMA max_page_count = 1');
          for (let row = 0; row < 1000; row += 1) {
            database.exec(`INSERT INTO outbox VALUES (NULL, 'a', 0, 't', 'k', hex(zeroblob(1000)))`);
          }
        }),
      ).toMatchObject({
        code: 'VTC_STORE_UNAVAILABLE',
        isRetryable: true,
        message: expect.stringContaining('free space'),
      });
      expect(failure((database) => database.exec('DELETE FROM outbox'), true)).toMatchObject({
        code: 'VTC_STORE_UNAVAILABLE',
        isRetryable: false,
        message: expect.stringContaining('read-only'),
      });
      expect(sqliteError(Object.assign(new Error('disk I/O error'), { errcode: 266 }), file)).toMatchObject({
        code: 'VTC_STORE_UNAVAILABLE',
        isRetryable: true,
        facts: { result_code: 10 },
      });
      expect(sqliteError('odd', file)).toMatchObject({ code: 'VTC_STORE_FAILED', facts: { result_code: 0 } });
    });
  });

  it('relays its outbox in order after a reopening', async () => {
    let store = await open();
    await store.commitOutcomes(outcomeBatch(null, 1, { outbox: ['1', '2'].map(outboxRecord) }));
    await store.removeOutbox((await store.pendingOutbox('a', at(0), 10)).map(({ sequence }) => sequence));
    await store.close();
    store = await open();
    await store.commitOutcomes(outcomeBatch(1, 2, { outbox: [outboxRecord('3')] }));
    expect((await store.pendingOutbox('a', at(0), 10)).map(({ sequence }) => sequence)).toEqual([3]);
    await store.close();
  });
});
