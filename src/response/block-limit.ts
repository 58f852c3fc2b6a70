/** Blast radius: how many targets may be newly acted on within a minute without a person. */
export interface BlockLimit {
  readonly maxPerMinute: number;
  /** Takes a place for this target; false when the minute is full. One target takes one place. */
  take(target: string, nowMs: number): boolean;
  /** The target was not acted on after all. */
  giveBack(target: string): void;
}

const windowMs = 60_000;

export function createBlockLimit(maxPerMinute: number): BlockLimit {
  /** Target to when it was taken, oldest first. */
  const taken = new Map<string, number>();
  return {
    maxPerMinute,
    take(target, nowMs) {
      for (const [oldest, atMs] of taken) {
        if (nowMs - atMs < windowMs) break;
        taken.delete(oldest);
      }
      if (taken.has(target)) return true;
      if (taken.size >= maxPerMinute) return false;
      taken.set(target, nowMs);
      return true;
    },
    giveBack(target) {
      taken.delete(target);
    },
  };
}
