import type { Clock } from '../clock.ts';
import type { ActionRecord } from '../contracts/response.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import type { Effect, EffectResult } from './actuators/actuator.ts';
import type { LeasedActuator } from './actuators/leased-actuator.ts';
import type { BlockLimit } from './block-limit.ts';
import { type Holds, targetKey } from './holds.ts';
import type { KeyedQueue } from './keyed-queue.ts';
import { leaseUntilMs, settled } from './run.ts';

/** Carries single actions out on the world, one at a time for each target. */
export interface Hands {
  /**
   * Brings an intended action about; what came of it, good or bad, is in the record returned.
   *
   * @param isNew false when a crash may lie between the intent and now, so that the world is asked first
   * @param isApproved a person asked for it: the blast radius is theirs to judge
   */
  carryOut(intent: ActionRecord, isNew: boolean, isApproved: boolean): Promise<ActionRecord>;
  /** Looks whether the world shows the action, and makes one attempt at putting it right when it does not. */
  validate(action: ActionRecord): Promise<ActionRecord>;
  /** Ends the effect, unless another run holds the same target. Rejects when the world said no. */
  letGo(action: ActionRecord, status: 'expired' | 'reverted', why: string): Promise<ActionRecord>;
}

export interface HandsOptions {
  readonly actuators: ReadonlyMap<string, LeasedActuator>;
  readonly holds: Holds;
  /** By `targetKey`. */
  readonly targets: KeyedQueue;
  readonly limit: BlockLimit;
  readonly clock: Clock;
  readonly log: Log;
}

export function createHands(options: HandsOptions): Hands {
  const { actuators, holds, targets, limit, clock, log } = options;

  function actuatorOf(type: string): LeasedActuator {
    const actuator = actuators.get(type);
    if (actuator === undefined) throw new TypeError(`there is no actuator ${type} any more`);
    return actuator;
  }

  function failed(action: ActionRecord, error: unknown): ActionRecord {
    log.error('an action failed', {
      action_id: action.action_id,
      type: action.type,
      target: action.target,
      error,
    });
    return settled(action, 'failed', messageOf(error), clock.now());
  }

  /** What became one of the defended must not stay acted on from before. */
  async function applyOrLetBe(actuator: LeasedActuator, effect: Effect): Promise<EffectResult> {
    const result = await actuator.apply(effect);
    if (result.kind === 'refused') await actuator.revert(effect);
    return result;
  }

  async function bringAbout(
    intent: ActionRecord,
    isNew: boolean,
    isApproved: boolean,
  ): Promise<ActionRecord> {
    const actuator = actuatorOf(intent.type);
    const effect = effectOf(intent);
    if (effect.leaseUntilMs <= clock.now()) {
      await actuator.revert(effect);
      return settled(intent, 'failed', 'interrupted, and its lease ended before it could go on', clock.now());
    }
    if (!isNew && (await actuator.probe(effect))) {
      return settled(intent, 'applied', 'in force already', clock.now());
    }
    const key = targetKey(intent);
    const isLimited = !isApproved && holds.otherHold(intent)?.isSettled !== true;
    if (isLimited && !limit.take(key, clock.now())) {
      return settled(
        intent,
        'refused',
        `blast radius: ${limit.maxPerMinute} new targets within a minute are the most that is acted on alone; a person has to start this one`,
        clock.now(),
      );
    }
    let isDone = false;
    try {
      const result = await applyOrLetBe(actuator, effect);
      isDone = result.kind === 'applied';
      return settled(intent, result.kind, result.detail, clock.now());
    } finally {
      if (isLimited && !isDone) limit.giveBack(key);
    }
  }

  async function check(action: ActionRecord): Promise<ActionRecord> {
    const actuator = actuatorOf(action.type);
    const effect = effectOf(action);
    if (await actuator.probe(effect)) {
      return action.status === 'validated'
        ? action
        : { ...action, status: 'validated', finished_at: new Date(clock.now()).toISOString() };
    }
    log.warn('an action was not in force; applying it again', {
      action_id: action.action_id,
      target: action.target,
    });
    const result = await applyOrLetBe(actuator, effect);
    if (result.kind === 'refused') return settled(action, 'refused', result.detail, clock.now());
    return (await actuator.probe(effect))
      ? settled(action, 'validated', `was not in force and was applied again; ${result.detail}`, clock.now())
      : settled(action, 'failed', 'not in force, even after it was applied again', clock.now());
  }

  return {
    carryOut: (intent, isNew, isApproved) =>
      targets.run(targetKey(intent), async () => {
        try {
          return await bringAbout(intent, isNew, isApproved);
        } catch (error) {
          return failed(intent, error);
        }
      }),

    validate: (action) =>
      targets.run(targetKey(action), async () => {
        try {
          return await check(action);
        } catch (error) {
          return failed(action, error);
        }
      }),

    letGo: (action, status, why) =>
      targets.run(targetKey(action), async () => {
        const other = holds.otherHold(action);
        if (other === null) {
          await actuatorOf(action.type).revert(effectOf(action));
          return settled(action, status, why, clock.now());
        }
        const until = new Date(other.leaseUntilMs).toISOString();
        return settled(
          action,
          status,
          `${why}; another run holds ${action.target} until ${until}`,
          clock.now(),
        );
      }),
  };
}

function effectOf(action: ActionRecord): Effect {
  return { key: action.action_id, target: action.target, leaseUntilMs: leaseUntilMs(action) };
}
