import { messageOf } from '../errors.ts';
import type { Database } from './database.ts';
import { insertInto, step } from './statements.ts';

/** One row for all: it is what can be written that matters, not what is in it. */
const probe = 'write-read';
const touch = insertInto(
  'health',
  { probe: 'text', checked_ms: 'integer' },
  '(probe) DO UPDATE SET checked_ms = excluded.checked_ms',
);

/**
 * Asks the database by writing a row and reading it back. Calls under way at the same time share one
 * question, so that a storm of probes costs no more than one.
 */
export function createHealth(database: Database, now: () => number): () => Promise<string | null> {
  let asking: Promise<string | null> | null = null;

  async function ask(): Promise<string | null> {
    try {
      await database.write([step(touch, [[probe, now()]])]);
      await database.query('SELECT checked_ms FROM health WHERE probe = ?', [probe]);
      return null;
    } catch (error) {
      return messageOf(error);
    } finally {
      asking = null;
    }
  }

  return () => {
    asking ??= ask();
    return asking;
  };
}
