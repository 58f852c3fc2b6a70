import type { Clock } from '../clock.ts';
import type { ActionRecord, Response } from '../contracts/response.ts';
import { topics } from '../contracts/topics.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { OutboxEntry, Store } from '../store/store.ts';
import { createHolds, type Holds } from './holds.ts';
import { withActions } from './run.ts';

/** What the room needs of the ledger. */
export type ResponseStore = Pick<
  Store,
  | 'response'
  | 'saveResponse'
  | 'expiredLeases'
  | 'actionsInForce'
  | 'interruptedResponses'
  | 'countEarlierThreats'
  | 'threat'
>;

/** The only place that writes runs, so that memory, figures and announcements follow the journal. */
export interface RunJournal {
  readonly holds: Holds;
  /** Durable when it resolves. Returns the run as it is now. */
  write(run: Response, changes: ReadonlyMap<number, ActionRecord>): Promise<Response>;
  /** The same, and tells the world on `defense.responses`, in the same transaction. */
  writeAndAnnounce(run: Response, changes: ReadonlyMap<number, ActionRecord>): Promise<Response>;
}

export function createRunJournal(options: {
  readonly store: ResponseStore;
  readonly instance: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): RunJournal {
  const { store, instance, clock, metrics } = options;
  const holds = createHolds();

  async function save(
    run: Response,
    changes: ReadonlyMap<number, ActionRecord>,
    outbox: readonly OutboxEntry[],
  ): Promise<void> {
    await store.saveResponse(run, instance, outbox);
    for (const action of changes.values()) {
      holds.update(action);
      if (action.status !== 'intended') {
        metrics.responseActions.inc({ action_type: action.type, status: action.status });
      }
    }
  }

  return {
    holds,
    async write(run, changes) {
      const next = withActions(run, changes, clock.now());
      await save(next, changes, []);
      return next;
    },
    async writeAndAnnounce(run, changes) {
      const next = withActions(run, changes, clock.now());
      // One attacker's announcements share a partition, and so keep their order.
      const key = (await store.threat(run.threat_id))?.attacker ?? run.threat_id;
      await save(next, changes, [{ topic: topics.responses, key, value: JSON.stringify(next) }]);
      return next;
    },
  };
}
