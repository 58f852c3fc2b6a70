import type { DeadLetterReason } from './dead-letter.ts';

/**
 * How a body is cut into records. `lines`: one record a line, whatever a line holds, so that one line cannot change
 * how its neighbours are read. `detect`: the first line tells lines from a JSON document.
 */
export type Framing = 'lines' | 'detect';

/** How the body of one request is to be taken in. */
export interface IngestOptions {
  /**
   * Names this delivery: a request that is repeated under the same `Idempotency-Key` has the same one, so
   * that positions, and the event ids made from them, come out equal.
   */
  readonly requestId: string;
  readonly framing: Framing;
  /** Format to use instead of recognising one. */
  readonly format?: string;
}

/** One record that could not be read. */
export interface RejectedRecord {
  /** Where in the request, counted from 0. */
  readonly position: number;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** What became of the records of one request. */
export interface IngestSummary {
  readonly accepted: number;
  /** Records that could not be read and are kept as dead letters. */
  readonly dead_lettered: number;
  /** The first 100 of them. */
  readonly rejected: readonly RejectedRecord[];
  /** How many were recognised as which format. */
  readonly formats: Readonly<Record<string, number>>;
}
