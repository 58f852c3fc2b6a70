import { setTimeout as delay } from 'node:timers/promises';
import type { Accept } from '../doors/door.ts';
import { type Recorded, retold } from './recording.ts';

export interface ReplayOptions {
  readonly recording: readonly Recorded[];
  /** Time of the first record, milliseconds since the epoch. */
  readonly startMs: number;
  /** How many times faster than it happened, at least 1; Infinity does not wait at all. */
  readonly speed: number;
  /** Makes ids of this replay differ from those of another. */
  readonly run: string;
  readonly accept: Accept;
  /** Called before each record goes in. */
  readonly onRecord?: (record: Recorded, line: string) => void;
}

/** Puts the recording in through a door, in order. Resolves when all of it is durable. */
export async function replay(options: ReplayOptions): Promise<void> {
  let atMs = 0;
  for (const [index, record] of options.recording.entries()) {
    const waitMs = (record.at_ms - atMs) / options.speed;
    if (waitMs >= 1) await delay(waitMs);
    atMs = record.at_ms;
    const line = retold(record, options.startMs, options.run);
    options.onRecord?.(record, line);
    await options.accept([{ value: Buffer.from(line), position: `recording/${options.run}/${index}` }]);
  }
}
