import { Compile } from 'typebox/compile';
import { type ActionRecord, type Response, ResponseSchema } from '../contracts/response.ts';
import type { Database, Row } from './database.ts';
import { boundMs, recordMs } from './instant.ts';
import { outboxStep } from './outbox.ts';
import { type Listing, readPage } from './paging.ts';
import { checked, jsonOf } from './rows.ts';
import { insertInto, step } from './statements.ts';
import { indexKey } from './storable-text.ts';
import type { JournalAction, OutboxEntry, Page, PageRequest } from './store.ts';

const upsertResponse = insertInto(
  'responses',
  {
    response_id: 'text',
    threat_id: 'text',
    instance: 'text',
    first_saved_ms: 'integer',
    interrupted: 'integer',
    earliest_lease_ms: 'integer',
    latest_lease_ms: 'integer',
    document: 'text',
  },
  `(response_id) DO UPDATE SET threat_id = excluded.threat_id, instance = excluded.instance,
     interrupted = excluded.interrupted, earliest_lease_ms = excluded.earliest_lease_ms,
     latest_lease_ms = excluded.latest_lease_ms, document = excluded.document`,
);

/** When the action's lease ends, milliseconds since the epoch; null when it holds nothing. */
function leaseEndMs(action: ActionRecord): number | null {
  const holds = action.status === 'applied' || action.status === 'validated';
  return holds && action.lease_until !== null ? recordMs(action.lease_until) : null;
}

function journalActions(
  responses: readonly Response[],
  isWanted: (leaseEndMs: number) => boolean,
): readonly JournalAction[] {
  return responses.flatMap((response) =>
    response.actions.flatMap((action, position) => {
      const end = leaseEndMs(action);
      return end !== null && isWanted(end)
        ? [{ ...action, response_id: response.response_id, position }]
        : [];
    }),
  );
}

const responseDocument = Compile(ResponseSchema);

function readResponse(row: Row): Response {
  return checked(responseDocument, jsonOf(row, 'document'), 'responses.document');
}

const listing: Listing<Response> = {
  columns: 'document',
  from: 'responses',
  time: 'first_saved_ms',
  id: 'response_id',
  read: readResponse,
};

/**
 * The repository of runs: the journal. A run is one row with its actions inside; the lease columns say
 * which rows to look into, so that an intent or an outcome costs one statement.
 */
export function createResponses(database: Database, now: () => number) {
  return {
    async response(responseId: string): Promise<Response | null> {
      const [row] = await database.query('SELECT document FROM responses WHERE response_id = ?', [
        indexKey(responseId),
      ]);
      return row === undefined ? null : readResponse(row);
    },

    async responses(filter: { readonly threatId?: string }, page: PageRequest): Promise<Page<Response>> {
      const conditions =
        filter.threatId === undefined ? [] : [['threat_id = ?', indexKey(filter.threatId)] as const];
      return await readPage(database, listing, conditions, page);
    },

    async saveResponse(response: Response, instance: string, outbox: readonly OutboxEntry[]): Promise<void> {
      const leases = response.actions.map(leaseEndMs).filter((end) => end !== null);
      const isInterrupted = response.actions.some((action) => action.status === 'intended');
      const row = [
        indexKey(response.response_id),
        indexKey(response.threat_id),
        instance,
        recordMs(response.timestamp),
        isInterrupted ? 1 : 0,
        leases.length === 0 ? null : Math.min(...leases),
        leases.length === 0 ? null : Math.max(...leases),
        JSON.stringify(response),
      ];
      await database.write([step(upsertResponse, [row]), outboxStep(instance, outbox, now())]);
    },

    async expiredLeases(instance: string, nowIso: string): Promise<readonly JournalAction[]> {
      const nowMs = boundMs(nowIso);
      const rows = await database.query(
        `SELECT document FROM responses
         WHERE instance = ? AND earliest_lease_ms IS NOT NULL AND earliest_lease_ms <= ?
         ORDER BY earliest_lease_ms, response_id`,
        [instance, nowMs],
      );
      return journalActions(rows.map(readResponse), (end) => end <= nowMs);
    },

    async actionsInForce(instance: string, nowIso: string): Promise<readonly JournalAction[]> {
      const nowMs = boundMs(nowIso);
      const rows = await database.query(
        `SELECT document FROM responses
         WHERE instance = ? AND latest_lease_ms IS NOT NULL AND latest_lease_ms > ?
         ORDER BY latest_lease_ms, response_id`,
        [instance, nowMs],
      );
      return journalActions(rows.map(readResponse), (end) => end > nowMs);
    },

    async interruptedResponses(instance: string): Promise<readonly Response[]> {
      const rows = await database.query(
        `SELECT document FROM responses WHERE instance = ? AND interrupted = 1
         ORDER BY first_saved_ms, response_id`,
        [instance],
      );
      return rows.map(readResponse);
    },
  };
}
