import type { Threat } from '../../src/contracts/threat.ts';
import { deterministicId } from '../../src/ids.ts';
import type { Store } from '../../src/store/store.ts';

/** A Threat as the cycle hands it to response: one attacker's password guessing. */
export function sampleThreat(attacker: string, changes: Partial<Threat> = {}): Threat {
  const technique = changes.technique ?? 'T1110';
  const seen = changes.first_seen ?? '2026-01-31T12:00:00.000Z';
  return {
    threat_id: deterministicId('thr', attacker, technique, seen),
    version: 1,
    attacker,
    target: '10.77.0.1',
    technique,
    ttps: [`${technique}.001`, technique],
    confidence: 0.95,
    detected_severity: 7.5,
    detection_count: 1,
    first_detection_id: deterministicId('det', attacker, seen),
    last_detection_id: deterministicId('det', attacker, seen),
    first_seen: seen,
    last_seen: seen,
    status: 'active',
    phase: 'decided',
    assessed_version: 0,
    severity: 7.5,
    threat_actor: null,
    campaigns: [],
    indicators: [],
    narrative: '',
    decision: null,
    timestamp: seen,
    ...changes,
  };
}

/** Writes new Threats as detection does, on a partition of their own. */
export async function addThreats(store: Store, threats: readonly Threat[]): Promise<void> {
  const known = (await store.progress('test', 'threats')).get(0);
  const nextOffset = (known?.nextOffset ?? 0) + threats.length;
  await store.commitOutcomes({
    instance: 'test',
    group: 'test',
    topic: 'threats',
    partition: 0,
    expectedOffset: known?.nextOffset ?? null,
    progress: {
      partition: 0,
      nextOffset,
      replayFrom: nextOffset,
      watermarkMs: 0,
      tally: { clean: 0, detected: nextOffset, deadLettered: 0, duplicate: 0, forwarded: 0 },
    },
    events: [],
    detections: [],
    threats,
    deadLetters: [],
    outbox: [],
  });
}
