import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Effect } from './actuator.ts';
import { type LeasedActuator, leaseToleranceMs } from './leased-actuator.ts';

/** A world in which an actuator of one kind acts, and an independent look at it. */
export interface ActuatorWorld {
  /** A new actuator on the same world, as after a restart of the process. Not yet prepared. */
  open(): LeasedActuator;
  now(): number;
  /** Lets so much time go by, for the actuator and for the world. */
  elapse(ms: number): Promise<void>;
  /** Whether the world acts on this host, asked without the actuator. */
  isActedOn(address: string): Promise<boolean>;
  /** An address on the never-block list of every actuator opened here. */
  readonly protectedAddress: string;
  close(): Promise<void>;
}

/** Hosts outside every real network, a fresh one at each call. */
function createHosts(): { v4(): string; v6(): string } {
  let used = 0;
  return {
    v4() {
      used += 1;
      return `198.51.100.${used}`;
    },
    v6() {
      used += 1;
      return `2001:db8:5::${used.toString(16)}`;
    },
  };
}

/** What every actuator that blocks one host for the length of a lease must do. */
export function describeHostActuator(name: string, createWorld: () => ActuatorWorld): void {
  describe(`${name} keeps the actuator contract`, () => {
    const hosts = createHosts();
    let world: ActuatorWorld;
    let actuator: LeasedActuator;
    const effect = (target: string, leaseMs = 60_000): Effect => ({
      key: `act_${target}`,
      target,
      leaseUntilMs: world.now() + leaseMs,
    });

    beforeAll(async () => {
      world = createWorld();
      actuator = world.open();
      await actuator.prepare();
    });
    afterAll(async () => {
      await actuator.close();
      await world.close();
    });

    it('acts on a host when applied, and probe and the world agree', async () => {
      for (const target of [hosts.v4(), hosts.v6()]) {
        const block = effect(target);
        expect(await actuator.probe(block)).toBe(false);
        expect(await world.isActedOn(target)).toBe(false);
        expect(await actuator.apply(block)).toMatchObject({ kind: 'applied' });
        expect(await actuator.probe(block)).toBe(true);
        expect(await world.isActedOn(target)).toBe(true);
      }
    });

    it('changes nothing when the same effect is applied again', async () => {
      const block = effect(hosts.v4());
      await actuator.apply(block);
      const before = (await actuator.inForce?.())?.get(block.target);
      expect(await actuator.apply(block)).toMatchObject({ kind: 'applied' });
      expect(await actuator.probe(block)).toBe(true);
      const after = (await actuator.inForce?.())?.get(block.target);
      expect(Math.abs((after ?? 0) - (before ?? 0))).toBeLessThanOrEqual(leaseToleranceMs);
      await actuator.revert(block);
      expect(await world.isActedOn(block.target)).toBe(false);
    });

    it('extends a lease that is applied again with a later end, and never cuts one', async () => {
      const target = hosts.v4();
      const short = effect(target, 30_000);
      const long = effect(target, 120_000);
      await actuator.apply(short);
      expect(await actuator.probe(long)).toBe(false);
      await actuator.apply(long);
      expect(await actuator.probe(long)).toBe(true);
      await actuator.apply(short);
      expect(await actuator.probe(long)).toBe(true);
      expect(await actuator.probe(short)).toBe(true);
    });

    it('ends the effect by itself when the lease ends', async () => {
      const brief = effect(hosts.v4(), 1200);
      const other = effect(hosts.v6());
      await Promise.all([actuator.apply(brief), actuator.apply(other)]);
      expect(await world.isActedOn(brief.target)).toBe(true);
      await world.elapse(1600);
      expect(await world.isActedOn(brief.target)).toBe(false);
      expect(await actuator.probe(brief)).toBe(false);
      expect(await actuator.probe(other)).toBe(true);
    });

    it('does nothing for a lease that is over before it begins', async () => {
      const late = effect(hosts.v4(), -1);
      expect(await actuator.apply(late)).toMatchObject({ kind: 'applied' });
      expect(await world.isActedOn(late.target)).toBe(false);
    });

    it('reverts, and reverting what is not in force is no error', async () => {
      const block = effect(hosts.v6());
      await actuator.revert(block);
      await actuator.apply(block);
      await actuator.revert(block);
      expect(await actuator.probe(block)).toBe(false);
      expect(await world.isActedOn(block.target)).toBe(false);
      await actuator.revert(block);
    });

    it('keeps to the order of the calls for one host, and to the last of them', async () => {
      const first = effect(hosts.v4(), 120_000);
      const second = { ...first, leaseUntilMs: first.leaseUntilMs - 60_000 };
      await Promise.all([actuator.apply(first), actuator.revert(first)]);
      expect(await world.isActedOn(first.target)).toBe(false);
      await Promise.all([actuator.apply(first), actuator.revert(first), actuator.apply(second)]);
      expect(await actuator.probe(second)).toBe(true);
      expect(await actuator.probe(first)).toBe(false);
    });

    it('refuses what is on the never-block list, in any spelling', async () => {
      for (const target of [world.protectedAddress, `::ffff:${world.protectedAddress}`, '127.0.0.1', '::1']) {
        expect(await actuator.apply(effect(target))).toMatchObject({ kind: 'refused' });
        expect(await actuator.probe(effect(target))).toBe(false);
      }
      expect(await world.isActedOn(world.protectedAddress)).toBe(false);
    });

    it('takes an IPv4-mapped address for the IPv4 host it is', async () => {
      const target = hosts.v4();
      await actuator.apply(effect(`::ffff:${target}`));
      expect(await world.isActedOn(target)).toBe(true);
      await actuator.revert(effect(target));
      expect(await world.isActedOn(target)).toBe(false);
    });

    it('refuses what is no single host, and says so', async () => {
      for (const target of [
        '',
        'web-01',
        '198.51.100.0/24',
        'fe80::1%eth0',
        '1.2.3',
        '0x7f.1',
        '1.2.3.4 } ; flush',
      ]) {
        const result = await actuator.apply(effect(target));
        expect(result.kind).toBe('refused');
        expect(result.detail).toContain('cannot be acted on');
        expect(await actuator.probe(effect(target))).toBe(false);
        await actuator.revert(effect(target));
      }
    });

    it('never breaks on text that is meant to break it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), async (target) => {
          expect((await actuator.apply(effect(target))).kind).toBe('refused');
        }),
        { numRuns: 50 },
      );
      expect(await actuator.health()).toBeNull();
    });

    it('carries many hosts at once, and lists what it holds', async () => {
      const targets = Array.from({ length: 300 }, (_, index) =>
        `203.0.113.${index % 250}`.replace('.113.', `.${index >> 7}.`),
      );
      const blocks = [...new Set(targets)].map((target) => effect(target));
      const results = await Promise.all(blocks.map((block) => actuator.apply(block)));
      expect(results.every(({ kind }) => kind === 'applied')).toBe(true);
      const held = await actuator.inForce?.();
      expect(blocks.every(({ target }) => held?.has(target))).toBe(true);
      await Promise.all(blocks.map((block) => actuator.revert(block)));
      const left = await actuator.inForce?.();
      expect(blocks.some(({ target }) => left?.has(target))).toBe(false);
    });

    it('holds across a restart, and does not cut the lease then either', async () => {
      const block = effect(hosts.v4(), 90_000);
      await actuator.apply(block);
      await actuator.close();
      expect(await world.isActedOn(block.target)).toBe(true);
      actuator = world.open();
      await actuator.prepare();
      await actuator.prepare();
      expect(await actuator.probe(block)).toBe(true);
      await actuator.apply({ ...block, leaseUntilMs: block.leaseUntilMs - 60_000 });
      expect(await actuator.probe(block)).toBe(true);
    });

    it('is healthy', async () => {
      expect(await actuator.health()).toBeNull();
    });
  });
}
