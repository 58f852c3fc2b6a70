import { writeSync } from 'node:fs';
import { createEmbeddedBus } from '../../src/bus/embedded.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/observability/log.ts';

/**
 * Publishes for ever and tells what was acknowledged: the process that crash tests kill.
 * Arguments: directory, then the number with which each caller goes on. Prints `<caller> <numbers acknowledged>`.
 */
const [dir = '', ...startAt] = process.argv.slice(2);
const recordsPerCall = 20;

const bus = await createEmbeddedBus({
  dir,
  partitions: 3,
  maxRecordBytes: 65_536,
  segmentBytes: 65_536,
  retentionBytes: 2_097_152,
  retentionMs: 3_600_000,
  fsync: 'always',
  fullTimeoutMs: 60_000,
  clock: systemClock,
  log: silentLog,
});
await bus.ensureTopics(['crash']);
const subscription = await bus.subscribe('crash', 'reader', {
  onAssigned: async () => 'committed',
  onBatch(partition, records) {
    return subscription.commit(partition, (records.at(-1)?.offset ?? -1) + 1);
  },
  onRevoked: async () => undefined,
  onFailed(error) {
    throw error;
  },
});

async function publishForEver(caller: number, from: number): Promise<void> {
  for (let next = from; ; next += recordsPerCall) {
    const records = Array.from({ length: recordsPerCall }, (_, index) => ({
      key: `caller-${caller}`,
      value: Buffer.from(String(next + index).padEnd(100 + ((next * 37 + index * 101) % 900), '.')),
    }));
    await bus.publish('crash', records);
    writeSync(1, `${caller} ${next + recordsPerCall}\n`);
  }
}

await Promise.all(startAt.map((from, caller) => publishForEver(caller, Number(from))));
