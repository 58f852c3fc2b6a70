import type { Bounds } from '../rule.ts';
import { isWithin } from './bounds.ts';
import type { GroupWindow, WindowInput } from './group-window.ts';
import { RecentEvidence } from './recent-evidence.ts';
import { TimeRing } from './time-ring.ts';

/** `event_count`: how many hits. */
export class CountWindow implements GroupWindow {
  readonly #bounds: Bounds;
  readonly #maxEntries: number;
  readonly #times = new TimeRing(false);
  readonly #evidence: RecentEvidence;

  constructor(bounds: Bounds, maxEntries: number, maxEvidence: number) {
    this.#bounds = bounds;
    this.#maxEntries = maxEntries;
    this.#evidence = new RecentEvidence(maxEvidence);
  }

  get size(): number {
    return this.#times.length;
  }

  add(input: WindowInput): number {
    this.#times.add(input.timeMs, 0);
    this.#evidence.add(input);
    if (this.#times.length > this.#maxEntries) {
      this.#times.shift();
      return 1;
    }
    return 0;
  }

  trim(startMs: number): void {
    while (this.#times.oldestMs < startMs) this.#times.shift();
  }

  clear(): void {
    this.#times.clear();
    this.#evidence.clear();
  }

  holds(): boolean {
    return isWithin(this.#bounds, this.#times.length);
  }

  measure(): number {
    return this.#times.length;
  }

  evidence(startMs: number, limit: number): string[] {
    return this.#evidence.eventIds(startMs, limit);
  }
}
