import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { SecurityEvent } from '../../src/contracts/security-event.ts';
import { createReader } from '../../src/events/read.ts';
import { isJsonObject } from '../../src/json.ts';

/** One labelled case: the event as the product reads it, and what is expected of it. */
export interface LabelledCase {
  readonly id: string;
  /** The rule whose test it is: cases of one rule stay together in cross-validation. */
  readonly rule: string;
  /** The log type. */
  readonly kind: string;
  readonly isSuspicious: boolean;
  readonly event: SecurityEvent;
  /** Whether the reader knew it without being told the format. */
  readonly isRecognised: boolean;
}

/** Reads a file of labelled cases, every event through the door of the product. */
export function readCases(path: string): LabelledCase[] {
  const read = createReader({ maxRecordBytes: 1 << 20 });
  const cases: LabelledCase[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const row: unknown = JSON.parse(line);
    if (!isJsonObject(row)) continue;
    const bytes = Buffer.from(JSON.stringify(row['event']));
    const origin = { position: String(row['id']), receivedAtMs: 1_700_000_000_000 };
    const plain = read(bytes, origin)[0];
    // A record without any time is refused by the door; given its format it is read all the same.
    const result = plain?.kind === 'event' ? plain : read(bytes, { ...origin, format: 'generic-json' })[0];
    if (result?.kind !== 'event') continue;
    cases.push({
      id: String(row['id']),
      rule: String(row['scn']),
      kind: String(row['fmt']).replace('panther:', ''),
      isSuspicious: row['fire'] === true,
      event: result.event,
      isRecognised: plain?.kind === 'event',
    });
  }
  return cases;
}
