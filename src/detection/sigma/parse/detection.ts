import type { DetectionRule, Expression } from '../rule.ts';
import {
  buildCondition,
  type ConditionBuilder,
  ConditionFault,
  type ConditionTree,
  namesMeant,
  parseCondition,
} from './condition.ts';
import { readHeader } from './header.ts';
import { limits } from './limits.ts';
import { readLogSource } from './log-source.ts';
import type { ReadOptions } from './options.ts';
import type { ProblemLog } from './problem.ts';
import { combine, readSearch, type SearchContext } from './search.ts';
import {
  describeNode,
  entryOf,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from './yaml-tree.ts';

/** A rule on single events; null when it cannot be used, which is then in the log. */
export function readDetection(map: YamlMap, log: ProblemLog, options: ReadOptions): DetectionRule | null {
  const before = log.errors;
  const header = readHeader(map, log, options);
  const logSource = readLogSource(map, log);
  const detection = entryOf(map, 'detection');
  if (detection === undefined) return log.error(map.offset, 'expected a "detection", got none');
  if (detection.value.kind !== 'map') {
    return log.error(
      detection.value.offset,
      `expected a mapping of searches, got ${describeNode(detection.value)}`,
    );
  }
  const condition = readSearches(detection.value, ['timeframe'], log, options);
  if (condition === null || logSource === null || log.errors > before) return null;
  const timeframe = entryOf(detection.value, 'timeframe');
  if (timeframe !== undefined) {
    log.warn(timeframe.keyOffset, 'expected no "timeframe" in a rule on single events: it does nothing here');
  }
  if (header.status === 'unsupported') {
    log.warn(entryOf(map, 'status')?.keyOffset ?? map.offset, 'a rule of status "unsupported" is left out');
    return null;
  }
  return { kind: 'detection', ...header, logSource, condition, filters: [] };
}

/**
 * Search identifiers and the condition over them, as one expression.
 *
 * @param reserved keys beside `condition` that are no search identifiers
 * @returns null when it cannot be used: an error is in the log, or a placeholder has no values, of which the log
 *   has a warning
 */
export function readSearches(
  map: YamlMap,
  reserved: readonly string[],
  log: ProblemLog,
  options: ReadOptions,
): Expression | null {
  const before = log.errors;
  const context: SearchContext = {
    log,
    placeholders: options.placeholders ?? new Map(),
    unknownPlaceholders: [],
  };
  const searches = new Map<string, Expression>();
  const entries = map.entries.filter(({ key }) => key !== 'condition' && !reserved.includes(key));
  for (const { key, value } of entries) {
    const term = readSearch(value, context);
    if (term !== null) searches.set(key, { kind: 'named', name: key, term });
  }
  const conditions = conditionsOf(map, log);
  if (entries.length === 0)
    log.error(map.offset, 'expected at least one search identifier beside "condition"');
  const [unknown] = context.unknownPlaceholders;
  if (log.errors > before || conditions === null) return null;
  if (unknown !== undefined) {
    log.warn(
      unknown.offset,
      `the rule is left out: expected values for the placeholder %${unknown.name}%, got none (give them in the settings)`,
    );
    return null;
  }
  const condition = build(conditions, searches, log);
  if (condition !== null) warnOfUnused(entries, conditions, log);
  return condition;
}

interface LocatedCondition {
  readonly tree: ConditionTree;
  readonly scalar: YamlScalar;
}

/** A condition, or several, which are alternatives. */
function conditionsOf(map: YamlMap, log: ProblemLog): readonly LocatedCondition[] | null {
  const entry = entryOf(map, 'condition');
  if (entry === undefined) return log.error(map.offset, 'expected a "condition", got none');
  const nodes: readonly YamlNode[] = entry.value.kind === 'list' ? entry.value.items : [entry.value];
  if (nodes.length === 0) return log.error(entry.value.offset, 'expected a condition, got an empty list');
  const conditions: LocatedCondition[] = [];
  for (const node of nodes) {
    if (node.kind !== 'scalar' || node.value === null) {
      return log.error(
        node.offset,
        `expected a condition such as "selection and not filter", got ${describeNode(node)}`,
      );
    }
    const tree = parseCondition(node.text);
    if (tree instanceof ConditionFault) return log.error(placeIn(node, tree.at), tree.message);
    conditions.push({ tree, scalar: node });
  }
  return conditions;
}

export function placeIn(scalar: YamlScalar, at: number): number {
  return scalar.textOffset === null ? scalar.offset : scalar.textOffset + at;
}

function build(
  conditions: readonly LocatedCondition[],
  searches: ReadonlyMap<string, Expression>,
  log: ProblemLog,
): Expression | null {
  const sizes = new Map([...searches].map(([name, search]) => [name, sizeOf(search)]));
  let size = 0;
  const builder: ConditionBuilder<Expression> = {
    names: [...searches.keys()],
    lookUp: (name) => {
      size += sizes.get(name) ?? 0;
      return searches.get(name) ?? null;
    },
    // Never null for terms that are not.
    combine: (kind, terms) => combine(kind, terms) ?? { kind, terms },
    negate: (term) => ({ kind: 'not', term }),
  };
  const alternatives: Expression[] = [];
  for (const { tree, scalar } of conditions) {
    const built = buildCondition(tree, builder);
    if (built instanceof ConditionFault) return log.error(placeIn(scalar, built.at), built.message);
    if (size > limits.expressionNodes) {
      return log.error(
        scalar.offset,
        `expected a rule of at most ${limits.expressionNodes} comparisons, counted as often as the condition names them`,
      );
    }
    alternatives.push(built);
  }
  return combine('or', alternatives);
}

function sizeOf(expression: Expression): number {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.terms.reduce((sum, term) => sum + sizeOf(term), 1);
    case 'not':
    case 'named':
      return 1 + sizeOf(expression.term);
    default:
      return 1;
  }
}

function warnOfUnused(
  entries: readonly YamlEntry[],
  conditions: readonly LocatedCondition[],
  log: ProblemLog,
): void {
  const names = entries.map(({ key }) => key);
  const used = new Set(conditions.flatMap(({ tree }) => namesUsed(tree, names)));
  for (const { key, keyOffset } of entries) {
    if (!used.has(key)) log.warn(keyOffset, `the search identifier "${key}" is not used by the condition`);
  }
}

function namesUsed(tree: ConditionTree, names: readonly string[]): readonly string[] {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return tree.terms.flatMap((term) => namesUsed(term, names));
    case 'not':
      return namesUsed(tree.term, names);
    case 'name':
      return [tree.name];
    case 'some':
      return namesMeant(tree.pattern, names);
  }
}
