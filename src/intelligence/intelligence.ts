import type { SecurityEvent } from '../contracts/security-event.ts';
import type { MatchedIndicator, Threat } from '../contracts/threat.ts';

/** What intelligence adds to a Threat. */
export interface Enrichment {
  readonly indicators: readonly MatchedIndicator[];
  readonly threatActor: string | null;
  readonly campaigns: readonly string[];
  /** Threats of the same attacker before this one. */
  readonly earlierThreats: number;
  /** 0..10; never below the Threat's `detected_severity`. */
  readonly severity: number;
  readonly narrative: string;
}

/** The room's port: the hot path asks `match`, the cycle asks `enrich`. */
export interface Intelligence {
  /** Indicators that name an entity of this event. Synchronous, in memory. */
  match(event: SecurityEvent): readonly MatchedIndicator[];
  /** Everything known that bears on the Threat. `evidence` are its most recent events, oldest first. */
  enrich(threat: Threat, evidence: readonly SecurityEvent[]): Promise<Enrichment>;
}
