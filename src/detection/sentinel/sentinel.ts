import type { Analysis } from '../../contracts/analysis.ts';
import type { Case } from './case.ts';

/** An analyst that may take its time and may be lied to. The deterministic one (`deterministic.ts`) is neither. */
export interface Sentinel {
  /**
   * What to make of a case on top of `floor`, the verdict already reached: nothing in the answer is below it. Never
   * rejects; an analyst with nothing to add returns the floor itself.
   */
  analyse(subject: Case, floor: Analysis, signal: AbortSignal): Promise<Analysis>;
}
