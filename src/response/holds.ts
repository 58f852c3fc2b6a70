import type { ActionRecord } from '../contracts/response.ts';

/** One string for what an action acts on and how. */
export function targetKey(action: { readonly type: string; readonly target: string }): string {
  return `${action.type}\u001f${action.target}`;
}

/** One action's claim on a target. */
export interface Hold {
  readonly actionId: string;
  readonly type: string;
  readonly target: string;
  readonly leaseUntilMs: number;
  /** False while the action is only intended: the world need not show it yet. */
  readonly isSettled: boolean;
}

/**
 * Who holds what, as the journal says. Several Threats of one attacker hold the same target, and what one of
 * them lets go must stay for the others.
 */
export interface Holds {
  /** Takes note of what became of this action. */
  update(action: ActionRecord): void;
  /** The longest claim on the target, other than this action's own; null when nobody else has one. */
  otherHold(action: ActionRecord): Hold | null;
  /** The longest settled claim on this target; null when there is none. */
  settledHold(on: { readonly type: string; readonly target: string }): Hold | null;
  /** The longest settled claim on each target of this type, as far as it runs on after `afterMs`. */
  settledHolds(type: string, afterMs: number): readonly Hold[];
}

export function createHolds(): Holds {
  const byTarget = new Map<string, Map<string, Hold>>();

  return {
    update(action) {
      const key = targetKey(action);
      const claims = byTarget.get(key) ?? new Map<string, Hold>();
      const isSettled = action.status === 'applied' || action.status === 'validated';
      if (action.lease_until !== null && (isSettled || action.status === 'intended')) {
        claims.set(action.action_id, {
          actionId: action.action_id,
          type: action.type,
          target: action.target,
          leaseUntilMs: Date.parse(action.lease_until),
          isSettled,
        });
      } else {
        claims.delete(action.action_id);
      }
      if (claims.size === 0) byTarget.delete(key);
      else byTarget.set(key, claims);
    },

    otherHold(action) {
      const claims = byTarget.get(targetKey(action))?.values() ?? [];
      return longest([...claims].filter(({ actionId }) => actionId !== action.action_id));
    },

    settledHold(on) {
      return longestSettled(byTarget.get(targetKey(on)));
    },

    settledHolds(type, afterMs) {
      return [...byTarget.values()]
        .map(longestSettled)
        .filter((hold) => hold !== null)
        .filter((hold) => hold.type === type && hold.leaseUntilMs > afterMs);
    },
  };
}

function longestSettled(claims: ReadonlyMap<string, Hold> | undefined): Hold | null {
  return longest([...(claims?.values() ?? [])].filter(({ isSettled }) => isSettled));
}

function longest(holds: readonly Hold[]): Hold | null {
  return holds.reduce<Hold | null>(
    (best, hold) => (best === null || hold.leaseUntilMs > best.leaseUntilMs ? hold : best),
    null,
  );
}
