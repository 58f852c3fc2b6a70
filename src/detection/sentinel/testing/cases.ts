import type { Detection, Finding } from '../../../contracts/detection.ts';
import type { SecurityEvent } from '../../../contracts/security-event.ts';
import type { Threat } from '../../../contracts/threat.ts';
import { type Case, caseOf } from '../case.ts';

const time = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

export function findingOf(change: Partial<Finding> = {}): Finding {
  return {
    detector_id: 'sigma:lsass',
    title: 'LSASS memory is read',
    reason: 'A process reads the memory of LSASS.',
    severity: 'high',
    confidence: 0.75,
    mitre_techniques: ['T1003.001'],
    evidence_event_ids: [],
    ...change,
  };
}

export interface Step {
  readonly findings: readonly Finding[];
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly event?: Partial<SecurityEvent>;
}

export function eventOf(index: number, { payload = {}, event = {} }: Step): SecurityEvent {
  return {
    event_id: `evt-${index}`,
    timestamp: time(index * 10),
    source: 'sysmon',
    event_type: 'process_started',
    source_ip: '198.51.100.7',
    payload: { ...payload },
    context: { host: 'web-1' },
    ...event,
  };
}

export function threatOf(detections: readonly Detection[], change: Partial<Threat> = {}): Threat {
  const first = detections[0];
  return {
    threat_id: 'thr-1',
    version: Math.max(1, detections.length),
    attacker: '198.51.100.7',
    target: 'web-1',
    technique: 'T1003',
    ttps: [],
    confidence: Math.max(0, ...detections.map(({ confidence }) => confidence)),
    detected_severity: 7.5,
    detection_count: Math.max(1, detections.length),
    first_detection_id: first?.detection_id ?? 'det-0',
    last_detection_id: detections.at(-1)?.detection_id ?? 'det-0',
    first_seen: first?.timestamp ?? time(0),
    last_seen: detections.at(-1)?.timestamp ?? time(0),
    status: 'active',
    phase: 'detected',
    assessed_version: 0,
    severity: 7.5,
    threat_actor: null,
    campaigns: [],
    indicators: [],
    narrative: '',
    decision: null,
    timestamp: time(0),
    ...change,
  };
}

export function detectionOf(index: number, step: Step): Detection {
  return {
    detection_id: `det-${index}`,
    event_id: `evt-${index}`,
    threat_id: 'thr-1',
    is_threat: true,
    confidence: Math.max(0, ...step.findings.map(({ confidence }) => confidence)),
    severity: step.findings[0]?.severity ?? 'info',
    mitre_techniques: step.findings.flatMap(({ mitre_techniques }) => mitre_techniques),
    timestamp: time(index * 10),
    attacker: '198.51.100.7',
    target: 'web-1',
    findings: [...step.findings],
  };
}

/** The case of these steps of one attacker, ten seconds apart. */
export function caseFrom(steps: readonly Step[], change: Partial<Case> = {}): Case {
  const detections = steps.map((step, index) => detectionOf(index, step));
  const events = steps.map((step, index) => eventOf(index, step));
  const enrichment = { indicators: [], earlierThreats: 0 };
  return { ...caseOf(threatOf(detections), detections, events, enrichment, null), ...change };
}
