import { readFileSync } from 'node:fs';
import { VerticeError } from '../../errors.ts';
import { isJsonObject } from '../../json.ts';
import type { Evidence } from './evidence.ts';
import { priorBias, priorWeight } from './prior-weights.ts';

/** Log-odds of every piece of evidence, and of a record without any. */
export interface Weights {
  readonly bias: number;
  of(id: string): number;
}

/** The weights set by hand, which calibration starts from. */
export const handWeights: Weights = { bias: priorBias, of: priorWeight };

let calibrated: Weights | null = null;

/** The weights of `weights.json`; evidence that calibration never met keeps its hand-set one. */
export function calibratedWeights(): Weights {
  calibrated ??= parse(readFileSync(new URL('./weights.json', import.meta.url), 'utf8'));
  return calibrated;
}

function parse(text: string): Weights {
  const parsed: unknown = JSON.parse(text);
  const weights = isJsonObject(parsed) ? parsed['weights'] : undefined;
  const bias = isJsonObject(parsed) ? parsed['bias'] : undefined;
  if (!isJsonObject(weights) || typeof bias !== 'number') {
    throw new VerticeError(
      'VTC_RULE_INVALID',
      'audit/weights.json: expected {bias, weights}; write it again with training/audit/train.ts',
    );
  }
  const known = new Map<string, number>();
  for (const [id, weight] of Object.entries(weights)) if (typeof weight === 'number') known.set(id, weight);
  return { bias, of: (id) => known.get(id) ?? priorWeight(id) };
}

/** Probability that the record is suspicious: the logistic function of the summed log-odds. */
export function probability(evidence: readonly Evidence[], weights: Weights): number {
  let score = weights.bias;
  for (const { id } of evidence) score += weights.of(id);
  return 1 / (1 + Math.exp(-score));
}
