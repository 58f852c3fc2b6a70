/** What a field of an event holds: a JSON value; undefined when the event has no such field. */
export type FieldValue = unknown;

/** An event as Sigma rules see it: under the names of the Sigma taxonomy, with the log source it belongs to. */
export interface SigmaEvent {
  /** Lower case; empty where unknown. */
  readonly product: string;
  readonly categories: readonly string[];
  readonly services: readonly string[];
  /** A field by the name a rule gives it: exact, or a dotted path into nested objects (any element of a list). */
  field(name: string): FieldValue;
  /** Every leaf value, for keyword searches: text as it is, numbers and booleans as text. */
  leaves(): readonly string[];
}
