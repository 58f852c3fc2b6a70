import type { Clock } from '../../clock.ts';
import type { Analysis } from '../../contracts/analysis.ts';
import { severityRank } from '../../contracts/severity.ts';
import type { Log } from '../../observability/log.ts';
import type { Metrics } from '../../observability/metrics.ts';
import type { Case } from './case.ts';
import type { Sentinel } from './sentinel.ts';

export interface DeskOptions {
  /** The analyst that takes its time. */
  readonly analyst: Sentinel;
  /** An answer that adds to the verdict it was given. Called once for each; must not throw. */
  readonly onAnalysis: (threatId: string, analysis: Analysis) => Promise<void>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly limits?: Partial<DeskLimits>;
}

export interface DeskLimits {
  /** Cases that wait; beyond it the least severe, then the oldest, is let go. */
  readonly waiting: number;
  /** Cases under way at once. */
  readonly concurrent: number;
  /** A threat is looked at again only after so long, milliseconds; what grows meanwhile is kept for then. */
  readonly coolDownMs: number;
  /** How often those are looked for whose time has come, milliseconds. */
  readonly checkMs: number;
  /** Threats remembered for that. */
  readonly remembered: number;
}

export const defaultDeskLimits: DeskLimits = {
  waiting: 256,
  concurrent: 2,
  coolDownMs: 300_000,
  checkMs: 5_000,
  remembered: 10_000,
};

/** Below this a case of little severity is noise, above it of no doubt: neither is worth a model's time. */
const UNCERTAIN_FROM = 0.3;

interface Waiting {
  readonly threatId: string;
  readonly subject: Case;
  readonly floor: Analysis;
}

/** Where cases wait for the analyst that takes its time. Nobody ever waits for the desk. */
export interface SentinelDesk {
  /** Takes the case, or lets it go when it is not worth the cost. Never waits, never throws. */
  submit(threatId: string, subject: Case, floor: Analysis): void;
  /** Resolves when nothing waits or is under way. */
  idle(): Promise<void>;
  /** Lets everything go; what is under way is broken off. */
  close(): Promise<void>;
}

/** Whether a model's opinion is worth its cost: at least medium, or likelier than noise. */
export function isWorthAsking(floor: Analysis): boolean {
  return severityRank(floor.severity) >= severityRank('medium') || floor.confidence >= UNCERTAIN_FROM;
}

export function createSentinelDesk(options: DeskOptions): SentinelDesk {
  const { analyst, onAnalysis, clock, metrics, log } = options;
  const limits = { ...defaultDeskLimits, ...options.limits };
  const queue = new Map<string, Waiting>();
  /** Cases that have grown before their time: the latest of each threat. */
  const deferred = new Map<string, Waiting>();
  const active = new Map<string, Promise<void>>();
  /** When each threat was last looked at, and at how much evidence. */
  const seen = new Map<string, { readonly atMs: number; readonly evidence: string }>();
  const stop = new AbortController();
  const idlers: (() => void)[] = [];

  const pump = (): void => {
    for (const [threatId, waiting] of queue) {
      if (stop.signal.aborted || active.size >= limits.concurrent) break;
      if (active.has(threatId)) continue;
      queue.delete(threatId);
      remember(threatId, waiting);
      active.set(
        threatId,
        work(waiting).finally(() => {
          active.delete(threatId);
          pump();
        }),
      );
    }
    metrics.queueDepth.set({ queue: 'sentinel' }, queue.size);
    if (active.size === 0 && queue.size === 0) for (const wake of idlers.splice(0)) wake();
  };

  const work = async ({ threatId, subject, floor }: Waiting): Promise<void> => {
    try {
      const analysis = await analyst.analyse(subject, floor, stop.signal);
      if (!stop.signal.aborted && analysis.analyst === 'llm') await onAnalysis(threatId, analysis);
    } catch (error) {
      metrics.sentinelLlmErrors.inc({ reason: 'failed' });
      log.error('A case could not be analysed further; its deterministic verdict stands', {
        threat_id: threatId,
        error,
      });
    }
  };

  const remember = (threatId: string, { subject }: Waiting): void => {
    seen.delete(threatId);
    seen.set(threatId, { atMs: clock.now(), evidence: evidenceOf(subject) });
    if (seen.size <= limits.remembered) return;
    const oldest = seen.keys().next();
    if (!oldest.done) seen.delete(oldest.value);
  };

  const enqueue = (waiting: Waiting): void => {
    queue.delete(waiting.threatId);
    queue.set(waiting.threatId, waiting);
    if (queue.size > limits.waiting) {
      const least = leastOf(queue.values());
      if (least !== null) queue.delete(least.threatId);
      metrics.sentinelLlmErrors.inc({ reason: 'queue_full' });
    }
    pump();
  };

  const takeUpDeferred = (): void => {
    for (const [threatId, waiting] of deferred) {
      const last = seen.get(threatId);
      if (last !== undefined && clock.now() - last.atMs < limits.coolDownMs) continue;
      deferred.delete(threatId);
      enqueue(waiting);
    }
  };
  const timer = setInterval(takeUpDeferred, limits.checkMs);
  timer.unref();

  const defer = (waiting: Waiting): void => {
    deferred.delete(waiting.threatId);
    deferred.set(waiting.threatId, waiting);
    if (deferred.size <= limits.waiting) return;
    const least = leastOf(deferred.values());
    if (least !== null) deferred.delete(least.threatId);
    metrics.sentinelLlmErrors.inc({ reason: 'queue_full' });
  };

  return {
    submit(threatId, subject, floor) {
      if (stop.signal.aborted || !isWorthAsking(floor)) return;
      const waiting = { threatId, subject, floor };
      const last = seen.get(threatId);
      if (last === undefined || queue.has(threatId)) enqueue(waiting);
      else if (last.evidence === evidenceOf(subject)) return;
      else if (clock.now() - last.atMs < limits.coolDownMs) defer(waiting);
      else enqueue(waiting);
    },
    async idle() {
      if (active.size === 0 && queue.size === 0) return;
      await new Promise<void>((resolve) => idlers.push(resolve));
    },
    async close() {
      stop.abort();
      clearInterval(timer);
      queue.clear();
      deferred.clear();
      await Promise.all(active.values());
      pump();
    },
  };
}

/** The case that is let go first: of the least severe the oldest. */
function leastOf(waiting: Iterable<Waiting>): Waiting | null {
  let least: Waiting | null = null;
  for (const one of waiting) {
    if (least === null || severityRank(one.floor.severity) < severityRank(least.floor.severity)) least = one;
  }
  return least;
}

/** Tells whether a case has grown: what it holds, by name. */
function evidenceOf(subject: Case): string {
  return `${subject.history.detectionCount} ${subject.entries.length} ${subject.indicators.length}`;
}
