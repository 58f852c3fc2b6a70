import type { Finding } from '../contracts/detection.ts';
import { severityRank } from '../contracts/severity.ts';
import { shareOf } from './level-tally.ts';
import type { BenignReport, DetectorCount, LevelCounts } from './report.ts';

const HIGH = severityRank('high');

/** What is found, at level high and above, in events that are known to be harmless. */
export class BenignTally {
  readonly #files = new Map<string, LevelCounts>();
  readonly #detectors = new Map<string, { title: string; events: number }>();

  addFile(file: string, counts: LevelCounts, detectors: HighFindings): void {
    this.#files.set(file, counts);
    for (const [id, { title, events }] of detectors.byDetector) {
      const known = this.#detectors.get(id) ?? { title, events: 0 };
      known.events += events;
      this.#detectors.set(id, known);
    }
  }

  report(): BenignReport | null {
    if (this.#files.size === 0) return null;
    const files = [...this.#files.values()];
    const events = files.reduce((sum, file) => sum + file.events, 0);
    const high = files.reduce((sum, file) => sum + file.high, 0);
    const detectors: DetectorCount[] = [...this.#detectors].map(([detector, { title, events: hits }]) => ({
      detector,
      title,
      events: hits,
    }));
    detectors.sort((a, b) => b.events - a.events || (a.detector < b.detector ? -1 : 1));
    return {
      events,
      high,
      high_share: shareOf(high, events),
      files: Object.fromEntries(this.#files),
      high_by_detector: detectors,
    };
  }
}

/** Which detectors find something of level high and above, and in how many events. */
export class HighFindings {
  readonly byDetector = new Map<string, { readonly title: string; events: number }>();

  add(finding: Finding): void {
    if (severityRank(finding.severity) < HIGH) return;
    const known = this.byDetector.get(finding.detector_id);
    if (known === undefined) this.byDetector.set(finding.detector_id, { title: finding.title, events: 1 });
    else known.events++;
  }
}
