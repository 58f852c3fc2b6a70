import { deterministicId } from '../../../ids.ts';
import type { Bounds, CorrelationRule } from '../rule.ts';
import { greatestBound } from './bounds.ts';
import { CountWindow } from './count-window.ts';
import { DistinctWindow } from './distinct-window.ts';
import type { GroupWindow } from './group-window.ts';
import type { CorrelationLimits } from './limits.ts';
import { OrderCountWindow } from './order-count-window.ts';
import { PercentileWindow } from './percentile-window.ts';
import { PresenceWindow } from './presence-window.ts';
import { refuse } from './refuse.ts';
import { planSequences, SequenceWindow } from './sequence-window.ts';
import { SumWindow } from './sum-window.ts';
import { presenceTestOf, sequencesOf } from './temporal-plan.ts';

/** How a hit of one referred rule is read. */
export interface CorrelationSource {
  /** Positions of the rule in the correlation's list. */
  readonly stages: readonly number[];
  /** Fields of the hit that make the group, in the order of group-by. */
  readonly groupFields: readonly string[];
  readonly valueFields: readonly string[];
}

export type ValueKind = 'none' | 'text' | 'number';

/** A correlation, ready to run. Immutable. */
export interface CompiledCorrelation {
  readonly rule: CorrelationRule;
  /** A function of everything that decides what its state means: equal in two rule sets, state may be handed over. */
  readonly definition: string;
  /** Referred rule's id → how its hits are read. */
  readonly sources: ReadonlyMap<string, CorrelationSource>;
  readonly valueKind: ValueKind;
  /** Whether it asks which rules fired, and so looks at every moment at which a referred correlation holds. */
  readonly isTemporal: boolean;
  newWindow(): GroupWindow;
}

/** @throws VerticeError VTC_RULE_INVALID when the correlation cannot be evaluated as it stands */
export function compileCorrelation(rule: CorrelationRule, limits: CorrelationLimits): CompiledCorrelation {
  check(rule.window.lengthMs > 0, rule, 'a timespan above zero', `${rule.window.lengthMs} ms`);
  check(rule.rules.length > 0, rule, 'at least one rule to correlate', 'none');
  return {
    rule,
    definition: definitionOf(rule),
    sources: sourcesOf(rule),
    valueKind: valueKindOf(rule),
    isTemporal: rule.type === 'temporal' || rule.type === 'temporal_ordered',
    newWindow: windowFactory(rule, limits),
  };
}

function sourcesOf(rule: CorrelationRule): ReadonlyMap<string, CorrelationSource> {
  const sources = new Map<string, CorrelationSource>();
  for (const { ruleId } of rule.rules) {
    if (sources.has(ruleId)) continue;
    const fieldOf = (name: string): string => rule.aliases.get(name)?.get(ruleId) ?? name;
    sources.set(ruleId, {
      stages: rule.rules.flatMap((one, stage) => (one.ruleId === ruleId ? [stage] : [])),
      groupFields: rule.groupBy.map(fieldOf),
      valueFields: rule.valueFields.map(fieldOf),
    });
  }
  return sources;
}

function valueKindOf({ type }: CorrelationRule): ValueKind {
  if (type === 'value_count') return 'text';
  return type === 'value_sum' || type === 'value_avg' || type === 'value_percentile' ? 'number' : 'none';
}

function windowFactory(rule: CorrelationRule, limits: CorrelationLimits): () => GroupWindow {
  const { maxEntries, maxDistinct, maxEvidence, maxReplay } = limits;
  const stageCount = rule.rules.length;
  switch (rule.type) {
    case 'event_count': {
      const bounds = countBounds(rule, maxEntries);
      return () => new CountWindow(bounds, maxEntries, maxEvidence);
    }
    case 'value_count': {
      requireValueFields(rule);
      const bounds = countBounds(rule, maxDistinct);
      return () => new DistinctWindow(bounds, maxDistinct);
    }
    case 'value_sum':
    case 'value_avg': {
      requireValueFields(rule);
      const bounds = requireBounds(rule);
      const isAverage = rule.type === 'value_avg';
      return () => new SumWindow(bounds, isAverage, maxEntries, maxEvidence);
    }
    case 'value_percentile': {
      requireValueFields(rule);
      const bounds = requireBounds(rule);
      const percentile = rule.percentile ?? -1;
      check(
        percentile >= 0 && percentile <= 100,
        rule,
        'a percentile from 0 to 100',
        String(rule.percentile),
      );
      return () => new PercentileWindow(bounds, percentile, maxEntries, maxEvidence);
    }
    case 'temporal': {
      const test = presenceTestOf(rule);
      return () => new PresenceWindow(stageCount, rule.bounds, test);
    }
    case 'temporal_ordered': {
      const { bounds } = rule;
      if (rule.temporal === null && bounds !== null) {
        check(stageCount <= 64, rule, 'at most 64 rules in order', String(stageCount));
        return () => new OrderCountWindow(bounds, stageCount, maxReplay, maxEvidence);
      }
      const plan = planSequences(sequencesOf(rule), stageCount, rule.window.lengthMs);
      return () => new SequenceWindow(plan, maxReplay);
    }
  }
}

function requireBounds(rule: CorrelationRule): Bounds {
  const { bounds } = rule;
  if (bounds !== null && Object.keys(bounds).length > 0) return bounds;
  return refuse(rule, 'a condition with a bound (gt, gte, lt, lte, eq or neq)', 'none');
}

function countBounds(rule: CorrelationRule, most: number): Bounds {
  const bounds = requireBounds(rule);
  const greatest = greatestBound(bounds);
  check(greatest < most, rule, `a count below ${most}, which is as far as is counted`, String(greatest));
  return bounds;
}

function requireValueFields(rule: CorrelationRule): void {
  check(rule.valueFields.length > 0, rule, 'a condition that names a field', 'none');
}

/** Maps have no JSON: aliases in a fixed order stand in. Titles, levels and authors may change without loss of state. */
function definitionOf(rule: CorrelationRule): string {
  const aliases = [...rule.aliases].map(([alias, fields]) => [alias, [...fields].sort()]).sort();
  return deterministicId(
    'cor',
    JSON.stringify([
      rule.id,
      rule.type,
      rule.rules.map(({ reference, ruleId }) => [reference, ruleId]),
      rule.groupBy,
      aliases,
      [rule.window.kind, rule.window.lengthMs, rule.window.gapMs],
      rule.bounds === null ? null : Object.entries(rule.bounds).sort(),
      rule.valueFields,
      rule.percentile,
      rule.temporal,
    ]),
  );
}

function check(holds: boolean, rule: CorrelationRule, expected: string, came: string): void {
  if (!holds) refuse(rule, expected, came);
}
