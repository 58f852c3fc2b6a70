import type { Finding } from '../contracts/detection.ts';
import { eventTypes } from '../contracts/event-types.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Severity } from '../contracts/severity.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { Detector } from './detector.ts';

/** What a sensor itself says about its alert. */
interface SensorVerdict {
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: number;
  readonly techniques: readonly string[];
}

const techniquePattern = /^T\d{4}(?:\.\d{3})?$/;

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** ATT&CK ids out of whatever a sensor put where they belong; anything else is left out. */
function techniquesIn(...values: readonly unknown[]): string[] {
  const found = new Set<string>();
  for (const value of values.flat()) {
    const id = text(value)?.toUpperCase();
    if (id !== undefined && techniquePattern.test(id)) found.add(id);
  }
  return [...found].sort((a, b) => b.length - a.length);
}

function objectAt(record: JsonObject, key: string): JsonObject {
  const value = record[key];
  return isJsonObject(value) ? value : {};
}

/** Suricata: `alert.severity` 1 (worst) to 4; techniques in the rule's metadata. An alert is a hint, not a proof. */
function suricataVerdict(payload: JsonObject): SensorVerdict | null {
  const alert = objectAt(payload, 'alert');
  const title = text(alert.signature);
  if (title === null) return null;
  const metadata = objectAt(alert, 'metadata');
  const byLevel: Readonly<Record<string, readonly [Severity, number]>> = {
    '1': ['high', 0.7],
    '2': ['medium', 0.6],
    '3': ['low', 0.4],
  };
  const [severity, confidence] = byLevel[String(alert.severity)] ?? ['info', 0.3];
  return { title, severity, confidence, techniques: techniquesIn(metadata.mitre_technique_id) };
}

/** Wazuh: `rule.level` 0..15, https://documentation.wazuh.com/current/user-manual/ruleset/rules-classification.html */
function wazuhVerdict(payload: JsonObject): SensorVerdict | null {
  const rule = objectAt(payload, 'rule');
  const level = Number(rule.level);
  const title = text(rule.description);
  if (title === null || !(level >= 7)) return null;
  const [severity, confidence]: readonly [Severity, number] =
    level >= 15
      ? ['critical', 0.9]
      : level >= 12
        ? ['high', 0.75]
        : level >= 10
          ? ['medium', 0.6]
          : ['low', 0.4];
  return { title, severity, confidence, techniques: techniquesIn(objectAt(rule, 'mitre').id) };
}

/** Falco: `priority` by syslog names; techniques among the rule's tags. */
function falcoVerdict(payload: JsonObject): SensorVerdict | null {
  const title = text(payload.rule);
  if (title === null) return null;
  const byPriority: Readonly<Record<string, readonly [Severity, number]>> = {
    emergency: ['critical', 0.85],
    alert: ['critical', 0.8],
    critical: ['high', 0.75],
    error: ['medium', 0.65],
    warning: ['medium', 0.55],
    notice: ['low', 0.4],
  };
  const [severity, confidence] = byPriority[String(payload.priority).toLowerCase()] ?? ['info', 0.3];
  return { title, severity, confidence, techniques: techniquesIn(payload.tags) };
}

const verdicts: Readonly<Record<string, (payload: JsonObject) => SensorVerdict | null>> = {
  suricata: suricataVerdict,
  wazuh: wazuhVerdict,
  falco: falcoVerdict,
};

/** Makes the alert of a sensor that judges for itself a finding, at the weight the sensor gives it. */
export function createSensorAlert(): Detector {
  return {
    id: 'sensor_alert',
    title: 'Alert of a sensor',
    windowMs: 0,
    eventTypes: new Set([eventTypes.idsAlert, eventTypes.ruleAlert]),
    open: () => ({ inspect }),
  };
}

function inspect(event: SecurityEvent, _timeMs: number, findings: Finding[]): void {
  const judge = verdicts[event.source];
  if (judge === undefined || !isJsonObject(event.payload)) return;
  const verdict = judge(event.payload);
  if (verdict === null) return;
  findings.push({
    detector_id: `sensor_alert:${event.source}`,
    title: verdict.title.slice(0, 512),
    reason: `${event.source} raised this alert.`,
    severity: verdict.severity,
    confidence: verdict.confidence,
    mitre_techniques: [...verdict.techniques],
    evidence_event_ids: [event.event_id],
  });
}
