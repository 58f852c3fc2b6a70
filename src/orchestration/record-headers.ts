import type { BusRecord } from '../bus/bus.ts';
import { deadLetterReasons } from '../contracts/dead-letter.ts';
import type { Origin, ReadResult } from '../events/events.ts';

/**
 * What travels beside a record that came through a door of ours, so that reading it again leads to the same
 * event. A record that was rejected carries the verdict, because its bytes may have been cut off.
 */
export function recordHeaders(
  origin: { readonly position: string; readonly receivedAtMs: number; readonly format: string | undefined },
  results: readonly ReadResult[],
): Record<string, string> {
  const headers: Record<string, string> = {
    position: origin.position,
    received_at: String(origin.receivedAtMs),
  };
  if (origin.format !== undefined) headers.format = origin.format;
  const [first] = results;
  if (results.length === 1 && first?.kind === 'rejected') {
    headers.rejected = first.reason;
    headers.detail = first.detail;
  }
  return headers;
}

/** The verdict a door has passed on the record, or null when it has to be read. */
export function rejectionIn(record: BusRecord): Extract<ReadResult, { kind: 'rejected' }> | null {
  const reason = deadLetterReasons.find((known) => known === record.headers?.rejected);
  if (reason === undefined) return null;
  return {
    kind: 'rejected',
    reason,
    detail: record.headers?.detail ?? 'Rejected at the door.',
    format: record.headers?.format ?? null,
  };
}

/**
 * Where the record came in: as its door said, else its place on the bus. Worked out only when asked, since an event
 * in the native envelope needs none of it.
 */
export class RecordOrigin implements Origin {
  readonly #record: BusRecord;
  readonly #topic: string;
  /** Declared so that the format a door was told stays optional, as `Origin` has it. */
  declare readonly format?: string;

  constructor(record: BusRecord, topic: string) {
    this.#record = record;
    this.#topic = topic;
    const format = record.headers?.format;
    if (format !== undefined) this.format = format;
  }

  get position(): string {
    const { headers, partition, offset } = this.#record;
    return headers?.position ?? `${this.#topic}-${partition}@${offset}`;
  }

  get receivedAtMs(): number {
    const { headers, timestampMs } = this.#record;
    const receivedAt = Number(headers?.received_at);
    return Number.isFinite(receivedAt) ? receivedAt : timestampMs;
  }
}
