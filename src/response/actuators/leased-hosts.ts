import type { EffectResult } from './actuator.ts';
import { parseHostAddress } from './address.ts';
import { holdsLease, type LeasedActuator } from './leased-actuator.ts';
import type { HostChange } from './settle-changes.ts';

/** What stands behind an actuator that holds a set of hosts, each for the length of its lease. */
export interface LeasedHosts {
  /** Brings one change about, together with others of the moment. */
  change(change: HostChange): Promise<EffectResult>;
  /** The hosts held in the world right now, with the end of their lease. */
  look(): Promise<ReadonlyMap<string, number>>;
}

/** How such an actuator answers: a target that is no host is refused, never held, and nothing to give back. */
export function actOnHosts({
  change,
  look,
}: LeasedHosts): Required<Pick<LeasedActuator, 'apply' | 'probe' | 'revert' | 'inForce'>> {
  return {
    async apply(effect) {
      const host = parseHostAddress(effect.target);
      if (host.kind === 'invalid') return { kind: 'refused', detail: host.reason };
      return await change({ kind: 'hold', address: host.address, effect });
    },
    async probe(effect) {
      const host = parseHostAddress(effect.target);
      if (host.kind === 'invalid') return false;
      return holdsLease((await look()).get(host.address), effect.leaseUntilMs);
    },
    async revert(effect) {
      const host = parseHostAddress(effect.target);
      if (host.kind === 'host') await change({ kind: 'release', address: host.address });
    },
    inForce: look,
  };
}
