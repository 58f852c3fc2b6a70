import { eventTypes } from '../contracts/event-types.ts';
import { entityKey, type SecurityEvent } from '../contracts/security-event.ts';
import type { Detector } from './detector.ts';
import { SlidingWindows } from './sliding-windows.ts';
import { createThresholdDetector, type ThresholdRule } from './threshold.ts';

export interface FailedLoginSettings {
  /** Failures that make an attack, at least 2. */
  readonly count: number;
  readonly windowMs: number;
}

/** Names under which senders of the native envelope report a failed login. */
const failureTypes = [
  eventTypes.loginFailed,
  'failed_login',
  'login_failure',
  'auth_failed',
  'auth_failure',
  'authentication_failed',
  'authentication_failure',
  'ssh_login_failed',
  'ssh_failed_login',
] as const;
const successTypes = [
  eventTypes.loginSucceeded,
  'successful_login',
  'login_success',
  'auth_success',
  'authentication_success',
  'ssh_login_succeeded',
] as const;

/** Syslog's "message repeated N times", which the normaliser puts into `payload.repeated`; capped. */
function repetitions(event: SecurityEvent): number {
  const repeated = event.payload.repeated;
  return typeof repeated === 'number' && repeated > 1 ? Math.min(Math.floor(repeated), 1000) : 1;
}

/** Password guessing from one source: ATT&CK T1110. */
export function failedLoginRule(settings: FailedLoginSettings): ThresholdRule {
  return {
    id: 'failed_logins',
    title: 'Password guessing: many failed logins from one source',
    severity: 'high',
    techniques: ['T1110.001', 'T1110'],
    eventTypes: failureTypes,
    where: () => true,
    groupBy: entityKey,
    weight: repetitions,
    count: settings.count,
    windowMs: settings.windowMs,
    // The threshold itself is enough to act on; every further failure makes a forgetful user less likely.
    confidence: (total) => Math.min(0.99, 0.85 + 0.02 * (total - settings.count)),
  };
}

export function createFailedLogins(settings: FailedLoginSettings): Detector {
  return createThresholdDetector('failed_logins', 'Failed logins', [failedLoginRule(settings)]);
}

/** How long after the guessing a success still counts as its fruit, in windows. */
const SUCCESS_REACH = 10;

/** A login that succeeds from a source that has just been guessing: the guess was right. T1110, T1078. */
export function createGuessedLogin(settings: FailedLoginSettings): Detector {
  const failures: ReadonlySet<string> = new Set(failureTypes);
  const windowMs = settings.windowMs * SUCCESS_REACH;
  return {
    id: 'guessed_login',
    title: 'Successful login after password guessing',
    windowMs,
    eventTypes: new Set([...failureTypes, ...successTypes]),
    open() {
      const windows = new SlidingWindows({ windowMs, maxGroups: 100_000, maxEntries: 256 });
      return {
        inspect(event, timeMs, findings) {
          if (failures.has(event.event_type)) {
            windows.add(entityKey(event), timeMs, event.event_id, repetitions(event));
            return;
          }
          const window = windows.at(entityKey(event), timeMs);
          if (window === null || window.total < settings.count) return;
          findings.push({
            detector_id: 'guessed_login',
            title: 'Successful login after password guessing',
            reason: `A login succeeded from ${entityKey(event)} after ${window.total} failures in ${windowMs / 1000} s.`,
            severity: 'critical',
            confidence: 0.95,
            mitre_techniques: ['T1110.001', 'T1110', 'T1078'],
            evidence_event_ids: [...window.eventIds.slice(-19), event.event_id],
          });
        },
      };
    },
  };
}
