import { shareOf } from './level-tally.ts';
import type { Confusion, TriageReport } from './report.ts';

interface Counts {
  tp: number;
  fn: number;
  fp: number;
  tn: number;
}

export type Outcome = keyof Counts;

/** Verdicts against what the cases are, in total and by log type. */
export class TriageTally {
  readonly #total: Counts = { tp: 0, fn: 0, fp: 0, tn: 0 };
  /** Cases whose record could not be read. */
  unread = 0;
  readonly #byLogType = new Map<string, Counts>();

  add(logType: string, isSuspicious: boolean, isThreat: boolean): Outcome {
    const outcome = isSuspicious ? (isThreat ? 'tp' : 'fn') : isThreat ? 'fp' : 'tn';
    const counts = this.#byLogType.get(logType) ?? { tp: 0, fn: 0, fp: 0, tn: 0 };
    this.#byLogType.set(logType, counts);
    counts[outcome]++;
    this.#total[outcome]++;
    return outcome;
  }

  get cases(): number {
    const { tp, fn, fp, tn } = this.#total;
    return tp + fn + fp + tn;
  }

  report(): TriageReport {
    const types = [...this.#byLogType].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...confusionOf(this.#total),
      unread: this.unread,
      by_log_type: Object.fromEntries(types.map(([type, counts]) => [type, confusionOf(counts)])),
    };
  }
}

function confusionOf({ tp, fn, fp, tn }: Counts): Confusion {
  return {
    tp,
    fn,
    fp,
    tn,
    tpr: shareOf(tp, tp + fn),
    fpr: shareOf(fp, fp + tn),
    precision: shareOf(tp, tp + fp),
  };
}
