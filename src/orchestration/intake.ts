import type { Bus, OutgoingRecord } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { entityKey } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import { type Origin, ReadRecord, type ReadResult } from '../events/events.ts';
import type { Metrics } from '../observability/metrics.ts';
import { recordHeaders } from './record-headers.ts';

/** A record as a door hands it in. */
export interface DoorRecord {
  readonly value: Buffer;
  /** See `Origin.position`. */
  readonly position: string;
  /** Set when the record was larger than allowed: its true size in bytes. `value` is then its beginning. */
  readonly oversizeBytes?: number;
}

export interface IntakeOptions {
  readonly bus: Bus;
  readonly read: (value: Buffer, origin: Origin) => readonly ReadResult[];
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** What each record turned out to be, in the order given. */
export type IntakeResult = readonly (readonly ReadResult[])[];

/**
 * The way in that all doors share: reads the records, finds whose partition each belongs to, and resolves
 * when all of them are durable on the bus. What cannot be read goes the same way, so that it has its outcome
 * (a dead letter) in the same ledger.
 */
export type Intake = (door: string, records: readonly DoorRecord[], format?: string) => Promise<IntakeResult>;

export function createIntake(options: IntakeOptions): Intake {
  const { bus, read, clock, metrics } = options;
  return async (door, records, format) => {
    const receivedAtMs = clock.now();
    const answers: (readonly ReadResult[])[] = [];
    const outgoing: OutgoingRecord[] = [];
    let accepted = 0;
    for (const { value, position, oversizeBytes } of records) {
      const results =
        oversizeBytes !== undefined
          ? [tooLarge(oversizeBytes)]
          : read(value, { position, receivedAtMs, ...(format === undefined ? {} : { format }) });
      answers.push(results);
      const first = results[0];
      if (first?.kind === 'event') accepted++;
      outgoing.push({
        key: first?.kind === 'event' ? entityKey(first.event) : position,
        value,
        attachment: new ReadRecord(results),
        ...(carriesItself(results)
          ? undefined
          : { headers: recordHeaders({ position, receivedAtMs, format }, results) }),
      });
    }
    await bus.publish(topics.events, outgoing);
    metrics.doorRecords.inc({ door, status: 'accepted' }, accepted);
    metrics.doorRecords.inc({ door, status: 'rejected' }, records.length - accepted);
    return answers;
  };
}

/** An event that is its own bytes has its identity and its time in itself: nothing need travel beside it. */
function carriesItself(results: readonly ReadResult[]): boolean {
  const first = results[0];
  return results.length === 1 && first?.kind === 'event' && first.isVerbatim;
}

function tooLarge(bytes: number): ReadResult {
  const detail = `Expected at most VERTICE_MAX_RECORD_BYTES; the record has ${bytes} bytes.`;
  return { kind: 'rejected', reason: 'too_large', detail, format: null };
}
