import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../contracts/detection.ts';
import { createReader } from '../../events/read.ts';
import { isJsonObject, type JsonObject } from '../../json.ts';
import { createAuditDetector } from './audit-detector.ts';

const folder = new URL('../../../../shared/data/detection/', import.meta.url);
const read = createReader({ maxRecordBytes: 1 << 20 });
const state = createAuditDetector().open();

function rowsOf(file: string): JsonObject[] {
  const lines = gunzipSync(readFileSync(new URL(file, folder)))
    .toString('utf8')
    .split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(isJsonObject);
}

/** Highest confidence over the events that the door makes of a row; 0 where it refuses it. */
function confidenceIn(row: JsonObject): number {
  const findings: Finding[] = [];
  const record = row['raw'] ?? JSON.stringify(row['event']);
  for (const result of read(Buffer.from(String(record)), { position: String(row['id']), receivedAtMs: 0 })) {
    if (result.kind === 'event') state.inspect(result.event, 0, findings, []);
  }
  return Math.max(0, ...findings.map((finding) => finding.confidence));
}

describe.skipIf(!existsSync(folder))('on recorded data (skipped where it is absent)', () => {
  it('separates what rules of the field fire on from its near misses', () => {
    const rows = rowsOf('panther-cases.jsonl.gz');
    const share = (fire: boolean): number => {
      const group = rows.filter((row) => row['fire'] === fire);
      return group.filter((row) => confidenceIn(row) >= 0.5).length / group.length;
    };
    expect(share(true)).toBeGreaterThan(0.78);
    expect(share(false)).toBeLessThan(0.22);
  });

  it('finds every cloud attack that was carried out', () => {
    const found = new Map<string, number>();
    for (const row of rowsOf('cloudtrail-stratus.jsonl.gz')) {
      const scenario = String(row['scn']);
      found.set(scenario, Math.max(found.get(scenario) ?? 0, confidenceIn(row)));
    }
    expect(found.size).toBeGreaterThan(10);
    expect([...found].filter(([, confidence]) => confidence < 0.5)).toEqual([]);
  });

  it('is silent on hosts at work', () => {
    for (const file of ['benign-windows-system.jsonl.gz', 'benign-linux-process.jsonl.gz']) {
      expect(rowsOf(file).filter((row) => confidenceIn(row) >= 0.5)).toEqual([]);
    }
  });
});
