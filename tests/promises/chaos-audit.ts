import type { Bus } from '../../src/bus/bus.ts';
import type { Detection } from '../../src/contracts/detection.ts';
import { topics } from '../../src/contracts/topics.ts';
import type { Page, PageRequest, Store } from '../../src/store/store.ts';
import type { ChaosLoad } from './chaos-load.ts';

/** What the ledger and the bus hold, against what they must hold. */
export interface ChaosAudit {
  readonly records: number;
  readonly clean: number;
  readonly detected: number;
  readonly deadLettered: number;
  readonly duplicate: number;
  readonly forwarded: number;
  readonly threats: number;
  readonly responses: number;
  readonly publishedDetections: number;
  readonly publishedTwice: number;
  /** Empty when every event has exactly one outcome. */
  readonly problems: readonly string[];
}

async function every<T>(list: (page: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await list(cursor === null ? { limit: 1000 } : { limit: 1000, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

export async function audit(load: ChaosLoad, store: Store, bus: Bus, group: string): Promise<ChaosAudit> {
  const problems: string[] = [];
  const expect = (what: string, actual: number, wanted: number): void => {
    if (actual !== wanted) problems.push(`${what}: ${actual}, expected ${wanted}`);
  };

  const sum = { clean: 0, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 };
  let records = 0;
  const progress = await store.progress(group, topics.events);
  for (const [partition, { begin, end }] of await bus.ranges(topics.events)) {
    records += end - begin;
    const own = progress.get(partition);
    if (end > 0) expect(`progress of partition ${partition}`, own?.nextOffset ?? 0, end);
    if (own === undefined) continue;
    sum.clean += own.tally.clean;
    sum.detected += own.tally.detected;
    sum.deadLettered += own.tally.deadLettered;
    sum.duplicate += own.tally.duplicate;
    sum.forwarded += own.tally.forwarded;
  }
  expect(
    'outcomes in all',
    sum.clean + sum.detected + sum.deadLettered + sum.duplicate + sum.forwarded,
    records,
  );
  expect('events with an outcome', sum.clean + sum.detected + sum.deadLettered, load.lines.length);
  expect('dead letters counted', sum.deadLettered, load.malformed);

  const detections = await every((page) => store.detections({}, page));
  const found = new Set(detections.map((detection) => detection.event_id));
  expect('detections stored', detections.length, load.detected.size);
  expect('detections counted', sum.detected, load.detected.size);
  const missing = [...load.detected].filter((id) => !found.has(id));
  if (missing.length > 0) problems.push(`events without their detection: ${missing.slice(0, 5).join(', ')}`);
  expect('dead letters stored', (await every((page) => store.deadLetters(page))).length, load.malformed);

  const threats = await every((page) => store.threats({}, page));
  const joined = threats.reduce((total, threat) => total + threat.detection_count, 0);
  expect('detections joined to threats', joined, load.detected.size);
  const responses = await every((page) => store.responses({}, page));
  for (const guesser of load.guessers) {
    const runs = responses.filter((run) => run.actions.some((action) => action.target === guesser));
    expect(`containments of ${guesser}`, runs.length, 1);
  }

  const published = new Map<string, number>();
  for (const [partition, { begin, end }] of await bus.ranges(topics.detections)) {
    for await (const batch of bus.read(topics.detections, partition, begin, end)) {
      for (const record of batch) {
        const detection: Detection = JSON.parse(record.value.toString());
        published.set(detection.detection_id, (published.get(detection.detection_id) ?? 0) + 1);
      }
    }
  }
  expect('detections published', published.size, load.detected.size);
  const publishedTwice = [...published.values()].filter((times) => times > 1).length;
  return {
    records,
    ...sum,
    threats: threats.length,
    responses: responses.length,
    publishedDetections: published.size,
    publishedTwice,
    problems,
  };
}
