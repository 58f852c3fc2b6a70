import type { Clock } from '../../clock.ts';
import { messageOf, VerticeError } from '../../errors.ts';
import type { Log } from '../../observability/log.ts';
import type { EffectResult } from './actuator.ts';
import { createBatch } from './batch.ts';
import { type LeasedActuator, leaseToleranceMs } from './leased-actuator.ts';
import { actOnHosts } from './leased-hosts.ts';
import type { NeverBlock } from './never-block.ts';
import { createNftCommand, isTableMissing, type NftCommandOptions } from './nft-command.ts';
import { elementsScript, parseListing, structureScript, type TableListing } from './nftables-table.ts';
import { type HostChange, settleChanges } from './settle-changes.ts';

export interface NftablesOptions extends NftCommandOptions {
  /** Table (family inet) that is ours alone; no other is ever touched. */
  readonly table: string;
  readonly neverBlock: NeverBlock;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps one transaction, and so the wait of the next caller, within some 50 ms. */
const maxChangesPerRun = 2000;
const maxWaitingListings = Number.MAX_SAFE_INTEGER;

/**
 * `block_source` by the kernel's own firewall. The lease is the element's timeout, so it ends on time even
 * when this process is dead; what is blocked outlives our restarts. Concurrent changes share one transaction.
 */
export function createNftablesActuator(options: NftablesOptions): LeasedActuator {
  const { table, neverBlock, clock, log } = options;
  const nft = createNftCommand(options);
  /** What is in the sets as far as we know, and the lease that a shorter one must not cut (0: none of ours). */
  const leases = new Map<string, number>();
  let isStructureKnown = false;

  const change = createBatch<HostChange, EffectResult>(maxChangesPerRun, async (changes) => {
    const { results, holds, releases } = settleChanges(changes, leases, neverBlock, clock.now());
    if (holds.size + releases.size > 0) await write(holds, releases);
    for (const address of releases) leases.delete(address);
    for (const [address, untilMs] of holds) leases.set(address, untilMs);
    return results;
  });

  async function write(holds: ReadonlyMap<string, number>, releases: ReadonlySet<string>): Promise<void> {
    const script = (): string => {
      const nowMs = clock.now();
      const timeouts = new Map(
        [...holds].map(([address, untilMs]) => [address, Math.max(1, untilMs - nowMs)]),
      );
      return elementsScript(table, timeouts, releases, (address) => leases.has(address));
    };
    if (isStructureKnown) {
      try {
        await nft.run(['-f', '-'], script());
        return;
      } catch (error) {
        log.warn('nftables refused a change; restoring our table in case somebody took it away', { error });
      }
    }
    await nft.run(['-f', '-'], structureScript(table) + script());
    isStructureKnown = true;
  }

  async function list(): Promise<TableListing> {
    let text: string;
    try {
      text = await nft.run(['-j', 'list', 'table', 'inet', table]);
    } catch (error) {
      if (!isTableMissing(error)) throw error;
      isStructureKnown = false;
      return { isWhole: false, secondsLeft: new Map() };
    }
    try {
      const listing = parseListing(text);
      isStructureKnown &&= listing.isWhole;
      return listing;
    } catch (cause) {
      throw new VerticeError(
        'VTC_ACTUATOR_FAILED',
        `nft listed table ${table} in a form we do not know: ${messageOf(cause)}`,
        { cause },
      );
    }
  }

  const look = createBatch<null, ReadonlyMap<string, number>>(maxWaitingListings, async (askers) => {
    const { isWhole, secondsLeft } = await list();
    const nowMs = clock.now();
    for (const [address, untilMs] of leases) {
      if (untilMs + leaseToleranceMs <= nowMs) leases.delete(address);
    }
    for (const address of secondsLeft.keys()) if (!leases.has(address)) leases.set(address, 0);
    // Elements that no rule looks up block nobody.
    const held = new Map(
      isWhole ? [...secondsLeft].map(([address, seconds]) => [address, nowMs + seconds * 1000]) : [],
    );
    return askers.map(() => held);
  });

  return {
    type: 'block_source',
    title: 'Drop every packet from and to the source (nftables)',

    async prepare() {
      const { isWhole, secondsLeft } = await list();
      if (!isWhole) await nft.run(['-f', '-'], structureScript(table));
      isStructureKnown = true;
      const nowMs = clock.now();
      for (const [address, seconds] of secondsLeft) {
        leases.set(address, Number.isFinite(seconds) ? nowMs + seconds * 1000 : 0);
      }
    },

    ...actOnHosts({ change, look: () => look(null) }),

    async health() {
      try {
        const { isWhole } = await list();
        return isWhole ? null : `nftables table ${table} is not as we made it; the next change restores it`;
      } catch (error) {
        return messageOf(error);
      }
    },

    async close() {},
  };
}
