import type { CorrelationRule, DetectionRule } from './rule.ts';
import type { SigmaEvent } from './sigma-event.ts';

/**
 * A hit of a rule that correlations refer to, with all that they need to know of the event. Small, serialisable,
 * and routed by `key`, so that every hit that can meet in one group is seen by one `CorrelationState`.
 */
export interface CorrelationSignal {
  /** Correlations that refer to each other, or to the same rules, and so share their state: a stable name. */
  readonly family: string;
  /** Partition key: the family, and the group's values when all correlations of the family group alike. */
  readonly key: string;
  readonly ruleId: string;
  readonly eventId: string;
  readonly timeMs: number;
  /** The event's values of the fields that the family needs; a field the event lacks is absent. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A correlation that has come true. */
export interface CorrelationHit {
  readonly rule: CorrelationRule;
  /** Event that completed it, and its time. */
  readonly eventId: string;
  readonly timeMs: number;
  /** Group-by field or alias → value; empty for a correlation without group-by. */
  readonly group: Readonly<Record<string, string>>;
  /** What was counted or measured, when something was. */
  readonly value: number | null;
  /** Events it rests on, oldest first, capped. */
  readonly evidenceEventIds: readonly string[];
}

/** Memory of one partition. Bounded; depends on nothing but the signals it was shown, in order. */
export interface CorrelationState {
  observe(signal: CorrelationSignal): readonly CorrelationHit[];
  /** Takes over what another state knew of the correlations that are the same in both: for hot reload. */
  adopt(earlier: CorrelationState): void;
}

/** Compiled correlations. Immutable: a reload makes a new one. */
export interface CorrelationSet {
  readonly rules: readonly CorrelationRule[];
  /** How far back state reaches, milliseconds. */
  readonly windowMs: number;
  /** What a hit of `rule` means to the correlations: one signal a family. Empty when none refers to it. */
  signalsOf(
    rule: DetectionRule,
    event: SigmaEvent,
    eventId: string,
    timeMs: number,
  ): readonly CorrelationSignal[];
  open(): CorrelationState;
}
