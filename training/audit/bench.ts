import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Finding } from '../../src/contracts/detection.ts';
import type { SecurityEvent } from '../../src/contracts/security-event.ts';
import { createAuditDetector } from '../../src/detection/audit/audit-detector.ts';
import { createReader } from '../../src/events/read.ts';
import { isJsonObject } from '../../src/json.ts';

/** `node training/audit/bench.ts FILE.jsonl.gz …`: findings and microseconds an event, by file. */
const read = createReader({ maxRecordBytes: 1 << 20 });
for (const path of process.argv.slice(2)) {
  const events: SecurityEvent[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString('utf8').split('\n')) {
    if (line === '') continue;
    const row: unknown = JSON.parse(line);
    if (!isJsonObject(row)) continue;
    const record = row['event'] === undefined ? String(row['raw']) : JSON.stringify(row['event']);
    const result = read(Buffer.from(record), {
      position: String(row['id']),
      receivedAtMs: 1_700_000_000_000,
    })[0];
    if (result?.kind === 'event') events.push(result.event);
  }
  const state = createAuditDetector().open();
  const findings: Finding[] = [];
  for (const event of events) state.inspect(event, 0, findings, []);
  const found = findings.length;
  const rounds = Math.max(1, Math.ceil(20_000 / Math.max(1, events.length)));
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round += 1) for (const event of events) state.inspect(event, 0, [], []);
  const micros = Number(process.hrtime.bigint() - start) / 1000 / rounds / Math.max(1, events.length);
  process.stdout.write(
    `${path.split('/').at(-1)}: ${events.length} events, ${found} findings (${((100 * found) / Math.max(1, events.length)).toFixed(2)} %), ${micros.toFixed(1)} µs an event\n`,
  );
}
