import type { MatchedIndicator, Threat } from '../contracts/threat.ts';
import type { IndicatorList } from './indicator-list.ts';
import type { Enrichment, Intelligence } from './intelligence.ts';
import { narrate } from './narrative.ts';

export interface IndicatorIntelligenceOptions {
  /** The list in force now; asked at every look-up, so that it can be replaced while running. */
  readonly list: () => IndicatorList;
  /** Threats of this attacker before the given time (RFC 3339). */
  readonly countEarlierThreats: (attacker: string, beforeIso: string) => Promise<number>;
}

/** An actor is named only when a list says so at least this surely. */
const ACTOR_CONFIDENCE = 0.7;

/** Intelligence from one list of indicators and our own history of the attacker. */
export function createIndicatorIntelligence(options: IndicatorIntelligenceOptions): Intelligence {
  return {
    match: (event) => options.list().match(event),
    async enrich(threat, evidence) {
      const list = options.list();
      const indicators = new Map<string, MatchedIndicator>();
      for (const event of evidence) {
        for (const match of list.match(event)) indicators.set(`${match.value} ${match.entity}`, match);
      }
      const earlier = await options.countEarlierThreats(threat.attacker, threat.first_seen);
      return weigh(threat, [...indicators.values()], earlier);
    },
  };
}

/** Pure: what the indicators and the history make of the Threat. Knowledge raises severity, never lowers it. */
export function weigh(threat: Threat, indicators: readonly MatchedIndicator[], earlier: number): Enrichment {
  const best = indicators.reduce((highest, indicator) => Math.max(highest, indicator.confidence), 0);
  const named = indicators.filter(
    (indicator) => indicator.threat_actor !== undefined && indicator.confidence >= ACTOR_CONFIDENCE,
  );
  const actors = new Set(named.map((indicator) => indicator.threat_actor));
  const campaigns = new Set<string>();
  for (const indicator of indicators) if (indicator.campaign !== undefined) campaigns.add(indicator.campaign);
  return {
    indicators,
    threatActor: actors.size === 1 ? (named[0]?.threat_actor ?? null) : null,
    campaigns: [...campaigns],
    earlierThreats: earlier,
    severity: Math.min(10, threat.detected_severity + best + Math.min(1, earlier * 0.25)),
    narrative: narrate(threat, indicators, earlier),
  };
}
