import type { WindowInput } from './group-window.ts';
import type { Sequence } from './temporal-plan.ts';

/** The hits that a sequence has come through so far, newest first. */
export interface Trail {
  readonly input: WindowInput;
  readonly before: Trail | null;
}

/** A completed sequence that must still see nothing forbidden. */
export interface Wait {
  readonly startMs: number;
  readonly trail: Trail;
}

type Role =
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'forbidden'; readonly gap: number };

/** What each rule of the correlation, by position, means to a sequence; null where nothing. */
export function rolesOf(sequence: Sequence, stageCount: number): (Role | null)[] {
  return Array.from({ length: stageCount }, (_, stage) => {
    const step = sequence.steps.indexOf(stage);
    if (step >= 0) return { kind: 'step', step };
    const gap = sequence.forbidden.findIndex((stages) => stages.includes(stage));
    return gap >= 0 ? { kind: 'forbidden', gap } : null;
  });
}

/**
 * How far one sequence has come in one group. For each step it keeps the way there that began last: whatever an
 * earlier beginning can still complete within the timespan, the latest can too. One hit costs O(its steps).
 */
export class SequenceProgress {
  readonly #sequence: Sequence;
  readonly #roles: readonly (Role | null)[];
  readonly #timespanMs: number;
  readonly #startsMs: Float64Array;
  readonly #trails: (Trail | null)[];
  /** When something that must not come before the first step last did. */
  #spoiledMs = Number.NEGATIVE_INFINITY;
  #wait: Wait | null = null;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(sequence: Sequence, roles: readonly (Role | null)[], timespanMs: number) {
    this.#sequence = sequence;
    this.#roles = roles;
    this.#timespanMs = timespanMs;
    this.#startsMs = new Float64Array(sequence.steps.length).fill(Number.NEGATIVE_INFINITY);
    this.#trails = sequence.steps.map(() => null);
  }

  /** Completed and waiting for nothing forbidden to come after it. */
  get wait(): Wait | null {
    return this.#wait;
  }

  endWait(): void {
    this.#wait = null;
  }

  /** The correlation was reported: a wait that ends within a timespan of it will not be news. */
  markTold(timeMs: number): void {
    this.#toldMs = timeMs;
  }

  /** Takes the next hit, in order of time. `startMs` is where the window begins now. */
  add(input: WindowInput, startMs: number): void {
    const { stages } = input;
    // Later steps first, so that one hit does not take two steps.
    for (let index = stages.length - 1; index >= 0; index--) {
      const role = this.#roles[stages[index] ?? 0] ?? null;
      if (role === null) continue;
      if (role.kind === 'step') this.#advance(role.step, input, startMs);
      else this.#spoil(role.gap, input.timeMs);
    }
  }

  clear(): void {
    this.#startsMs.fill(Number.NEGATIVE_INFINITY);
    this.#trails.fill(null);
    this.#spoiledMs = Number.NEGATIVE_INFINITY;
    this.#wait = null;
  }

  /** Its hits, when the whole sequence lies within the window and nothing has to be waited for. */
  completed(startMs: number): Trail | null {
    if (this.#isAwaiting()) return null;
    const last = this.#startsMs.length - 1;
    return (this.#startsMs[last] ?? 0) >= startMs ? (this.#trails[last] ?? null) : null;
  }

  #advance(step: number, input: WindowInput, startMs: number): void {
    if (step === 0) {
      if (input.timeMs - this.#spoiledMs <= this.#timespanMs) return;
      this.#startsMs[0] = input.timeMs;
      this.#trails[0] = { input, before: null };
    } else {
      const beganMs = this.#startsMs[step - 1] ?? 0;
      if (beganMs < startMs) return;
      this.#startsMs[step] = beganMs;
      this.#trails[step] = { input, before: this.#trails[step - 1] ?? null };
    }
    const trail = this.#trails[step] ?? null;
    if (step === this.#startsMs.length - 1 && trail !== null && this.#isAwaiting())
      this.#startWait(trail, step);
  }

  /** The first wait stands: later ones end within a timespan of it. Unless it is itself too close to what was told. */
  #startWait(trail: Trail, step: number): void {
    if (this.#wait !== null && this.#wait.startMs > this.#toldMs) return;
    this.#wait = { startMs: this.#startsMs[step] ?? 0, trail };
  }

  #spoil(gap: number, timeMs: number): void {
    if (gap === 0) {
      this.#spoiledMs = timeMs;
      return;
    }
    this.#startsMs[gap - 1] = Number.NEGATIVE_INFINITY;
    if (gap === this.#startsMs.length) this.#wait = null;
  }

  #isAwaiting(): boolean {
    return (this.#sequence.forbidden[this.#sequence.steps.length]?.length ?? 0) > 0;
  }
}
