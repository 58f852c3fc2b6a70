import type { Bounds } from '../rule.ts';
import { isWithin } from './bounds.ts';
import type { GroupWindow, WindowInput } from './group-window.ts';
import { newestIds } from './recent-evidence.ts';
import type { PresenceTest } from './temporal-plan.ts';

/** `temporal`: which of the rules have fired. The last hit of each is all that matters. */
export class PresenceWindow implements GroupWindow {
  readonly #bounds: Bounds | null;
  readonly #test: PresenceTest | null;
  readonly #last: (WindowInput | null)[];
  readonly size = 1;

  constructor(stageCount: number, bounds: Bounds | null, test: PresenceTest | null) {
    this.#bounds = bounds;
    this.#test = test;
    this.#last = Array.from({ length: stageCount }, () => null);
  }

  add(input: WindowInput): number {
    for (const stage of input.stages) {
      const last = this.#last[stage];
      if (last === undefined) continue;
      if (last === null || last.timeMs <= input.timeMs) this.#last[stage] = input;
    }
    return 0;
  }

  trim(): void {
    // Hits that have left the window are overwritten; until then `holds` passes over them.
  }

  clear(): void {
    this.#last.fill(null);
  }

  holds(startMs: number): boolean {
    const isPresent = (stage: number): boolean => (this.#last[stage]?.timeMs ?? -Infinity) >= startMs;
    if (this.#test !== null) return this.#test(isPresent);
    if (this.#bounds !== null) return isWithin(this.#bounds, this.#present(startMs).length);
    return this.#last.every((_, stage) => isPresent(stage));
  }

  measure(startMs: number): number | null {
    return this.#bounds === null ? null : this.#present(startMs).length;
  }

  evidence(startMs: number, limit: number): string[] {
    const inputs = this.#present(startMs).sort((left, right) => left.timeMs - right.timeMs);
    return newestIds(
      inputs.flatMap((input) => input.evidence ?? [input.eventId]),
      limit,
    );
  }

  #present(startMs: number): WindowInput[] {
    return this.#last
      .filter((input) => input !== null && input.timeMs >= startMs)
      .filter((input) => input !== null);
  }
}
