import type { Bus } from '../../src/bus/bus.ts';
import { createKafkaBus, type KafkaBusOptions } from '../../src/bus/kafka.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/observability/log.ts';

/** A bus on a test broker: four partitions, one replica, records up to 1 MiB, quick to notice a dead member. */
export function openKafkaBus(
  options: Partial<KafkaBusOptions> & Pick<KafkaBusOptions, 'brokers'>,
): Promise<Bus> {
  return createKafkaBus({
    clientId: 'test',
    partitions: 4,
    replicationFactor: 1,
    maxRecordBytes: 1_048_576,
    sessionTimeoutMs: 6_000,
    clock: systemClock,
    log: silentLog,
    ...options,
  });
}
