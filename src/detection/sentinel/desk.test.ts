import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Analysis } from '../../contracts/analysis.ts';
import { silentLog } from '../../observability/log.ts';
import { Metrics } from '../../observability/metrics.ts';
import type { Case } from './case.ts';
import { createSentinelDesk, type DeskLimits, type SentinelDesk } from './desk.ts';
import { createDeterministicSentinel } from './deterministic.ts';
import { caseFrom, findingOf } from './testing/cases.ts';

const deterministic = createDeterministicSentinel({ clock: { now: () => 0 }, metrics: new Metrics() });
const small: Case = caseFrom([{ findings: [findingOf()] }]);
const grown: Case = caseFrom([{ findings: [findingOf()] }, { findings: [findingOf()] }]);
const floor = deterministic.analyse(small);
const noise = deterministic.analyse(
  caseFrom([{ findings: [findingOf({ severity: 'low', confidence: 0.2 })] }]),
);

let desk: SentinelDesk | null = null;
afterEach(() => desk?.close());

interface Bench {
  readonly desk: SentinelDesk;
  readonly asked: Case[];
  readonly answers: [string, Analysis][];
  readonly metrics: Metrics;
  nowMs: number;
  /** Lets the oldest question that waits for its answer go on. */
  answer(change?: Partial<Analysis>): Promise<void>;
}

function openBench(limits: Partial<DeskLimits> = {}): Bench {
  const waiting: ((change: Partial<Analysis>) => void)[] = [];
  const asked: Case[] = [];
  const answers: [string, Analysis][] = [];
  const metrics = new Metrics();
  const opened = createSentinelDesk({
    analyst: {
      analyse: (subject, given, signal) =>
        new Promise((resolve) => {
          asked.push(subject);
          waiting.push((change) => resolve({ ...given, analyst: 'llm', ...change }));
          signal.addEventListener('abort', () => resolve(given));
        }),
    },
    onAnalysis: async (threatId, analysis) => void answers.push([threatId, analysis]),
    clock: { now: () => bench.nowMs },
    metrics,
    log: silentLog,
    limits: { checkMs: 5, ...limits },
  });
  desk = opened;
  const bench: Bench = {
    desk: opened,
    asked,
    answers,
    metrics,
    nowMs: 0,
    async answer(change = {}) {
      waiting.shift()?.(change);
      await delay(1);
    },
  };
  return bench;
}

describe('the desk', () => {
  it('hands a case to the analyst and its answer on', async () => {
    const bench = openBench();
    bench.desk.submit('t1', small, floor);
    await bench.answer();
    await bench.desk.idle();
    expect(bench.answers.map(([id, { analyst }]) => [id, analyst])).toEqual([['t1', 'llm']]);
  });

  it('lets go what is not worth the cost', async () => {
    const bench = openBench();
    bench.desk.submit('t1', small, noise);
    await bench.desk.idle();
    expect(bench.asked).toEqual([]);
  });

  it('passes on nothing when the analyst has nothing to add', async () => {
    const bench = openBench();
    bench.desk.submit('t1', small, floor);
    await bench.answer({ analyst: 'deterministic' });
    await bench.desk.idle();
    expect(bench.answers).toEqual([]);
  });

  it('asks no more at once than it may, and keeps the latest case of a threat that waits', async () => {
    const bench = openBench({ concurrent: 1 });
    bench.desk.submit('t1', small, floor);
    bench.desk.submit('t2', small, floor);
    bench.desk.submit('t2', grown, floor);
    expect(bench.asked).toHaveLength(1);
    await bench.answer();
    expect(bench.asked).toEqual([small, grown]);
    await bench.answer();
    await bench.desk.idle();
    expect(bench.answers.map(([id]) => id)).toEqual(['t1', 't2']);
  });

  it('lets the least severe go when too many wait, and counts it', async () => {
    const bench = openBench({ concurrent: 1, waiting: 2 });
    const severe: Analysis = { ...floor, severity: 'critical' };
    const mild: Analysis = { ...floor, severity: 'medium' };
    bench.desk.submit('busy', small, floor);
    bench.desk.submit('mild', small, mild);
    bench.desk.submit('severe', small, severe);
    bench.desk.submit('other', small, severe);
    for (let turn = 0; turn < 3; turn++) await bench.answer();
    await bench.desk.idle();
    expect(bench.answers.map(([id]) => id)).toEqual(['busy', 'severe', 'other']);
    const { values } = await bench.metrics.sentinelLlmErrors.get();
    expect(values).toMatchObject([{ labels: { reason: 'queue_full' }, value: 1 }]);
  });

  it('looks at a threat again only when it has grown, and not before its time', async () => {
    const bench = openBench({ coolDownMs: 1_000 });
    bench.desk.submit('t1', small, floor);
    await bench.answer();
    bench.desk.submit('t1', small, floor);
    bench.desk.submit('t1', grown, floor);
    await delay(20);
    expect(bench.asked).toHaveLength(1);
    bench.nowMs = 1_000;
    await expect.poll(() => bench.asked).toEqual([small, grown]);
    await bench.answer();
    bench.nowMs = 5_000;
    bench.desk.submit('t1', grown, floor);
    await delay(20);
    expect(bench.asked).toHaveLength(2);
  });

  it('breaks off what is under way when it is closed, and takes nothing more', async () => {
    const bench = openBench();
    bench.desk.submit('t1', small, floor);
    await bench.desk.close();
    bench.desk.submit('t2', small, floor);
    expect(bench.answers).toEqual([]);
    expect(bench.asked).toHaveLength(1);
  });

  it('goes on when an analyst throws', async () => {
    const metrics = new Metrics();
    desk = createSentinelDesk({
      analyst: { analyse: () => Promise.reject(new Error('broken')) },
      onAnalysis: async () => {},
      clock: { now: () => 0 },
      metrics,
      log: silentLog,
    });
    desk.submit('t1', small, floor);
    await desk.idle();
    expect((await metrics.sentinelLlmErrors.get()).values).toMatchObject([{ labels: { reason: 'failed' } }]);
  });
});
