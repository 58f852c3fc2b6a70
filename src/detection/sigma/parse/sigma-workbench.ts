import type { DetectionRule, Expression, Predicate } from '../rule.ts';
import type { ReadOptions } from './options.ts';
import { formatRuleProblem } from './problem.ts';
import { readRules } from './read-rules.ts';

/** A rule of this detection section (YAML, its lines not indented), with a header that nobody minds. */
export function ruleText(detection: string, header = ''): string {
  const body = detection.replace(/^/gm, '  ');
  return `title: A rule\nname: a_rule\n${header}logsource:\n  product: windows\ndetection:\n${body}\n`;
}

/** What reading a detection section gives: the rule when there is one, and the problems as lines. */
export function read(
  detection: string,
  options: ReadOptions = {},
): { readonly rule: DetectionRule | undefined; readonly problems: readonly string[] } {
  const file = readRules(ruleText(detection), 'a.yml', options);
  const [rule] = file.rules;
  return {
    rule: rule?.kind === 'detection' ? rule : undefined,
    problems: file.problems.map(formatRuleProblem),
  };
}

/** The expression of a single search, without the name around it. Fails the test when there is a problem. */
export function search(lines: string, options: ReadOptions = {}): Expression {
  const { rule, problems } = read(`selection:\n${lines.replace(/^/gm, '  ')}\ncondition: selection`, options);
  if (rule === undefined || rule.condition.kind !== 'named') throw new Error(problems.join('\n'));
  return rule.condition.term;
}

/** The one predicate of `key: value`. */
export function predicate(line: string, options: ReadOptions = {}): Predicate {
  const expression = search(line, options);
  if (expression.kind !== 'field' && expression.kind !== 'keyword')
    throw new Error(JSON.stringify(expression));
  return expression.predicate;
}

/** The predicates of `key: value`, where it stands for several, whichever way they are joined. */
export function predicates(line: string, options: ReadOptions = {}): readonly Predicate[] {
  const expression = search(line, options);
  const terms = expression.kind === 'or' || expression.kind === 'and' ? expression.terms : [expression];
  return terms.map((term) => {
    if (term.kind !== 'field' && term.kind !== 'keyword') throw new Error(JSON.stringify(term));
    return term.predicate;
  });
}

/** The first message about a search of one line. */
export function messageAbout(line: string, options: ReadOptions = {}): string {
  return read(`selection:\n  ${line}\ncondition: selection`, options).problems[0] ?? 'no problem';
}
