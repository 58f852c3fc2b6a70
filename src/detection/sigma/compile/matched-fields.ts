import type { MatchedField } from '../engine.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import type { EventView } from './event-view.ts';
import type { KeywordTerm, Logic } from './logic.ts';
import { keywordTest, type ProgramCompiler } from './program.ts';

const maxFields = 32;
const maxValueChars = 512;

/** Under this name stand the values in which keywords were found. */
export const keywordField = 'keywords';

/**
 * The fields of conditions that speak for a match: those that hold and are not negated, each field once, with the
 * value that the event has.
 *
 * @param view has begun this event
 */
export function matchedFields(
  logic: Logic,
  event: SigmaEvent,
  view: EventView,
  compiler: ProgramCompiler,
): readonly MatchedField[] {
  const found = new Map<string, string>();
  const note = (field: string, value: string): void => {
    if (found.size >= maxFields || found.has(field)) return;
    found.set(field, value.length > maxValueChars ? `${value.slice(0, maxValueChars)}…` : value);
  };
  const collect = (term: Logic): void => {
    if (term.kind === 'constant' || term.kind === 'not' || found.size >= maxFields) return;
    if (!compiler.compile(term).holds(view)) return;
    if (term.kind === 'field') {
      const value = event.field(term.field);
      if (value !== undefined) note(term.field, describe(value));
    } else if (term.kind === 'keyword') note(keywordField, leafWith(term, view));
    else for (const inner of term.terms) collect(inner);
  };
  if (compiler.compile(logic).holds(view)) collect(logic);
  return Array.from(found, ([field, value]) => ({ field, value }));
}

function leafWith(term: KeywordTerm, view: EventView): string {
  const test = keywordTest(term);
  return view.leaves().find(test)?.text ?? '';
}

function describe(value: FieldValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
