import type { SecurityEvent } from '../contracts/security-event.ts';
import type { CaseAnalyst, SlowAnalyst } from './case-analysts.ts';
import type { DetailListener } from './detail.ts';
import type { Product } from './product.ts';
import type { LlmTriageReport, TriageReport } from './report.ts';
import type { Row } from './rows.ts';
import { judgeCase } from './triage.ts';
import { TriageTally } from './triage-tally.ts';

export interface TriageParts {
  readonly product: Product;
  readonly analyst: CaseAnalyst;
  /** The language model; null without one. */
  readonly slowAnalyst: SlowAnalyst | null;
  readonly onDetail: DetailListener;
}

/** Judges labelled cases one by one, by the pipeline alone and then by each analyst of the Sentinel. */
export class TriagePart {
  readonly #parts: TriageParts;
  readonly #pipeline = new TriageTally();
  readonly #sentinel = new TriageTally();
  readonly #llm = new TriageTally();

  constructor(parts: TriageParts) {
    this.#parts = parts;
  }

  get cases(): number {
    return this.#pipeline.cases;
  }

  async show(row: Row, isSuspicious: boolean, events: readonly SecurityEvent[]): Promise<void> {
    const { product, analyst, slowAnalyst, onDetail } = this.#parts;
    const logType = row.format.slice(row.format.indexOf(':') + 1);
    const verdict = judgeCase(product, row.id, events);
    const found = verdict.detections.flatMap(({ findings }) => findings.map((one) => one.detector_id));
    const detectors = [...new Set(found)];
    if (events.length === 0) {
      for (const tally of [this.#pipeline, this.#sentinel, this.#llm]) tally.unread++;
    }
    const tell = (
      tier: 'pipeline' | 'sentinel' | 'llm',
      tally: TriageTally,
      { isThreat, confidence }: { readonly isThreat: boolean; readonly confidence: number },
    ): void => {
      const outcome = tally.add(logType, isSuspicious, isThreat);
      const { id: event, scenario } = row;
      onDetail({
        kind: 'triage',
        tier,
        event,
        log_type: logType,
        scenario,
        outcome,
        confidence,
        detectors,
      });
    };
    tell('pipeline', this.#pipeline, verdict);
    const analysed = analyst(verdict);
    const nothing = { isThreat: false, confidence: 0 };
    const floor =
      analysed === null
        ? nothing
        : { isThreat: analysed.floor.is_threat, confidence: analysed.floor.confidence };
    tell('sentinel', this.#sentinel, floor);
    if (slowAnalyst === null) return;
    if (analysed === null) {
      tell('llm', this.#llm, nothing);
      return;
    }
    await slowAnalyst.show(analysed, ({ is_threat: isThreat, confidence }) =>
      tell('llm', this.#llm, { isThreat, confidence }),
    );
  }

  /** To be called once all answers are in. */
  reports(): {
    readonly pipeline: TriageReport;
    readonly sentinel: TriageReport;
    readonly llm: LlmTriageReport | null;
  } {
    const { slowAnalyst } = this.#parts;
    return {
      pipeline: this.#pipeline.report(),
      sentinel: this.#sentinel.report(),
      llm:
        slowAnalyst === null
          ? null
          : {
              ...this.#llm.report(),
              cases_asked: slowAnalyst.asked,
              cases_failed: slowAnalyst.failed,
            },
    };
  }
}
