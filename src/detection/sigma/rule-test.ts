import { readFile } from 'node:fs/promises';
import type { SecurityEvent } from '../../contracts/security-event.ts';
import { messageOf } from '../../errors.ts';
import type { Reader } from '../../events/read.ts';
import type { CorrelationSet, CorrelationSignal } from './correlation.ts';
import type { SigmaEngine } from './engine.ts';
import { refersTo } from './parse/filter.ts';
import type { RuleProblem } from './parse/problem.ts';
import type { RuleSet } from './parse/rule-set.ts';
import type { LoadedRule } from './rule.ts';
import { readTestFile, type TestCase, type TestEvent, type TestFile, timeOf } from './rule-test-file.ts';
import type { SigmaEvent } from './sigma-event.ts';

/** What tests run rules with. */
export interface RuleTestTools {
  readonly read: Reader;
  readonly toSigmaEvent: (event: SecurityEvent) => SigmaEvent;
  readonly engine: SigmaEngine;
  readonly correlations: CorrelationSet;
}

export interface RuleTestResult {
  readonly file: string;
  readonly line: number;
  /** Title of the rule. */
  readonly rule: string;
  readonly ruleId: string;
  readonly case: string;
  readonly expects: 'match' | 'no match';
  /** Why it failed, as a sentence; null when it passed. */
  readonly failure: string | null;
}

export interface RuleTestReport {
  readonly results: readonly RuleTestResult[];
  /** Test files that cannot be used. */
  readonly problems: readonly RuleProblem[];
  /** Rules of their own (no other refers to them) that lack a case that must match, or one that must not. */
  readonly untested: readonly { readonly rule: LoadedRule; readonly lacks: 'match' | 'no match' | 'both' }[];
}

/** Where cases begin whose events have times from the beginning. */
const startMs = Date.UTC(2026, 0, 5, 12, 0, 0);

/**
 * Runs the tests beside rule files.
 *
 * @param testFiles paths of `*.test.yml` files
 */
export async function runRuleTests(
  testFiles: readonly string[],
  set: RuleSet,
  tools: RuleTestTools,
): Promise<RuleTestReport> {
  const results: RuleTestResult[] = [];
  const problems: RuleProblem[] = [];
  const covered = new Map<string, Set<TestCase['expects']>>();
  const own = ownRules(set);
  for (const path of testFiles) {
    const file = await readFile(path, 'utf8').then(
      (text) => readTestFile(text, path),
      (error: unknown): TestFile => ({ rule: null, cases: [], problems: [fault(path, messageOf(error))] }),
    );
    problems.push(...file.problems);
    const rule = ruleUnderTest(path, file.rule, set, own);
    if (typeof rule === 'string') {
      problems.push(fault(path, rule));
      continue;
    }
    for (const testCase of file.cases) {
      const failure =
        rule.kind === 'correlation' ? runSequence(rule, testCase, tools) : runSingle(rule, testCase, tools);
      const { name, expects, line } = testCase;
      results.push({ file: path, line, rule: rule.title, ruleId: rule.id, case: name, expects, failure });
      covered.set(rule.id, (covered.get(rule.id) ?? new Set()).add(expects));
    }
  }
  const untested = own.flatMap((rule) => {
    const has = covered.get(rule.id);
    const lacksMatch = has?.has('match') !== true;
    const lacksSilence = has?.has('no match') !== true;
    if (!lacksMatch && !lacksSilence) return [];
    return [
      {
        rule,
        lacks: lacksMatch ? (lacksSilence ? ('both' as const) : ('match' as const)) : ('no match' as const),
      },
    ];
  });
  return { results, problems, untested };
}

function fault(file: string, message: string): RuleProblem {
  return { file, line: 1, severity: 'error', message };
}

/** The rules that stand for themselves, not only for a correlation. */
function ownRules(set: RuleSet): readonly LoadedRule[] {
  const parts = new Set(
    set.correlations
      .filter((rule) => !rule.generate)
      .flatMap((rule) => rule.rules.map(({ ruleId }) => ruleId)),
  );
  return [...set.detections, ...set.correlations].filter((rule) => !parts.has(rule.id));
}

/** @returns what is wrong, as a sentence, when there is not exactly one */
function ruleUnderTest(
  path: string,
  named: string | null,
  set: RuleSet,
  own: readonly LoadedRule[],
): LoadedRule | string {
  const stem = path.replace(/\.test\.ya?ml$/i, '');
  const isBeside = (rule: LoadedRule): boolean => rule.origin.file.replace(/\.ya?ml$/i, '') === stem;
  if (named !== null) {
    const found = [...set.detections, ...set.correlations].filter((rule) => refersTo(named, rule));
    return found[0] ?? `expected the id or name of a rule as "rule", got "${named}", which no rule here has`;
  }
  const candidates = own.filter(isBeside);
  const [only] = candidates;
  if (only === undefined) return `expected a rule in ${stem}.yml, got none that can be used`;
  return candidates.length === 1
    ? only
    : `expected "rule": ${stem}.yml holds ${candidates.length} rules of their own`;
}

function readEvents(
  { record, format }: TestEvent,
  number: number,
  tools: RuleTestTools,
): readonly SecurityEvent[] | string {
  const origin = {
    position: `test@${number}`,
    receivedAtMs: startMs,
    ...(format === null ? {} : { format }),
  };
  const events: SecurityEvent[] = [];
  for (const result of tools.read(Buffer.from(record), origin)) {
    if (result.kind === 'rejected') return `the event cannot be read: ${result.reason}: ${result.detail}`;
    events.push(result.event);
  }
  return events;
}

function runSingle(rule: LoadedRule, { events, expects }: TestCase, tools: RuleTestTools): string | null {
  let isMatch = false;
  const seen: string[] = [];
  for (const [index, testEvent] of events.entries()) {
    const read = readEvents(testEvent, index, tools);
    if (typeof read === 'string') return read;
    for (const event of read) {
      const view = tools.toSigmaEvent(event);
      seen.push(describeSource(view, event));
      if (tools.engine.match(view).some(({ id }) => id === rule.id)) isMatch = true;
    }
  }
  if (isMatch === (expects === 'match')) return null;
  return `expected ${expects}, got ${isMatch ? 'a match' : 'none'} (read as ${seen.join('; ')})`;
}

function describeSource({ product, categories, services }: SigmaEvent, event: SecurityEvent): string {
  const parts = [product, ...categories, ...services].filter((part) => part !== '');
  return `${event.context.format ?? 'no format'}: ${parts.join(' ') || 'no log source'}`;
}

function runSequence(
  rule: LoadedRule,
  { events, expects, group, completedBy }: TestCase,
  tools: RuleTestTools,
): string | null {
  const steps: { readonly event: SecurityEvent; readonly timeMs: number; readonly number: number }[] = [];
  for (const [index, testEvent] of events.entries()) {
    const read = readEvents(testEvent, index, tools);
    if (typeof read === 'string') return `event ${index + 1}: ${read}`;
    for (const event of read) {
      steps.push({ event, timeMs: timeOf(event, testEvent.at, startMs), number: index + 1 });
    }
  }
  steps.sort((left, right) => left.timeMs - right.timeMs);
  const hits = hitsOf(rule, steps, tools);
  const meant = hits.filter((hit) => [...group].every(([field, value]) => hit.group[field] === value));
  const [first] = meant;
  if (expects === 'no match') {
    return first === undefined
      ? null
      : `expected no match, got one with event ${first.number} (${shownGroup(first.group)})`;
  }
  if (first === undefined) {
    const others = hits.map((hit) => shownGroup(hit.group)).join('; ');
    return others === ''
      ? 'expected a match, got none'
      : `expected a match of that group, got only ${others}`;
  }
  if (completedBy === null || first.number === completedBy) return null;
  return `expected event ${completedBy} to complete it, got event ${first.number}`;
}

interface SequenceHit {
  readonly number: number;
  readonly group: Readonly<Record<string, string>>;
}

function hitsOf(
  rule: LoadedRule,
  steps: readonly { readonly event: SecurityEvent; readonly timeMs: number; readonly number: number }[],
  tools: RuleTestTools,
): readonly SequenceHit[] {
  const state = tools.correlations.open();
  const hits: SequenceHit[] = [];
  for (const [index, { event, timeMs, number }] of steps.entries()) {
    const view = tools.toSigmaEvent(event);
    const signals: CorrelationSignal[] = [];
    for (const matched of tools.engine.match(view)) {
      signals.push(...tools.correlations.signalsOf(matched, view, `${index}`, timeMs));
    }
    for (const signal of signals) {
      for (const hit of state.observe(signal))
        if (hit.rule.id === rule.id) hits.push({ number, group: hit.group });
    }
  }
  return hits;
}

function shownGroup(group: Readonly<Record<string, string>>): string {
  const parts = Object.entries(group).map(([field, value]) => `${field}=${value.slice(0, 80)}`);
  return parts.length === 0 ? 'no group' : parts.join(', ');
}
