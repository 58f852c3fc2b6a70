import type { LabelledCase } from './rows.ts';

/** A case with the probability some model gave it. */
export interface Judged {
  readonly source: LabelledCase;
  readonly features: readonly string[];
  readonly probability: number;
}

export interface Rates {
  /** Suspicious cases at or above the threshold, share of all suspicious ones. */
  readonly tpr: number;
  /** Benign cases at or above the threshold, share of all benign ones. */
  readonly fpr: number;
}

/** Triage rates: `is_threat` is a probability of at least 0.5. */
export function evaluateTriage(judged: readonly Judged[], threshold = 0.5): Rates {
  const suspicious = judged.filter(({ source }) => source.isSuspicious);
  const benign = judged.filter(({ source }) => !source.isSuspicious);
  const share = (list: readonly Judged[]): number =>
    list.filter(({ probability }) => probability >= threshold).length / Math.max(1, list.length);
  return { tpr: share(suspicious), fpr: share(benign) };
}

/** Probability that a suspicious case outranks a benign one (area under the ROC curve); ties count half. */
export function rankQuality(judged: readonly Judged[]): number {
  const sorted = [...judged].sort((a, b) => a.probability - b.probability);
  let benignBelow = 0;
  let sum = 0;
  for (let start = 0; start < sorted.length; ) {
    const level = sorted[start]?.probability;
    let end = start;
    let suspicious = 0;
    while (end < sorted.length && sorted[end]?.probability === level) {
      if (sorted[end]?.source.isSuspicious === true) suspicious += 1;
      end += 1;
    }
    const benign = end - start - suspicious;
    sum += suspicious * (benignBelow + benign / 2);
    benignBelow += benign;
    start = end;
  }
  const pairs = benignBelow * (judged.length - benignBelow);
  return pairs === 0 ? Number.NaN : sum / pairs;
}

/** One line of figures. */
export function figures(name: string, judged: readonly Judged[]): string {
  const { tpr, fpr } = evaluateTriage(judged);
  const area = rankQuality(judged);
  return `${name.padEnd(36)} TPR ${tpr.toFixed(3)}  FPR ${fpr.toFixed(3)}  AUC ${area.toFixed(3)}  (${judged.length})`;
}
