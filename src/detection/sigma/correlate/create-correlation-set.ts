import type { CorrelationSet, CorrelationSignal } from '../correlation.ts';
import type { CorrelationRule, DetectionRule } from '../rule.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { compileCorrelation } from './compile-correlation.ts';
import { CorrelationMemory, type MemoryPlan } from './correlation-memory.ts';
import { type Family, familiesOf } from './families.ts';
import { type CorrelationLimits, defaultCorrelationLimits } from './limits.ts';
import { refuse } from './refuse.ts';
import { joinTexts, type SignalValue, toSignalValue } from './signal-value.ts';

/** The set, with states that also tell how much they hold and can be moved on in time. */
export interface SigmaCorrelationSet extends CorrelationSet {
  open(): CorrelationMemory;
}

/** What becomes of a hit of one rule in one family. */
interface SignalPlan {
  readonly family: string;
  readonly fields: readonly string[];
  /** Fields whose values make the partition key. */
  readonly keyFields: readonly string[];
}

const noSignals: readonly CorrelationSignal[] = [];

/**
 * Compiles correlations.
 *
 * @param detections the rules that are in force: a correlation on a rule that is neither here nor a correlation itself
 *   is refused
 * @throws VerticeError VTC_RULE_INVALID naming file and line of the correlation that cannot be evaluated
 */
export function createCorrelationSet(
  correlations: readonly CorrelationRule[],
  detections: readonly DetectionRule[],
  limits: Partial<CorrelationLimits> = {},
): SigmaCorrelationSet {
  const bounds = { ...defaultCorrelationLimits, ...limits };
  const reach = reachOf(correlations, new Set(detections.map((rule) => rule.id)));
  const families = familiesOf(correlations);
  const plan: MemoryPlan = {
    correlations: correlations
      .map((rule) => ({
        compiled: compileCorrelation(rule, bounds),
        family: families.get(rule.id)?.name ?? '',
        depth: reach.get(rule.id)?.depth ?? 0,
      }))
      .sort((left, right) => right.depth - left.depth),
    limits: bounds,
  };
  const signalPlans = signalPlansOf(plan, families);
  return {
    rules: correlations,
    windowMs: Math.max(0, ...[...reach.values()].map(({ windowMs }) => windowMs)),
    signalsOf: (rule, event, eventId, timeMs) => {
      const plans = signalPlans.get(rule.id);
      return plans === undefined ? noSignals : signalsOf(plans, rule.id, event, eventId, timeMs);
    },
    open: () => new CorrelationMemory(plan),
  };
}

function signalsOf(
  plans: readonly SignalPlan[],
  ruleId: string,
  event: SigmaEvent,
  eventId: string,
  timeMs: number,
): readonly CorrelationSignal[] {
  const signals: CorrelationSignal[] = [];
  for (const { family, fields, keyFields } of plans) {
    const values: Record<string, SignalValue> = {};
    for (const field of fields) {
      const value = toSignalValue(event.field(field));
      if (value !== null) values[field] = value;
    }
    const keyValues: string[] = [];
    for (const field of keyFields) {
      const value = values[field];
      if (value !== undefined) keyValues.push(String(value));
    }
    // What lacks a value that all of the family group by belongs to no group of any.
    if (keyValues.length < keyFields.length) continue;
    const key = keyFields.length === 0 ? family : `${family}=${joinTexts(keyValues)}`;
    signals.push({ family, key, ruleId, eventId, timeMs, fields: values });
  }
  return signals;
}

function signalPlansOf(
  { correlations }: MemoryPlan,
  families: ReadonlyMap<string, Family>,
): ReadonlyMap<string, readonly SignalPlan[]> {
  type Fields = { readonly fields: Set<string>; readonly keyFields: readonly string[] };
  const plans = new Map<string, Map<string, Fields>>();
  for (const { compiled } of correlations) {
    const family = families.get(compiled.rule.id);
    if (family === undefined) continue;
    for (const [ruleId, source] of compiled.sources) {
      if (families.has(ruleId)) continue;
      const byFamily = plans.get(ruleId) ?? new Map<string, Fields>();
      plans.set(ruleId, byFamily);
      const keyFields = family.keyNames.map(
        (name) => source.groupFields[compiled.rule.groupBy.indexOf(name)] ?? name,
      );
      const plan = byFamily.get(family.name) ?? { fields: new Set<string>(), keyFields };
      byFamily.set(family.name, plan);
      for (const field of [...source.groupFields, ...source.valueFields]) plan.fields.add(field);
    }
  }
  return new Map(
    [...plans].map(([ruleId, byFamily]) => [
      ruleId,
      [...byFamily].map(([family, { fields, keyFields }]) => ({ family, fields: [...fields], keyFields })),
    ]),
  );
}

interface Reach {
  /** How many correlations lie inside it, one in the other. */
  readonly depth: number;
  readonly windowMs: number;
}

/** Correlations of correlations of … beyond this are refused. */
const maxDepth = 16;

/**
 * How far back each correlation depends on what was: its window; as long again to know for how long it has held, and
 * as long again for what has been told since; in order, once more for what must not have come before. And all that of
 * the correlations inside it.
 */
function reachOf(
  correlations: readonly CorrelationRule[],
  detectionIds: ReadonlySet<string>,
): ReadonlyMap<string, Reach> {
  const byId = new Map(correlations.map((rule) => [rule.id, rule]));
  const reaches = new Map<string, Reach>();
  const measure = (rule: CorrelationRule, outer: readonly string[]): Reach => {
    const known = reaches.get(rule.id);
    if (known !== undefined) return known;
    if (outer.includes(rule.id)) refuse(rule, 'correlations that do not refer to themselves', 'a circle');
    if (outer.length >= maxDepth) refuse(rule, `at most ${maxDepth} correlations one in the other`, 'more');
    let depth = 0;
    let innerMs = 0;
    for (const { ruleId, reference } of rule.rules) {
      const inner = byId.get(ruleId);
      if (inner === undefined) {
        if (!detectionIds.has(ruleId)) refuse(rule, 'rules that are loaded', `“${reference}”, which is not`);
        continue;
      }
      const reach = measure(inner, [...outer, rule.id]);
      depth = Math.max(depth, reach.depth + 1);
      innerMs = Math.max(innerMs, reach.windowMs);
    }
    const spans = rule.type === 'temporal_ordered' && rule.temporal !== null ? 4 : 3;
    const reach = { depth, windowMs: spans * rule.window.lengthMs + innerMs };
    reaches.set(rule.id, reach);
    return reach;
  };
  for (const rule of correlations) measure(rule, []);
  return reaches;
}
