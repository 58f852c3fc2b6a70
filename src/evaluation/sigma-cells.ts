import type { Expectation } from './expectations.ts';
import type { CellDifference, SigmaReport } from './report.ts';

/** Differences that are listed; all are counted. */
const MAX_LISTED = 100;
const nothing: readonly CellDifference[] = [];

/** Compares what rules matched with what they must match, one event after the other. */
export class SigmaCells {
  readonly #expectations: ReadonlyMap<string, Expectation>;
  readonly #listed: CellDifference[] = [];
  readonly #differingByFile = new Map<string, number>();
  #events = 0;
  #compared = 0;
  #expected = 0;
  #matched = 0;
  #missing = 0;
  #extra = 0;
  #goldFired = 0;
  /** Gold rules that were missed on an event that names them. */
  readonly #goldMissed = new Set<string>();
  readonly #goldSeen = new Set<string>();
  #seen = 0;

  constructor(expectations: ReadonlyMap<string, Expectation>) {
    this.#expectations = expectations;
  }

  /**
   * @param isCovered whether an event that is not listed must match nothing
   * @param ruleIds the rules that matched
   * @returns where the two differ
   */
  compare(
    file: string,
    eventId: string,
    isCovered: boolean,
    ruleIds: ReadonlySet<string>,
  ): readonly CellDifference[] {
    this.#events++;
    const expectation = this.#expectations.get(eventId);
    if (expectation === undefined && !isCovered) return nothing;
    this.#compared++;
    this.#matched += ruleIds.size;
    const differences: CellDifference[] = [];
    for (const rule of ruleIds) {
      if (expectation?.ruleIds.has(rule) !== true) differences.push({ event: eventId, rule, kind: 'extra' });
    }
    if (expectation !== undefined) {
      this.#seen++;
      this.#expected += expectation.ruleIds.size;
      for (const rule of expectation.ruleIds) {
        if (!ruleIds.has(rule)) differences.push({ event: eventId, rule, kind: 'missing' });
      }
      this.#countGold(expectation.gold, ruleIds);
    }
    this.#count(file, differences);
    return differences;
  }

  report(): SigmaReport {
    const golden = [...this.#expectations.values()].flatMap(({ gold }) => gold ?? []);
    const fired = [...this.#goldSeen].filter((rule) => !this.#goldMissed.has(rule));
    return {
      events: this.#events,
      events_compared: this.#compared,
      cells_expected: this.#expected,
      cells_matched: this.#matched,
      cells_differing: this.#missing + this.#extra,
      cells_missing: this.#missing,
      cells_extra: this.#extra,
      gold_fired: fired.length,
      gold_total: new Set(golden).size,
      gold_events_fired: this.#goldFired,
      gold_events: golden.length,
      expectations_unseen: this.#expectations.size - this.#seen,
      differing_by_file: Object.fromEntries(this.#differingByFile),
      differences: this.#listed,
    };
  }

  #countGold(gold: string | null, ruleIds: ReadonlySet<string>): void {
    if (gold === null) return;
    this.#goldSeen.add(gold);
    if (ruleIds.has(gold)) this.#goldFired++;
    else this.#goldMissed.add(gold);
  }

  #count(file: string, differences: readonly CellDifference[]): void {
    if (differences.length === 0) return;
    const missing = differences.filter(({ kind }) => kind === 'missing').length;
    this.#missing += missing;
    this.#extra += differences.length - missing;
    this.#differingByFile.set(file, (this.#differingByFile.get(file) ?? 0) + differences.length);
    this.#listed.push(...differences.slice(0, MAX_LISTED - this.#listed.length));
  }
}
