import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addThreats, sampleThreat } from '../../tests/support/response-threats.ts';
import type { Threat } from '../contracts/threat.ts';
import { VerticeError } from '../errors.ts';
import { type Log, silentLog } from '../observability/log.ts';
import { Metrics } from '../observability/metrics.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { Effect } from './actuators/actuator.ts';
import type { LeasedActuator } from './actuators/leased-actuator.ts';
import { createMemoryActuator, createMemoryWorld, type MemoryWorld } from './actuators/memory.ts';
import { createNeverBlock } from './actuators/never-block.ts';
import {
  createResponseEngine,
  type ReconcilingResponseEngine,
  type ResponseEngineOptions,
} from './engine.ts';
import type { Playbook } from './playbook.ts';
import { runId } from './run.ts';
import type { ResponseStore } from './run-journal.ts';

const startMs = Date.parse('2026-01-31T12:00:10.000Z');
const settings = { dryRun: false, leaseSeconds: 3600, maxLeaseSeconds: 86_400, maxBlocksPerMinute: 30 };
const playbook: Playbook = {
  id: 'guess',
  title: 'Shut out',
  description: 'Shuts out.',
  trigger: { techniques: ['T1110'] },
  actions: [{ type: 'block_source', target: 'attacker' }],
};
const twoActors: Playbook = {
  ...playbook,
  id: 'two',
  actions: [
    { type: 'block_source', target: 'attacker', lease: 60 },
    { type: 'note_source', target: 'attacker' },
  ],
};

let folder: string;
let store: Store;
let world: MemoryWorld;
let nowMs: number;
let metrics: Metrics;
const clock = { now: () => nowMs };
const neverBlock = createNeverBlock({
  configured: ['10.0.0.0/8'],
  network: { ownAddresses: () => [], defaultGateways: () => [], nameservers: () => [] },
  clock,
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vertice-engine-'));
  nowMs = startMs;
  store = await openStore({ kind: 'sqlite', file: join(folder, 'ledger.db') }, { clock, log: silentLog });
  world = createMemoryWorld();
  metrics = new Metrics();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const memory = (changes: Partial<LeasedActuator> = {}): LeasedActuator => ({
  ...createMemoryActuator({ world, neverBlock, clock }),
  ...changes,
});
function open(changes: Partial<ResponseEngineOptions> = {}): ReconcilingResponseEngine {
  return createResponseEngine({
    store,
    actuators: [memory()],
    playbooks: [playbook],
    clock,
    instance: 'one',
    settings,
    metrics,
    log: silentLog,
    ...changes,
  });
}
async function threatOf(attacker: string, changes: Partial<Threat> = {}): Promise<Threat> {
  const threat = sampleThreat(attacker, changes);
  await addThreats(store, [threat]);
  return threat;
}
const announced = async (): Promise<{ key: string; status: string; success: boolean }[]> =>
  (await store.pendingOutbox('one', new Date(0).toISOString(), 1000))
    .filter(({ topic }) => topic === 'defense.responses')
    .map(({ key, value }) => {
      const response = JSON.parse(value);
      return { key, status: response.actions[0].status, success: response.success };
    });
const counted = async (status: string): Promise<number> =>
  (await metrics.responseActions.get()).values.find(({ labels }) => labels.status === status)?.value ?? 0;
const broken = (message: string) => async (): Promise<never> => {
  throw new VerticeError('VTC_ACTUATOR_FAILED', message);
};

describe('executing a playbook', () => {
  it('applies, validates and announces the run under its attacker', async () => {
    const engine = open();
    await engine.recover();
    const threat = await threatOf('198.51.100.7');
    expect(engine.playbookFor(threat)).toBe('guess');
    const executed = await engine.execute('guess', threat);
    expect(executed).toMatchObject({
      response_id: runId(threat.threat_id, 'guess'),
      threat_id: threat.threat_id,
      success: false,
      actions_executed: 1,
      actions: [
        {
          type: 'block_source',
          target: '198.51.100.7',
          status: 'applied',
          lease_until: '2026-01-31T13:00:10.000Z',
        },
      ],
    });
    expect(await announced()).toEqual([]);
    const validated = await engine.validate(executed);
    expect(validated).toMatchObject({ success: true, actions: [{ status: 'validated' }] });
    expect(await store.response(executed.response_id)).toEqual(validated);
    expect(await announced()).toEqual([{ key: '198.51.100.7', status: 'validated', success: true }]);
    expect(await counted('applied')).toBe(1);
    expect(await counted('validated')).toBe(1);
    await engine.close();
  });

  it('changes nothing when it is asked again while more than half of the lease is left', async () => {
    const engine = open();
    const threat = await threatOf('198.51.100.7');
    const first = await engine.validate(await engine.execute('guess', threat));
    nowMs += 1_799_000;
    const [second, third] = await Promise.all([
      engine.execute('guess', threat),
      engine.execute('guess', threat),
    ]);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(await engine.validate(second)).toEqual(first);
    expect(world.effects).toHaveLength(1);
    expect(await announced()).toHaveLength(1);
  });

  it('extends the lease of an attacker who goes on, when less than half is left', async () => {
    const engine = open();
    const threat = await threatOf('198.51.100.7');
    await engine.execute('guess', threat);
    nowMs += 1_801_000;
    const extended = await engine.validate(await engine.execute('guess', threat));
    expect(extended.actions).toMatchObject([
      { status: 'validated', lease_until: '2026-01-31T13:30:11.000Z' },
    ]);
    expect(extended.actions[0]?.started_at).toBe('2026-01-31T12:00:10.000Z');
    expect(world.leases.get('198.51.100.7')).toBe(nowMs + 3_600_000);
  });

  it('doubles the lease for each earlier threat of the same attacker', async () => {
    const engine = open();
    await threatOf('198.51.100.7', { technique: 'T1595', first_seen: '2026-01-31T10:00:00.000Z' });
    await threatOf('198.51.100.7', { technique: 'T1190', first_seen: '2026-01-31T11:00:00.000Z' });
    const run = await engine.execute('guess', await threatOf('198.51.100.7'));
    expect(run.actions[0]?.lease_until).toBe('2026-01-31T16:00:10.000Z');
  });

  it('keeps the old lease when an extension fails, and says so', async () => {
    let isBroken = false;
    const base = memory();
    const engine = open({
      actuators: [
        { ...base, apply: (effect: Effect) => (isBroken ? broken('no kernel')() : base.apply(effect)) },
      ],
    });
    const threat = await threatOf('198.51.100.7');
    await engine.execute('guess', threat);
    isBroken = true;
    nowMs += 2_000_000;
    const run = await engine.execute('guess', threat);
    expect(run.actions).toMatchObject([{ status: 'applied', lease_until: '2026-01-31T13:00:10.000Z' }]);
    expect(run.actions[0]?.detail).toContain('could not be extended: no kernel');
  });

  it('begins a new lease when the threat comes back after the old one ended', async () => {
    const engine = open();
    const threat = await threatOf('198.51.100.7');
    await engine.execute('guess', threat);
    nowMs += 3_600_000;
    // Whether or not the pass that ends leases has come by.
    expect((await engine.execute('guess', threat)).actions).toMatchObject([
      { status: 'applied', lease_until: '2026-01-31T14:00:10.000Z' },
    ]);
    nowMs += 3_600_000;
    expect(await engine.reconcile()).toMatchObject({ expired: 1 });
    expect((await engine.execute('guess', threat)).actions).toMatchObject([
      { status: 'applied', lease_until: '2026-01-31T15:00:10.000Z' },
    ]);
  });

  it('records a refusal for one of the defended, and for an attacker that is no address', async () => {
    const engine = open();
    for (const attacker of ['10.1.2.3', 'workstation-7']) {
      const threat = await threatOf(attacker);
      const run = await engine.execute('guess', threat);
      expect(run).toMatchObject({ success: false, actions_executed: 0, actions: [{ status: 'refused' }] });
      expect(await engine.validate(run)).toEqual(run);
      expect(await engine.execute('guess', threat)).toEqual(run);
    }
    expect(world.effects).toEqual([]);
    expect((await announced()).map(({ status }) => status)).toEqual(['refused', 'refused']);
  });

  it('records a failure with its reason, and tries again when the threat is seen again', async () => {
    const threat = await threatOf('198.51.100.7');
    const failed = await open({ actuators: [memory({ apply: broken('no kernel') })] }).execute(
      'guess',
      threat,
    );
    expect(failed.actions).toMatchObject([{ status: 'failed', detail: 'no kernel' }]);
    const run = await open().execute('guess', threat);
    expect(run.actions).toMatchObject([{ status: 'applied' }]);
  });

  it('touches nothing in a dry run, and does it when the run is no longer dry', async () => {
    const threat = await threatOf('198.51.100.7');
    const dry = open({
      settings: { ...settings, dryRun: true },
      actuators: [memory({ prepare: broken('touched') })],
    });
    await dry.recover();
    const run = await dry.execute('guess', threat);
    expect(run).toMatchObject({
      dry_run: true,
      success: true,
      actions_executed: 0,
      actions: [{ status: 'simulated' }],
    });
    expect(run.actions[0]?.detail).toContain('would hold 198.51.100.7 until 2026-01-31T13:00:10.000Z');
    expect(await dry.execute('guess', threat)).toEqual(run);
    expect(await dry.validate(run)).toEqual(run);
    expect(await dry.reconcile()).toEqual({ expired: 0, repaired: 0, unrepaired: 0 });
    expect(world.effects).toEqual([]);
    expect(await announced()).toEqual([{ key: '198.51.100.7', status: 'simulated', success: true }]);
    const live = await open().execute('guess', threat);
    expect(live).toMatchObject({ dry_run: false, actions: [{ status: 'applied' }] });
    nowMs += 3_000_000;
    expect((await dry.execute('guess', threat)).actions).toEqual(live.actions);
  });

  it('refuses beyond the blast radius, until a person starts it', async () => {
    const engine = open({ settings: { ...settings, maxBlocksPerMinute: 3 } });
    const threats = await Promise.all(Array.from({ length: 5 }, (_, i) => sampleThreat(`198.51.100.${i}`)));
    await addThreats(store, threats);
    const runs = await Promise.all(threats.map((threat) => engine.execute('guess', threat)));
    const refused = runs.filter(({ actions }) => actions[0]?.status === 'refused');
    expect(refused).toHaveLength(2);
    expect(refused[0]?.actions[0]?.detail).toContain('a person has to start this one');
    expect(world.leases.size).toBe(3);
    const waiting = threats.find(({ threat_id }) => threat_id === refused[0]?.threat_id) ?? sampleThreat('x');
    nowMs += 60_000;
    expect((await engine.execute('guess', waiting)).actions[0]?.status).toBe('refused');
    const started = await engine.execute('guess', waiting, { by: 'ana' });
    expect(started.actions[0]?.status).toBe('applied');
    expect(world.leases.size).toBe(4);
  });

  it('does not count against the blast radius what is blocked already, what was refused or what failed', async () => {
    const engine = open({ settings: { ...settings, maxBlocksPerMinute: 1 } });
    await engine.execute('guess', await threatOf('10.1.1.1'));
    await engine.execute('guess', await threatOf('198.51.100.1'));
    nowMs += 61_000;
    await engine.execute('guess', await threatOf('198.51.100.1', { first_seen: '2026-01-31T12:00:05.000Z' }));
    const run = await engine.execute('guess', await threatOf('198.51.100.2'));
    expect(run.actions[0]?.status).toBe('applied');
  });

  it('counts the blast radius across a restart', async () => {
    const tight = { ...settings, maxBlocksPerMinute: 1 };
    await open({ settings: tight }).execute('guess', await threatOf('198.51.100.1'));
    nowMs += 10_000;
    const engine = open({ settings: tight });
    await engine.recover();
    expect((await engine.execute('guess', await threatOf('198.51.100.2'))).actions[0]?.status).toBe(
      'refused',
    );
    nowMs += 50_000;
    expect((await engine.execute('guess', await threatOf('198.51.100.3'))).actions[0]?.status).toBe(
      'applied',
    );
    nowMs += 61_000;
    const later = open({ settings: tight });
    await later.recover();
    expect((await later.execute('guess', await threatOf('198.51.100.4'))).actions[0]?.status).toBe('applied');
  });

  it('says which playbooks there are when asked for another, and refuses playbooks that nobody can carry out', async () => {
    const threat = await threatOf('198.51.100.7');
    await expect(open().execute('nope', threat)).rejects.toMatchObject({
      code: 'VTC_PLAYBOOK_INVALID',
      message: expect.stringContaining('guess'),
    });
    expect(() => open({ playbooks: [twoActors] })).toThrow('playbook two: there is no actuator note_source');
    expect(open().playbookFor(sampleThreat('198.51.100.7', { technique: 'T1595' }))).toBeNull();
  });

  it('takes nothing more once it is closed, and lets what is under way end', async () => {
    const engine = open();
    const threat = await threatOf('198.51.100.7');
    const underWay = engine.execute('guess', threat);
    await engine.close();
    expect((await underWay).actions[0]?.status).toBe('applied');
    await expect(engine.execute('guess', threat)).rejects.toMatchObject({ code: 'VTC_SHUTTING_DOWN' });
    await expect(engine.reconcile()).rejects.toMatchObject({ code: 'VTC_SHUTTING_DOWN' });
  });
});

describe('validating a run', () => {
  it('applies once more what the world does not show', async () => {
    const engine = open();
    const run = await engine.execute('guess', await threatOf('198.51.100.7'));
    world.leases.clear();
    const validated = await engine.validate(run);
    expect(validated.actions).toMatchObject([{ status: 'validated' }]);
    expect(validated.actions[0]?.detail).toContain('was not in force and was applied again');
    expect(world.leases.has('198.51.100.7')).toBe(true);
  });

  it('says failed when that does not help either, or the world cannot be asked', async () => {
    const threat = await threatOf('198.51.100.7');
    const blind = open({ actuators: [memory({ probe: async () => false })] });
    const failed = await blind.validate(await blind.execute('guess', threat));
    expect(failed).toMatchObject({ success: false, actions: [{ status: 'failed' }] });
    const deaf = open({ actuators: [memory({ probe: broken('no answer') })] });
    expect((await deaf.validate(await deaf.execute('guess', threat))).actions).toMatchObject([
      { status: 'failed', detail: 'no answer' },
    ]);
  });

  it('lets go of what has become one of the defended', async () => {
    const run = await open().execute('guess', await threatOf('198.51.100.7'));
    world.leases.set('198.51.100.7', startMs + 1000);
    const guarded = open({
      actuators: [memory({ apply: async () => ({ kind: 'refused', detail: 'one of ours now' }) })],
    });
    const validated = await guarded.validate(run);
    expect(validated.actions).toMatchObject([{ status: 'refused', detail: 'one of ours now' }]);
    expect(world.leases.size).toBe(0);
  });

  it('validates a run that the journal has never seen as what it was given', async () => {
    const engine = open();
    const run = await engine.execute('guess', await threatOf('198.51.100.7'));
    const stranger = { ...run, response_id: 'run_unknown', threat_id: 'thr_unknown' };
    expect((await engine.validate(stranger)).actions).toMatchObject([{ status: 'validated' }]);
    expect((await announced()).map(({ key }) => key)).toEqual(['thr_unknown']);
  });
});

describe('taking a run back', () => {
  it('reverts in reverse order, announces it, and leaves it so when the threat is seen again', async () => {
    const notes = createMemoryWorld();
    const order: string[] = [];
    const recording = (actuator: LeasedActuator, type: string): LeasedActuator => ({
      ...actuator,
      type,
      revert: async (effect) => {
        order.push(type);
        await actuator.revert(effect);
      },
    });
    const engine = open({
      playbooks: [twoActors],
      actuators: [
        recording(memory(), 'block_source'),
        recording(createMemoryActuator({ world: notes, neverBlock, clock }), 'note_source'),
      ],
    });
    const threat = await threatOf('198.51.100.7');
    const run = await engine.validate(await engine.execute('two', threat));
    expect(run).toMatchObject({ success: true, actions_executed: 2 });
    expect(notes.leases.get('198.51.100.7')).toBe(nowMs + 3_600_000);
    expect(world.leases.get('198.51.100.7')).toBe(nowMs + 60_000);
    const back = await engine.rollback(run.response_id, 'a mistake');
    expect(order).toEqual(['note_source', 'block_source']);
    expect(back).toMatchObject({
      success: false,
      actions: [{ status: 'reverted', detail: 'a mistake' }, { status: 'reverted' }],
    });
    expect([world.leases.size, notes.leases.size]).toEqual([0, 0]);
    expect(await engine.execute('two', threat)).toEqual(back);
    expect(await engine.rollback(run.response_id, 'again')).toEqual(back);
    expect(await engine.rollback('run_none', 'x')).toBeNull();
    expect((await engine.execute('two', threat, { by: 'ana' })).actions).toMatchObject([
      { status: 'applied' },
      { status: 'applied' },
    ]);
  });

  it('keeps the block that another threat of the same attacker holds', async () => {
    const engine = open();
    const first = await engine.execute('guess', await threatOf('198.51.100.7'));
    nowMs += 1000;
    const second = await engine.execute(
      'guess',
      await threatOf('::ffff:198.51.100.7', { first_seen: '2026-01-31T12:00:05.000Z' }),
    );
    const back = await engine.rollback(first.response_id, 'a mistake');
    expect(back?.actions[0]?.detail).toContain('another run holds 198.51.100.7');
    expect(world.leases.has('198.51.100.7')).toBe(true);
    await engine.rollback(second.response_id, 'that too');
    expect(world.leases.has('198.51.100.7')).toBe(false);
  });

  it('says when the world does not let go, and keeps the action in force', async () => {
    const engine = open({ actuators: [memory({ revert: broken('stuck') })] });
    const run = await engine.execute('guess', await threatOf('198.51.100.7'));
    await expect(engine.rollback(run.response_id, 'x')).rejects.toThrow('stuck');
    expect((await store.response(run.response_id))?.actions).toMatchObject([{ status: 'applied' }]);
  });
});

describe('reconciling', () => {
  it('ends leases on time in the journal and in the world, and announces it', async () => {
    const engine = open();
    const run = await engine.validate(await engine.execute('guess', await threatOf('198.51.100.7')));
    nowMs += 3_599_999;
    expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 0, unrepaired: 0 });
    nowMs += 1;
    const [one, other] = await Promise.all([engine.reconcile(), engine.reconcile()]);
    expect(one).toEqual({ expired: 1, repaired: 0, unrepaired: 0 });
    expect(other).toBe(one);
    expect(await store.response(run.response_id)).toMatchObject({
      success: true,
      actions: [{ status: 'expired' }],
    });
    expect((await announced()).map(({ status }) => status)).toEqual(['validated', 'expired']);
    expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 0, unrepaired: 0 });
  });

  it('does not end what another threat of the attacker holds for longer', async () => {
    const engine = open();
    await engine.execute('guess', await threatOf('198.51.100.7'));
    nowMs += 1_000_000;
    await engine.execute('guess', await threatOf('198.51.100.7', { first_seen: '2026-01-31T12:10:00.000Z' }));
    nowMs += 2_600_000;
    expect(await engine.reconcile()).toMatchObject({ expired: 1, repaired: 0 });
    expect(world.leases.has('198.51.100.7')).toBe(true);
  });

  it.each([true, false])(
    'puts back what somebody took away or cut short (listing: %s)',
    async (hasListing) => {
      const { inForce, ...plain } = memory();
      const engine = open({
        actuators: [hasListing && inForce !== undefined ? { ...plain, inForce } : plain],
      });
      const threats = Array.from({ length: 3 }, (_, i) => sampleThreat(`198.51.100.${i}`));
      await addThreats(store, threats);
      await Promise.all(threats.map((threat) => engine.execute('guess', threat)));
      nowMs += 10_000;
      world.leases.delete('198.51.100.0');
      world.leases.set('198.51.100.1', nowMs + 5000);
      expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 2, unrepaired: 0 });
      expect([...world.leases.values()]).toEqual([
        startMs + 3_600_000,
        startMs + 3_600_000,
        startMs + 3_600_000,
      ]);
      expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 0, unrepaired: 0 });
    },
  );

  it('tells once what it cannot do, tries on, and does it when the world allows', async () => {
    let isBroken = false;
    let isBlind = false;
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
    const base = memory();
    const actuator: LeasedActuator = {
      ...base,
      apply: (effect) => (isBroken ? broken('no kernel')() : base.apply(effect)),
      revert: (effect) => (isBroken ? broken('no kernel')() : base.revert(effect)),
      inForce: async () => (isBlind ? await broken('no answer')() : new Map(world.leases)),
    };
    const engine = open({ actuators: [actuator], log });
    await engine.execute('guess', await threatOf('198.51.100.7'));
    world.leases.clear();
    isBroken = true;
    for (let i = 0; i < 3; i += 1)
      expect(await engine.reconcile()).toMatchObject({ repaired: 0, unrepaired: 1 });
    expect(errors).toHaveLength(1);
    isBlind = true;
    for (let i = 0; i < 3; i += 1) expect(await engine.reconcile()).toMatchObject({ unrepaired: 1 });
    expect(errors).toHaveLength(2);
    isBlind = false;
    isBroken = false;
    expect(await engine.reconcile()).toMatchObject({ repaired: 1, unrepaired: 0 });
    isBroken = true;
    nowMs += 3_600_000;
    for (let i = 0; i < 3; i += 1)
      expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 0, unrepaired: 1 });
    expect(errors).toHaveLength(3);
    isBroken = false;
    expect(await engine.reconcile()).toEqual({ expired: 1, repaired: 0, unrepaired: 0 });
  });

  it('does not re-assert what is on the never-block list by now', async () => {
    const base = memory();
    let isDefended = false;
    const engine = open({
      actuators: [
        {
          ...base,
          apply: async (effect) => (isDefended ? { kind: 'refused', detail: 'ours' } : base.apply(effect)),
        },
      ],
    });
    await engine.execute('guess', await threatOf('198.51.100.7'));
    world.leases.clear();
    isDefended = true;
    expect(await engine.reconcile()).toMatchObject({ repaired: 0, unrepaired: 1 });
    expect(world.leases.size).toBe(0);
  });

  it('does not put back what was taken back while it looked', async () => {
    const base = memory();
    const holder: { engine: ReconcilingResponseEngine | null } = { engine: null };
    const threat = await threatOf('198.51.100.7');
    const engine = open({
      actuators: [
        {
          ...base,
          async inForce() {
            await holder.engine?.rollback(runId(threat.threat_id, 'guess'), 'a mistake');
            return new Map(world.leases);
          },
        },
      ],
    });
    await engine.execute('guess', threat);
    holder.engine = engine;
    expect(await engine.reconcile()).toEqual({ expired: 0, repaired: 0, unrepaired: 0 });
    expect(world.leases.size).toBe(0);
  });

  it('spends a tenth of its time on looking at most', async () => {
    let looks = 0;
    const engine = open({
      actuators: [
        memory({
          async inForce() {
            looks += 1;
            nowMs += 500;
            return new Map(world.leases);
          },
        }),
      ],
    });
    await engine.execute('guess', await threatOf('198.51.100.7'));
    await engine.reconcile();
    nowMs += 4499;
    await engine.reconcile();
    expect(looks).toBe(1);
    nowMs += 1;
    await engine.reconcile();
    expect(looks).toBe(2);
  });
});

/** Everything the engine touches, until it dies at the n-th touch: before it or right after it. */
function createMortal(deathAt: number, isBefore: boolean) {
  let touches = 0;
  let isDead = false;
  async function touch<T>(work: () => Promise<T>): Promise<T> {
    if (isDead) throw new Error('dead');
    touches += 1;
    const isTheOne = touches === deathAt;
    if (isTheOne && isBefore) isDead = true;
    if (isDead) throw new Error('dead');
    const result = await work();
    if (isTheOne) isDead = true;
    if (isDead) throw new Error('dead');
    return result;
  }
  const actuator = (base: LeasedActuator): LeasedActuator => ({
    ...base,
    apply: (effect) => touch(() => base.apply(effect)),
    probe: (effect) => touch(() => base.probe(effect)),
    revert: (effect) => touch(() => base.revert(effect)),
  });
  const ledger: ResponseStore = {
    response: (id) => store.response(id),
    threat: (id) => store.threat(id),
    countEarlierThreats: (attacker, before) => store.countEarlierThreats(attacker, before),
    expiredLeases: (instance, now) => store.expiredLeases(instance, now),
    actionsInForce: (instance, now) => store.actionsInForce(instance, now),
    interruptedResponses: (instance) => store.interruptedResponses(instance),
    saveResponse: (response, instance, outbox) => touch(() => store.saveResponse(response, instance, outbox)),
  };
  return { actuator, ledger, hasDied: () => isDead };
}

describe('a crash at any point', () => {
  const notes = (): LeasedActuator => ({
    ...createMemoryActuator({ world: other, neverBlock, clock }),
    type: 'note_source',
  });
  let other: MemoryWorld;
  beforeEach(() => {
    other = createMemoryWorld();
  });
  const effectsOn = (on: MemoryWorld, attacker: string): string[] =>
    on.effects.filter((line) => line.startsWith(`block ${attacker} `));
  const living = () => open({ playbooks: [twoActors], actuators: [memory(), notes()] });

  it('between intent, effect, outcome and validation leaves a run that ends with each effect once', async () => {
    let crashes = 0;
    for (let point = 1; ; point += 1) {
      let isPastTheEnd = false;
      for (const isBefore of [true, false]) {
        const threat = await threatOf(`198.51.${point}.${isBefore ? 1 : 2}`);
        const mortal = createMortal(point, isBefore);
        const first = open({
          store: mortal.ledger,
          playbooks: [twoActors],
          actuators: [mortal.actuator(memory()), mortal.actuator(notes())],
          settings: { ...settings, maxBlocksPerMinute: 1000 },
        });
        await first
          .execute('two', threat)
          .then((run) => first.validate(run))
          .catch(() => {});
        isPastTheEnd ||= !mortal.hasDied();
        crashes += mortal.hasDied() ? 1 : 0;

        const second = living();
        await second.recover();
        const run = await second.validate(await second.execute('two', threat));
        expect(run).toMatchObject({
          success: true,
          actions: [{ status: 'validated' }, { status: 'validated' }],
        });
        expect(effectsOn(world, threat.attacker), `effects after a crash at ${point}`).toHaveLength(1);
        expect(effectsOn(other, threat.attacker), `effects after a crash at ${point}`).toHaveLength(1);
        expect(await store.interruptedResponses('one')).toEqual([]);
        const last = (await store.pendingOutbox('one', new Date(0).toISOString(), 1000)).findLast(
          ({ key }) => key === threat.attacker,
        );
        expect(JSON.parse(last?.value ?? '{}')).toMatchObject({
          response_id: run.response_id,
          success: true,
        });
      }
      if (isPastTheEnd) break;
    }
    process.stdout.write(`response: ${crashes} crash points of one run survived\n`);
    expect(crashes).toBeGreaterThan(12);
  });

  it('is recovered without the playbook being asked for again', async () => {
    const threat = await threatOf('198.51.100.7');
    const mortal = createMortal(2, true);
    const dying = open({ store: mortal.ledger, actuators: [mortal.actuator(memory())] });
    await dying.execute('guess', threat).catch(() => {});
    expect(await store.interruptedResponses('one')).toHaveLength(1);
    const engine = open({ playbooks: [] });
    await engine.recover();
    expect(await store.response(runId(threat.threat_id, 'guess'))).toMatchObject({ success: true });
    expect(await announced()).toEqual([{ key: '198.51.100.7', status: 'validated', success: true }]);
  });

  it('fails what nobody can carry out any more, and what came too late', async () => {
    const threat = await threatOf('198.51.100.7');
    const mortal = createMortal(3, false);
    const dying = open({
      store: mortal.ledger,
      playbooks: [twoActors],
      actuators: [mortal.actuator(memory()), notes()],
    });
    await dying.execute('two', threat).catch(() => {});
    nowMs += 120_000;
    await open({ playbooks: [] }).recover();
    const run = await store.response(runId(threat.threat_id, 'two'));
    expect(run?.actions).toMatchObject([
      { status: 'expired' },
      { status: 'failed', detail: 'there is no actuator note_source any more' },
    ]);
    const late = await threatOf('198.51.100.8');
    const again = createMortal(2, false);
    await open({ store: again.ledger, actuators: [again.actuator(memory())] })
      .execute('guess', late)
      .catch(() => {});
    expect(world.leases.has('198.51.100.8')).toBe(true);
    nowMs += 7_200_000;
    await open().recover();
    expect((await store.response(runId(late.threat_id, 'guess')))?.actions).toMatchObject([
      { status: 'failed' },
    ]);
    expect(world.leases.has('198.51.100.8')).toBe(false);
  });

  it('leaves an interrupted intent alone in a dry run', async () => {
    const threat = await threatOf('198.51.100.7');
    const mortal = createMortal(2, true);
    await open({ store: mortal.ledger, actuators: [mortal.actuator(memory())] })
      .execute('guess', threat)
      .catch(() => {});
    const dry = open({ settings: { ...settings, dryRun: true } });
    await dry.recover();
    expect(world.effects).toEqual([]);
    expect((await dry.execute('guess', threat)).actions).toMatchObject([{ status: 'simulated' }]);
  });

  it('ends at start the leases that ran out while it was down, and re-asserts what a reboot took', async () => {
    const before = open();
    const ended = await before.execute('guess', await threatOf('198.51.100.1'));
    nowMs += 2_000_000;
    const running = await before.execute('guess', await threatOf('198.51.100.2'));
    nowMs += 2_000_000;
    world.leases.clear();
    const after = open();
    await after.recover();
    expect((await store.response(ended.response_id))?.actions[0]?.status).toBe('expired');
    expect((await store.response(running.response_id))?.actions[0]?.status).toBe('applied');
    expect([...world.leases]).toEqual([['198.51.100.2', startMs + 5_600_000]]);
  });
});
