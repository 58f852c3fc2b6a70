/**
 * The known name with the fewest edits to `name`, or null when none is close (more than a third of its
 * letters, or `maxEdits`, would have to change).
 */
export function nearestName(
  name: string,
  known: Iterable<string>,
  maxEdits = Number.POSITIVE_INFINITY,
): string | null {
  let best: string | null = null;
  let bestEdits = Math.min(maxEdits, Math.max(1, Math.floor(name.length / 3))) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestEdits) continue;
    const edits = editDistance(name, candidate);
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** Levenshtein distance: insertions, deletions and substitutions that turn one string into the other. */
export function editDistance(from: string, to: string): number {
  const target = [...to];
  let previous = [0, ...target.map((_, column) => column + 1)];
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of target.entries()) {
      const substitution = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(substitution, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
