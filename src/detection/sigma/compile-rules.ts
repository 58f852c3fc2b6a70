import { createSigmaEngine } from './compile/create-sigma-engine.ts';
import { createCorrelationSet } from './correlate/create-correlation-set.ts';
import type { CorrelationRule, DetectionRule } from './rule.ts';
import type { ActiveRules } from './rule-book.ts';

/**
 * Compiles a set of rules that has been read.
 *
 * @throws VerticeError VTC_RULE_INVALID naming file and line of a correlation that cannot be evaluated
 */
export function compileRules(set: {
  readonly detections: readonly DetectionRule[];
  readonly correlations: readonly CorrelationRule[];
}): ActiveRules {
  return {
    engine: createSigmaEngine(set.detections),
    correlations: createCorrelationSet(set.correlations, set.detections),
  };
}
