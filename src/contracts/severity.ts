import Type from 'typebox';

/** Severity of a detection, lowest first. */
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const SeveritySchema = Type.Enum([...severities], {
  description: 'How bad it is if true, lowest first: info, low, medium, high, critical.',
});

/** Position of a severity in the order, 0 (info) to 4 (critical). */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}

/** Where each severity starts on the 0..10 scale of `threat.enriched`. */
export const severityScore: Readonly<Record<Severity, number>> = {
  info: 0,
  low: 2.5,
  medium: 5,
  high: 7.5,
  critical: 9.5,
};
