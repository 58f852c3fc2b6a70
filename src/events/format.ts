import type { DeadLetterReason } from '../contracts/dead-letter.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { JsonObject } from '../json.ts';
import type { Origin } from './events.ts';

/** Why a record of a recognised format cannot become an event. */
export interface Rejection {
  readonly rejected: Extract<DeadLetterReason, 'invalid_record' | 'invalid_envelope'>;
  /** Field, what was expected, what came. */
  readonly detail: string;
}

export function isRejection(value: SecurityEvent | Rejection): value is Rejection {
  return 'rejected' in value;
}

/** A format whose records are JSON objects. One file each; `formats.ts` lists them all. */
export interface JsonFormat {
  readonly kind: 'json';
  /** The file's name, and what `--format` takes. */
  readonly id: string;
  readonly title: string;
  /** Cheap and sure: at most one says yes to a record, besides the generic one, which is asked last. */
  recognise(record: JsonObject): boolean;
  normalise(record: JsonObject, origin: Origin): SecurityEvent | Rejection;
}

/** A format whose records are text: one line, or several that belong together (auditd). */
export interface TextFormat {
  readonly kind: 'text';
  readonly id: string;
  readonly title: string;
  recognise(text: string): boolean;
  normalise(text: string, origin: Origin): SecurityEvent | Rejection;
}

export type SensorFormat = JsonFormat | TextFormat;
