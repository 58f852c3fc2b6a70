/** Logistic regression whose weights are pulled towards given ones: maximum a posteriori under Gaussian priors. */
export interface Example {
  readonly features: readonly string[];
  readonly isSuspicious: boolean;
}

export interface LogisticModel {
  readonly bias: number;
  readonly weights: ReadonlyMap<string, number>;
}

export interface PriorModel {
  readonly bias: number;
  weight(id: string): number;
  /** Standard deviation of the prior: how far one weight may stray from what was set by hand. */
  deviation(id: string): number;
}

/** Full-batch gradient descent with per-feature steps (Adagrad); the loss is convex. */
export function fitLogistic(examples: readonly Example[], prior: PriorModel, rounds = 400): LogisticModel {
  const ids = [...new Set(examples.flatMap((example) => example.features))];
  const at = new Map(ids.map((id, index) => [id, index]));
  const start = ids.map((id) => prior.weight(id));
  const precision = ids.map((id) => 1 / prior.deviation(id) ** 2);
  const weights = [...start];
  const rows = examples.map((example) => example.features.map((id) => at.get(id) ?? 0));
  let bias = prior.bias;
  const squares = new Array<number>(ids.length).fill(1e-6);
  let biasSquares = 1e-6;
  for (let round = 0; round < rounds; round += 1) {
    const gradient = weights.map((weight, index) => (weight - (start[index] ?? 0)) * (precision[index] ?? 0));
    let biasGradient = (bias - prior.bias) / 0.25;
    for (const [index, row] of rows.entries()) {
      let score = bias;
      for (const feature of row) score += weights[feature] ?? 0;
      const error = 1 / (1 + Math.exp(-score)) - (examples[index]?.isSuspicious === true ? 1 : 0);
      for (const feature of row) gradient[feature] = (gradient[feature] ?? 0) + error;
      biasGradient += error;
    }
    for (let feature = 0; feature < weights.length; feature += 1) {
      const slope = gradient[feature] ?? 0;
      squares[feature] = (squares[feature] ?? 0) + slope * slope;
      weights[feature] = (weights[feature] ?? 0) - (0.3 * slope) / Math.sqrt(squares[feature] ?? 1);
    }
    biasSquares += biasGradient * biasGradient;
    bias -= (0.3 * biasGradient) / Math.sqrt(biasSquares);
  }
  return { bias, weights: new Map(ids.map((id, index) => [id, weights[index] ?? 0])) };
}
