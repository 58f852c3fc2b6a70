import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { VerticeError } from '../errors.ts';

/** One record of the attack: `{time}` stands where the sensor wrote its time, `{run}` where ids must be new. */
const RecordedSchema = Type.Object({
  at_ms: Type.Integer({ minimum: 0, description: 'Since the start of the recording, milliseconds.' }),
  format: Type.String(),
  line: Type.String(),
});
export type Recorded = Static<typeof RecordedSchema>;
const Line = Compile(RecordedSchema);

export const recordingFile = fileURLToPath(new URL('attack.ndjson', import.meta.url));

/** The recording, oldest first. Throws VTC_USAGE, naming the line, when the file is damaged. */
export function readRecording(file = recordingFile): readonly Recorded[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const record: unknown = JSON.parse(line);
      if (Line.Check(record)) return record;
      throw new VerticeError(
        'VTC_USAGE',
        `${file}:${index + 1}: expected at_ms, format and line of a recording.`,
      );
    });
}

/** The record as its sensor would have written it, had the recording begun at `startMs` (since the epoch). */
export function retold(record: Recorded, startMs: number, run: string): string {
  const time = new Date(startMs + record.at_ms).toISOString();
  return record.line.replaceAll('{time}', time).replaceAll('{run}', run);
}
