import type { DeadLetterReason } from '../contracts/dead-letter.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';

/** How a record came in. Normalising is a pure function of the record's bytes and this. */
export interface Origin {
  /**
   * Names this delivery and no other (`file:inode:offset`, `topic-partition@offset`, `request/3`). An event
   * whose sensor gives it no identity gets one from its bytes and this, so that two equal log lines stay
   * two events, and one line read twice stays one.
   */
  readonly position: string;
  /** When we got it, milliseconds since the epoch: fills in a missing year, date or time. */
  readonly receivedAtMs: number;
  /** Format to use instead of recognising one. */
  readonly format?: string;
}

export type ReadResult =
  | {
      readonly kind: 'event';
      readonly event: SecurityEvent;
      readonly format: string;
      /** The record's bytes are this event's JSON, nothing added or respelled: `recallEvent` may read it back. */
      readonly isVerbatim: boolean;
    }
  | {
      readonly kind: 'rejected';
      readonly reason: DeadLetterReason;
      /** What was expected, what came, where in the record; without the payload. */
      readonly detail: string;
      readonly format: string | null;
    };

/** The results of one record, kept beside its bytes so that they need not be worked out again. */
export class ReadRecord {
  readonly results: readonly ReadResult[];
  constructor(results: readonly ReadResult[]) {
    this.results = results;
  }
}
