import type { Clock } from '../clock.ts';
import type { ActionRecord, Response } from '../contracts/response.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { LeasedActuator } from './actuators/leased-actuator.ts';
import { createBlockLimit } from './block-limit.ts';
import { createHands } from './hands.ts';
import { targetKey } from './holds.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import type { LeaseSettings } from './lease.ts';
import { nextRecord, planSteps } from './plan.ts';
import { type Playbook, routePlaybook } from './playbook.ts';
import { createReconciler, type Reconciliation } from './reconciler.ts';
import type { ResponseEngine } from './response.ts';
import { isInForce, runId } from './run.ts';
import { createRunJournal, type ResponseStore } from './run-journal.ts';

export interface ResponseSettings extends LeaseSettings {
  /** Decide and record everything, start nothing. What is in force already still ends on time. */
  readonly dryRun: boolean;
  /** New targets acted on within a minute without a person. */
  readonly maxBlocksPerMinute: number;
}

export interface ResponseEngineOptions {
  readonly store: ResponseStore;
  readonly actuators: readonly LeasedActuator[];
  readonly playbooks: readonly Playbook[];
  readonly clock: Clock;
  /** Name of this process among several, stable across restarts: it answers for the runs it carried out. */
  readonly instance: string;
  readonly settings: ResponseSettings;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface ReconcilingResponseEngine extends ResponseEngine {
  /**
   * One pass over what should be in force: ends the leases that ran out, and makes hold again what somebody
   * took away. To be called about once a second; a call during a pass joins it. Never rejects because an
   * actuator failed: that is logged, counted as `unrepaired`, and tried again in the next pass.
   */
  reconcile(): Promise<Reconciliation>;
}

/**
 * Runs playbooks. Every intent is in the journal before its effect and every outcome after it, so that a
 * crash at any instant leaves something to resume from. `recover` must have resolved before anything else is
 * asked. Throws `VTC_PLAYBOOK_INVALID` when a playbook names an action type that no actuator has.
 */
export function createResponseEngine(options: ResponseEngineOptions): ReconcilingResponseEngine {
  const { store, clock, settings, log, metrics, instance } = options;
  const actuators = new Map(options.actuators.map((actuator) => [actuator.type, actuator]));
  const playbooks = new Map(options.playbooks.map((playbook) => [playbook.id, playbook]));
  for (const { id, actions } of options.playbooks) {
    for (const { type } of actions) {
      if (!actuators.has(type)) {
        throw new VerticeError('VTC_PLAYBOOK_INVALID', `playbook ${id}: there is no actuator ${type}`);
      }
    }
  }
  const runs = createKeyedQueue();
  const targets = createKeyedQueue();
  const journal = createRunJournal({ store, instance, clock, metrics });
  const limit = createBlockLimit(settings.maxBlocksPerMinute);
  const hands = createHands({ actuators, holds: journal.holds, targets, limit, clock, log });
  const reconciler = createReconciler({
    store,
    actuators,
    journal,
    hands,
    runs,
    targets,
    clock,
    instance,
    log,
  });
  let isClosed = false;

  /** Carries out every intended action of a run, in order, each outcome durable before the next effect. */
  async function advance(run: Response, before: Response | null, isApproved: boolean): Promise<Response> {
    let current = run;
    for (const [position, intent] of run.actions.entries()) {
      if (intent.status !== 'intended') continue;
      const earlier = before?.actions[position];
      const outcome = await hands.carryOut(intent, earlier?.status !== 'intended', isApproved);
      const record = keepHold(earlier, outcome);
      const others = current.actions.toSpliced(position, 1);
      const isAtItsEnd = [record, ...others].every(({ status }) => !['intended', 'applied'].includes(status));
      const change = new Map([[position, record]]);
      // What was applied has still to be validated: the run is announced then.
      current = isAtItsEnd
        ? await journal.writeAndAnnounce(current, change)
        : await journal.write(current, change);
    }
    return current;
  }

  /** A lease that could not be extended still runs to its old end. */
  function keepHold(earlier: ActionRecord | undefined, outcome: ActionRecord): ActionRecord {
    return outcome.status === 'failed' && earlier !== undefined && isInForce(earlier, clock.now())
      ? { ...earlier, detail: `in force, but the lease could not be extended: ${outcome.detail}` }
      : outcome;
  }

  async function confirm(run: Response): Promise<Response> {
    const changes = new Map<number, ActionRecord>();
    for (const [position, action] of run.actions.entries()) {
      if (settings.dryRun || !isInForce(action, clock.now())) continue;
      const seen = await hands.validate(action);
      if (seen !== action) changes.set(position, seen);
    }
    return changes.size === 0 ? run : await journal.writeAndAnnounce(run, changes);
  }

  function refuseWhenClosed(): void {
    if (isClosed)
      throw new VerticeError('VTC_SHUTTING_DOWN', 'the response engine is closed', { isRetryable: true });
  }

  return {
    playbookFor(threat) {
      return routePlaybook(playbooks.values(), threat.ttps)?.id ?? null;
    },

    async execute(playbookId, threat, approval) {
      refuseWhenClosed();
      const playbook = playbooks.get(playbookId);
      if (playbook === undefined) {
        throw new VerticeError(
          'VTC_PLAYBOOK_INVALID',
          `there is no playbook ${JSON.stringify(playbookId)}; there are: ${[...playbooks.keys()].join(', ')}`,
        );
      }
      const responseId = runId(threat.threat_id, playbookId);
      return await runs.run(responseId, async () => {
        const before = await store.response(responseId);
        const earlier = await store.countEarlierThreats(threat.attacker, threat.first_seen);
        const circumstances = {
          nowMs: clock.now(),
          dryRun: settings.dryRun,
          isApproved: approval !== undefined,
        };
        const changes = new Map<number, ActionRecord>();
        for (const [position, step] of planSteps(responseId, playbook, threat, earlier, settings).entries()) {
          const record = nextRecord(step, before?.actions[position], circumstances);
          if (record !== null) changes.set(position, record);
        }
        const run: Response = {
          ...(before ?? emptyRun(responseId, playbookId, threat.threat_id, clock.now())),
          dry_run: settings.dryRun,
        };
        if (before !== null && changes.size === 0) return before;
        if (approval !== undefined)
          log.info('a person started a response', { response_id: responseId, by: approval.by });
        const hasIntents = [...changes.values()].some(({ status }) => status === 'intended');
        if (!hasIntents) return await journal.writeAndAnnounce(run, changes);
        return await advance(await journal.write(run, changes), before, circumstances.isApproved);
      });
    },

    async validate(response) {
      refuseWhenClosed();
      return await runs.run(response.response_id, async () =>
        confirm((await store.response(response.response_id)) ?? response),
      );
    },

    async rollback(responseId, reason) {
      refuseWhenClosed();
      return await runs.run(responseId, async () => {
        const run = await store.response(responseId);
        if (run === null) return null;
        const changes = new Map<number, ActionRecord>();
        const failures: unknown[] = [];
        for (const [position, action] of [...run.actions.entries()].reverse()) {
          // What failed, or was interrupted, may have got half-way.
          if (!['intended', 'applied', 'validated', 'failed'].includes(action.status)) continue;
          try {
            changes.set(position, await hands.letGo(action, 'reverted', reason));
          } catch (error) {
            failures.push(error);
          }
        }
        const after = changes.size === 0 ? run : await journal.writeAndAnnounce(run, changes);
        if (failures.length > 0) throw failures[0];
        return after;
      });
    },

    async recover() {
      if (!settings.dryRun) for (const actuator of actuators.values()) await actuator.prepare();
      const nowMs = clock.now();
      for (const action of await store.actionsInForce(instance, new Date(nowMs).toISOString())) {
        journal.holds.update(action);
        // The blast radius counts across a restart, or a crash loop would widen it.
        const startedMs = Date.parse(action.started_at);
        if (nowMs - startedMs < 60_000) limit.take(targetKey(action), startedMs);
      }
      const interrupted = await store.interruptedResponses(instance);
      for (const run of interrupted) for (const action of run.actions) journal.holds.update(action);
      if (!settings.dryRun) {
        await Promise.all(
          interrupted.map(({ response_id }) =>
            runs.run(response_id, async () => {
              const run = await store.response(response_id);
              if (run !== null) await confirm(await advance(run, run, false));
            }),
          ),
        );
      }
      await reconciler.reconcile(settings.dryRun);
    },

    async reconcile() {
      refuseWhenClosed();
      return await reconciler.reconcile(settings.dryRun);
    },

    async close() {
      isClosed = true;
      await runs.idle();
      for (const actuator of actuators.values()) await actuator.close();
    },
  };
}

function emptyRun(responseId: string, playbookId: string, threatId: string, nowMs: number): Response {
  return {
    response_id: responseId,
    playbook_id: playbookId,
    threat_id: threatId,
    success: false,
    dry_run: false,
    actions_executed: 0,
    actions: [],
    timestamp: new Date(nowMs).toISOString(),
  };
}
