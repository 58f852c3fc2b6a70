import type { Detection } from '../contracts/detection.ts';
import { severityScore } from '../contracts/severity.ts';
import type { Threat } from '../contracts/threat.ts';
import { deterministicId } from '../ids.ts';

/** The technique a detection is aggregated by: the parent of its leading one. */
export function aggregationTechnique(techniques: readonly string[]): string {
  return techniques[0]?.split('.')[0] ?? 'unknown';
}

const MAX_TTPS = 64;

/** A Threat that consists of this one detection so far. */
export function threatFrom(detection: Omit<Detection, 'threat_id'>): Threat {
  const technique = aggregationTechnique(detection.mitre_techniques);
  return {
    threat_id: deterministicId(
      'thr',
      detection.attacker,
      detection.target,
      technique,
      detection.detection_id,
    ),
    version: 1,
    attacker: detection.attacker,
    target: detection.target,
    technique,
    ttps: [...detection.mitre_techniques].slice(0, MAX_TTPS),
    confidence: detection.confidence,
    detected_severity: severityScore[detection.severity],
    detection_count: 1,
    first_detection_id: detection.detection_id,
    last_detection_id: detection.detection_id,
    first_seen: detection.timestamp,
    last_seen: detection.timestamp,
    status: 'active',
    phase: 'detected',
    assessed_version: 0,
    severity: severityScore[detection.severity],
    threat_actor: null,
    campaigns: [],
    indicators: [],
    narrative: '',
    decision: null,
    timestamp: detection.timestamp,
  };
}

/** The Threat with one more detection. Times widen, figures rise, nothing falls. */
export function joined(threat: Threat, detection: Omit<Detection, 'threat_id'>): Threat {
  return {
    ...threat,
    version: threat.version + 1,
    ttps: [...new Set([...threat.ttps, ...detection.mitre_techniques])].slice(0, MAX_TTPS),
    confidence: Math.max(threat.confidence, detection.confidence),
    detected_severity: Math.max(threat.detected_severity, severityScore[detection.severity]),
    detection_count: threat.detection_count + 1,
    last_detection_id: detection.detection_id,
    first_seen: earlier(threat.first_seen, detection.timestamp),
    last_seen:
      earlier(threat.last_seen, detection.timestamp) === threat.last_seen
        ? detection.timestamp
        : threat.last_seen,
  };
}

function earlier(a: string, b: string): string {
  return Date.parse(a) <= Date.parse(b) ? a : b;
}

interface OpenThreat {
  threat: Threat;
  lastMs: number;
}

/**
 * Which Threat a detection belongs to: detections of one attacker, target and technique that follow each
 * other within the window are one. Holds the open threats of one partition; bounded.
 */
export class Aggregation {
  readonly #open = new Map<string, OpenThreat>();
  readonly #windowMs: number;
  readonly #maxOpen: number;

  constructor(windowMs: number, maxOpen = 100_000) {
    this.#windowMs = windowMs;
    this.#maxOpen = maxOpen;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Takes up a Threat that the ledger holds. */
  resume(threat: Threat): void {
    const key = keyOf(threat.attacker, threat.target, threat.technique);
    const lastMs = Date.parse(threat.last_seen);
    const known = this.#open.get(key);
    if (known === undefined || known.lastMs < lastMs) this.#open.set(key, { threat, lastMs });
  }

  /** The Threat as it is with this detection in it. */
  add(detection: Omit<Detection, 'threat_id'>, timeMs: number): Threat {
    const key = keyOf(detection.attacker, detection.target, aggregationTechnique(detection.mitre_techniques));
    const known = this.#open.get(key);
    const continues = known !== undefined && timeMs - known.lastMs <= this.#windowMs;
    const threat = continues ? joined(known.threat, detection) : threatFrom(detection);
    this.#open.delete(key);
    this.#open.set(key, { threat, lastMs: continues ? Math.max(known.lastMs, timeMs) : timeMs });
    if (this.#open.size > this.#maxOpen) {
      const oldest = this.#open.keys().next();
      if (!oldest.done) this.#open.delete(oldest.value);
    }
    return threat;
  }

  /** Forgets threats nothing can join any more. The least recently touched come first, so it stops early. */
  expire(watermarkMs: number): void {
    for (const [key, { lastMs }] of this.#open) {
      if (watermarkMs - lastMs <= this.#windowMs) return;
      this.#open.delete(key);
    }
  }
}

function keyOf(attacker: string, target: string, technique: string): string {
  return `${attacker}\u001f${target}\u001f${technique}`;
}
