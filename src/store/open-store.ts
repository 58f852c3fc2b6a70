import type { Clock } from '../clock.ts';
import type { Log } from '../observability/log.ts';
import { createApiKeys } from './api-keys.ts';
import type { Database } from './database.ts';
import { createEvidence } from './evidence.ts';
import { createFileCheckpoints } from './file-checkpoints.ts';
import { createHealth } from './health.ts';
import { createOutbox } from './outbox.ts';
import { createOutcomes } from './outcomes.ts';
import { openPostgres } from './postgres.ts';
import { createResponses } from './responses.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';
import { createThreats } from './threats.ts';

export type StoreOptions =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** The ledger on a database that has the current schema. */
export function createStore(database: Database, clock: Clock): Store {
  const now = () => clock.now();
  return {
    ...createOutcomes(database, now),
    ...createOutbox(database),
    ...createEvidence(database),
    ...createThreats(database, now),
    ...createResponses(database, now),
    ...createApiKeys(database),
    ...createFileCheckpoints(database),
    health: createHealth(database, now),
    close: () => database.close(),
  };
}

/**
 * Opens the ledger and brings its schema up to date. Rejects with `VTC_STORE_UNAVAILABLE` when the database
 * cannot be reached or written (retryable when waiting may help), with `VTC_STORE_FAILED` when it is damaged
 * or newer than this program.
 */
export async function openStore(
  options: StoreOptions,
  context: { readonly clock: Clock; readonly log: Log },
): Promise<Store> {
  const database =
    options.kind === 'sqlite'
      ? await openSqlite({ file: options.file, log: context.log })
      : await openPostgres({ url: options.url, log: context.log });
  return createStore(database, context.clock);
}
