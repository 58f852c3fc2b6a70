import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../../../errors.ts';
import { createSigmaEngine } from '../compile/create-sigma-engine.ts';
import type { CorrelationSignal } from '../correlation.ts';
import type { SigmaEngine } from '../engine.ts';
import { readRuleSet } from '../parse/rule-set.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { createCorrelationSet, type SigmaCorrelationSet } from './create-correlation-set.ts';
import { textOf } from './signal-value.ts';

const GroupSchema = Type.Object({
  rule: Type.String(),
  scn: Type.String(),
  group: Type.Array(Type.Unknown()),
});

const ExpectationsSchema = Type.Object({
  base_rules: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  correlation_rules: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  must_fire: Type.Array(Type.Object({ ...GroupSchema.properties, first_fire_event: Type.String() })),
  silent: Type.Array(GroupSchema),
});
type Expectations = Static<typeof ExpectationsSchema>;
const expectations = Compile(ExpectationsSchema);

/** A group that did not do what was expected of it. */
export interface ConformanceDifference {
  readonly rule: string;
  readonly scenario: string;
  readonly group: readonly string[];
  /** `silent`: should have fired and did not; `late`: fired first at another event; `fired`: should not have. */
  readonly difference: 'silent' | 'late' | 'fired';
  readonly expectedEvent: string | null;
  readonly firedEvent: string | null;
}

export interface ConformanceReport {
  /** Groups that fired first at the event expected. */
  readonly mustFired: number;
  readonly mustTotal: number;
  /** Groups that fired and should not have. */
  readonly silentFired: number;
  readonly silentTotal: number;
  readonly differences: readonly ConformanceDifference[];
}

/** One event of the data. */
export interface ConformanceRow {
  readonly id: string;
  readonly scenario: string;
  readonly event: SigmaEvent;
  /** Event time, milliseconds; a fraction keeps events of one millisecond in order. */
  readonly timeMs: number;
}

/**
 * Holds correlations against a file of expectations: rules, correlations on them, the groups that must fire (and the
 * event at which they first do) and the groups that must stay silent. Show it every event, in the order of the files;
 * within a scenario they are then taken in order of time.
 */
export class CorrelationConformance {
  readonly #expected: Expectations;
  readonly #engine: SigmaEngine;
  readonly #set: SigmaCorrelationSet;
  readonly #signals = new Map<string, CorrelationSignal[]>();
  /** Correlation's id → the name by which the expectations call it. */
  readonly #names: ReadonlyMap<string, string>;

  /** @throws VerticeError VTC_RULE_INVALID when the file does not have that form, or a rule in it cannot be used */
  constructor(file: unknown, name: string) {
    if (!expectations.Check(file)) {
      const [fault] = expectations.Errors(file);
      throw new VerticeError(
        'VTC_RULE_INVALID',
        `Expected correlations with base_rules, correlation_rules, must_fire and silent in ${name}; ` +
          `got something else at ${fault?.instancePath || 'the top'} (${fault?.message ?? 'unknown'}).`,
      );
    }
    this.#expected = file;
    // JSON is YAML, so the file's rules go through the same reader as everybody's.
    const documents = [...file.base_rules, ...file.correlation_rules].map((rule) =>
      JSON.stringify({ title: rule['name'], ...rule }),
    );
    const rules = readRuleSet(documents.join('\n---\n'), name);
    const fault = rules.problems.find(({ severity }) => severity === 'error');
    if (fault !== undefined) {
      throw new VerticeError('VTC_RULE_INVALID', `${fault.file}:${fault.line}: ${fault.message}`);
    }
    this.#engine = createSigmaEngine(rules.detections);
    this.#set = createCorrelationSet(rules.correlations, rules.detections);
    this.#names = new Map(rules.correlations.map((rule) => [rule.id, rule.name ?? rule.id]));
  }

  show({ id, scenario, event, timeMs }: ConformanceRow): void {
    for (const rule of this.#engine.match(event)) {
      const signals = this.#set.signalsOf(rule, event, id, timeMs);
      if (signals.length === 0) continue;
      const known = this.#signals.get(scenario);
      if (known === undefined) this.#signals.set(scenario, [...signals]);
      else known.push(...signals);
    }
  }

  report(): ConformanceReport {
    const fired = this.#firstFirings();
    const differences: ConformanceDifference[] = [];
    for (const expected of this.#expected.must_fire) {
      const firedEvent = fired.get(keyOf(expected.rule, expected.scn, textsIn(expected.group))) ?? null;
      if (firedEvent === expected.first_fire_event) continue;
      differences.push(
        differenceOf(
          expected,
          firedEvent === null ? 'silent' : 'late',
          expected.first_fire_event,
          firedEvent,
        ),
      );
    }
    const mustFired = this.#expected.must_fire.length - differences.length;
    let silentFired = 0;
    for (const expected of this.#expected.silent) {
      const firedEvent = fired.get(keyOf(expected.rule, expected.scn, textsIn(expected.group)));
      if (firedEvent === undefined) continue;
      silentFired++;
      differences.push(differenceOf(expected, 'fired', null, firedEvent));
    }
    return {
      mustFired,
      mustTotal: this.#expected.must_fire.length,
      silentFired,
      silentTotal: this.#expected.silent.length,
      differences,
    };
  }

  /** Rule, scenario and group → the event at which it first fired. */
  #firstFirings(): ReadonlyMap<string, string> {
    const first = new Map<string, string>();
    for (const [scenario, signals] of this.#signals) {
      const state = this.#set.open();
      for (const signal of signals.toSorted((left, right) => left.timeMs - right.timeMs)) {
        for (const hit of state.observe(signal)) {
          const group = hit.rule.groupBy.map((name) => hit.group[name] ?? '');
          const key = keyOf(this.#names.get(hit.rule.id) ?? hit.rule.id, scenario, group);
          if (!first.has(key)) first.set(key, hit.eventId);
        }
      }
    }
    return first;
  }
}

function differenceOf(
  { rule, scn, group }: Static<typeof GroupSchema>,
  difference: ConformanceDifference['difference'],
  expectedEvent: string | null,
  firedEvent: string | null,
): ConformanceDifference {
  return { rule, scenario: scn, group: textsIn(group), difference, expectedEvent, firedEvent };
}

function textsIn(values: readonly unknown[]): string[] {
  return values.map((value) => textOf(value) ?? '');
}

function keyOf(rule: string, scenario: string, group: readonly string[]): string {
  return JSON.stringify([rule, scenario, ...group]);
}
