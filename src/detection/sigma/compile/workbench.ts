import type { DetectionRule, Expression, LogSource, Predicate, TextPart } from '../rule.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { always, type Logic, TermTable } from './logic.ts';

/** Rules and events by hand, for the tests of this folder. */
export function ruleOf(
  condition: Expression,
  logSource: Partial<LogSource> = { product: 'windows' },
  id = 'rule',
): DetectionRule {
  return {
    kind: 'detection',
    id,
    name: null,
    title: id,
    description: null,
    status: null,
    level: 'low',
    author: null,
    references: [],
    license: null,
    tags: [],
    techniques: [],
    fields: [],
    falsePositives: [],
    origin: { file: 'by-hand', line: 1 },
    logSource: { product: null, category: null, service: null, ...logSource },
    condition,
    filters: [],
  };
}

/** Leaves are the plain values of all fields, lists looked into. */
export function eventOf(
  values: Readonly<Record<string, FieldValue>>,
  source: Partial<Pick<SigmaEvent, 'product' | 'categories' | 'services'>> = {},
): SigmaEvent {
  const found = new Map(Object.entries(values));
  const leaves = [...found.values()]
    .flat(9)
    .filter((leaf) => leaf !== null && leaf !== undefined && typeof leaf !== 'object')
    .map(String);
  return {
    product: 'windows',
    categories: [],
    services: [],
    ...source,
    field: (name) => found.get(name),
    leaves: () => leaves,
  };
}

export function field(name: string, predicate: Predicate): Expression {
  return { kind: 'field', field: name, predicate };
}

const any: TextPart = { wildcard: 'any' };

export function contains(name: string, text: string): Expression {
  return field(name, { kind: 'text', parts: [any, text, any], isCased: false });
}

export function wholly(name: string, text: string): Expression {
  return field(name, { kind: 'text', parts: [text], isCased: false });
}

/** The conditions with their terms shared. */
export function compileWorkbench(...conditions: readonly Expression[]): {
  readonly logics: readonly Logic[];
  readonly logic: Logic;
} {
  const terms = new TermTable();
  const logics = conditions.map((condition) => terms.logicOf(ruleOf(condition)));
  return { logics, logic: logics[0] ?? always };
}
