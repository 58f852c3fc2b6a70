import type { WaitingWindow, WindowInput } from './group-window.ts';
import { newestIds } from './recent-evidence.ts';
import { ReplayLog } from './replay-log.ts';
import { rolesOf, SequenceProgress, type Trail, type Wait } from './sequence-progress.ts';
import type { Sequence } from './temporal-plan.ts';

/** What all groups of one ordered correlation share. */
export interface SequencePlan {
  readonly sequences: readonly { readonly sequence: Sequence; readonly roles: ReturnType<typeof rolesOf> }[];
  readonly timespanMs: number;
  /** How far before the window something forbidden still matters. */
  readonly lookBackMs: number;
}

export function planSequences(
  sequences: readonly Sequence[],
  stageCount: number,
  timespanMs: number,
): SequencePlan {
  const looksBack = sequences.some((sequence) => (sequence.forbidden[0]?.length ?? 0) > 0);
  return {
    sequences: sequences.map((sequence) => ({ sequence, roles: rolesOf(sequence, stageCount) })),
    timespanMs,
    lookBackMs: looksBack ? timespanMs : 0,
  };
}

/** `temporal_ordered`: the rules in their order, or the sequences that its condition allows. */
export class SequenceWindow implements WaitingWindow {
  readonly #plan: SequencePlan;
  readonly #progress: readonly SequenceProgress[];
  readonly #log: ReplayLog;
  #startMs = Number.NEGATIVE_INFINITY;

  constructor(plan: SequencePlan, maxReplay: number) {
    this.#plan = plan;
    this.#progress = plan.sequences.map(
      ({ sequence, roles }) => new SequenceProgress(sequence, roles, plan.timespanMs),
    );
    this.#log = new ReplayLog(maxReplay);
  }

  get size(): number {
    return this.#log.size;
  }

  get waitingSinceMs(): number | null {
    return this.#firstWait()?.startMs ?? null;
  }

  add(input: WindowInput): number {
    if (this.#log.add(input)) {
      for (const progress of this.#progress) progress.add(input, this.#startMs);
      return 0;
    }
    // Late: what has already been concluded may rest on a wrong order.
    for (const progress of this.#progress) progress.clear();
    for (const one of this.#log.inputs()) {
      for (const progress of this.#progress) progress.add(one, this.#startMs);
    }
    return 0;
  }

  trim(startMs: number): void {
    this.#startMs = startMs;
    this.#log.trim(startMs - this.#plan.lookBackMs);
  }

  clear(): void {
    this.#log.clear();
    for (const progress of this.#progress) progress.clear();
  }

  holds(startMs: number): boolean {
    return this.#progress.some((progress) => progress.completed(startMs) !== null);
  }

  measure(): null {
    return null;
  }

  evidence(startMs: number, limit: number): string[] {
    for (const progress of this.#progress) {
      const trail = progress.completed(startMs);
      if (trail !== null) return idsOf(trail, limit);
    }
    return [];
  }

  markTold(timeMs: number): void {
    for (const progress of this.#progress) progress.markTold(timeMs);
  }

  /** Ends every wait that began no later than the first, which is the one told of. */
  endWait(): { readonly eventId: string; readonly evidence: readonly string[] } | null {
    const first = this.#firstWait();
    if (first === null) return null;
    for (const progress of this.#progress) {
      if (progress.wait !== null && progress.wait.startMs <= first.startMs) progress.endWait();
    }
    return { eventId: first.trail.input.eventId, evidence: idsOf(first.trail, Number.MAX_SAFE_INTEGER) };
  }

  #firstWait(): Wait | null {
    let first: Wait | null = null;
    for (const { wait } of this.#progress) {
      if (wait !== null && (first === null || wait.startMs < first.startMs)) first = wait;
    }
    return first;
  }
}

function idsOf(last: Trail, limit: number): string[] {
  const inputs: WindowInput[] = [];
  for (let trail: Trail | null = last; trail !== null; trail = trail.before) inputs.push(trail.input);
  return newestIds(
    inputs.reverse().flatMap((input) => input.evidence ?? [input.eventId]),
    limit,
  );
}
