import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DoorRecord } from '../doors/door.ts';
import { readRecording, retold } from './recording.ts';
import { replay } from './replay.ts';

describe('the recording', () => {
  it('holds the attack and the ordinary work around it, in order', () => {
    const recording = readRecording();
    const times = recording.map((record) => record.at_ms);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const text = recording.map((record) => record.line).join('\n');
    expect(text.match(/Failed password for .* from 198\.51\.100\.77/g)?.length).toBeGreaterThan(20);
    expect(text).toMatch(/Accepted password for deploy from 198\.51\.100\.77/);
    expect(text.match(/Failed password for maria from 192\.0\.2\.21/g)).toHaveLength(2);
    expect(text).toMatch(/Accepted password for maria from 192\.0\.2\.21/);
  });

  it('is told anew with the time and the ids of the run', () => {
    const record = { at_ms: 1_500, format: 'syslog', line: '{time} web-1 sshd: {run}' };
    expect(retold(record, 0, 'r1')).toBe('1970-01-01T00:00:01.500Z web-1 sshd: r1');
  });

  it('that is damaged is refused with the line', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'recording-')), 'damaged');
    writeFileSync(file, '{"at_ms":1,"format":"syslog","line":"x"}\n{"at_ms":-1}\n');
    expect(() => readRecording(file)).toThrow(/damaged:2/);
  });

  it('goes in record by record, each under a position of its own', async () => {
    const records: DoorRecord[] = [];
    const heard: string[] = [];
    await replay({
      recording: readRecording().slice(0, 3),
      startMs: 0,
      speed: 1_000,
      run: 'r1',
      accept: async (batch) => void records.push(...batch),
      onRecord: (_, line) => heard.push(line),
    });
    expect(records.map((record) => record.position)).toEqual([
      'recording/r1/0',
      'recording/r1/1',
      'recording/r1/2',
    ]);
    expect(records.map((record) => record.value.toString())).toEqual(heard);
  });
});
