import type { BusRecord, OutgoingRecord } from '../bus/bus.ts';
import type { OutcomeBatch } from '../store/store.ts';

/** Outcomes on their way to the ledger. */
export interface TakenOutcomes {
  readonly batch: OutcomeBatch;
  /** When the bus took the records somebody waits for, milliseconds since the epoch. */
  readonly takenAtMs: readonly number[];
  readonly records: number;
}

/**
 * What one partition of a topic has in memory. Pure but for the state it holds: the same records in the same order
 * lead to the same outcomes, which is what makes replay rebuild it.
 */
export interface PartitionWork {
  readonly partition: number;
  /** Records whose outcome is not yet on its way to the ledger. */
  readonly pendingRecords: number;
  /** Whether something waits that a person or a program downstream is waiting for. */
  readonly isUrgent: boolean;
  /** Shows records to the windows without any outcome: they have had theirs. */
  replay(records: readonly BusRecord[]): void;
  /**
   * Gives every record its outcome. Returns the records that belong to another partition: they must be durable
   * on the bus before these outcomes are written.
   */
  process(records: readonly BusRecord[]): readonly OutgoingRecord[];
  /** Takes what is pending, to be written. Null when there is nothing. */
  take(): TakenOutcomes | null;
}
