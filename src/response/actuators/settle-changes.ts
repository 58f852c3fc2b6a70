import type { Effect, EffectResult } from './actuator.ts';
import type { NeverBlock } from './never-block.ts';

/** One change to a set of leased hosts. `address` is canonical. */
export type HostChange =
  | { readonly kind: 'hold'; readonly address: string; readonly effect: Effect }
  | { readonly kind: 'release'; readonly address: string }
  /** No host in particular: leave out what has ended. */
  | { readonly kind: 'sweep' };

/** What a batch of changes comes to. No host is in both. */
export interface SettledChanges {
  /** One for each change, in order. */
  readonly results: readonly EffectResult[];
  /** Hosts that must be held, with the end of their lease. */
  readonly holds: ReadonlyMap<string, number>;
  readonly releases: ReadonlySet<string>;
}

/**
 * Folds a batch into one step: the last word on each host counts, a lease is never cut by a shorter one, and
 * the never-block list has the last say.
 *
 * @param held leases known to be held already
 */
export function settleChanges(
  changes: readonly HostChange[],
  held: ReadonlyMap<string, number>,
  neverBlock: NeverBlock,
  nowMs: number,
): SettledChanges {
  const holds = new Map<string, number>();
  const releases = new Set<string>();
  const results = changes.map((change): EffectResult => {
    if (change.kind === 'sweep') return { kind: 'applied', detail: 'swept' };
    const { address } = change;
    if (change.kind === 'release') {
      holds.delete(address);
      releases.add(address);
      return { kind: 'applied', detail: 'released' };
    }
    const refusal = neverBlock.refusalFor(address);
    if (refusal !== null) return { kind: 'refused', detail: refusal };
    if (change.effect.leaseUntilMs <= nowMs) {
      return { kind: 'applied', detail: 'nothing to do: the lease is over already' };
    }
    const earlier = holds.get(address) ?? (releases.has(address) ? undefined : held.get(address)) ?? 0;
    const untilMs = Math.max(change.effect.leaseUntilMs, earlier);
    releases.delete(address);
    holds.set(address, untilMs);
    return { kind: 'applied', detail: `blocked until ${new Date(untilMs).toISOString()}` };
  });
  return { results, holds, releases };
}
