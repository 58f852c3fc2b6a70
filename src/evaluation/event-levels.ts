import type { Finding } from '../contracts/detection.ts';
import { severityRank } from '../contracts/severity.ts';
import type { LevelTally } from './level-tally.ts';

/** Events remembered before they are counted: more in one scenario are counted in stretches. */
const MAX_EVENTS = 200_000;

/** The level of each event of a scenario, while findings on it may still come. */
export class EventLevels {
  readonly #ranks = new Map<string, number>();
  readonly #tally: LevelTally;

  constructor(tally: LevelTally) {
    this.#tally = tally;
  }

  add(rowId: string, { severity }: Finding): void {
    if (this.#ranks.size >= MAX_EVENTS && !this.#ranks.has(rowId)) this.settle();
    this.#ranks.set(rowId, Math.max(this.#ranks.get(rowId) ?? 0, severityRank(severity)));
  }

  /** Counts the events; none of them will be found in again. */
  settle(): void {
    for (const rank of this.#ranks.values()) this.#tally.addFlagged(rank);
    this.#ranks.clear();
  }
}
