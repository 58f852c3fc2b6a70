/** Bounds on what correlations may keep in memory, in one state (one partition). */
export interface CorrelationLimits {
  /** Groups of one correlation; the one that has been silent longest is forgotten first. */
  readonly maxGroups: number;
  /** Entries of one group's window; the oldest is forgotten first. A rule that must count further is refused. */
  readonly maxEntries: number;
  /** Distinct values of one `value_count` window; the one seen longest ago is forgotten first. */
  readonly maxDistinct: number;
  /** Entries over all groups and correlations; beyond it the correlation that grows forgets its groups. */
  readonly maxTotalEntries: number;
  /** Event ids a hit names as evidence: the newest. */
  readonly maxEvidence: number;
  /** Entries of one ordered window that are kept to put late ones in their place. */
  readonly maxReplay: number;
}

export const defaultCorrelationLimits: CorrelationLimits = {
  maxGroups: 50_000,
  maxEntries: 100_000,
  maxDistinct: 20_000,
  maxTotalEntries: 4_000_000,
  maxEvidence: 50,
  maxReplay: 512,
};

/** What a state has seen, and what it had to leave out: nothing is dropped without being counted. */
export interface CorrelationStats {
  readonly signals: number;
  readonly hits: number;
  /** Moments at which a correlation held but had already been reported. */
  readonly suppressed: number;
  /** Signals that lack a group-by field, and so belong to no group. */
  readonly ungrouped: number;
  /** Signals that lack the counted value, or whose value is no number where one is measured. */
  readonly valueless: number;
  /** Signals older than the window of their group, or without a time. */
  readonly late: number;
  readonly duplicates: number;
  /** Groups forgotten for want of room, while their window was still open. */
  readonly evictedGroups: number;
  /** Entries and values forgotten for want of room. */
  readonly evictedEntries: number;
  /** Held now. */
  readonly groups: number;
  readonly entries: number;
}

/** The counters behind `CorrelationStats`, shared by the correlations of one state. */
export interface CorrelationCounters {
  signals: number;
  hits: number;
  suppressed: number;
  ungrouped: number;
  valueless: number;
  late: number;
  duplicates: number;
  evictedGroups: number;
  evictedEntries: number;
  groups: number;
  entries: number;
}

export function zeroCounters(): CorrelationCounters {
  return {
    signals: 0,
    hits: 0,
    suppressed: 0,
    ungrouped: 0,
    valueless: 0,
    late: 0,
    duplicates: 0,
    evictedGroups: 0,
    evictedEntries: 0,
    groups: 0,
    entries: 0,
  };
}
