import type { Bounds } from '../rule.ts';
import { isWithin } from './bounds.ts';
import type { GroupWindow, WindowInput } from './group-window.ts';
import { OrderStatistics } from './order-statistics.ts';
import { RecentEvidence } from './recent-evidence.ts';
import { TimeRing } from './time-ring.ts';

/**
 * `value_percentile`: exact, with linear interpolation between the two nearest ranks (Hyndman and Fan, Sample Quantiles
 * in Statistical Packages, 1996, type 7), as spreadsheets and numpy have it.
 */
export class PercentileWindow implements GroupWindow {
  readonly #bounds: Bounds;
  readonly #percentile: number;
  readonly #maxEntries: number;
  readonly #ring = new TimeRing(true);
  readonly #values = new OrderStatistics();
  readonly #evidence: RecentEvidence;

  constructor(bounds: Bounds, percentile: number, maxEntries: number, maxEvidence: number) {
    this.#bounds = bounds;
    this.#percentile = percentile;
    this.#maxEntries = maxEntries;
    this.#evidence = new RecentEvidence(maxEvidence);
  }

  get size(): number {
    return this.#ring.length;
  }

  add(input: WindowInput): number {
    this.#ring.add(input.timeMs, input.number);
    this.#values.add(input.number);
    this.#evidence.add(input);
    if (this.#ring.length > this.#maxEntries) {
      this.#values.remove(this.#ring.shift());
      return 1;
    }
    return 0;
  }

  trim(startMs: number): void {
    while (this.#ring.oldestMs < startMs) this.#values.remove(this.#ring.shift());
  }

  clear(): void {
    this.#ring.clear();
    this.#values.clear();
    this.#evidence.clear();
  }

  holds(): boolean {
    return isWithin(this.#bounds, this.measure());
  }

  measure(): number | null {
    const { size } = this.#values;
    if (size === 0) return null;
    const rank = ((size - 1) * this.#percentile) / 100;
    const below = Math.floor(rank);
    const low = this.#values.at(below);
    const share = rank - below;
    return share === 0 ? low : low + share * (this.#values.at(below + 1) - low);
  }

  evidence(startMs: number, limit: number): string[] {
    return this.#evidence.eventIds(startMs, limit);
  }
}
