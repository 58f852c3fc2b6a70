import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CorrelationSignal } from '../correlation.ts';
import type { Bounds, CorrelationRule, CorrelationWindow, TemporalExpression } from '../rule.ts';
import { compileCorrelation } from './compile-correlation.ts';
import { createCorrelationSet } from './create-correlation-set.ts';
import { defaultCorrelationLimits } from './limits.ts';
import {
  and,
  correlationRule,
  detectionRule,
  eventOf,
  naiveHits,
  not,
  or,
  rule,
  type Term,
  told,
} from './testing.ts';

const ids = ['a', 'b', 'c', 'd'];
const detections = ids.map(detectionRule);

const windows: fc.Arbitrary<CorrelationWindow> = fc.record({
  kind: fc.constantFrom('sliding', 'tumbling', 'session'),
  lengthMs: fc.integer({ min: 5, max: 60 }),
  gapMs: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 20 })),
});

const bounds = (max: number): fc.Arbitrary<Bounds> => {
  const bound = fc.integer({ min: 0, max });
  return fc.oneof(
    fc.record({ gte: bound }),
    fc.record({ gt: bound }),
    fc.record({ lt: bound }),
    fc.record({ lte: bound }),
    fc.record({ eq: bound }),
    fc.record({ neq: bound }),
    fc.record({ gte: bound, lte: bound }),
  );
};

/** Times may repeat; values are quarters, so that sums are exact; some hits lack the host or the value. */
const happenings = fc.array(
  fc.record({
    stepMs: fc.oneof(
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 0, max: 6 }),
      fc.integer({ min: 10, max: 80 }),
    ),
    ruleId: fc.constantFrom(...ids),
    host: fc.oneof(fc.constantFrom('h1', 'h2'), fc.constant(undefined), fc.constant(7)),
    value: fc.oneof(
      fc.integer({ min: -40, max: 40 }).map((quarters) => quarters / 4),
      fc.integer({ min: 0, max: 5 }).map(String),
      fc.constant(undefined),
    ),
  }),
  { maxLength: 60, size: 'max' },
);
type Happening = typeof happenings extends fc.Arbitrary<infer Items> ? Items : never;

function signalsFor(correlation: CorrelationRule, happened: Happening): CorrelationSignal[] {
  const set = createCorrelationSet([correlation], detections);
  let timeMs = 1_000_000;
  return happened.flatMap(({ stepMs, ruleId, host, value }, index) => {
    timeMs += stepMs;
    const fields = { ...(host === undefined ? {} : { host }), ...(value === undefined ? {} : { value }) };
    return set.signalsOf(detectionRule(ruleId), eventOf(fields), `e${index}`, timeMs);
  });
}

function expectSame(
  correlation: CorrelationRule,
  happened: Happening,
  terms: readonly Term[] | null = null,
): void {
  const signals = signalsFor(correlation, happened);
  const state = createCorrelationSet([correlation], detections).open();
  const hits = signals.flatMap((signal) => told(state.observe(signal)));
  const expected = naiveHits(correlation, signals, terms).map((hit) => `x:${hit}`);
  expect(hits).toEqual(expected);
}

const some = fc.subarray(ids, { minLength: 1 });

describe('a correlation, against recounting everything at every event', () => {
  it('counts events', () => {
    fc.assert(
      fc.property(windows, bounds(6), some, happenings, (window, limit, rules, happened) => {
        expectSame(correlationRule('x', { window, bounds: limit, ids: rules }), happened);
      }),
      { numRuns: 400 },
    );
  });

  it.each(['value_count', 'value_sum', 'value_avg'] as const)('takes %s', (type) => {
    fc.assert(
      fc.property(windows, bounds(8), some, happenings, (window, limit, rules, happened) => {
        const parts = { type, window, bounds: limit, ids: rules, valueFields: ['value'] };
        expectSame(correlationRule('x', parts), happened);
      }),
      { numRuns: 300 },
    );
  });

  it('takes percentiles', () => {
    const percentiles = fc.constantFrom(0, 25, 50, 75, 100);
    fc.assert(
      fc.property(windows, bounds(8), percentiles, happenings, (window, limit, percentile, happened) => {
        const parts = { window, bounds: limit, percentile, ids, valueFields: ['value'] };
        expectSame(correlationRule('x', { ...parts, type: 'value_percentile' }), happened);
      }),
      { numRuns: 400 },
    );
  });

  it.each(['temporal', 'temporal_ordered'] as const)('sees %s, whole or bounded', (type) => {
    const limits = fc.oneof(fc.constant(null), bounds(4));
    fc.assert(
      fc.property(windows, limits, some, happenings, (window, limit, rules, happened) => {
        expectSame(correlationRule('x', { type, window, bounds: limit, ids: rules }), happened);
      }),
      { numRuns: 400 },
    );
  });

  /** One or two alternatives; in order, the last rule is never a negated one: that would have to be waited for. */
  const conditions = fc.array(
    fc.record({ a: fc.option(fc.boolean()), b: fc.option(fc.boolean()), c: fc.option(fc.boolean()) }),
    { minLength: 1, maxLength: 2 },
  );

  it.each(['temporal', 'temporal_ordered'] as const)('sees %s with and, or and not', (type) => {
    fc.assert(
      fc.property(windows, conditions, happenings, (window, alternatives, happened) => {
        const terms = alternatives.map((alternative): Term => {
          const given = Object.entries(alternative).flatMap(([id, is]) => (is === null ? [] : [[id, is]]));
          return { ...Object.fromEntries(given), d: true };
        });
        const temporal = or(...terms.map(conjunction));
        expectSame(correlationRule('x', { type, window, ids, temporal }), happened, terms);
      }),
      { numRuns: 600 },
    );
  });
});

function conjunction(term: Term): TemporalExpression {
  return and(...Object.entries(term).map(([id, isIn]) => (isIn ? rule(id) : not(rule(id)))));
}

describe('absence at the end of a sequence', () => {
  it('is told of once the timespan from the beginning has passed without it', () => {
    const span = fc.integer({ min: 5, max: 60 });
    fc.assert(
      fc.property(span, happenings, (timespanMs, happened) => {
        const parts = { type: 'temporal_ordered', timespanMs, ids: ['a', 'b', 'c'], groupBy: [] } as const;
        const correlation = correlationRule('x', {
          ...parts,
          temporal: and(rule('a'), rule('b'), not(rule('c'))),
        });
        const signals = signalsFor(correlation, happened);
        const state = createCorrelationSet([correlation], detections).open();
        const hits = signals.flatMap((signal) => told(state.observe(signal)));
        hits.push(...told(state.advance(2_000_000)));

        const expected: string[] = [];
        let firedMs = Number.NEGATIVE_INFINITY;
        const candidates = signals.flatMap((last, index) => {
          if (last.ruleId !== 'b') return [];
          const first = signals.slice(0, index).findLast(({ ruleId }) => ruleId === 'a');
          if (first === undefined || last.timeMs - first.timeMs > timespanMs) return [];
          const dueMs = first.timeMs + timespanMs;
          const isSpoiled = signals
            .slice(index + 1)
            .some(({ ruleId, timeMs }) => ruleId === 'c' && timeMs <= dueMs);
          return isSpoiled ? [] : [{ eventId: last.eventId, dueMs }];
        });
        for (const { eventId, dueMs } of candidates) {
          if (dueMs - firedMs <= timespanMs) continue;
          firedMs = dueMs;
          expected.push(`x:${eventId}@${dueMs}`);
        }
        expect(hits).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('signals out of order', () => {
  const kinds = fc.constantFrom(
    correlationRule('x', { ids, bounds: { gte: 3 } }),
    correlationRule('x', { ids, type: 'value_count', bounds: { gte: 3 }, valueFields: ['value'] }),
    correlationRule('x', { ids, type: 'value_sum', bounds: { gte: 9 }, valueFields: ['value'] }),
    correlationRule('x', { ids, type: 'value_avg', bounds: { gte: 3 }, valueFields: ['value'] }),
    correlationRule('x', {
      ids,
      type: 'value_percentile',
      bounds: { gte: 3 },
      percentile: 75,
      valueFields: ['value'],
    }),
    correlationRule('x', { ids, type: 'temporal' }),
    correlationRule('x', { ids, type: 'temporal_ordered' }),
    correlationRule('x', { ids, type: 'temporal_ordered', bounds: { gte: 3 } }),
    correlationRule('x', {
      ids,
      type: 'temporal_ordered',
      temporal: and(rule('a'), not(rule('b')), rule('c')),
    }),
  );

  /** Each happens at its own time, and comes in at a time of its own. */
  const inputs = fc.uniqueArray(
    fc.record({
      timeMs: fc.integer({ min: 0, max: 200 }),
      stage: fc.integer({ min: 0, max: 3 }),
      number: fc.integer({ min: 0, max: 9 }),
      arrival: fc.integer({ min: 0, max: 1000 }),
    }),
    { selector: ({ timeMs }) => timeMs, maxLength: 40, size: 'max' },
  );

  it('leave every window as if they had come in order', () => {
    fc.assert(
      fc.property(kinds, inputs, fc.integer({ min: 0, max: 200 }), (correlation, happened, startMs) => {
        const measures = [
          happened.toSorted((left, right) => left.timeMs - right.timeMs),
          happened.toSorted((left, right) => left.arrival - right.arrival),
        ].map((arrived) => {
          const window = compileCorrelation(correlation, defaultCorrelationLimits).newWindow();
          for (const { timeMs, stage, number } of arrived) {
            const text = String(number);
            window.add({ timeMs, eventId: `e${timeMs}`, stages: [stage], text, number, evidence: null });
          }
          window.trim(startMs);
          return {
            holds: window.holds(startMs),
            measure: window.measure(startMs),
            size: window.size,
            evidence: window.evidence(startMs, 50),
          };
        });
        expect(measures[1]).toEqual(measures[0]);
      }),
      { numRuns: 1000 },
    );
  });

  const types = fc.constantFrom(
    'event_count',
    'value_count',
    'value_sum',
    'value_avg',
    'value_percentile',
    'temporal',
    'temporal_ordered',
  );

  it('never break a state, whatever their order', () => {
    fc.assert(
      fc.property(
        types,
        windows,
        happenings,
        fc.array(fc.integer({ min: 0, max: 100_000 })),
        (type, window, happened, times) => {
          const correlation = correlationRule('x', {
            type,
            window,
            ids,
            bounds: type === 'temporal_ordered' ? null : { gte: 2 },
            valueFields: type.startsWith('value') ? ['value'] : [],
            percentile: 90,
          });
          const limits = { maxGroups: 2, maxEntries: 5, maxDistinct: 4, maxTotalEntries: 8, maxReplay: 3 };
          const state = createCorrelationSet([correlation], detections, limits).open();
          signalsFor(correlation, happened).forEach((signal, index) => {
            state.observe({ ...signal, timeMs: times[index % Math.max(1, times.length)] ?? signal.timeMs });
            const { entries, groups } = state.stats();
            expect(groups).toBeLessThanOrEqual(2);
            expect(entries).toBeLessThanOrEqual(8);
            expect(entries).toBeGreaterThanOrEqual(0);
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
