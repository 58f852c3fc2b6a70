import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { observe } from '../../src/detection/audit/assess.ts';
import { priorBias, priorWeight } from '../../src/detection/audit/prior-weights.ts';
import { type Example, fitLogistic, type LogisticModel, type PriorModel } from './logistic.ts';
import { evaluateTriage, figures, type Judged } from './measure.ts';
import { type LabelledCase, readCases } from './rows.ts';

/**
 * Calibrates the weights of the audit-log analyst and measures them:
 * `node training/audit/train.ts CASES.jsonl.gz [--write] [--kinds] [--thresholds] [--errors] [--weights]`.
 */
const [path, ...options] = process.argv.slice(2);
if (path === undefined) throw new Error('expected the path of the labelled cases (JSON lines, gzip)');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Row extends Example {
  readonly source: LabelledCase;
}

/**
 * How far a weight may stray from what was set by hand, one standard deviation. What surrounds an action (agent,
 * address, kind of actor) strays less: there the cases show their authors' habits rather than attackers'.
 */
const deviation = 0.5;
const prior: PriorModel = {
  bias: priorBias,
  weight: priorWeight,
  deviation: (id) =>
    /^(?:actor|agent|source|verb|topic|action|flag):/.test(id) ? deviation * 0.5 : deviation,
};

const rows: readonly Row[] = readCases(path).map((source) => ({
  source,
  features: observe(source.event.payload).evidence.map((item) => item.id),
  isSuspicious: source.isSuspicious,
}));

function judge(list: readonly Row[], model: LogisticModel): Judged[] {
  return list.map(({ source, features }) => {
    let score = model.bias;
    for (const id of features) score += model.weights.get(id) ?? priorWeight(id);
    return { source, features, probability: 1 / (1 + Math.exp(-score)) };
  });
}

/** Every case judged by a model that has seen no case of its group. */
function crossValidate(groupOf: (row: Row) => string): Judged[] {
  return [...new Set(rows.map(groupOf))].flatMap((group) => {
    const model = fitLogistic(
      rows.filter((row) => groupOf(row) !== group),
      prior,
    );
    return judge(
      rows.filter((row) => groupOf(row) === group),
      model,
    );
  });
}

/** Ten folds of whole rules: an event of a rule is never judged by what its siblings taught. */
function foldOf(row: Row): string {
  return String((createHash('sha256').update(row.source.rule).digest()[3] ?? 0) % 10);
}

/** Of the benign cases at most this share may be reported in cross-validation. */
const falsePositiveLimit = 0.22;

/** The threshold with the best difference of both rates within the limit, on cases that the model has not seen. */
function operatingPoint(judged: readonly Judged[]): number {
  let best = 0.5;
  let gain = Number.NEGATIVE_INFINITY;
  for (let threshold = 0.3; threshold < 0.8; threshold += 0.005) {
    const { tpr, fpr } = evaluateTriage(judged, threshold);
    if (fpr > falsePositiveLimit || tpr - fpr <= gain) continue;
    best = threshold;
    gain = tpr - fpr;
  }
  return best;
}

/** Moves probabilities so that the operating point lies at 0.5, the confidence from which a finding is made. */
function centred(judged: readonly Judged[], shift: number): Judged[] {
  return judged.map((item) => {
    const score = Math.log(item.probability / (1 - item.probability)) - shift;
    return { ...item, probability: 1 / (1 + Math.exp(-score)) };
  });
}

const fitted = fitLogistic(rows, prior);
const raw = crossValidate(foldOf);
const point = operatingPoint(raw);
const shift = Math.log(point / (1 - point));
const model: LogisticModel = { bias: fitted.bias - shift, weights: fitted.weights };
const validated = centred(raw, shift);
const known = rows.filter((row) => row.source.isRecognised);
say(`operating point: ${point.toFixed(3)} of the fitted model is a confidence of 0.5`);
say(figures('hand-set weights', judge(rows, { bias: priorBias, weights: new Map() })));
say(figures('cross-validated over rules', validated));
say(figures('fitted to all', judge(rows, model)));
say(figures('fitted, records read without help', judge(known, model)));
if (options.includes('--thresholds')) {
  for (const threshold of [0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8]) {
    const { tpr, fpr } = evaluateTriage(validated, threshold);
    say(`  at ${threshold}  TPR ${tpr.toFixed(3)}  FPR ${fpr.toFixed(3)}`);
  }
}
if (options.includes('--kinds')) {
  const apart = centred(
    crossValidate((row) => row.source.kind),
    shift,
  );
  say(figures('one log type left out at a time', apart));
  for (const kind of [...new Set(rows.map((row) => row.source.kind))].sort()) {
    const ofKind = (judged: Judged): boolean => judged.source.kind === kind;
    say(figures(`  ${kind}`, validated.filter(ofKind)));
  }
}
if (options.includes('--errors')) {
  for (const { source, features, probability } of validated) {
    if (probability >= 0.5 === source.isSuspicious) continue;
    const shown = features.map((id) => `${id}=${(model.weights.get(id) ?? priorWeight(id)).toFixed(1)}`);
    say(`${source.isSuspicious ? 'MISS' : 'FALSE'} ${probability.toFixed(2)} ${source.kind} ${source.id}`);
    say(`      ${shown.join(' ')}`);
  }
}
if (options.includes('--weights')) {
  for (const [id, weight] of [...model.weights].sort()) {
    say(`${id.padEnd(36)} ${priorWeight(id).toFixed(2)} → ${weight.toFixed(2)}`);
  }
}
if (options.includes('--write')) {
  const weights = Object.fromEntries(
    [...model.weights]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([id, weight]) => [id, Number(weight.toFixed(2))]),
  );
  const text = `${JSON.stringify({ bias: Number(model.bias.toFixed(2)), weights }, null, 2)}\n`;
  writeFileSync(new URL('../../src/detection/audit/weights.json', import.meta.url), text);
}
