import { createAuditDetector } from './audit/audit-detector.ts';
import type { Detector } from './detector.ts';
import { createFailedLogins, createGuessedLogin, type FailedLoginSettings } from './failed-logins.ts';
import { createSensorAlert } from './sensor-alert.ts';
import type { RuleBook } from './sigma/rule-book.ts';
import { createCorrelationDetector, createSigmaDetector } from './sigma-detector.ts';

export interface DetectionSettings {
  readonly failedLogins: FailedLoginSettings;
  /** The Sigma rules in force. */
  readonly rules: RuleBook;
}

/** Every detector of the product, in the order in which an event passes them. */
export function createDetectors(settings: DetectionSettings): readonly Detector[] {
  return [
    createFailedLogins(settings.failedLogins),
    createGuessedLogin(settings.failedLogins),
    createSensorAlert(),
    createSigmaDetector(settings.rules),
    createCorrelationDetector(settings.rules),
    createAuditDetector(),
  ];
}
