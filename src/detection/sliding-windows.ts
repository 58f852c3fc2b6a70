/** One group's recent past: what happened within the window, oldest first. */
export interface Window {
  readonly times: number[];
  readonly eventIds: string[];
  readonly weights: number[];
  /** Sum of `weights`: kept, never recounted. */
  total: number;
  /** Event time of the last time the owner reported on this group, milliseconds; -Infinity before. */
  reportedAtMs: number;
  /** `total` at which the owner reports next. */
  nextReport: number;
}

export interface SlidingWindowsOptions {
  readonly windowMs: number;
  /** Groups kept; the least recently updated one is forgotten first. */
  readonly maxGroups: number;
  /** Entries kept for one group; the oldest is forgotten first. At least the count that matters. */
  readonly maxEntries: number;
}

/**
 * Sliding windows over event time, one for each group, in bounded memory. Each event costs the entries that
 * leave the window, amortised O(1); events that come late (by less than the window) are put in their place.
 */
export class SlidingWindows {
  readonly #options: SlidingWindowsOptions;
  readonly #groups = new Map<string, Window>();

  constructor(options: SlidingWindowsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Adds an event to its group and returns the window as it stands at the newest event of the group. */
  add(group: string, timeMs: number, eventId: string, weight: number): Window {
    const window = this.#touch(group);
    const { times, eventIds, weights } = window;
    let index = times.length;
    while (index > 0 && (times[index - 1] ?? 0) > timeMs) index--;
    if (index === times.length) {
      times.push(timeMs);
      eventIds.push(eventId);
      weights.push(weight);
    } else {
      times.splice(index, 0, timeMs);
      eventIds.splice(index, 0, eventId);
      weights.splice(index, 0, weight);
    }
    window.total += weight;
    this.#trim(window, times[times.length - 1] ?? timeMs);
    return window;
  }

  /** The window of a group as it stood at `timeMs`, or null when nothing is in it. */
  at(group: string, timeMs: number): Window | null {
    const window = this.#groups.get(group);
    if (window === undefined) return null;
    this.#trim(window, timeMs);
    return window.times.length === 0 ? null : window;
  }

  #touch(group: string): Window {
    const known = this.#groups.get(group);
    if (known !== undefined) {
      this.#groups.delete(group);
      this.#groups.set(group, known);
      return known;
    }
    const window: Window = {
      times: [],
      eventIds: [],
      weights: [],
      total: 0,
      reportedAtMs: Number.NEGATIVE_INFINITY,
      nextReport: 0,
    };
    this.#groups.set(group, window);
    if (this.#groups.size > this.#options.maxGroups) {
      const oldest = this.#groups.keys().next();
      if (!oldest.done) this.#groups.delete(oldest.value);
    }
    return window;
  }

  #trim(window: Window, nowMs: number): void {
    const horizon = nowMs - this.#options.windowMs;
    let gone = Math.max(0, window.times.length - this.#options.maxEntries);
    while (gone < window.times.length && (window.times[gone] ?? 0) <= horizon) gone++;
    if (gone === 0) return;
    for (let index = 0; index < gone; index++) window.total -= window.weights[index] ?? 0;
    window.times.splice(0, gone);
    window.eventIds.splice(0, gone);
    window.weights.splice(0, gone);
  }
}
