import type { CorrelationSet } from './correlation.ts';
import type { SigmaEngine } from './engine.ts';
import type { CorrelationRule, DetectionRule } from './rule.ts';

/** The rules in force, compiled. */
export interface ActiveRules {
  readonly engine: SigmaEngine;
  readonly correlations: CorrelationSet;
}

/** Where the detectors look the rules up, so that a reload reaches all of them at once. */
export class RuleBook {
  #active: ActiveRules;
  /** Rules that only feed correlations: their own hits are no findings. */
  #feeders: ReadonlySet<string>;
  #correlationsById: ReadonlyMap<string, CorrelationRule>;

  constructor(active: ActiveRules) {
    this.#active = active;
    this.#feeders = feedersOf(active);
    this.#correlationsById = byId(active.correlations.rules);
  }

  get active(): ActiveRules {
    return this.#active;
  }

  /** Puts other rules in force from the next event on. */
  replace(active: ActiveRules): void {
    this.#active = active;
    this.#feeders = feedersOf(active);
    this.#correlationsById = byId(active.correlations.rules);
  }

  /** Whether hits of this rule are findings of their own. */
  isReported(rule: DetectionRule | CorrelationRule): boolean {
    return !this.#feeders.has(rule.id);
  }

  correlation(ruleId: string): CorrelationRule | undefined {
    return this.#correlationsById.get(ruleId);
  }
}

function byId(rules: readonly CorrelationRule[]): ReadonlyMap<string, CorrelationRule> {
  return new Map(rules.map((rule) => [rule.id, rule]));
}

/** A rule that a correlation refers to is reported for itself only when some such correlation asks for it. */
function feedersOf({ correlations }: ActiveRules): ReadonlySet<string> {
  const feeders = new Set<string>();
  const generated = new Set<string>();
  for (const correlation of correlations.rules) {
    for (const { ruleId } of correlation.rules) (correlation.generate ? generated : feeders).add(ruleId);
  }
  return new Set([...feeders].filter((id) => !generated.has(id)));
}
