const MAX_CHECKPOINTS = 4096;

/** Finds the earliest record of a partition that may still be in a window. */
export class ReplayHorizon {
  /** Where each stretch of records began, and the latest event time in it. */
  readonly #checkpoints: { offset: number; latestMs: number }[] = [];

  /** A stretch of records begins. */
  begin(offset: number): void {
    const checkpoints = this.#checkpoints;
    checkpoints.push({ offset, latestMs: Number.NEGATIVE_INFINITY });
    if (checkpoints.length <= MAX_CHECKPOINTS) return;
    for (let index = 0; index + 1 < checkpoints.length; index++) {
      const [merged] = checkpoints.splice(index + 1, 1);
      const kept = checkpoints[index];
      if (kept !== undefined && merged !== undefined)
        kept.latestMs = Math.max(kept.latestMs, merged.latestMs);
    }
  }

  /** A record of the stretch happened at this time. */
  advance(timeMs: number): void {
    const newest = this.#checkpoints[this.#checkpoints.length - 1];
    if (newest !== undefined && timeMs > newest.latestMs) newest.latestMs = timeMs;
  }

  /** The first stretch with a record at or after `horizonMs`; forgets those before it. Null when there is none. */
  from(horizonMs: number): number | null {
    while ((this.#checkpoints[0]?.latestMs ?? Number.POSITIVE_INFINITY) < horizonMs)
      this.#checkpoints.shift();
    return this.#checkpoints[0]?.offset ?? null;
  }
}
