import type { MatchedIndicator, Threat } from '../contracts/threat.ts';

/** The story of a Threat in plain sentences, from facts alone. */
export function narrate(
  threat: Threat,
  indicators: readonly MatchedIndicator[],
  earlierThreats: number,
): string {
  const target = threat.target === '-' ? 'this network' : threat.target;
  const sentences = [
    `${threat.attacker} acted against ${target} from ${threat.first_seen} to ${threat.last_seen}: ` +
      `${threat.detection_count} ${threat.detection_count === 1 ? 'detection' : 'detections'}, techniques ${threat.ttps.join(', ') || 'unknown'}.`,
  ];
  for (const indicator of indicators.slice(0, 5)) {
    const actor = indicator.threat_actor === undefined ? '' : `, attributed to ${indicator.threat_actor}`;
    sentences.push(
      `${indicator.source} lists ${indicator.value} (${indicator.type}) with confidence ${indicator.confidence}${actor}.`,
    );
  }
  if (indicators.length === 0)
    sentences.push('No indicator list names any of its addresses, domains or files.');
  if (earlierThreats > 0) {
    sentences.push(
      `The same attacker was behind ${earlierThreats} earlier ${earlierThreats === 1 ? 'threat' : 'threats'}.`,
    );
  }
  return sentences.join(' ');
}
