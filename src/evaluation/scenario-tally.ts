import { type Severity, severities, severityRank } from '../contracts/severity.ts';
import { LevelTally, shareOf } from './level-tally.ts';
import type { ScenarioReport } from './report.ts';
import type { Label } from './rows.ts';
import { matchTechniques } from './techniques.ts';

/** What became of one scenario. */
export interface ScenarioOutcome {
  readonly scenario: string;
  /** Benign when all of its rows are. */
  readonly isBenign: boolean;
  /** Level of the weightiest finding; null without any. */
  readonly level: Severity | null;
  readonly isThreat: boolean;
  readonly techniques: ReadonlySet<string>;
}

interface Scenario {
  isBenign: boolean;
  /** -1 without findings. */
  rank: number;
  isThreat: boolean;
  readonly techniques: Set<string>;
}

const LOW = severityRank('low');
const MEDIUM = severityRank('medium');
const HIGH = severityRank('high');

/** The scenarios of one file. A scenario whose rows do not lie together is one scenario all the same. */
export class ScenarioTally {
  readonly #scenarios = new Map<string, Scenario>();
  readonly events = new LevelTally();

  addRow(name: string, label: Label): void {
    const scenario = this.#scenario(name);
    if (label !== 'benign') scenario.isBenign = false;
    this.events.events++;
  }

  addFinding(name: string, severity: Severity, isThreat: boolean, techniques: readonly string[]): void {
    const scenario = this.#scenario(name);
    const rank = severityRank(severity);
    scenario.rank = Math.max(scenario.rank, rank);
    scenario.isThreat ||= isThreat;
    // What is merely worth knowing names no technique of an attack.
    if (rank >= LOW) for (const id of techniques) scenario.techniques.add(id);
  }

  outcomes(): readonly ScenarioOutcome[] {
    return [...this.#scenarios].map(([scenario, { isBenign, rank, isThreat, techniques }]) => ({
      scenario,
      isBenign,
      level: severities[rank] ?? null,
      isThreat,
      techniques,
    }));
  }

  report(techniquesOf: (scenario: string) => readonly string[]): ScenarioReport {
    const attacks = [...this.#scenarios].filter(([, { isBenign }]) => !isBenign);
    const benign = [...this.#scenarios.values()].filter(({ isBenign }) => isBenign);
    const atLeast = (rank: number): number => attacks.filter(([, scenario]) => scenario.rank >= rank).length;
    let total = 0;
    let exact = 0;
    let byParent = 0;
    for (const [name, { techniques }] of attacks) {
      const match = matchTechniques(techniquesOf(name), techniques);
      total += match.total;
      exact += match.exact;
      byParent += match.byParent;
    }
    return {
      total: attacks.length,
      detected: atLeast(LOW),
      detected_medium: atLeast(MEDIUM),
      detected_high: atLeast(HIGH),
      detected_threat: attacks.filter(([, { isThreat }]) => isThreat).length,
      informational_only: attacks.filter(([, { rank }]) => rank === 0).length,
      events: this.events.counts(),
      techniques: total,
      techniques_named: exact,
      techniques_named_by_parent: byParent,
      technique_recall: shareOf(exact, total),
      technique_recall_by_parent: shareOf(byParent, total),
      benign_total: benign.length,
      benign_high: benign.filter(({ rank }) => rank >= HIGH).length,
    };
  }

  #scenario(name: string): Scenario {
    const known = this.#scenarios.get(name);
    if (known !== undefined) return known;
    const scenario: Scenario = { isBenign: true, rank: -1, isThreat: false, techniques: new Set() };
    this.#scenarios.set(name, scenario);
    return scenario;
  }
}
