/** Something about a rule file that its author has to change (error) or should know (warning). */
export interface RuleProblem {
  /** As it was named to the loader. */
  readonly file: string;
  /** From 1; the line of what is wrong, not of the document it stands in. */
  readonly line: number;
  /** From 1. */
  readonly column?: number;
  /** An error keeps the rule from being used; a warning says what is doubtful, or why a rule is left out. */
  readonly severity: 'error' | 'warning';
  /** What was expected, what came, and what to do when that is not plain. */
  readonly message: string;
}

/** `file:line:column: severity: message`: one line, as compilers print it. */
export function formatRuleProblem(problem: RuleProblem): string {
  const { file, line, column, severity, message } = problem;
  return `${file}:${line}${column === undefined ? '' : `:${column}`}: ${severity}: ${message}`;
}

const longestShown = 80;

/** What came, as it may stand in a message: JSON on one line, cut short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

/** Collects the problems of one file. Places are offsets into its text. */
export class ProblemLog {
  readonly file: string;
  readonly problems: RuleProblem[] = [];
  readonly #text: string;
  #errors = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.#text = text;
  }

  /** How many errors there are so far. */
  get errors(): number {
    return this.#errors;
  }

  /** Always null, so that a reader can log and give up in one statement. */
  error(offset: number, message: string): null {
    this.#errors += 1;
    this.problems.push({ file: this.file, ...this.place(offset), severity: 'error', message });
    return null;
  }

  warn(offset: number, message: string): void {
    this.problems.push({ file: this.file, ...this.place(offset), severity: 'warning', message });
  }

  /** Line and column, from 1. Counted when asked for: most files have no problem. */
  place(offset: number): { readonly line: number; readonly column: number } {
    let line = 1;
    let start = 0;
    for (;;) {
      const end = this.#text.indexOf('\n', start);
      if (end === -1 || end >= offset) break;
      start = end + 1;
      line += 1;
    }
    return { line, column: Math.max(0, offset - start) + 1 };
  }
}
