import type { Bounds } from '../rule.ts';
import { isWithin } from './bounds.ts';
import type { GroupWindow, WindowInput } from './group-window.ts';
import { RecentEvidence } from './recent-evidence.ts';
import { ReplayLog } from './replay-log.ts';

/**
 * `temporal_ordered` with a bound: how many of the rules have fired in their order, the others left out. Kept for each
 * rule and number of rules is the way there that began last; a hit costs O(rules²), which the author of the rule sets.
 */
export class OrderCountWindow implements GroupWindow {
  readonly #bounds: Bounds;
  readonly #stageCount: number;
  /** `[stage * stageCount + length - 1]`: latest start of `length` rules in order, the last of them being `stage`. */
  readonly #startsMs: Float64Array;
  readonly #log: ReplayLog;
  readonly #evidence: RecentEvidence;

  constructor(bounds: Bounds, stageCount: number, maxReplay: number, maxEvidence: number) {
    this.#bounds = bounds;
    this.#stageCount = stageCount;
    this.#startsMs = new Float64Array(stageCount * stageCount).fill(Number.NEGATIVE_INFINITY);
    this.#log = new ReplayLog(maxReplay);
    this.#evidence = new RecentEvidence(maxEvidence);
  }

  get size(): number {
    return this.#log.size;
  }

  add(input: WindowInput): number {
    this.#evidence.add(input);
    if (this.#log.add(input)) {
      this.#advance(input);
      return 0;
    }
    this.#startsMs.fill(Number.NEGATIVE_INFINITY);
    for (const one of this.#log.inputs()) this.#advance(one);
    return 0;
  }

  trim(startMs: number): void {
    this.#log.trim(startMs);
  }

  clear(): void {
    this.#log.clear();
    this.#evidence.clear();
    this.#startsMs.fill(Number.NEGATIVE_INFINITY);
  }

  holds(startMs: number): boolean {
    return isWithin(this.#bounds, this.measure(startMs));
  }

  measure(startMs: number): number {
    for (let length = this.#stageCount; length > 0; length--) {
      for (let stage = 0; stage < this.#stageCount; stage++) {
        if ((this.#startsMs[stage * this.#stageCount + length - 1] ?? 0) >= startMs) return length;
      }
    }
    return 0;
  }

  evidence(startMs: number, limit: number): string[] {
    return this.#evidence.eventIds(startMs, limit);
  }

  #advance(input: WindowInput): void {
    for (let index = input.stages.length - 1; index >= 0; index--) {
      const stage = input.stages[index] ?? 0;
      const row = stage * this.#stageCount;
      this.#startsMs[row] = input.timeMs;
      for (let length = 2; length <= stage + 1; length++) {
        let bestMs = this.#startsMs[row + length - 1] ?? 0;
        for (let before = 0; before < stage; before++) {
          bestMs = Math.max(bestMs, this.#startsMs[before * this.#stageCount + length - 2] ?? 0);
        }
        this.#startsMs[row + length - 1] = bestMs;
      }
    }
  }
}
