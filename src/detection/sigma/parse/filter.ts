import type { DetectionRule, Expression, LogSource, RuleHeader } from '../rule.ts';
import { readSearches } from './detection.ts';
import { readHeader, uuidPattern } from './header.ts';
import { isWithin, readLogSource } from './log-source.ts';
import type { ReadOptions } from './options.ts';
import type { ProblemLog, RuleProblem } from './problem.ts';
import { shown } from './problem.ts';
import { combine } from './search.ts';
import { describeNode, entryOf, get, type YamlMap } from './yaml-tree.ts';

/** Conditions that are added to rules from outside, to suit a site: a Sigma filter. */
export interface FilterRule extends RuleHeader {
  readonly kind: 'filter';
  readonly logSource: LogSource;
  /** Rules by id or name with their lines; null for every rule of the log source. */
  readonly targets: readonly { readonly reference: string; readonly line: number }[] | null;
  /** What an event must meet beside the rule's own condition (`not selection`, mostly). */
  readonly condition: Expression;
}

/** A filter; null when it cannot be used, which is then in the log. */
export function readFilter(map: YamlMap, log: ProblemLog, options: ReadOptions): FilterRule | null {
  const before = log.errors;
  const header = readHeader(map, log, options);
  const logSource = readLogSource(map, log);
  const entry = entryOf(map, 'filter');
  if (entry === undefined || entry.value.kind !== 'map') {
    return log.error(
      entry?.value.offset ?? map.offset,
      `expected a mapping as "filter", got ${describeNode(entry?.value)}`,
    );
  }
  const filter = entry.value;
  const targets = readTargets(filter, log);
  const condition = readSearches(filter, ['rules'], log, options);
  if (log.errors > before || logSource === null || condition === null || targets === undefined) return null;
  if (!hasNegation(condition)) {
    log.warn(
      entryOf(filter, 'condition')?.keyOffset ?? filter.offset,
      'this filter keeps only the events that meet its condition; to leave them out, write "not …"',
    );
  }
  return { kind: 'filter', ...header, logSource, targets, condition };
}

/** Undefined when it cannot be read. */
function readTargets(filter: YamlMap, log: ProblemLog): FilterRule['targets'] | undefined {
  const node = get(filter, 'rules');
  const wanted = 'expected "rules": a list of ids or names, or "any"';
  if (node === undefined) {
    log.error(filter.offset, `${wanted}, got none`);
    return undefined;
  }
  if (node.kind === 'map') {
    log.error(node.offset, `${wanted}, got a mapping`);
    return undefined;
  }
  const items = node.kind === 'list' ? node.items : [node];
  const targets: { reference: string; line: number }[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar' || item.value === null) {
      log.error(item.offset, `${wanted}, got ${describeNode(item)}`);
      return undefined;
    }
    targets.push({ reference: item.text, line: log.place(item.offset).line });
  }
  const [only] = targets;
  const isAny = only !== undefined && targets.length === 1 && /^(?:any|all)$/i.test(only.reference);
  return isAny || targets.length === 0 ? null : targets;
}

function hasNegation(expression: Expression): boolean {
  switch (expression.kind) {
    case 'not':
      return true;
    case 'and':
    case 'or':
      return expression.terms.some(hasNegation);
    case 'named':
      return hasNegation(expression.term);
    default:
      return false;
  }
}

/**
 * Works filters into the rules they name: an event must meet the rule's condition and the filter's. A filter
 * applies to rules within its log source only.
 */
export function applyFilters(
  rules: readonly DetectionRule[],
  filters: readonly FilterRule[],
): { readonly rules: readonly DetectionRule[]; readonly problems: readonly RuleProblem[] } {
  const problems: RuleProblem[] = [];
  const made = [...rules];
  for (const filter of filters) {
    const met = new Set<string>();
    for (const [index, rule] of made.entries()) {
      const named = filter.targets?.filter(({ reference }) => refersTo(reference, rule)) ?? [];
      for (const { reference } of named) met.add(reference);
      if (filter.targets !== null && named.length === 0) continue;
      if (isWithin(rule.logSource, filter.logSource)) made[index] = filtered(rule, filter);
      else if (filter.targets !== null) {
        const { origin } = filter;
        problems.push({
          file: origin.file,
          line: named[0]?.line ?? origin.line,
          severity: 'warning',
          message: `the filter does not apply to ${shown(rule.title)}: its log source is another`,
        });
      }
    }
    for (const { reference, line } of filter.targets ?? []) {
      // An id may be that of a rule in a pack that is not loaded here; a name that nobody has is a slip of the pen.
      if (met.has(reference) || uuidPattern.test(reference)) continue;
      const message = `expected the id or name of a rule, got ${shown(reference)}, which no rule here has`;
      problems.push({ file: filter.origin.file, line, severity: 'warning', message });
    }
  }
  return { rules: made, problems };
}

export function refersTo(reference: string, rule: RuleHeader): boolean {
  return reference.toLowerCase() === rule.id.toLowerCase() || reference === rule.name;
}

function filtered(rule: DetectionRule, filter: FilterRule): DetectionRule {
  const named: Expression = { kind: 'named', name: `filter ${filter.title}`, term: filter.condition };
  const condition = combine('and', [rule.condition, named]) ?? rule.condition;
  return { ...rule, condition, filters: [...rule.filters, filter.id] };
}
