import type { Bounds } from '../rule.ts';
import { isWithin } from './bounds.ts';
import type { GroupWindow, WindowInput } from './group-window.ts';
import { newestIds } from './recent-evidence.ts';

/** A value and when it was last seen, in a list from the one seen longest ago to the newest. */
interface Sighting {
  readonly value: string;
  timeMs: number;
  input: WindowInput;
  older: Sighting | null;
  newer: Sighting | null;
}

/**
 * `value_count`: how many distinct values. A value is in the window as long as its last sighting is, so one entry a
 * value is enough, and a flood of one value pushes no other out.
 */
export class DistinctWindow implements GroupWindow {
  readonly #bounds: Bounds;
  readonly #maxDistinct: number;
  readonly #sightings = new Map<string, Sighting>();
  #oldest: Sighting | null = null;
  #newest: Sighting | null = null;

  constructor(bounds: Bounds, maxDistinct: number) {
    this.#bounds = bounds;
    this.#maxDistinct = maxDistinct;
  }

  get size(): number {
    return this.#sightings.size;
  }

  add(input: WindowInput): number {
    const known = this.#sightings.get(input.text);
    if (known !== undefined) {
      if (known.timeMs > input.timeMs) return 0;
      known.timeMs = input.timeMs;
      known.input = input;
      if (known.newer === null) return 0;
      this.#unlink(known);
      this.#link(known);
      return 0;
    }
    const sighting: Sighting = { value: input.text, timeMs: input.timeMs, input, older: null, newer: null };
    this.#sightings.set(input.text, sighting);
    this.#link(sighting);
    if (this.#sightings.size > this.#maxDistinct) {
      this.#dropOldest();
      return 1;
    }
    return 0;
  }

  trim(startMs: number): void {
    while (this.#oldest !== null && this.#oldest.timeMs < startMs) this.#dropOldest();
  }

  clear(): void {
    this.#sightings.clear();
    this.#oldest = null;
    this.#newest = null;
  }

  holds(): boolean {
    return isWithin(this.#bounds, this.#sightings.size);
  }

  measure(): number {
    return this.#sightings.size;
  }

  /** One event a value: the last that showed it. */
  evidence(_startMs: number, limit: number): string[] {
    const inputs: WindowInput[] = [];
    for (let one = this.#newest; one !== null && inputs.length < limit; one = one.older)
      inputs.push(one.input);
    const ids = inputs.reverse().flatMap((input) => input.evidence ?? [input.eventId]);
    return newestIds(ids, limit);
  }

  #dropOldest(): void {
    const oldest = this.#oldest;
    if (oldest === null) return;
    this.#unlink(oldest);
    this.#sightings.delete(oldest.value);
  }

  #link(sighting: Sighting): void {
    let older = this.#newest;
    while (older !== null && older.timeMs > sighting.timeMs) older = older.older;
    const newer = older === null ? this.#oldest : older.newer;
    sighting.older = older;
    sighting.newer = newer;
    if (older === null) this.#oldest = sighting;
    else older.newer = sighting;
    if (newer === null) this.#newest = sighting;
    else newer.older = sighting;
  }

  #unlink(sighting: Sighting): void {
    const { older, newer } = sighting;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
  }
}
