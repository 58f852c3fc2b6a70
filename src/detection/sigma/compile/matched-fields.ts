import type { MatchedField } from '../engine.ts';
import type { DetectionRule, Expression } from '../rule.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { holds, valueHolds } from './full-scan.ts';

const maxFields = 32;
const maxValueChars = 512;

/** Under this name stand the values in which keywords were found. */
export const keywordField = 'keywords';

/** The fields of conditions that speak for the match: those that hold and are not negated. */
export function matchedFields(rule: DetectionRule, event: SigmaEvent): readonly MatchedField[] {
  if (!holds(rule.condition, event)) return [];
  const found = new Map<string, string>();
  collect(rule.condition, event, found);
  return Array.from(found, ([field, value]) => ({ field, value }));
}

/** Each field once, with the value of its first condition that holds. */
function collect(expression: Expression, event: SigmaEvent, found: Map<string, string>): void {
  switch (expression.kind) {
    case 'and':
    case 'or':
      for (const term of expression.terms) if (holds(term, event)) collect(term, event, found);
      return;
    case 'named':
      collect(expression.term, event, found);
      return;
    case 'field': {
      const value = event.field(expression.field);
      if (value !== undefined) note(found, expression.field, describe(value));
      return;
    }
    case 'keyword': {
      const leaf = event.leaves().find((value) => valueHolds(expression.predicate, value));
      if (leaf !== undefined) note(found, keywordField, leaf);
      return;
    }
    case 'not':
  }
}

function note(found: Map<string, string>, field: string, value: string): void {
  if (found.size >= maxFields || found.has(field)) return;
  found.set(field, value.length > maxValueChars ? `${value.slice(0, maxValueChars)}…` : value);
}

function describe(value: FieldValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
