import type { Finding } from '../contracts/detection.ts';
import type { RuleSignal } from '../contracts/rule-signal.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';

/** A detector's memory for one partition. Synchronous, in memory, bounded. */
export interface DetectorState {
  /**
   * Looks at one event, updates the windows, and appends what it finds; to `signals`, what correlations have to
   * be told, whose windows may lie on another partition. `timeMs` is the event's own time. Must depend on nothing but the events it has been shown, in order: replaying them rebuilds it.
   */
  inspect(event: SecurityEvent, timeMs: number, findings: Finding[], signals: RuleSignal[]): void;
}

/** Anything that turns events into findings: a threshold rule, a Sigma rule set, an indicator list, a model. */
export interface Detector {
  readonly id: string;
  readonly title: string;
  /** How far back in event time its state reaches, milliseconds; 0 when it keeps none. */
  readonly windowMs: number;
  /** The event types it looks at, so that others cost it nothing; null for all. */
  readonly eventTypes: ReadonlySet<string> | null;
  /** A fresh, empty state for one partition. */
  open(): DetectorState;
}
