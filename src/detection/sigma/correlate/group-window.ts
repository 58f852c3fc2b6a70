/** A hit as one group sees it. */
export interface WindowInput {
  readonly timeMs: number;
  readonly eventId: string;
  /** Positions in the correlation's list of rules that the hit stands for. */
  readonly stages: readonly number[];
  /** Of `value_count`: the value; empty otherwise. */
  readonly text: string;
  /** Of `value_sum`, `value_avg` and `value_percentile`: the value; 0 otherwise. */
  readonly number: number;
  /** Events that the hit of another correlation rests on; null for that of a detection rule. */
  readonly evidence: readonly string[] | null;
}

/** What one group of one correlation remembers. Every step is O(1) or O(log n) amortised, apart from late inputs. */
export interface GroupWindow {
  /** Entries held, for the budget. */
  readonly size: number;
  /** Takes a hit in; tells how many entries it had to forget for want of room. */
  add(input: WindowInput): number;
  /** Forgets what happened before `startMs`. */
  trim(startMs: number): void;
  clear(): void;
  /** Whether the condition holds over what happened from `startMs` on. */
  holds(startMs: number): boolean;
  /** What is counted or measured; null when nothing is. */
  measure(startMs: number): number | null;
  /** Events it rests on, oldest first, at most `limit`: the newest. */
  evidence(startMs: number, limit: number): string[];
}

/** A window that waits for something not to happen. */
export interface WaitingWindow extends GroupWindow {
  /** Start of the sequence that waits, milliseconds; null when none does. */
  readonly waitingSinceMs: number | null;
  /** The correlation was reported for this group. */
  markTold(timeMs: number): void;
  /** Ends the wait: the sequence with its events, the last one being what completed it. */
  endWait(): { readonly eventId: string; readonly evidence: readonly string[] } | null;
}

export function isWaitingWindow(window: GroupWindow): window is WaitingWindow {
  return 'endWait' in window;
}
