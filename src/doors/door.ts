import type { Log } from '../observability/log.ts';

/** One record as it came in, and the name of this delivery (see `Origin.position`). */
export interface DoorRecord {
  readonly value: Buffer;
  readonly position: string;
  /** Set when the record was larger than allowed: its true size in bytes. `value` is then its beginning. */
  readonly oversizeBytes?: number;
}

/**
 * Where doors put what comes in. Resolves when the records are durable, and only then does a door read on or
 * remember how far it got. Rejects when they will not become durable by waiting: `createPatientAccept` wraps
 * one that may also reject for a while.
 */
export type Accept = (records: readonly DoorRecord[]) => Promise<void>;

/** Why records did not get through a door: `accept` rejected, or the queue was full (UDP only). */
export type DoorLoss = 'refused' | 'dropped';

/** What every door is given. */
export interface DoorContext {
  readonly accept: Accept;
  readonly log: Log;
  /** Counts records that did not get through. */
  readonly count: (loss: DoorLoss, records: number) => void;
  /** Largest record taken, in bytes; of a larger one only the beginning is handed on. */
  readonly maxRecordBytes: number;
}

/** A listening door. */
export interface NetworkDoor {
  /** The port it listens on, also when the system chose it. */
  readonly port: number;
  /** Takes nothing new, hands on what it has, and lets go of the port. */
  close(): Promise<void>;
}
