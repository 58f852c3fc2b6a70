import type { Detector } from './detector.ts';
import { createFailedLogins, createGuessedLogin, type FailedLoginSettings } from './failed-logins.ts';
import { createSensorAlert } from './sensor-alert.ts';

export interface DetectionSettings {
  readonly failedLogins: FailedLoginSettings;
}

/** Every detector of the product, in the order in which an event passes them. */
export function createDetectors(settings: DetectionSettings): readonly Detector[] {
  return [
    createFailedLogins(settings.failedLogins),
    createGuessedLogin(settings.failedLogins),
    createSensorAlert(),
  ];
}
