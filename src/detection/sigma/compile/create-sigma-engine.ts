import type { MatchedField, SigmaEngine } from '../engine.ts';
import type { DetectionRule } from '../rule.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { EventView } from './event-view.ts';
import { fullScan } from './full-scan.ts';
import { appliesTo, LogSources } from './log-sources.ts';
import { TermTable } from './logic.ts';
import { matchedFields } from './matched-fields.ts';
import type { PlanContext } from './plan.ts';
import { ProgramCompiler } from './program.ts';

/** An engine that also tells how much it had to do. */
export interface CompiledEngine extends SigmaEngine {
  /** Rules evaluated by `match` since the engine was made. */
  readonly evaluations: number;
}

/**
 * Compiles rules for matching at line rate. Rules must have been read by the reader, which has checked them; what an
 * event needs beyond that is compiled when the first event of its log source comes.
 */
export function createSigmaEngine(rules: readonly DetectionRule[]): CompiledEngine {
  const terms = new TermTable();
  const planned = rules.map((rule, order) => ({ rule, order, logic: terms.logicOf(rule) }));
  const context: PlanContext = {
    compiler: new ProgramCompiler(terms),
    fields: terms.fields,
    evaluations: 0,
  };
  const logics = new Map(planned.map(({ rule, logic }) => [rule, logic]));
  const view = new EventView(terms.fields, terms.size);
  const sources = new LogSources(planned, context);
  return {
    rules,
    get evaluations(): number {
      return context.evaluations;
    },
    match: (event: SigmaEvent): readonly DetectionRule[] => sources.planOf(event).match(event, view),
    matchFullScan: (event: SigmaEvent): readonly DetectionRule[] => fullScan(rules, event),
    matchedFields: (rule: DetectionRule, event: SigmaEvent): readonly MatchedField[] => {
      const logic = logics.get(rule);
      if (logic === undefined || !appliesTo(rule.logSource, event)) return [];
      view.begin(event);
      const found = matchedFields(logic, event, view, context.compiler);
      view.end();
      return found;
    },
  };
}
