import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Analysis } from '../contracts/analysis.ts';
import type { Response } from '../contracts/response.ts';
import type { Threat } from '../contracts/threat.ts';
import { topics } from '../contracts/topics.ts';
import {
  createDeterministicSentinel,
  type DeterministicSentinel,
} from '../detection/sentinel/deterministic.ts';
import { createIndicatorIntelligence } from '../intelligence/indicator-intelligence.ts';
import { parseIndicators } from '../intelligence/indicator-list.ts';
import { silentLog } from '../observability/log.ts';
import type { Approval, ResponseEngine } from '../response/response.ts';
import { type Cycle, type CycleOptions, createCycle } from './cycle.ts';
import { asRecord, failedLogin, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
let sentinel: DeterministicSentinel;
let reviewed: { threatId: string; floor: Analysis }[];
let executed: { playbookId: string; threat: Threat; approval: Approval | undefined }[];
let outcome: { success: boolean; dry_run: boolean };

/** A response engine that does what it is told without a world: the real one has its own tests. */
const engine: ResponseEngine = {
  async execute(playbookId, threat, approval) {
    executed.push({ playbookId, threat, approval });
    return run(threat);
  },
  validate: async (response) => response,
  rollback: async () => null,
  playbookFor: (threat) => (threat.technique === 'T1110' ? 'brute_force_response' : null),
  recover: async () => {},
  close: async () => {},
};

function run(threat: Threat): Response {
  return {
    response_id: 'run_1',
    playbook_id: 'brute_force_response',
    threat_id: threat.threat_id,
    ...outcome,
    actions_executed: 1,
    actions: [],
    timestamp: '2026-01-01T00:00:00Z',
  };
}

function openCycle(change: Partial<CycleOptions> = {}): Cycle {
  return createCycle({
    store: bench.store,
    intelligence: createIndicatorIntelligence({
      list: () => parseIndicators(''),
      countEarlierThreats: (attacker, before) => bench.store.countEarlierThreats(attacker, before),
    }),
    response: engine,
    thresholds: { minThreatConfidence: 0.5, autoResponseThreshold: 0.8 },
    analyse: (subject) => sentinel.analyse(subject),
    review: (threatId, _subject, floor) => void reviewed.push({ threatId, floor }),
    clock: systemClock,
    metrics: bench.metrics,
    log: silentLog,
    instance: 'test',
    onOutbox: () => {},
    ...change,
  });
}

/** Has the pipeline make a threat, and returns it. */
async function makeThreat(): Promise<Threat> {
  const pipeline = await bench.startPipeline();
  await bench.intake(
    'test',
    [0, 1, 2, 3, 4].map((second) => asRecord(failedLogin(second))),
  );
  await bench.settled();
  await pipeline.close();
  const [threat] = (await bench.store.threats({}, { limit: 1 })).items;
  if (threat === undefined) throw new Error('no threat');
  return threat;
}

async function stored(threat: Threat): Promise<Threat | null> {
  return bench.store.threat(threat.threat_id);
}

async function announced(topic: string): Promise<unknown[]> {
  const entries = await bench.store.pendingOutbox('test', '2000-01-01T00:00:00Z', 1_000);
  return entries.filter((entry) => entry.topic === topic).map((entry): unknown => JSON.parse(entry.value));
}

beforeEach(async () => {
  bench = await openWorkbench();
  sentinel = createDeterministicSentinel({ clock: systemClock, metrics: bench.metrics });
  reviewed = [];
  executed = [];
  outcome = { success: true, dry_run: false };
});
afterEach(() => bench.close());

describe('the cycle', () => {
  it('takes a sure threat through every phase to containment', async () => {
    const threat = await makeThreat();
    const cycle = openCycle();
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect(await stored(threat)).toMatchObject({
      status: 'contained',
      phase: 'learned',
      assessed_version: 1,
      decision: { verdict: 'respond', playbook_id: 'brute_force_response' },
    });
    expect((await stored(threat))?.narrative).toContain('198.51.100.7');
    expect(executed).toHaveLength(1);
    expect(await announced(topics.threats)).toHaveLength(2);
    expect(await announced(topics.alerts)).toEqual([]);
  });

  it('has the Sentinel analyse the threat, and shows it to the model', async () => {
    const threat = await makeThreat();
    const cycle = openCycle();
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    const analysis = (await stored(threat))?.analysis;
    expect(analysis).toMatchObject({ analyst: 'deterministic', is_threat: true });
    expect(analysis?.techniques.map(({ technique }) => technique)).toContain('T1110');
    expect(reviewed).toEqual([{ threatId: threat.threat_id, floor: analysis }]);
  });

  describe('told what a language model makes of a threat', () => {
    const unsure = { minThreatConfidence: 0.99, autoResponseThreshold: 0.995 };

    async function amended(change: Partial<Analysis>, thresholds = unsure): Promise<Threat | null> {
      const threat = await makeThreat();
      const cycle = openCycle({ thresholds });
      cycle.enqueue([threat.threat_id], systemClock.now());
      await cycle.idle();
      const floor = reviewed[0]?.floor;
      if (floor === undefined) throw new Error('not reviewed');
      await cycle.amend(threat.threat_id, { ...floor, analyst: 'llm', model: 'a model', ...change });
      await cycle.idle();
      return stored(threat);
    }

    it('brings before a person what the rules alone only observe, and starts nothing', async () => {
      const threat = await amended({ is_threat: true, confidence: 1, severity: 'critical' });
      expect(threat).toMatchObject({
        status: 'active',
        severity: 9.5,
        decision: { verdict: 'ask' },
        analysis: { analyst: 'llm', severity: 'critical' },
      });
      expect(await announced(topics.alerts)).toMatchObject([{ kind: 'approval_needed' }]);
      expect(executed).toEqual([]);
    });

    it('lowers nothing', async () => {
      const lies = { is_threat: false, confidence: 0, severity: 'info', techniques: [] } as const;
      const threat = await amended({ ...lies, techniques: [] }, { ...unsure, minThreatConfidence: 0.5 });
      expect(threat).toMatchObject({ decision: { verdict: 'ask' } });
      expect(threat?.analysis).toMatchObject({ is_threat: true, confidence: reviewed[0]?.floor.confidence });
      expect(threat?.analysis?.techniques).toEqual(reviewed[0]?.floor.techniques);
    });

    it('starts nothing however sure the model is', async () => {
      const sure = { is_threat: true, confidence: 1, severity: 'critical' } as const;
      const threat = await amended(sure, { minThreatConfidence: 0.5, autoResponseThreshold: 0.999 });
      expect(threat?.decision?.verdict).toBe('ask');
      expect(executed).toEqual([]);
    });

    it('leaves a closed threat closed', async () => {
      const threat = await makeThreat();
      const cycle = openCycle({ thresholds: unsure });
      cycle.enqueue([threat.threat_id], systemClock.now());
      await cycle.idle();
      await cycle.closeThreat(threat.threat_id, 'ana');
      const floor = reviewed[0]?.floor;
      if (floor === undefined) throw new Error('not reviewed');
      await cycle.amend(threat.threat_id, { ...floor, analyst: 'llm', confidence: 1 });
      expect(await stored(threat)).toMatchObject({
        status: 'closed',
        analysis: { analyst: 'deterministic' },
      });
    });
  });

  it('keeps apart what is only observed, until more is found', async () => {
    const threat = await makeThreat();
    const thresholds = { minThreatConfidence: 0.99, autoResponseThreshold: 0.995 };
    const cycle = openCycle({ thresholds });
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect(await stored(threat)).toMatchObject({ status: 'observed', decision: { verdict: 'observe' } });
    expect(await announced(topics.alerts)).toEqual([]);
    const pipeline = await bench.startPipeline();
    const more = Array.from({ length: 10 }, (_, index) => asRecord(failedLogin(6 + index)));
    await bench.intake('test', more);
    await bench.settled();
    await pipeline.close();
    const surer = openCycle({ thresholds: { minThreatConfidence: 0.5, autoResponseThreshold: 0.995 } });
    surer.enqueue([threat.threat_id], systemClock.now());
    await surer.idle();
    expect(await stored(threat)).toMatchObject({ status: 'active', decision: { verdict: 'ask' } });
  });

  it('does nothing for a threat that has been through it', async () => {
    const threat = await makeThreat();
    const cycle = openCycle();
    cycle.enqueue([threat.threat_id, 'no such threat'], systemClock.now());
    await cycle.idle();
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect(executed).toHaveLength(1);
  });

  it('takes up what a crash left, when it comes to own the partition', async () => {
    const threat = await makeThreat();
    const cycle = openCycle();
    cycle.own([0, 1]);
    await expect.poll(async () => (await stored(threat))?.phase).toBe('learned');
    cycle.own([0, 1]);
    await cycle.idle();
    expect(executed).toHaveLength(1);
  });

  it('asks a person when it is less sure, acts on a yes, and says so', async () => {
    const threat = await makeThreat();
    const cycle = openCycle({ thresholds: { minThreatConfidence: 0.5, autoResponseThreshold: 0.99 } });
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect((await stored(threat))?.decision?.verdict).toBe('ask');
    expect(await announced(topics.alerts)).toMatchObject([{ kind: 'approval_needed' }]);
    expect(executed).toEqual([]);
    await cycle.approve(threat.threat_id, true, 'ana');
    await cycle.idle();
    expect(executed[0]?.approval).toEqual({ by: 'ana' });
    expect(await stored(threat)).toMatchObject({ status: 'contained', decision: { approved_by: 'ana' } });
    await expect(cycle.approve(threat.threat_id, true, 'ana')).rejects.toThrow(/contained/);
  });

  it('closes a threat that a person dismisses, and leaves it closed', async () => {
    const threat = await makeThreat();
    const cycle = openCycle({ thresholds: { minThreatConfidence: 0.5, autoResponseThreshold: 0.99 } });
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    await cycle.approve(threat.threat_id, false, 'ana');
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect(await stored(threat)).toMatchObject({
      status: 'closed',
      decision: { reason: 'Dismissed by ana.' },
    });
    expect(executed).toEqual([]);
  });

  it('closes a threat on a word, and knows none that does not exist', async () => {
    const threat = await makeThreat();
    const cycle = openCycle();
    expect(await cycle.closeThreat(threat.threat_id, 'ana')).toMatchObject({ status: 'closed' });
    expect(await cycle.closeThreat('none', 'ana')).toBeNull();
    expect(await cycle.approve('none', true, 'ana')).toBeNull();
  });

  it('cannot be told to respond to what no playbook is made for', async () => {
    const threat = await makeThreat();
    const cycle = openCycle({ response: { ...engine, playbookFor: () => null } });
    await expect(cycle.approve(threat.threat_id, true, 'ana')).rejects.toThrow(
      /No playbook is made for T1110/,
    );
  });

  it('raises an alert when the containment did not take effect', async () => {
    const threat = await makeThreat();
    outcome = { success: false, dry_run: false };
    const cycle = openCycle();
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect(await stored(threat)).toMatchObject({ status: 'active', phase: 'learned' });
    expect(await announced(topics.alerts)).toMatchObject([{ kind: 'containment_failed' }]);
  });

  it('leaves a threat active in a dry run', async () => {
    const threat = await makeThreat();
    outcome = { success: true, dry_run: true };
    const cycle = openCycle();
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect((await stored(threat))?.status).toBe('active');
  });

  it('tries a phase again that failed', async () => {
    const threat = await makeThreat();
    let failures = 1;
    const cycle = openCycle({
      response: {
        ...engine,
        async execute(...args) {
          if (failures-- > 0) throw new Error('the world is away');
          return engine.execute(...args);
        },
      },
    });
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect((await stored(threat))?.status).toBe('contained');
  });

  it('stops when told to, and leaves the rest for the next start', async () => {
    const threat = await makeThreat();
    const cycle = openCycle();
    await cycle.close();
    cycle.enqueue([threat.threat_id], systemClock.now());
    await cycle.idle();
    expect((await stored(threat))?.phase).toBe('detected');
  });
});
