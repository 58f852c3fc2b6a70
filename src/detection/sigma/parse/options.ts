/** What reading rules may be told. */
export interface ReadOptions {
  /** Values for `%name%` in values with the modifier `expand`, by name without the percent signs. */
  readonly placeholders?: ReadonlyMap<string, readonly string[]>;
  /** Whether there is such an ATT&CK technique (`T1059.001`); unknown ones in tags are warned of. */
  readonly isKnownTechnique?: (id: string) => boolean;
}
