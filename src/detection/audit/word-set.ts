/** A set of words written as one text, so that long lists stay readable. */
export function wordSet(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/** The same as a list, in order: surest first. */
export function wordList(list: string): readonly string[] {
  return list.trim().split(/\s+/);
}
