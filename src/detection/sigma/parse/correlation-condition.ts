import type { Bounds, CorrelationType, TemporalExpression } from '../rule.ts';
import {
  buildCondition,
  ConditionFault,
  type ConditionTree,
  namesMeant,
  parseCondition,
} from './condition.ts';
import { placeIn } from './detection.ts';
import { type ProblemLog, shown } from './problem.ts';
import { describeNode, get, type YamlMap, type YamlNode, type YamlScalar } from './yaml-tree.ts';

/** A list of names, or one alone. */
export function readNames(body: YamlMap, key: string, log: ProblemLog): readonly string[] | null {
  const node = get(body, key);
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) return [];
  const names: string[] = [];
  for (const item of node.kind === 'list' ? node.items : [node]) {
    if (item.kind !== 'scalar' || item.value === null) {
      return log.error(item.offset, `expected the name of a field in "${key}", got ${describeNode(item)}`);
    }
    if (!names.includes(item.text)) names.push(item.text);
  }
  return names;
}

/** What a correlation's condition asks for. */
export interface Measure {
  readonly bounds: Bounds | null;
  readonly valueFields: readonly string[];
  readonly percentile: number | null;
  readonly tree: ConditionTree | null;
}

const boundNames = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;

/** The `condition`; null when it cannot be used, which is then in the log. */
export function readMeasure(type: CorrelationType, body: YamlMap, log: ProblemLog): Measure | null {
  const node = get(body, 'condition');
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  const none: Measure = { bounds: null, valueFields: [], percentile: null, tree: null };
  if (node === undefined || (node.kind === 'scalar' && node.value === null)) {
    if (isTemporal) return none;
    return log.error(body.offset, `expected a "condition" such as "gte: 10" for ${type}, got none`);
  }
  if (node.kind === 'scalar') {
    if (!isTemporal) {
      return log.error(
        node.offset,
        `expected "condition" as a mapping such as "gte: 10" for ${type}, got ${describeNode(node)}`,
      );
    }
    const tree = parseCondition(node.text);
    return tree instanceof ConditionFault
      ? log.error(placeIn(node, tree.at), tree.message)
      : { ...none, tree };
  }
  if (node.kind === 'list') {
    return log.error(node.offset, 'expected "condition" as a mapping or as one text, got a list');
  }
  return readThreshold(type, node, body, log);
}

function readThreshold(type: CorrelationType, node: YamlMap, body: YamlMap, log: ProblemLog): Measure | null {
  const before = log.errors;
  const { bounds, percentile } = readBounds(node, log);
  // Some tools take `field` beside `condition`, as the first drafts had it.
  const valueFields = readNames(get(node, 'field') === undefined ? body : node, 'field', log) ?? [];
  if (log.errors > before) return null;
  const wantsField = type.startsWith('value_');
  if (wantsField && valueFields.length === 0) {
    return log.error(node.offset, `expected "field" in the condition of ${type}, got none`);
  }
  if (!wantsField && valueFields.length > 0) log.warn(node.offset, `"field" means nothing for ${type}`);
  return {
    bounds,
    valueFields: wantsField ? valueFields : [],
    percentile: percentileFor(type, percentile, node, log),
    tree: null,
  };
}

function percentileFor(
  type: CorrelationType,
  given: number | null,
  node: YamlMap,
  log: ProblemLog,
): number | null {
  if (type !== 'value_percentile') {
    if (given !== null) log.warn(node.offset, `"percentile" means nothing for ${type}`);
    return null;
  }
  if (given !== null) return given;
  log.warn(node.offset, 'expected "percentile" in the condition of value_percentile, got none; taken as 50');
  return 50;
}

function readBounds(
  node: YamlMap,
  log: ProblemLog,
): { readonly bounds: Bounds; readonly percentile: number | null } {
  const before = log.errors;
  const bounds: { -readonly [Name in keyof Bounds]: Bounds[Name] } = {};
  let percentile: number | null = null;
  for (const { key, keyOffset, value } of node.entries) {
    const name = boundNames.find((known) => known === key);
    if (name !== undefined) {
      const number = numberIn(value);
      if (number === null)
        log.error(value.offset, `expected a number for "${key}", got ${describeNode(value)}`);
      else bounds[name] = number;
    } else if (key === 'percentile') {
      percentile = numberIn(value);
      if (percentile === null || percentile < 0 || percentile > 100) {
        log.error(value.offset, `expected "percentile" from 0 to 100, got ${describeNode(value)}`);
      }
    } else if (key !== 'field') {
      log.error(keyOffset, `expected one of ${boundNames.join(', ')}, field, percentile, got ${shown(key)}`);
    }
  }
  if (Object.keys(bounds).length === 0 && log.errors === before) {
    log.error(node.offset, `expected at least one of ${boundNames.join(', ')} in "condition", got none`);
  }
  return { bounds, percentile };
}

function numberIn(node: YamlNode): number | null {
  if (node.kind !== 'scalar') return null;
  const number = typeof node.value === 'number' ? node.value : Number(node.text.trim() || Number.NaN);
  return typeof node.value !== 'boolean' && node.value !== null && Number.isFinite(number) ? number : null;
}

/**
 * A condition over rules, its names among those the correlation refers to.
 *
 * @returns undefined when it cannot be used, which is then in the log
 */
export function readTemporal(
  tree: ConditionTree | null,
  names: readonly string[],
  node: YamlNode | undefined,
  log: ProblemLog,
): TemporalExpression | null | undefined {
  if (tree === null || node?.kind !== 'scalar') return null;
  const place = (at: number): number => placeIn(node satisfies YamlScalar, at);
  const built = buildCondition<TemporalExpression>(tree, {
    names,
    lookUp: (name) => (names.includes(name) ? { kind: 'rule', reference: name } : null),
    combine: (kind, terms) => {
      const [only] = terms;
      return only !== undefined && terms.length === 1 ? only : { kind, terms };
    },
    negate: (term) => ({ kind: 'not', term }),
  });
  if (built instanceof ConditionFault) {
    log.error(place(built.at), built.message);
    return undefined;
  }
  if (holdsOfNothing(built)) {
    log.error(
      node.offset,
      'expected a condition that some rule has to fire for, got one that holds when none does',
    );
    return undefined;
  }
  const used = new Set(namesIn(tree, names));
  for (const name of names) {
    if (!used.has(name)) log.warn(node.offset, `the rule ${shown(name)} is not used by the condition`);
  }
  return built;
}

function namesIn(tree: ConditionTree, names: readonly string[]): readonly string[] {
  if (tree.kind === 'and' || tree.kind === 'or') return tree.terms.flatMap((term) => namesIn(term, names));
  if (tree.kind === 'not') return namesIn(tree.term, names);
  if (tree.kind === 'some') return namesMeant(tree.pattern, names);
  return tree.kind === 'name' ? [tree.name] : [];
}

/** Whether the condition holds when no rule has fired: nothing would ever complete it. */
function holdsOfNothing(expression: TemporalExpression): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.terms.every(holdsOfNothing);
    case 'or':
      return expression.terms.some(holdsOfNothing);
    case 'not':
      return !holdsOfNothing(expression.term);
    case 'rule':
      return false;
  }
}
