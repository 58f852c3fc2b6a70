/**
 * Numbers in order of time, oldest first: a ring that grows by doubling. Adding in order and taking the oldest cost
 * O(1) amortised; adding late costs the entries it has to pass.
 */
export class TimeRing {
  #times: Float64Array;
  #values: Float64Array | null;
  #head = 0;
  #length = 0;

  constructor(hasValues: boolean) {
    this.#times = new Float64Array(8);
    this.#values = hasValues ? new Float64Array(8) : null;
  }

  get length(): number {
    return this.#length;
  }

  /** Time of the oldest entry; Infinity when there is none. */
  get oldestMs(): number {
    return this.#length === 0 ? Number.POSITIVE_INFINITY : (this.#times[this.#head] ?? 0);
  }

  add(timeMs: number, value: number): void {
    if (this.#length === this.#times.length) this.#grow();
    const mask = this.#times.length - 1;
    const times = this.#times;
    const values = this.#values;
    let index = this.#length;
    while (index > 0) {
      const before = (this.#head + index - 1) & mask;
      const beforeMs = times[before] ?? 0;
      if (beforeMs <= timeMs) break;
      const slot = (this.#head + index) & mask;
      times[slot] = beforeMs;
      if (values !== null) values[slot] = values[before] ?? 0;
      index--;
    }
    const slot = (this.#head + index) & mask;
    times[slot] = timeMs;
    if (values !== null) values[slot] = value;
    this.#length++;
  }

  /** Takes the oldest entry away and gives its value. */
  shift(): number {
    const value = this.#values?.[this.#head] ?? 0;
    this.#head = (this.#head + 1) & (this.#times.length - 1);
    this.#length--;
    return value;
  }

  valueAt(index: number): number {
    return this.#values?.[(this.#head + index) & (this.#times.length - 1)] ?? 0;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    this.#times = this.#doubled(this.#times);
    if (this.#values !== null) this.#values = this.#doubled(this.#values);
    this.#head = 0;
  }

  #doubled(from: Float64Array): Float64Array {
    const to = new Float64Array(from.length * 2);
    to.set(from.subarray(this.#head));
    to.set(from.subarray(0, this.#head), from.length - this.#head);
    return to;
  }
}
