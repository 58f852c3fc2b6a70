import type { Bounds } from '../rule.ts';
import { isWithin } from './bounds.ts';
import { CompensatedSum } from './compensated-sum.ts';
import type { GroupWindow, WindowInput } from './group-window.ts';
import { RecentEvidence } from './recent-evidence.ts';
import { TimeRing } from './time-ring.ts';

/**
 * `value_sum` and `value_avg`: a running sum. What leaves the window is subtracted; after as many subtractions as there
 * are entries the sum is made afresh, so that rounding cannot build up: O(1) amortised.
 */
export class SumWindow implements GroupWindow {
  readonly #bounds: Bounds;
  readonly #isAverage: boolean;
  readonly #maxEntries: number;
  readonly #ring = new TimeRing(true);
  readonly #evidence: RecentEvidence;
  readonly #sum = new CompensatedSum();
  #subtractions = 0;

  constructor(bounds: Bounds, isAverage: boolean, maxEntries: number, maxEvidence: number) {
    this.#bounds = bounds;
    this.#isAverage = isAverage;
    this.#maxEntries = maxEntries;
    this.#evidence = new RecentEvidence(maxEvidence);
  }

  get size(): number {
    return this.#ring.length;
  }

  add(input: WindowInput): number {
    this.#ring.add(input.timeMs, input.number);
    this.#sum.add(input.number);
    this.#evidence.add(input);
    if (this.#ring.length > this.#maxEntries) {
      this.#shift();
      return 1;
    }
    return 0;
  }

  trim(startMs: number): void {
    while (this.#ring.oldestMs < startMs) this.#shift();
  }

  clear(): void {
    this.#ring.clear();
    this.#evidence.clear();
    this.#sum.clear();
    this.#subtractions = 0;
  }

  holds(): boolean {
    return isWithin(this.#bounds, this.measure());
  }

  measure(): number | null {
    const { length } = this.#ring;
    if (length === 0) return null;
    return this.#isAverage ? this.#sum.value / length : this.#sum.value;
  }

  evidence(startMs: number, limit: number): string[] {
    return this.#evidence.eventIds(startMs, limit);
  }

  #shift(): void {
    this.#sum.add(-this.#ring.shift());
    this.#subtractions++;
    if (this.#subtractions <= this.#ring.length) return;
    this.#subtractions = 0;
    this.#sum.clear();
    for (let index = 0; index < this.#ring.length; index++) this.#sum.add(this.#ring.valueAt(index));
  }
}
