import type { Finding } from '../contracts/detection.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Severity } from '../contracts/severity.ts';
import type { Detector } from './detector.ts';
import { SlidingWindows } from './sliding-windows.ts';

/** "So many of these from one group within this time." */
export interface ThresholdRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** ATT&CK technique ids. */
  readonly techniques: readonly string[];
  /** Event types it looks at; the index that spares all other events the predicate. */
  readonly eventTypes: readonly string[];
  readonly where: (event: SecurityEvent) => boolean;
  /** What is counted together; null leaves the event out. */
  readonly groupBy: (event: SecurityEvent) => string | null;
  /** How many occurrences the event stands for, at least 1. */
  readonly weight: (event: SecurityEvent) => number;
  /** Total weight that makes a finding, at least 1. */
  readonly count: number;
  readonly windowMs: number;
  /** How sure a finding is, 0..1, given the total weight in the window (never below `count`). */
  readonly confidence: (total: number) => number;
}

const MAX_GROUPS = 100_000;
const MAX_EVIDENCE = 20;

/**
 * Threshold rules over sliding windows. A rule reports when its count is reached, again at each doubling,
 * and once a window for as long as the activity lasts: enough to keep a containment alive, too little to
 * make every packet of a flood a detection.
 */
export function createThresholdDetector(
  id: string,
  title: string,
  rules: readonly ThresholdRule[],
): Detector {
  const byType = new Map<string, number[]>();
  rules.forEach((rule, index) => {
    for (const type of rule.eventTypes) byType.set(type, [...(byType.get(type) ?? []), index]);
  });
  return {
    id,
    title,
    windowMs: Math.max(0, ...rules.map((rule) => rule.windowMs)),
    eventTypes: new Set(byType.keys()),
    open() {
      const windows = rules.map(
        (rule) =>
          new SlidingWindows({
            windowMs: rule.windowMs,
            maxGroups: MAX_GROUPS,
            maxEntries: Math.max(rule.count, 256),
          }),
      );
      return {
        inspect(event, timeMs, findings) {
          const indexes = byType.get(event.event_type);
          if (indexes === undefined) return;
          for (const index of indexes) {
            const rule = rules[index];
            const state = windows[index];
            if (rule === undefined || state === undefined || !rule.where(event)) continue;
            const group = rule.groupBy(event);
            if (group === null) continue;
            const finding = count(rule, state, group, event, timeMs);
            if (finding !== null) findings.push(finding);
          }
        },
      };
    },
  };
}

function count(
  rule: ThresholdRule,
  state: SlidingWindows,
  group: string,
  event: SecurityEvent,
  timeMs: number,
): Finding | null {
  const window = state.add(group, timeMs, event.event_id, rule.weight(event));
  if (window.total < rule.count) {
    window.nextReport = rule.count;
    return null;
  }
  if (window.total < window.nextReport && timeMs - window.reportedAtMs < rule.windowMs) return null;
  window.nextReport = window.total * 2;
  window.reportedAtMs = timeMs;
  const first = window.times[0] ?? timeMs;
  const seconds = Math.max(0, Math.round((timeMs - first) / 1000));
  return {
    detector_id: rule.id,
    title: rule.title,
    reason: `${window.total} from ${group} within ${seconds} s; the threshold is ${rule.count} in ${rule.windowMs / 1000} s.`,
    severity: rule.severity,
    confidence: rule.confidence(window.total),
    mitre_techniques: [...rule.techniques],
    evidence_event_ids: window.eventIds.slice(-MAX_EVIDENCE),
  };
}
