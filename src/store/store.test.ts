import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, inject, it } from 'vitest';
import { createTestSchema } from '../../tests/support/postgres.ts';
import type {} from '../../tests/support/postgres-global.ts';
import type { Clock } from '../clock.ts';
import { silentLog } from '../observability/log.ts';
import { describeStoreContract, type StoreFixture } from './contract.ts';
import { openStore, type StoreOptions } from './open-store.ts';
import type { Store } from './store.ts';

function fixtureOf(options: StoreOptions, remove: () => Promise<void>): StoreFixture {
  const opened: Store[] = [];
  return {
    async open(clock: Clock) {
      const store = await openStore(options, { clock, log: silentLog });
      opened.push(store);
      return store;
    },
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
      await remove();
    },
  };
}

describeStoreContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vertice-store-'));
  return fixtureOf({ kind: 'sqlite', file: join(folder, 'ledger.db') }, () =>
    rm(folder, { recursive: true, force: true }),
  );
});

const postgresUrl = inject('postgresUrl') ?? null;
if (postgresUrl === null) {
  describe('the ledger in PostgreSQL', () => {
    it.skipIf(true)('is tested where there is a PostgreSQL server', () => {});
  });
} else {
  describeStoreContract('PostgreSQL', async () => {
    const schema = await createTestSchema(postgresUrl);
    return fixtureOf({ kind: 'postgres', url: schema.url }, () => schema.drop());
  });
}
