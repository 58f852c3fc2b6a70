import type { SecurityEvent } from '../contracts/security-event.ts';
import { isJsonObject } from '../json.ts';

/**
 * Reads back an event that a door of ours has put, as it stands, where nobody else can write. It has been through
 * every check once, so that only its shape is looked at again; null when it is no such event after all, and the
 * reader has to say what it is.
 */
export function recallEvent(value: Buffer): SecurityEvent | null {
  try {
    const parsed: unknown = JSON.parse(value.toString('utf8'));
    return isEnvelope(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isEnvelope(value: unknown): value is SecurityEvent {
  return (
    isJsonObject(value) &&
    typeof value.event_id === 'string' &&
    typeof value.timestamp === 'string' &&
    typeof value.event_type === 'string' &&
    typeof value.source === 'string' &&
    isJsonObject(value.payload) &&
    isJsonObject(value.context)
  );
}
