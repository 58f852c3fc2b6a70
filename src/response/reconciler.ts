import type { Clock } from '../clock.ts';
import type { ActionRecord } from '../contracts/response.ts';
import type { Log } from '../observability/log.ts';
import { holdsLease, type LeasedActuator, leaseToleranceMs } from './actuators/leased-actuator.ts';
import type { Hands } from './hands.ts';
import { type Hold, targetKey } from './holds.ts';
import type { KeyedQueue } from './keyed-queue.ts';
import { hasTakenEffect, leaseUntilMs } from './run.ts';
import type { ResponseStore, RunJournal } from './run-journal.ts';

/** What one pass came to. */
export interface Reconciliation {
  /** Leases that ended. */
  readonly expired: number;
  /** Targets that should have been in force, were not, and are again. */
  readonly repaired: number;
  /** Targets that could not be let go or made to hold; the next pass tries again. */
  readonly unrepaired: number;
}

/** Looking at everything in force may take this share of the time at most, so that a large list does not eat the machine. */
const lookingShare = 0.1;

/** Keeps the world and the journal together. */
export function createReconciler(options: {
  readonly store: ResponseStore;
  readonly actuators: ReadonlyMap<string, LeasedActuator>;
  readonly journal: RunJournal;
  readonly hands: Hands;
  /** By response id. */
  readonly runs: KeyedQueue;
  /** By `targetKey`. */
  readonly targets: KeyedQueue;
  readonly clock: Clock;
  readonly instance: string;
  readonly log: Log;
}): { reconcile(dryRun: boolean): Promise<Reconciliation> } {
  const { store, actuators, journal, hands, runs, targets, clock, instance, log } = options;
  /** Targets whose trouble has been told: a pass a second must not fill the log. */
  const complained = new Set<string>();
  let underWay: Promise<Reconciliation> | null = null;
  let nextLookMs = Number.NEGATIVE_INFINITY;

  function complain(key: string, message: string, fields: Record<string, unknown>): void {
    if (!complained.has(key)) log.error(message, fields);
    complained.add(key);
  }

  /** Ends what has run out, one run at a time; returns how many actions of it ended and how many could not. */
  async function endLeases(responseId: string): Promise<readonly [ended: number, stuck: number]> {
    return await runs.run(responseId, async () => {
      const run = await store.response(responseId);
      const changes = new Map<number, ActionRecord>();
      let stuck = 0;
      for (const [position, action] of run?.actions.entries() ?? []) {
        if (!hasTakenEffect(action.status) || leaseUntilMs(action) > clock.now()) continue;
        try {
          changes.set(position, await hands.letGo(action, 'expired', 'the lease ended'));
          complained.delete(action.action_id);
        } catch (error) {
          stuck += 1;
          complain(action.action_id, 'a lease ended but its effect could not be taken back; trying on', {
            action_id: action.action_id,
            target: action.target,
            error,
          });
        }
      }
      if (run !== null && changes.size > 0) await journal.writeAndAnnounce(run, changes);
      return [changes.size, stuck];
    });
  }

  /** What the world should show and does not. */
  async function findDrift(actuator: LeasedActuator): Promise<readonly Hold[]> {
    // Taken before the look, so that nothing settled after it can seem to be missing.
    const wanted = journal.holds.settledHolds(actuator.type, clock.now() + leaseToleranceMs);
    if (wanted.length === 0) return [];
    if (actuator.inForce !== undefined) {
      const held = await actuator.inForce();
      return wanted.filter(({ target, leaseUntilMs }) => !holdsLease(held.get(target), leaseUntilMs));
    }
    const looks = await Promise.all(
      wanted.map(async (hold) => ((await actuator.probe(asEffect(hold))) ? null : hold)),
    );
    return looks.filter((hold) => hold !== null);
  }

  /** Whether it holds again; null when it need not any more. */
  async function repair(actuator: LeasedActuator, hold: Hold): Promise<boolean | null> {
    return await targets.run(targetKey(hold), async () => {
      const current = journal.holds.settledHold(hold);
      if (current === null || current.leaseUntilMs < hold.leaseUntilMs) return null;
      try {
        const result = await actuator.apply(asEffect(hold));
        if (result.kind === 'refused') throw new TypeError(result.detail);
      } catch (error) {
        complain(
          targetKey(hold),
          'what should be in force is not, and could not be applied again; trying on',
          {
            action_id: hold.actionId,
            target: hold.target,
            error,
          },
        );
        return false;
      }
      complained.delete(targetKey(hold));
      return true;
    });
  }

  async function repairDrift(): Promise<readonly [repaired: number, unrepaired: number]> {
    const startedMs = clock.now();
    if (startedMs < nextLookMs) return [0, 0];
    let repaired = 0;
    let unrepaired = 0;
    for (const actuator of actuators.values()) {
      try {
        const missing = await findDrift(actuator);
        const results = await Promise.all(missing.map((hold) => repair(actuator, hold)));
        repaired += results.filter((result) => result === true).length;
        unrepaired += results.filter((result) => result === false).length;
        complained.delete(actuator.type);
      } catch (error) {
        unrepaired += 1;
        complain(actuator.type, 'cannot see what is in force; trying on', { type: actuator.type, error });
      }
    }
    const endedMs = clock.now();
    nextLookMs = startedMs + (endedMs - startedMs) / lookingShare;
    return [repaired, unrepaired];
  }

  async function pass(dryRun: boolean): Promise<Reconciliation> {
    const nowIso = new Date(clock.now()).toISOString();
    const expired = await store.expiredLeases(instance, nowIso);
    const ended = await Promise.all([...new Set(expired.map((action) => action.response_id))].map(endLeases));
    const [repaired, unrepaired] = dryRun ? [0, 0] : await repairDrift();
    return {
      expired: ended.reduce((sum, [count]) => sum + count, 0),
      repaired,
      unrepaired: unrepaired + ended.reduce((sum, [, stuck]) => sum + stuck, 0),
    };
  }

  return {
    async reconcile(dryRun) {
      underWay ??= pass(dryRun).finally(() => {
        underWay = null;
      });
      return await underWay;
    },
  };
}

function asEffect(hold: Hold) {
  return { key: hold.actionId, target: hold.target, leaseUntilMs: hold.leaseUntilMs };
}
