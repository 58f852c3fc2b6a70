import type { Clock } from '../../clock.ts';
import { parseHostAddress } from './address.ts';
import { holdsLease, type LeasedActuator } from './leased-actuator.ts';
import type { NeverBlock } from './never-block.ts';

/** A world that outlives the actuators that act on it, and remembers every effect it has seen. */
export interface MemoryWorld {
  /** Canonical address to the end of its lease, milliseconds since the epoch. */
  readonly leases: Map<string, number>;
  /** Every effect, in order: `block ADDRESS UNTIL` or `release ADDRESS`. */
  readonly effects: string[];
}

export function createMemoryWorld(): MemoryWorld {
  return { leases: new Map(), effects: [] };
}

/** `block_source` on nothing but memory: for trying the product out where nothing may be touched, and for tests. */
export function createMemoryActuator(options: {
  readonly world: MemoryWorld;
  readonly neverBlock: NeverBlock;
  readonly clock: Clock;
}): LeasedActuator {
  const { world, neverBlock, clock } = options;

  function inForce(): ReadonlyMap<string, number> {
    const nowMs = clock.now();
    for (const [address, untilMs] of world.leases) if (untilMs <= nowMs) world.leases.delete(address);
    return new Map(world.leases);
  }

  return {
    type: 'block_source',
    title: 'Note the source down as blocked (memory)',
    async prepare() {},
    async apply(effect) {
      const host = parseHostAddress(effect.target);
      if (host.kind === 'invalid') return { kind: 'refused', detail: host.reason };
      const refusal = neverBlock.refusalFor(host.address);
      if (refusal !== null) return { kind: 'refused', detail: refusal };
      const untilMs = Math.max(effect.leaseUntilMs, inForce().get(host.address) ?? 0);
      world.leases.set(host.address, untilMs);
      world.effects.push(`block ${host.address} ${untilMs}`);
      return { kind: 'applied', detail: `blocked until ${new Date(untilMs).toISOString()}` };
    },
    async probe(effect) {
      const host = parseHostAddress(effect.target);
      return host.kind === 'host' && holdsLease(inForce().get(host.address), effect.leaseUntilMs);
    },
    async revert(effect) {
      const host = parseHostAddress(effect.target);
      if (host.kind === 'host' && world.leases.delete(host.address))
        world.effects.push(`release ${host.address}`);
    },
    inForce: async () => inForce(),
    health: async () => null,
    async close() {},
  };
}
