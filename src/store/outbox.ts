import type { Database, Row, Step } from './database.ts';
import { boundMs } from './instant.ts';
import { checkLimit, maxResumeLimit } from './paging.ts';
import { countOf, numberOf, textOf } from './rows.ts';
import { deleteFrom, insertInto, step } from './statements.ts';
import type { OutboxEntry, StoredOutboxEntry } from './store.ts';

const insertEntry = insertInto('outbox', {
  instance: 'text',
  written_ms: 'integer',
  topic: 'text',
  record_key: 'text',
  record_value: 'text',
});
const deleteEntry = deleteFrom('outbox', 'sequence', 'integer');

/** The step that writes announcements, to be relayed by this instance. */
export function outboxStep(instance: string, entries: readonly OutboxEntry[], nowMs: number): Step {
  return step(
    insertEntry,
    entries.map(({ topic, key, value }) => [instance, nowMs, topic, key, value]),
  );
}

function readEntry(row: Row): StoredOutboxEntry {
  return {
    sequence: numberOf(row, 'sequence'),
    topic: textOf(row, 'topic'),
    key: textOf(row, 'record_key'),
    value: textOf(row, 'record_value'),
  };
}

const columns = 'sequence, topic, record_key, record_value';

/** The repository of records that the bus does not have yet. */
export function createOutbox(database: Database) {
  return {
    async pendingOutbox(
      instance: string,
      abandonedBeforeIso: string,
      limit: number,
    ): Promise<readonly StoredOutboxEntry[]> {
      checkLimit(limit, maxResumeLimit);
      // Two queries, because an index serves each of them and none serves their union.
      const [own, abandoned] = await Promise.all([
        database.query(`SELECT ${columns} FROM outbox WHERE instance = ? ORDER BY sequence LIMIT ?`, [
          instance,
          limit,
        ]),
        database.query(
          `SELECT ${columns} FROM outbox WHERE written_ms < ? AND instance <> ? ORDER BY written_ms, sequence LIMIT ?`,
          [boundMs(abandonedBeforeIso), instance, limit],
        ),
      ]);
      return [...own, ...abandoned]
        .map(readEntry)
        .sort((a, b) => a.sequence - b.sequence)
        .slice(0, limit);
    },

    async removeOutbox(sequences: readonly number[]): Promise<void> {
      if (sequences.length === 0) return;
      await database.write([
        step(
          deleteEntry,
          sequences.map((sequence) => [sequence]),
        ),
      ]);
    },

    countOutbox: (): Promise<number> => countOf(database, 'SELECT count(*) AS n FROM outbox', []),
  };
}
