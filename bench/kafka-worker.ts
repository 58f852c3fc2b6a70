import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchRuleBook, openRig } from '../src/bench/embedded.ts';
import { createKafkaBus } from '../src/bus/kafka.ts';
import { systemClock } from '../src/clock.ts';
import { topics } from '../src/contracts/topics.ts';
import { silentLog } from '../src/observability/log.ts';

/** One process of the pipeline on Kafka: says how many partitions it owns and how many records it has done. */
const { values } = parseArgs({
  options: { brokers: { type: 'string', default: '' }, group: { type: 'string', default: 'bench' } },
});
const REPORT_MS = 50;
const folder = await mkdtemp(join(tmpdir(), 'vertice-bench-worker-'));
const bus = await createKafkaBus({
  brokers: values.brokers.split(','),
  clientId: `bench-${process.pid}`,
  partitions: 4,
  replicationFactor: 1,
  maxRecordBytes: 1_048_576,
  sessionTimeoutMs: 120_000,
  clock: systemClock,
  log: silentLog,
});
const rig = await openRig(bus, folder, values.group, await benchRuleBook());
const timer = setInterval(async () => {
  const progress = [...(await rig.store.progress(values.group, topics.events)).values()];
  const done = progress.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  const lag = await rig.pipeline.lag();
  process.stdout.write(`${JSON.stringify({ partitions: lag.size, done })}\n`);
}, REPORT_MS);
process.once('SIGTERM', async () => {
  clearInterval(timer);
  await rig.close();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
});
