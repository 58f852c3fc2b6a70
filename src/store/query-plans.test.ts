import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { silentLog } from '../observability/log.ts';
import { at } from './contract-records.ts';
import type { Database } from './database.ts';
import { createStore } from './open-store.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

const cursor = Buffer.from('[1,"x"]').toString('base64url');
const page = { limit: 10, cursor };

const queries: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  progress: (store) => store.progress('g', 't'),
  event: (store) => store.event('x'),
  'events, all': (store) => store.events({}, page),
  'events since': (store) => store.events({ since: at(0) }, page),
  'events by address': (store) => store.events({ sourceIp: 'x' }, page),
  'events by source': (store) => store.events({ source: 'x' }, page),
  'events by type': (store) => store.events({ eventType: 'x' }, page),
  detection: (store) => store.detection('x'),
  'detections, all': (store) => store.detections({}, page),
  'detections by threat': (store) => store.detections({ threatId: 'x' }, page),
  'detections by attacker': (store) => store.detections({ attacker: 'x', since: at(0) }, page),
  'detections by severity': (store) => store.detections({ severity: 'x' }, page),
  threat: (store) => store.threat('x'),
  'threats, all': (store) => store.threats({}, page),
  'threats by status': (store) => store.threats({ status: 'active' }, page),
  'threats by attacker': (store) => store.threats({ attacker: 'x' }, page),
  'threats by technique': (store) => store.threats({ technique: 'x' }, page),
  'threats by technique and status': (store) => store.threats({ technique: 'x', status: 'active' }, page),
  countThreats: (store) => store.countThreats('active'),
  countEarlierThreats: (store) => store.countEarlierThreats('x', at(0)),
  openThreats: (store) => store.openThreats(0, at(0)),
  unfinishedThreats: (store) => store.unfinishedThreats([0], 10),
  deadLetters: (store) => store.deadLetters(page),
  response: (store) => store.response('x'),
  'responses, all': (store) => store.responses({}, page),
  'responses by threat': (store) => store.responses({ threatId: 'x' }, page),
  expiredLeases: (store) => store.expiredLeases('a', at(0)),
  actionsInForce: (store) => store.actionsInForce('a', at(0)),
  interruptedResponses: (store) => store.interruptedResponses('a'),
  pendingOutbox: (store) => store.pendingOutbox('a', at(0), 10),
  apiKey: (store) => store.apiKey('x'),
  fileCheckpoint: (store) => store.fileCheckpoint('x'),
};

describe('queries', () => {
  let folder: string;
  let database: Database;
  let store: Store;
  let plan: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vertice-plans-'));
    database = await openSqlite({ file: join(folder, 'ledger.db'), log: silentLog });
    plan = [];
    const explaining: Database = {
      ...database,
      async query(sql, values) {
        const rows = await database.query(`EXPLAIN QUERY PLAN ${sql}`, values);
        plan.push(...rows.map((row) => String(row['detail'])));
        return await database.query(sql, values);
      },
    };
    store = createStore(explaining, systemClock);
  });
  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(queries))('%s: reads through an index, in order', async (_, ask) => {
    await ask(store);
    expect(plan).not.toEqual([]);
    for (const line of plan) {
      expect(line).not.toMatch(/TEMP B-TREE/);
      expect(line).toMatch(/USING (COVERING )?INDEX|USING INTEGER PRIMARY KEY/);
    }
  });

  it('unfinished threats of several partitions come from the index of unfinished ones', async () => {
    await store.unfinishedThreats([0, 1, 2], 10);
    expect(plan[0]).toContain('USING INDEX threats_unfinished');
  });
});
