import { type Severity, severityRank } from '../contracts/severity.ts';
import type { LevelCounts } from './report.ts';

/** How many events have findings, by the level of their weightiest one. */
export class LevelTally {
  /** Events by the rank of their weightiest finding, 0 (info) to 4 (critical). */
  readonly #byRank = [0, 0, 0, 0, 0];
  events = 0;

  addFlagged(rank: number): void {
    this.#byRank[rank] = (this.#byRank[rank] ?? 0) + 1;
  }

  atLeast(severity: Severity): number {
    return this.#byRank.slice(severityRank(severity)).reduce((sum, count) => sum + count, 0);
  }

  counts(): LevelCounts {
    return {
      events: this.events,
      any: this.atLeast('info'),
      low: this.atLeast('low'),
      medium: this.atLeast('medium'),
      high: this.atLeast('high'),
      critical: this.atLeast('critical'),
    };
  }
}

/** `part / whole`, to six places; null when there is no whole. */
export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6;
}
