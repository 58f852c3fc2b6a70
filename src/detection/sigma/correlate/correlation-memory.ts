import { VerticeError } from '../../../errors.ts';
import type { CorrelationHit, CorrelationSignal, CorrelationState } from '../correlation.ts';
import type { CompiledCorrelation } from './compile-correlation.ts';
import { type CorrelationFeed, CorrelationRunner, type Firing, type Group } from './correlation-runner.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import { type CorrelationLimits, type CorrelationStats, zeroCounters } from './limits.ts';

/** What a state needs to know of a rule set. */
export interface MemoryPlan {
  /** Outermost first: an event reaches a correlation before what it completes inside does. */
  readonly correlations: readonly { readonly compiled: CompiledCorrelation; readonly family: string }[];
  readonly limits: CorrelationLimits;
}

const noHits: readonly CorrelationHit[] = [];

interface Route {
  readonly family: string;
  readonly runner: CorrelationRunner;
}

/** Groups looked at in one signal to see whether they can be forgotten. */
const sweepSteps = 4;

/** The memory of one partition: see `CorrelationState`. */
export class CorrelationMemory implements CorrelationState {
  readonly #counters = zeroCounters();
  readonly #deadlines = new DeadlineHeap<Group>();
  readonly #runners: CorrelationRunner[] = [];
  /** Detection rule's id → correlations that refer to it. */
  readonly #routes = new Map<string, Route[]>();
  /** Correlation's id → correlations that refer to it. */
  readonly #outers = new Map<string, CorrelationRunner[]>();
  #nowMs = Number.NEGATIVE_INFINITY;
  #swept = 0;

  constructor({ correlations, limits }: MemoryPlan) {
    const ids = new Set(correlations.map(({ compiled }) => compiled.rule.id));
    const temporal = correlations.filter(({ compiled }) => compiled.isTemporal);
    const everyMoment = new Set(temporal.flatMap(({ compiled }) => [...compiled.sources.keys()]));
    for (const { compiled, family } of correlations) {
      const isEveryMomentWanted = everyMoment.has(compiled.rule.id);
      const runner = new CorrelationRunner(
        compiled,
        isEveryMomentWanted,
        limits,
        this.#counters,
        this.#deadlines,
      );
      this.#runners.push(runner);
      for (const ruleId of compiled.sources.keys()) {
        if (ids.has(ruleId)) append(this.#outers, ruleId, runner);
        else append(this.#routes, ruleId, { family, runner });
      }
    }
  }

  observe(signal: CorrelationSignal): readonly CorrelationHit[] {
    this.#counters.signals++;
    if (!Number.isFinite(signal.timeMs)) {
      this.#counters.late++;
      return noHits;
    }
    const overdue = this.advance(signal.timeMs);
    const routes = this.#routes.get(signal.ruleId);
    if (routes === undefined) return overdue;
    let hits: CorrelationHit[] | null = null;
    let feed: CorrelationFeed | null = null;
    for (const { family, runner } of routes) {
      if (family !== signal.family) continue;
      feed ??= {
        ruleId: signal.ruleId,
        eventId: signal.eventId,
        timeMs: signal.timeMs,
        fields: signal.fields,
        evidence: null,
      };
      const firing = runner.feed(feed, this.#nowMs);
      if (firing === null) continue;
      hits ??= [];
      this.#settle(firing, hits);
    }
    this.#sweep();
    if (hits === null) return overdue;
    return overdue.length === 0 ? hits : [...overdue, ...hits];
  }

  /**
   * Moves time on without a signal, and tells what has come true by nothing having happened. Signals move it on by
   * themselves; whoever wants absences told of in a quiet partition calls this, with event time.
   */
  advance(timeMs: number): readonly CorrelationHit[] {
    if (timeMs <= this.#nowMs) return noHits;
    this.#nowMs = timeMs;
    if (this.#deadlines.earliestMs >= timeMs) return noHits;
    const hits: CorrelationHit[] = [];
    for (;;) {
      const group = this.#deadlines.popBefore(timeMs);
      if (group === null) return hits;
      const firing = group.owner.endWait(group, timeMs);
      if (firing !== null) this.#settle(firing, hits);
    }
  }

  adopt(earlier: CorrelationState): void {
    if (!(earlier instanceof CorrelationMemory)) {
      throw new VerticeError(
        'VTC_USAGE',
        'Expected a state opened by a set of correlations; got another kind. Hand over what `open` gave.',
      );
    }
    this.#nowMs = Math.max(this.#nowMs, earlier.#nowMs);
    const known = new Map(earlier.#runners.map((runner) => [runner.compiled.definition, runner]));
    for (const runner of this.#runners) {
      const before = known.get(runner.compiled.definition);
      if (before !== undefined && before !== runner) runner.takeOver(before);
    }
  }

  stats(): CorrelationStats {
    return { ...this.#counters };
  }

  /** Tells of a correlation that holds, and those outside it. */
  #settle(firing: Firing, hits: CorrelationHit[]): void {
    const { rule } = firing.runner.compiled;
    if (firing.isNews) {
      this.#counters.hits++;
      hits.push({
        rule,
        eventId: firing.eventId,
        timeMs: firing.timeMs,
        group: firing.group,
        value: firing.value,
        evidenceEventIds: firing.evidence,
      });
    }
    for (const outer of this.#outers.get(rule.id) ?? []) {
      // "Failed logins, then a login": what matters is that the failures were still going on, not when they began.
      // Where hits are counted, one burst must count once.
      if (!firing.isNews && !outer.compiled.isTemporal) continue;
      const next = outer.feed(
        {
          ruleId: rule.id,
          eventId: firing.eventId,
          timeMs: firing.timeMs,
          fields: firing.group,
          evidence: firing.evidence,
        },
        this.#nowMs,
      );
      if (next !== null) this.#settle(next, hits);
    }
  }

  #sweep(): void {
    this.#swept = (this.#swept + 1) % this.#runners.length;
    this.#runners[this.#swept]?.sweep(this.#nowMs, sweepSteps);
  }
}

function append<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, [item]);
  else items.push(item);
}
