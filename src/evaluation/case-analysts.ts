import type { Clock } from '../clock.ts';
import type { Analysis } from '../contracts/analysis.ts';
import type { Detection } from '../contracts/detection.ts';
import { severityRank, severityScore } from '../contracts/severity.ts';
import type { Threat } from '../contracts/threat.ts';
import { type Case, caseOf } from '../detection/sentinel/case.ts';
import { createDeterministicSentinel } from '../detection/sentinel/deterministic.ts';
import type { Sentinel } from '../detection/sentinel/sentinel.ts';
import { deterministicId } from '../ids.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { CaseVerdict } from './triage.ts';

/** A case with what the deterministic analyst makes of it. */
export interface Analysed {
  readonly subject: Case;
  readonly floor: Analysis;
}

/** The deterministic analyst on a case; null where the pipeline found nothing, and so opens none. */
export type CaseAnalyst = (verdict: CaseVerdict) => Analysed | null;

export function createCaseAnalyst(clock: Clock, metrics: Metrics): CaseAnalyst {
  const sentinel = createDeterministicSentinel({ clock, metrics });
  return ({ detections, events }) => {
    const [first] = detections;
    if (first === undefined) return null;
    const threatId = deterministicId('thr', first.detection_id);
    const own = detections.map((detection) => ({ ...detection, threat_id: threatId }));
    const threat = threatOf(threatId, own, first);
    const subject = caseOf(threat, own, events, { indicators: [], earlierThreats: 0 }, null);
    return { subject, floor: sentinel.analyse(subject) };
  };
}

/** The Threat that the detections of one case would open. */
function threatOf(
  threatId: string,
  detections: readonly Detection[],
  first: Omit<Detection, 'threat_id'>,
): Threat {
  const times = detections.map(({ timestamp }) => timestamp).sort();
  const gravest = detections.reduce<Omit<Detection, 'threat_id'>>(
    (best, one) => (severityRank(one.severity) > severityRank(best.severity) ? one : best),
    first,
  );
  const ttps = [...new Set(detections.flatMap((detection) => detection.mitre_techniques))];
  return {
    threat_id: threatId,
    version: detections.length,
    attacker: first.attacker,
    target: first.target,
    technique: ttps[0] ?? '-',
    ttps,
    confidence: Math.max(...detections.map(({ confidence }) => confidence)),
    detected_severity: severityScore[gravest.severity],
    detection_count: detections.length,
    first_detection_id: first.detection_id,
    last_detection_id: detections.at(-1)?.detection_id ?? first.detection_id,
    first_seen: times[0] ?? first.timestamp,
    last_seen: times.at(-1) ?? first.timestamp,
    status: 'active',
    phase: 'detected',
    assessed_version: 0,
    severity: severityScore[gravest.severity],
    threat_actor: null,
    campaigns: [],
    indicators: [],
    narrative: '',
    decision: null,
    timestamp: first.timestamp,
  };
}

/** Shows cases to an analyst that takes its time, a few at once, and waits when more would pile up. */
export class SlowAnalyst {
  readonly #sentinel: Sentinel;
  readonly #signal: AbortSignal;
  readonly #limit: number;
  readonly #underWay = new Set<Promise<void>>();
  asked = 0;
  failed = 0;

  /** @param limit cases under way at once, at least 1 */
  constructor(sentinel: Sentinel, limit: number, signal: AbortSignal) {
    this.#sentinel = sentinel;
    this.#limit = limit;
    this.#signal = signal;
  }

  async show({ subject, floor }: Analysed, onAnswer: (analysis: Analysis) => void): Promise<void> {
    while (this.#underWay.size >= this.#limit) await Promise.race(this.#underWay);
    this.asked++;
    const answer = this.#sentinel.analyse(subject, floor, this.#signal).then((analysis) => {
      if (analysis.analyst !== 'llm') this.failed++;
      onAnswer(analysis);
      this.#underWay.delete(answer);
    });
    this.#underWay.add(answer);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
