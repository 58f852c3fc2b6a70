import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../../events/read.ts';
import { isJsonObject } from '../../../json.ts';
import { loadRules } from '../rule-archive.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import { toSigmaEvent } from '../taxonomy/to-sigma-event.ts';
import { createSigmaEngine } from './create-sigma-engine.ts';

const folder = fileURLToPath(new URL('../../../../../shared/data/detection/', import.meta.url));
const isThere = existsSync(folder);
if (!isThere) process.stderr.write('corpus.test.ts skips: ../shared/data/detection is not there\n');

/** The large file by a sample, the others by all that is listed to match and a sample of the rest. */
const everyNth: Readonly<Record<string, number>> = {
  'otrf-windows': 120,
  'sigmahq-regression': 1,
  'evtx-to-mitre': 12,
  'benign-linux-process': 6,
  'benign-windows-system': 120,
  'panther-cases': 4,
  'cloudtrail-stratus': 2,
};

type Row = Readonly<Record<string, unknown>>;

describe.runIf(isThere)('the public rules on recorded events', () => {
  it('match exactly what is listed, and what a scan of all rules finds', async () => {
    const { detections } = await loadRules([`${folder}sigma-rules-pack.tar.gz`]);
    expect(detections.length).toBeGreaterThan(3700);
    const engine = createSigmaEngine(detections);
    const expected = await expectations();
    const scanDiffers: string[] = [];
    const listDiffers: string[] = [];
    let scanned = 0;
    for await (const row of sample(expected)) {
      const id = String(row['id']);
      const ids = new Set<string>();
      for (const event of eventsOf(row)) {
        const found = engine.match(event).map((rule) => rule.id);
        const scan = engine.matchFullScan(event).map((rule) => rule.id);
        scanned += 1;
        if (found.join() !== scan.join()) scanDiffers.push(id);
        for (const rule of found) ids.add(rule);
      }
      const listed = expected.get(id) ?? [];
      if ([...ids].sort().join() !== [...listed].sort().join()) listDiffers.push(id);
    }
    expect({ scanDiffers, listDiffers }).toEqual({ scanDiffers: [], listDiffers: [] });
    expect(scanned).toBeGreaterThan(5000);
    expect(engine.evaluations / scanned / detections.length).toBeLessThan(0.02);
  }, 300_000);
});

/** Rows that belong to a log source of Sigma's: those that are listed, and of the others every so many. */
async function* sample(expected: ReadonlyMap<string, unknown>): AsyncGenerator<Row> {
  for (const [file, nth] of Object.entries(everyNth)) {
    let at = 0;
    for await (const row of rowsOf(`${file}.jsonl.gz`)) {
      at += 1;
      const isChosen = at % nth === 0 || expected.has(String(row['id']));
      if (isChosen && isJsonObject(row['ls'])) yield row;
    }
  }
}

const read = createReader({ maxRecordBytes: 8_388_608 });

function eventsOf(row: Row): readonly SigmaEvent[] {
  const bytes = Buffer.from(JSON.stringify(row['event']));
  const results = read(bytes, { position: String(row['id']), receivedAtMs: 0 });
  return results.flatMap((result) => (result.kind === 'event' ? [toSigmaEvent(result.event)] : []));
}

async function expectations(): Promise<ReadonlyMap<string, readonly string[]>> {
  const expected = new Map<string, readonly string[]>();
  for await (const { id, sigma } of rowsOf('expect-sigma.jsonl.gz')) {
    if (typeof id === 'string' && Array.isArray(sigma)) expected.set(id, sigma.map(String));
  }
  return expected;
}

async function* rowsOf(file: string): AsyncGenerator<Row> {
  const lines = createInterface({ input: createReadStream(`${folder}${file}`).pipe(createGunzip()) });
  for await (const line of lines) {
    const row: unknown = JSON.parse(line);
    if (isJsonObject(row)) yield row;
  }
}
