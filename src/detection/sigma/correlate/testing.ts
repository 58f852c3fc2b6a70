import type { CorrelationHit, CorrelationSignal } from '../correlation.ts';
import type { CorrelationRule, DetectionRule, TemporalExpression } from '../rule.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { isWithin } from './bounds.ts';

/** Material for the tests of this folder, and a correlator that recounts everything at every event. */

const header = {
  name: null,
  description: null,
  status: null,
  level: 'high',
  author: null,
  references: [],
  license: null,
  tags: [],
  techniques: [],
  fields: [],
  falsePositives: [],
  origin: { file: 'rules.yml', line: 1 },
} as const;

export function detectionRule(id: string): DetectionRule {
  return {
    ...header,
    kind: 'detection',
    id,
    title: id,
    logSource: { product: null, category: null, service: null },
    condition: { kind: 'or', terms: [] },
    filters: [],
  };
}

/** A correlation over rules `a`, `b`, `c` by `host`, unless told otherwise; `ids` are the referred rules. */
export function correlationRule(
  id: string,
  parts: Partial<CorrelationRule> & { readonly ids?: readonly string[]; readonly timespanMs?: number } = {},
): CorrelationRule {
  const { ids = ['a'], timespanMs = 100, ...rest } = parts;
  return {
    ...header,
    kind: 'correlation',
    id,
    title: id,
    type: 'event_count',
    rules: ids.map((ruleId) => ({ reference: ruleId, ruleId })),
    groupBy: ['host'],
    aliases: new Map(),
    window: { kind: 'sliding', lengthMs: timespanMs, gapMs: null },
    bounds: null,
    valueFields: [],
    percentile: null,
    temporal: null,
    generate: false,
    ...rest,
  };
}

export function eventOf(fields: Readonly<Record<string, unknown>>): SigmaEvent {
  return { product: '', categories: [], services: [], field: (name) => fields[name], leaves: () => [] };
}

export function rule(reference: string): TemporalExpression {
  return { kind: 'rule', reference };
}

export function not(term: TemporalExpression): TemporalExpression {
  return { kind: 'not', term };
}

export function and(...terms: TemporalExpression[]): TemporalExpression {
  return { kind: 'and', terms };
}

export function or(...terms: TemporalExpression[]): TemporalExpression {
  return { kind: 'or', terms };
}

/** Hits as `event@time`, for comparing. */
export function told(hits: readonly CorrelationHit[]): string[] {
  return hits.map((hit) => `${hit.rule.id}:${hit.eventId}@${hit.timeMs}`);
}

/** One way an ordered condition may hold: rules that must happen and rules that must not. */
export type Term = Readonly<Record<string, boolean>>;

/**
 * What a correlation should say to signals in order of time: from the definitions, recounting the whole window at
 * every event. Slow and simple on purpose. Tells `event@time` of each hit.
 *
 * @param terms what `temporal` means, when it is given, as alternatives
 */
export function naiveHits(
  correlation: CorrelationRule,
  signals: readonly CorrelationSignal[],
  terms: readonly Term[] | null,
): string[] {
  const groups = new Map<string, CorrelationSignal[]>();
  const states = new Map<string, { sinceMs: number | null; firedMs: number; windowId: number }>();
  const spanMs = correlation.window.lengthMs;
  const hits: string[] = [];
  for (const signal of signals) {
    const values = correlation.groupBy.map((name) => signal.fields[name]);
    if (values.includes(undefined)) continue;
    if (correlation.valueFields.some((name) => signal.fields[name] === undefined)) continue;
    const key = JSON.stringify(values.map(String));
    const past = groups.get(key) ?? [];
    groups.set(key, past);
    past.push(signal);
    const { window, windowId } = windowOf(correlation, past);
    let state = states.get(key);
    if (state === undefined || state.windowId !== windowId) {
      state = { sinceMs: null, firedMs: Number.NEGATIVE_INFINITY, windowId };
      states.set(key, state);
    }
    const holds = holdsOver(correlation, window, past, terms);
    const beforeMs = past.at(-2)?.timeMs ?? Number.NEGATIVE_INFINITY;
    if (signal.timeMs - beforeMs > spanMs) state.sinceMs = null;
    if (!holds) state.sinceMs = null;
    else {
      const bucket = (timeMs: number): number => Math.floor(timeMs / spanMs);
      const isAgain =
        state.sinceMs !== null &&
        signal.timeMs - state.sinceMs > spanMs &&
        bucket(signal.timeMs) !== bucket(state.firedMs);
      if (state.sinceMs === null || isAgain) {
        state.firedMs = signal.timeMs;
        hits.push(`${signal.eventId}@${signal.timeMs}`);
      }
      state.sinceMs ??= signal.timeMs;
    }
  }
  return hits;
}

function windowOf(
  { window: { kind, lengthMs, gapMs } }: CorrelationRule,
  past: readonly CorrelationSignal[],
): { window: readonly CorrelationSignal[]; windowId: number } {
  const nowMs = past[past.length - 1]?.timeMs ?? 0;
  if (kind === 'sliding') {
    return { window: past.filter(({ timeMs }) => nowMs - timeMs <= lengthMs), windowId: 0 };
  }
  if (kind === 'tumbling') {
    const bucket = Math.floor(nowMs / lengthMs);
    const window = past.filter(({ timeMs }) => Math.floor(timeMs / lengthMs) === bucket);
    return { window, windowId: bucket };
  }
  let first = 0;
  past.forEach(({ timeMs }, index) => {
    const beganMs = past[first]?.timeMs ?? 0;
    const beforeMs = past[index - 1]?.timeMs ?? timeMs;
    if (timeMs - beforeMs > (gapMs ?? lengthMs) || timeMs - beganMs > lengthMs) first = index;
  });
  return { window: past.slice(first), windowId: first };
}

function holdsOver(
  correlation: CorrelationRule,
  window: readonly CorrelationSignal[],
  past: readonly CorrelationSignal[],
  terms: readonly Term[] | null,
): boolean {
  const { type, bounds } = correlation;
  const ids = correlation.rules.map(({ ruleId }) => ruleId);
  if (type === 'temporal') {
    const seen = new Set(window.map(({ ruleId }) => ruleId));
    if (terms !== null) {
      return terms.some((term) => Object.entries(term).every(([id, isIn]) => seen.has(id) === isIn));
    }
    return bounds === null ? ids.every((id) => seen.has(id)) : isWithin(bounds, seen.size);
  }
  if (type === 'temporal_ordered') {
    const before = correlation.window.kind === 'sliding' ? past : window;
    if (terms !== null) return terms.some((term) => sequenceHolds(ids, term, window, before, correlation));
    if (bounds === null) {
      return sequenceHolds(ids, Object.fromEntries(ids.map((id) => [id, true])), window, before, correlation);
    }
    const longest = subsets(ids)
      .filter((some) => isSubsequence(some, window))
      .reduce((best, some) => Math.max(best, some.length), 0);
    return isWithin(bounds, longest);
  }
  return bounds !== null && isWithin(bounds, measured(correlation, window));
}

function measured(correlation: CorrelationRule, window: readonly CorrelationSignal[]): number {
  const [field = ''] = correlation.valueFields;
  const numbers = window.map(({ fields }) => Number(fields[field])).sort((left, right) => left - right);
  const sum = numbers.reduce((total, number) => total + number, 0);
  switch (correlation.type) {
    case 'value_count':
      return new Set(window.map(({ fields }) => String(fields[field]))).size;
    case 'value_sum':
      return sum;
    case 'value_avg':
      return sum / numbers.length;
    case 'value_percentile': {
      const rank = ((numbers.length - 1) * (correlation.percentile ?? 0)) / 100;
      const low = numbers[Math.floor(rank)] ?? 0;
      const high = numbers[Math.ceil(rank)] ?? 0;
      return low + (rank - Math.floor(rank)) * (high - low);
    }
    default:
      return window.length;
  }
}

function isSubsequence(ids: readonly string[], window: readonly CorrelationSignal[]): boolean {
  let at = 0;
  for (const { ruleId } of window) if (ruleId === ids[at]) at++;
  return at >= ids.length;
}

function subsets(ids: readonly string[]): string[][] {
  const [first, ...rest] = ids;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without, ...without.map((some) => [first, ...some])];
}

/** Tries every choice of one hit a step. */
function sequenceHolds(
  ids: readonly string[],
  term: Term,
  window: readonly CorrelationSignal[],
  before: readonly CorrelationSignal[],
  correlation: CorrelationRule,
): boolean {
  const steps = ids.filter((id) => term[id] === true);
  const banned = (from: number, to: number): Set<string> => {
    const low = from < 0 ? -1 : ids.indexOf(steps[from] ?? '');
    const high = ids.indexOf(steps[to] ?? '');
    return new Set(ids.filter((id, index) => term[id] === false && index > low && index < high));
  };
  const reach = (step: number, from: number): boolean => {
    if (step === steps.length) return true;
    const bad = banned(step - 1, step);
    for (let index = from; index < window.length; index++) {
      const signal = window[index];
      if (signal === undefined) return false;
      if (signal.ruleId === steps[step] && isClean(step, signal, bad) && reach(step + 1, index + 1))
        return true;
      if (step > 0 && bad.has(signal.ruleId)) return false;
    }
    return false;
  };
  const isClean = (step: number, signal: CorrelationSignal, bad: ReadonlySet<string>): boolean => {
    if (step > 0) return true;
    const end = before.indexOf(signal);
    return !before
      .slice(0, end)
      .some(({ ruleId, timeMs }) => bad.has(ruleId) && signal.timeMs - timeMs <= correlation.window.lengthMs);
  };
  return reach(0, 0);
}
