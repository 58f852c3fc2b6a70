import type { DetectionRule } from './rule.ts';
import type { SigmaEvent } from './sigma-event.ts';

/** A field that made a rule match, with the event's value, capped. */
export interface MatchedField {
  readonly field: string;
  readonly value: string;
}

/** Compiled detection rules. Immutable: a reload makes a new one. */
export interface SigmaEngine {
  readonly rules: readonly DetectionRule[];
  /** The rules that match, in the order of `rules`; one and the same empty list when none does. Synchronous. */
  match(event: SigmaEvent): readonly DetectionRule[];
  /** The same by evaluating every rule of the log source, without the index: what `match` is tested against. */
  matchFullScan(event: SigmaEvent): readonly DetectionRule[];
  /** Fields that made this rule match this event; empty when it does not. */
  matchedFields(rule: DetectionRule, event: SigmaEvent): readonly MatchedField[];
}
