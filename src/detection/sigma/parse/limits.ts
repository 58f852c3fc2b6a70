/**
 * Bounds on what one rule file may cost. Rule files may come from strangers; the largest rule of the public
 * corpus (hashes of vulnerable drivers) is 295 KB with some 4,000 values.
 */
export const limits = {
  /** Characters of one file. */
  fileChars: 1024 * 1024,
  /** Documents in one file. */
  documents: 10_000,
  /** YAML nodes of one document, aliases followed. */
  nodes: 200_000,
  /** Nesting of YAML collections. */
  depth: 32,
  /** Characters of one condition. */
  conditionChars: 16_384,
  /** Parentheses and `not`s inside each other. */
  conditionDepth: 64,
  /** Nodes of a rule's expression, search identifiers counted as often as the condition names them. */
  expressionNodes: 250_000,
  /** Texts that one value may stand for: five dashes of `windash` in every spelling. */
  expansions: 3_125,
  /** Combinations that `N of` may be written out as. */
  combinations: 1_000,
  /** Characters of one regular expression. */
  regexChars: 8_192,
  /** Rules that one correlation refers to. */
  correlatedRules: 256,
  /** Correlations that rest on each other in a row. */
  correlationChain: 64,
  /** Longest `timespan`: a leap year. */
  timespanMs: 366 * 86_400_000,
} as const;
