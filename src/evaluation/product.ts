import { Value } from 'typebox/value';
import { ConfigSchema } from '../config/schema.ts';
import type { Detector } from '../detection/detector.ts';
import { createDetectors } from '../detection/detectors.ts';
import type { ActiveRules } from '../detection/sigma/rule-book.ts';
import { RuleBook } from '../detection/sigma/rule-book.ts';

/** What the product would run: every detector, and the rules in force. */
export interface Product {
  readonly book: RuleBook;
  readonly detectors: readonly Detector[];
  /** `MIN_THREAT_CONFIDENCE`, 0..1. */
  readonly minThreatConfidence: number;
}

/** The product with these rules, and all else as it is when nobody configures anything. */
export function productWith(rules: ActiveRules): Product {
  const settings = Value.Parse(
    ConfigSchema.properties.detection,
    Value.Default(ConfigSchema.properties.detection, {}),
  );
  const book = new RuleBook(rules);
  const detectors = createDetectors({
    rules: book,
    failedLogins: {
      count: settings.failed_logins,
      windowMs: settings.failed_login_window_seconds * 1_000,
    },
  });
  return {
    book,
    detectors,
    minThreatConfidence: settings.min_threat_confidence,
  };
}
