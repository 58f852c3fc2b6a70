import type { Finding } from '../contracts/detection.ts';
import type { RuleSignal } from '../contracts/rule-signal.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { DetectorState } from '../detection/detector.ts';
import type { CorrelationSignal, CorrelationState } from '../detection/sigma/correlation.ts';
import { findingOfRule } from '../detection/sigma/finding.ts';
import type { Product } from './product.ts';

/** An event, and the id of the row that it was read from: what findings on it are counted under. */
export interface ShownEvent {
  readonly rowId: string;
  readonly event: SecurityEvent;
}

/** A finding, on an event that was shown. */
export type FindingListener = (shown: ShownEvent, finding: Finding) => void;

interface Waiting {
  readonly shown: ShownEvent;
  readonly timeMs: number;
  readonly states: readonly DetectorState[];
}

interface WaitingSignal {
  readonly signal: CorrelationSignal;
  readonly shown: ShownEvent;
}

/** Events and signals that wait for those before them in time; a longer scenario is sorted in stretches. */
const MAX_WAITING = 20_000;

/**
 * The detectors of the product on one stretch of events, from empty memories. Detectors without a memory see the
 * events as they come; those that count, and the correlations, see theirs in the order of time, as sensors that
 * report on time would show them.
 */
export class DetectorRun {
  readonly #product: Product;
  readonly #onFinding: FindingListener;
  readonly #forgetful: readonly { types: ReadonlySet<string> | null; state: DetectorState }[];
  readonly #counting: readonly { types: ReadonlySet<string> | null; state: DetectorState }[];
  #correlations: CorrelationState | null = null;
  #waiting: Waiting[] = [];
  #signals: WaitingSignal[] = [];

  constructor(product: Product, onFinding: FindingListener) {
    this.#product = product;
    this.#onFinding = onFinding;
    const opened = product.detectors.map((detector) => ({
      types: detector.eventTypes,
      windowMs: detector.windowMs,
      state: detector.open(),
    }));
    this.#forgetful = opened.filter(({ windowMs }) => windowMs === 0);
    this.#counting = opened.filter(({ windowMs }) => windowMs > 0);
  }

  show(shown: ShownEvent): void {
    const { event } = shown;
    const timeMs = Date.parse(event.timestamp);
    const states = concerned(this.#counting, event);
    if (states.length > 0) this.#waiting.push({ shown, timeMs, states });
    this.#inspect({ shown, timeMs, states: concerned(this.#forgetful, event) });
    if (this.#waiting.length >= MAX_WAITING || this.#signals.length >= MAX_WAITING) this.settle();
  }

  /** Shows what has waited. To be called at the end; what is shown later is taken for later in time. */
  settle(): void {
    const waiting = this.#waiting.sort((a, b) => a.timeMs - b.timeMs);
    this.#waiting = [];
    for (const one of waiting) this.#inspect(one);
    const signals = this.#signals.sort((a, b) => a.signal.timeMs - b.signal.timeMs);
    this.#signals = [];
    if (signals.length > 0) this.#correlate(signals);
  }

  #inspect({ shown, timeMs, states }: Waiting): void {
    const findings: Finding[] = [];
    const signals: RuleSignal[] = [];
    for (const state of states) state.inspect(shown.event, timeMs, findings, signals);
    for (const finding of findings) this.#onFinding(shown, finding);
    for (const one of signals) for (const signal of one.signals) this.#signals.push({ signal, shown });
  }

  #correlate(signals: readonly WaitingSignal[]): void {
    const { book } = this.#product;
    this.#correlations ??= book.active.correlations.open();
    for (const { signal, shown } of signals) {
      for (const { rule, group, evidenceEventIds } of this.#correlations.observe(signal)) {
        if (!book.isReported(rule)) continue;
        const fields = Object.entries(group).map(([field, value]) => ({ field, value }));
        this.#onFinding(shown, findingOfRule(rule, evidenceEventIds, fields));
      }
    }
  }
}

function concerned(
  detectors: readonly { types: ReadonlySet<string> | null; state: DetectorState }[],
  event: SecurityEvent,
): readonly DetectorState[] {
  return detectors
    .filter(({ types }) => types === null || types.has(event.event_type))
    .map(({ state }) => state);
}
