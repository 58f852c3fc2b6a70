/**
 * A running sum that loses almost nothing to rounding, whatever the order of magnitudes. (Neumaier, Rundungsfehler-
 * analyse einiger Verfahren zur Summation endlicher Summen, 1974.)
 */
export class CompensatedSum {
  #sum = 0;
  #lost = 0;

  get value(): number {
    return this.#sum + this.#lost;
  }

  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  clear(): void {
    this.#sum = 0;
    this.#lost = 0;
  }
}
