/** Something about the configuration that an operator has to change, or (as a warning) should know. */
export interface ConfigProblem {
  /** `vertice.yaml:3:9`, `environment variable VERTICE_BUS` or `--set bus.kind`. */
  readonly where: string;
  /** Dotted path of the setting; null when the trouble is not with one setting. */
  readonly setting: string | null;
  /** What is wanted, in words that complete "expected …". */
  readonly expected: string;
  /** What came, as the source spells it; null when nothing came, or when it is a secret. */
  readonly received: string | null;
  /** Known name nearest to an unknown one. */
  readonly nearest: string | null;
}

/** One line for a terminal: where, what was expected, what came. */
export function describeProblem(problem: ConfigProblem): string {
  const setting = problem.setting === null ? '' : `${problem.setting}: `;
  const received = problem.received === null ? '' : `, got ${problem.received}`;
  const nearest = problem.nearest === null ? '' : ` (did you mean ${problem.nearest}?)`;
  return `${problem.where}: ${setting}expected ${problem.expected}${received}${nearest}`;
}

const longestShown = 120;

/** A value as it may stand in a problem: JSON, cut short. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
