import type { ClientBase } from 'pg';
import type { Step } from './database.ts';
import { sendStep } from './postgres-client.ts';
import { postgresError, sqlState } from './postgres-errors.ts';
import type { WriteOutcome } from './write-queue.ts';

/** How a write went, as far as its statements tell. Throws when the connection is gone. */
function outcomeOf(steps: readonly Step[], results: readonly PromiseSettledResult<number>[]): WriteOutcome {
  const changes: number[] = [];
  for (const [position, result] of results.entries()) {
    if (result.status === 'rejected') {
      if (sqlState(result.reason) === null) throw result.reason;
      return { kind: 'failed', error: postgresError(result.reason) };
    }
    if (result.value === 0 && steps[position]?.orElse !== undefined) {
      return { kind: 'unchanged', step: position };
    }
    changes.push(result.value);
  }
  return { kind: 'committed', changes };
}

function isCommitted(outcomes: readonly WriteOutcome[]): boolean {
  return outcomes.every(({ kind }) => kind === 'committed');
}

/** One transaction: everything is sent at once, then the outcome is awaited, then all is committed or undone. */
async function attempt(
  client: ClientBase,
  group: readonly (readonly Step[])[],
): Promise<readonly WriteOutcome[]> {
  const [, ...outcomes] = await Promise.all([
    client.query('BEGIN'),
    ...group.map(async (steps) =>
      outcomeOf(steps, await Promise.allSettled(steps.map((step) => sendStep(client, step)))),
    ),
  ]);
  await client.query(isCommitted(outcomes) ? 'COMMIT' : 'ROLLBACK');
  return outcomes;
}

/**
 * Commits a group of writes together; when one of them fails, each by itself, so that it fails alone.
 * Rejects when the connection is lost: whether the writes under way have happened is then unknown.
 */
export async function commitGroup(
  client: ClientBase,
  group: readonly (readonly Step[])[],
): Promise<readonly WriteOutcome[]> {
  const together = await attempt(client, group);
  if (isCommitted(together) || group.length === 1) return together;
  const outcomes: WriteOutcome[] = [];
  for (const steps of group) outcomes.push(...(await attempt(client, [steps])));
  return outcomes;
}
