import type { WindowInput } from './group-window.ts';

/** The recent inputs of an ordered window, in order of time, so that a late one can be put in its place. */
export class ReplayLog {
  readonly #limit: number;
  #inputs: WindowInput[] = [];
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#inputs.length - this.#head;
  }

  /** Puts the input in its place; true when that is the end. Of equal times the one that came first stays first. */
  add(input: WindowInput): boolean {
    const inputs = this.#inputs;
    if (this.size >= this.#limit) this.#head++;
    if (this.#head > 32 && this.#head * 2 > inputs.length) {
      inputs.splice(0, this.#head);
      this.#head = 0;
    }
    let index = inputs.length;
    while (index > this.#head && (inputs[index - 1]?.timeMs ?? 0) > input.timeMs) index--;
    if (index === inputs.length) {
      inputs.push(input);
      return true;
    }
    inputs.splice(index, 0, input);
    return false;
  }

  trim(startMs: number): void {
    while (this.#head < this.#inputs.length && (this.#inputs[this.#head]?.timeMs ?? 0) < startMs)
      this.#head++;
  }

  clear(): void {
    this.#inputs = [];
    this.#head = 0;
  }

  inputs(): readonly WindowInput[] {
    return this.#inputs.slice(this.#head);
  }
}
