import type { CorrelationRule, DetectionRule } from '../rule.ts';
import { applyFilters } from './filter.ts';
import { limits } from './limits.ts';
import type { ReadOptions } from './options.ts';
import { type RuleProblem, shown } from './problem.ts';
import { type RuleFile, readRules } from './read-rules.ts';

/** Rules ready to be compiled: filters worked in, references resolved, ids unique. */
export interface RuleSet {
  readonly detections: readonly DetectionRule[];
  /** Each after all that it refers to. */
  readonly correlations: readonly CorrelationRule[];
  /** In the order of files and lines. */
  readonly problems: readonly RuleProblem[];
}

/** The files of one set, put together. */
export function assembleRules(files: readonly RuleFile[]): RuleSet {
  const problems = files.flatMap((file) => file.problems);
  const { rules } = withoutDuplicates(
    files.flatMap((file) => file.rules),
    problems,
  );
  const detections = rules.filter((rule) => rule.kind === 'detection');
  const correlations = rules.filter((rule) => rule.kind === 'correlation');
  const filtered = applyFilters(
    detections,
    files.flatMap((file) => file.filters),
  );
  problems.push(...filtered.problems);
  const resolver = new Resolver(rules, files);
  const resolved = resolver.resolveAll(correlations);
  problems.push(...resolver.problems);
  return { detections: filtered.rules, correlations: resolved, problems: inOrder(problems) };
}

/** One text as a whole set: for tests and tools. */
export function readRuleSet(text: string, file = 'rules.yml', options: ReadOptions = {}): RuleSet {
  return assembleRules([readRules(text, file, options)]);
}

/** Of rules with one id the first is used. */
function withoutDuplicates(
  rules: readonly (DetectionRule | CorrelationRule)[],
  problems: RuleProblem[],
): { readonly rules: readonly (DetectionRule | CorrelationRule)[] } {
  const byId = new Map<string, DetectionRule | CorrelationRule>();
  const names = new Map<string, DetectionRule | CorrelationRule>();
  for (const rule of rules) {
    const first = byId.get(rule.id);
    const { file, line } = rule.origin;
    if (first !== undefined) {
      const message = `the rule is left out: expected an id of its own, got ${rule.id}, which ${placeOf(first)} has`;
      problems.push({ file, line, severity: 'warning', message });
      continue;
    }
    byId.set(rule.id, rule);
    if (rule.name === null) continue;
    const namesake = names.get(rule.name);
    if (namesake === undefined) names.set(rule.name, rule);
    else {
      const message = `expected a name of its own, got ${shown(rule.name)}, which ${placeOf(namesake)} has: references mean that one`;
      problems.push({ file, line, severity: 'warning', message });
    }
  }
  return { rules: [...byId.values()] };
}

function placeOf(rule: DetectionRule | CorrelationRule): string {
  return `${rule.origin.file}:${rule.origin.line}`;
}

function inOrder(problems: readonly RuleProblem[]): readonly RuleProblem[] {
  const files = new Map<string, number>();
  for (const { file } of problems) if (!files.has(file)) files.set(file, files.size);
  return [...problems].sort(
    (left, right) => (files.get(left.file) ?? 0) - (files.get(right.file) ?? 0) || left.line - right.line,
  );
}

type Resolution = 'open' | 'failed' | CorrelationRule;

/** Turns references into ids. Depth first, so that a circle is found on the way. */
class Resolver {
  readonly problems: RuleProblem[] = [];
  readonly #rules = new Map<string, DetectionRule | CorrelationRule>();
  readonly #leftOut: ReadonlySet<string>;
  readonly #lines = new Map<CorrelationRule, ReadonlyMap<string, number>>();
  readonly #resolutions = new Map<CorrelationRule, Resolution>();
  readonly #resolved: CorrelationRule[] = [];

  constructor(rules: readonly (DetectionRule | CorrelationRule)[], files: readonly RuleFile[]) {
    // An id wins over a name.
    for (const rule of rules)
      if (rule.name !== null && !this.#rules.has(rule.name)) this.#rules.set(rule.name, rule);
    for (const rule of rules) this.#rules.set(rule.id.toLowerCase(), rule);
    this.#leftOut = new Set(files.flatMap((file) => file.leftOut));
    for (const file of files) {
      for (const [rule, lines] of file.referenceLines) this.#lines.set(rule, lines);
    }
  }

  resolveAll(correlations: readonly CorrelationRule[]): readonly CorrelationRule[] {
    for (const correlation of correlations) this.#resolve(correlation, []);
    return this.#resolved;
  }

  #find(reference: string): DetectionRule | CorrelationRule | undefined {
    return this.#rules.get(reference.toLowerCase()) ?? this.#rules.get(reference);
  }

  #resolve(rule: CorrelationRule, path: readonly CorrelationRule[]): boolean {
    const known = this.#resolutions.get(rule);
    if (known !== undefined) return known !== 'failed' && known !== 'open';
    this.#resolutions.set(rule, 'open');
    const rules = rule.rules.map(({ reference }) => ({
      reference,
      ruleId: this.#ruleIdOf(reference, rule, [...path, rule]),
    }));
    const found = rules.flatMap(({ reference, ruleId }) => (ruleId === null ? [] : [{ reference, ruleId }]));
    const aliases = this.#aliasesOf(rule);
    if (found.length < rules.length || aliases === null) {
      this.#resolutions.set(rule, 'failed');
      return false;
    }
    const resolved = { ...rule, rules: found, aliases };
    this.#resolutions.set(rule, resolved);
    this.#resolved.push(resolved);
    return true;
  }

  #ruleIdOf(reference: string, rule: CorrelationRule, path: readonly CorrelationRule[]): string | null {
    const target = this.#find(reference);
    if (target === undefined) {
      const isLeftOut = this.#leftOut.has(reference.toLowerCase());
      return this.#fail(
        rule,
        reference,
        isLeftOut
          ? `expected a rule that can be used, got ${shown(reference)}, which is left out`
          : `expected the id or name of a rule, got ${shown(reference)}, which no rule here has`,
      );
    }
    if (target.kind === 'detection') return target.id;
    if (this.#resolutions.get(target) === 'open') {
      const circle = [...path.slice(path.indexOf(target)), target]
        .map(({ title }) => shown(title))
        .join(' → ');
      return this.#fail(
        rule,
        reference,
        `expected correlations that do not refer to themselves, got ${circle}`,
      );
    }
    if (path.length >= limits.correlationChain) {
      return this.#fail(
        rule,
        reference,
        `expected at most ${limits.correlationChain} correlations on each other`,
      );
    }
    if (this.#resolve(target, path)) return target.id;
    return this.#fail(
      rule,
      reference,
      `expected a rule that can be used, got ${shown(reference)}, which has errors`,
    );
  }

  /** Aliases by the id of the rule they are for, which must be one that this correlation rests on. */
  #aliasesOf(rule: CorrelationRule): ReadonlyMap<string, ReadonlyMap<string, string>> | null {
    const aliases = new Map<string, ReadonlyMap<string, string>>();
    let isSound = true;
    for (const [alias, fields] of rule.aliases) {
      const byId = new Map<string, string>();
      for (const [reference, field] of fields) {
        const target = this.#find(reference);
        if (target === undefined) {
          this.#fail(
            rule,
            reference,
            `expected the id or name of a rule in alias ${shown(alias)}, got ${shown(reference)}`,
          );
          isSound = false;
        } else byId.set(target.id, field);
      }
      aliases.set(alias, byId);
    }
    return isSound ? aliases : null;
  }

  #fail(rule: CorrelationRule, reference: string, message: string): null {
    const { file } = rule.origin;
    const line = this.#lines.get(rule)?.get(reference) ?? rule.origin.line;
    this.problems.push({ file, line, severity: 'error', message });
    return null;
  }
}
