/**
 * What a Sigma rule says once it has been read: every modifier resolved, every name in the condition followed.
 * The reader makes it, the compiler and `explain` use it. Source of the semantics: Sigma rules specification 2.1
 * and Sigma correlation rules specification 2.1.
 */

/** Sigma's levels, lightest first. */
export const sigmaLevels = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type SigmaLevel = (typeof sigmaLevels)[number];

/** Lower case; null where the rule names none, and so does not restrict. */
export interface LogSource {
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
}

/** Where a rule stands: for messages and for DRL 1.1, which asks that author and link travel with a hit. */
export interface RuleOrigin {
  /** As it was named to the loader. */
  readonly file: string;
  /** Line on which the document begins, from 1. */
  readonly line: number;
}

/** What all three kinds of rule share. */
export interface RuleHeader {
  /** The rule's UUID; its `name`, else `file:line`, when it gives none. */
  readonly id: string;
  /** By which correlations refer to it, beside its id. */
  readonly name: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly status: string | null;
  readonly level: SigmaLevel;
  readonly author: string | null;
  readonly references: readonly string[];
  readonly license: string | null;
  readonly tags: readonly string[];
  /** ATT&CK techniques in `tags`, as `T1059` or `T1059.001`. */
  readonly techniques: readonly string[];
  readonly fields: readonly string[];
  readonly falsePositives: readonly string[];
  readonly origin: RuleOrigin;
}

/** A run of text, or a wildcard: `any` stands for `*`, `one` for `?`. Escapes are already resolved. */
export type TextPart = string | { readonly wildcard: 'any' | 'one' };

export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
export type Comparison = 'lt' | 'lte' | 'gt' | 'gte';

/** What one value of a field must be. A list field holds it when any of its elements does. */
export type Predicate =
  /** The whole value; `contains`, `startswith` and `endswith` are wildcards at its ends. */
  | { readonly kind: 'text'; readonly parts: readonly TextPart[]; readonly isCased: boolean }
  /** A number, or text that is one. */
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  /** Missing, or null. */
  | { readonly kind: 'null' }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
  | { readonly kind: 'cidr'; readonly network: string }
  | { readonly kind: 'compare'; readonly comparison: Comparison; readonly value: number }
  | { readonly kind: 'exists'; readonly isThere: boolean }
  /** The value of another field of the same event. */
  | {
      readonly kind: 'fieldref';
      readonly field: string;
      readonly place: 'whole' | 'start' | 'end' | 'anywhere';
      readonly isCased: boolean;
    }
  /** A part of a timestamp, UTC, as a number; `week` is the ISO week. */
  | { readonly kind: 'timepart'; readonly part: TimePart; readonly of: Predicate };

export type Expression =
  | { readonly kind: 'and'; readonly terms: readonly Expression[] }
  | { readonly kind: 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  | { readonly kind: 'field'; readonly field: string; readonly predicate: Predicate }
  /** Some leaf value of the event holds the text anywhere in it (the parts already begin and end with `any`). */
  | { readonly kind: 'keyword'; readonly predicate: Predicate }
  /** A search identifier of the rule, kept for `explain`; means what its term means. */
  | { readonly kind: 'named'; readonly name: string; readonly term: Expression };

/** One rule on single events, with the filters that apply to it already worked in. */
export interface DetectionRule extends RuleHeader {
  readonly kind: 'detection';
  readonly logSource: LogSource;
  /** Several conditions of one rule are its alternatives. */
  readonly condition: Expression;
  /** Ids of the filters that are part of `condition`. */
  readonly filters: readonly string[];
}

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
export type CorrelationType = (typeof correlationTypes)[number];

/** A bound on a count or a value; all that are given must hold. */
export interface Bounds {
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  readonly eq?: number;
  readonly neq?: number;
}

/** Extended temporal condition over the referred rules, by reference as written. */
export type TemporalExpression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly TemporalExpression[] }
  | { readonly kind: 'not'; readonly term: TemporalExpression }
  | { readonly kind: 'rule'; readonly reference: string };

export interface CorrelationWindow {
  readonly kind: 'sliding' | 'tumbling' | 'session';
  /** `timespan`, milliseconds. */
  readonly lengthMs: number;
  /** Of a session: it ends when nothing has come for so long. */
  readonly gapMs: number | null;
}

/** A rule on the hits of other rules. */
export interface CorrelationRule extends RuleHeader {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** The rules and correlations it refers to, in order: as written, and resolved. */
  readonly rules: readonly { readonly reference: string; readonly ruleId: string }[];
  readonly groupBy: readonly string[];
  /** Alias → referred rule's id → its field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly window: CorrelationWindow;
  /** Null for `temporal` types with no condition of their own: all rules must have fired. */
  readonly bounds: Bounds | null;
  /** Fields of `value_*`; several together make one value. */
  readonly valueFields: readonly string[];
  /** Of `value_percentile`, 0..100. */
  readonly percentile: number | null;
  readonly temporal: TemporalExpression | null;
  /** Whether the hits of the referred rules are findings of their own (`generate`). */
  readonly generate: boolean;
}

export type LoadedRule = DetectionRule | CorrelationRule;
