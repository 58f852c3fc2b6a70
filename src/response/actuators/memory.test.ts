import { type ActuatorWorld, describeHostActuator } from './contract.ts';
import { createMemoryActuator, createMemoryWorld } from './memory.ts';
import { createNeverBlock } from './never-block.ts';

const protectedAddress = '192.0.2.66';

describeHostActuator('memory', (): ActuatorWorld => {
  const world = createMemoryWorld();
  let nowMs = 1_000_000;
  const clock = { now: () => nowMs };
  const neverBlock = createNeverBlock({
    configured: [protectedAddress],
    network: { ownAddresses: () => [], defaultGateways: () => [], nameservers: () => [] },
    clock,
  });
  return {
    open: () => createMemoryActuator({ world, neverBlock, clock }),
    now: clock.now,
    async elapse(ms) {
      nowMs += ms;
    },
    isActedOn: async (address) => (world.leases.get(address) ?? 0) > nowMs,
    protectedAddress,
    async close() {},
  };
});
