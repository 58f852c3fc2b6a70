import type { DeadLetter } from '../contracts/dead-letter.ts';
import type { Detection } from '../contracts/detection.ts';
import type { ActionRecord, Response } from '../contracts/response.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Threat } from '../contracts/threat.ts';
import type { OutboxEntry, OutcomeBatch, Progress } from './store.ts';

/** A moment of the contract's own day, by its second. */
export function at(second: number): string {
  return new Date(Date.UTC(2026, 0, 31) + second * 1000).toISOString();
}

export function eventRecord(id: string, overrides: Partial<SecurityEvent> = {}): SecurityEvent {
  return {
    event_id: id,
    timestamp: at(0),
    source: 'sshd',
    event_type: 'login_failed',
    source_ip: '192.0.2.7',
    payload: { message: `login failed ${id}` },
    context: { host: 'web-1' },
    ...overrides,
  };
}

export function detectionRecord(id: string, overrides: Partial<Detection> = {}): Detection {
  return {
    detection_id: id,
    event_id: `event-of-${id}`,
    threat_id: 'threat-1',
    is_threat: true,
    confidence: 0.9,
    severity: 'high',
    mitre_techniques: ['T1110.001'],
    timestamp: at(0),
    attacker: '192.0.2.7',
    target: 'web-1',
    findings: [
      {
        detector_id: 'failed-logins',
        title: 'Brute force',
        reason: '5 failed logins in 12 s',
        severity: 'high',
        confidence: 0.9,
        mitre_techniques: ['T1110.001'],
        evidence_event_ids: [`event-of-${id}`],
      },
    ],
    ...overrides,
  };
}

export function threatRecord(id: string, overrides: Partial<Threat> = {}): Threat {
  return {
    threat_id: id,
    version: 1,
    attacker: '192.0.2.7',
    target: 'web-1',
    technique: 'T1110',
    ttps: ['T1110.001'],
    confidence: 0.9,
    detected_severity: 7.5,
    detection_count: 1,
    first_detection_id: `first-of-${id}`,
    last_detection_id: `first-of-${id}`,
    first_seen: at(0),
    last_seen: at(0),
    status: 'active',
    phase: 'detected',
    assessed_version: 0,
    severity: 7.5,
    threat_actor: null,
    campaigns: [],
    indicators: [],
    narrative: '',
    decision: null,
    timestamp: at(0),
    ...overrides,
  };
}

export function deadLetterRecord(id: string, overrides: Partial<DeadLetter> = {}): DeadLetter {
  return {
    dead_letter_id: id,
    reason: 'not_json',
    detail: 'expected a JSON object, got "{"',
    format: null,
    position: `security.events-0@${id}`,
    sample: '{',
    bytes: 1,
    timestamp: at(0),
    ...overrides,
  };
}

export function actionRecord(id: string, overrides: Partial<ActionRecord> = {}): ActionRecord {
  return {
    action_id: id,
    type: 'block_source',
    target: '192.0.2.7',
    status: 'intended',
    detail: '',
    lease_until: null,
    started_at: at(0),
    finished_at: null,
    ...overrides,
  };
}

export function responseRecord(
  id: string,
  actions: readonly ActionRecord[],
  overrides: Partial<Response> = {},
): Response {
  return {
    response_id: id,
    playbook_id: 'brute-force',
    threat_id: 'threat-1',
    success: false,
    dry_run: false,
    actions_executed: actions.length,
    actions: [...actions],
    timestamp: at(0),
    ...overrides,
  };
}

export function outboxRecord(name: string): OutboxEntry {
  return { topic: 'defense.detections', key: '192.0.2.7', value: JSON.stringify({ name }) };
}

export function progressAt(nextOffset: number, partition = 0): Progress {
  return {
    partition,
    nextOffset,
    replayFrom: Math.max(0, nextOffset - 10),
    watermarkMs: Date.UTC(2026, 0, 31),
    tally: { clean: nextOffset, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 },
  };
}

/** A stretch of `security.events` from `expectedOffset` to `nextOffset`. */
export function outcomeBatch(
  expectedOffset: number | null,
  nextOffset: number,
  overrides: Partial<OutcomeBatch> = {},
): OutcomeBatch {
  return {
    instance: 'a',
    group: 'vertice',
    topic: 'security.events',
    partition: 0,
    expectedOffset,
    progress: progressAt(nextOffset, overrides.partition ?? 0),
    events: [],
    detections: [],
    threats: [],
    deadLetters: [],
    outbox: [],
    ...overrides,
  };
}
