import type { SecurityEvent } from '../contracts/security-event.ts';
import { severityRank } from '../contracts/severity.ts';
import { HighFindings } from './benign-tally.ts';
import type { DetailListener } from './detail.ts';
import { DetectorRun } from './detector-run.ts';
import { EventLevels } from './event-levels.ts';
import type { Product } from './product.ts';
import type { Row } from './rows.ts';
import { ScenarioTally } from './scenario-tally.ts';

const HIGH = severityRank('high');

/** Shows the rows of one file to the detectors, each scenario to fresh ones, and keeps what is found. */
export class ScenarioWatch {
  readonly tally = new ScenarioTally();
  readonly highFindings = new HighFindings();
  readonly #file: string;
  readonly #product: Product;
  readonly #onDetail: DetailListener;
  readonly #levels = new EventLevels(this.tally.events);
  #scenario: string | null = null;
  #isBenign = false;
  #run: DetectorRun | null = null;
  readonly #labels = new Set<string>();

  constructor(file: string, product: Product, onDetail: DetailListener) {
    this.#file = file;
    this.#product = product;
    this.#onDetail = onDetail;
  }

  /** The labels of the rows so far. */
  get labels(): ReadonlySet<string> {
    return this.#labels;
  }

  show(row: Row, events: readonly SecurityEvent[]): void {
    if (row.scenario !== this.#scenario || this.#run === null) this.#begin(row.scenario);
    this.#labels.add(row.label);
    this.#isBenign = row.label === 'benign';
    this.tally.addRow(row.scenario, row.label);
    for (const event of events) this.#run?.show({ rowId: row.id, event });
  }

  /** To be called after the last row. */
  finish(): void {
    this.#run?.settle();
    this.#levels.settle();
    this.#run = null;
  }

  #begin(scenario: string): void {
    this.finish();
    this.#scenario = scenario;
    const { minThreatConfidence } = this.#product;
    this.#run = new DetectorRun(this.#product, ({ rowId }, finding) => {
      const isThreat = finding.confidence >= minThreatConfidence;
      this.tally.addFinding(scenario, finding.severity, isThreat, finding.mitre_techniques);
      this.#levels.add(rowId, finding);
      this.highFindings.add(finding);
      if (this.#isBenign && severityRank(finding.severity) >= HIGH) {
        this.#onDetail({
          kind: 'benign',
          file: this.#file,
          event: rowId,
          detector: finding.detector_id,
          title: finding.title,
          level: finding.severity,
        });
      }
    });
  }
}
