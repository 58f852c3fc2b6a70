import { VerticeError } from '../../../errors.ts';
import type { CorrelationRule } from '../rule.ts';

/** Says what is wrong with a correlation, and where it stands. */
export function refuse(rule: CorrelationRule, expected: string, came: string): never {
  throw new VerticeError(
    'VTC_RULE_INVALID',
    `Correlation “${rule.title}” (${rule.origin.file}:${rule.origin.line}): expected ${expected}; got ${came}.`,
    { facts: { rule: rule.id, file: rule.origin.file, line: rule.origin.line } },
  );
}
