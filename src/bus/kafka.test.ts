import { describe } from 'vitest';
import { kafkaIsHere, sharedKafka } from '../../tests/support/kafka-shared.ts';
import { systemClock } from '../clock.ts';
import { silentLog } from '../observability/log.ts';
import { describeBusContract } from './contract.ts';
import { createKafkaBus } from './kafka.ts';

const here = await kafkaIsHere();
const kafka = here ? await sharedKafka() : null;

describe.skipIf(kafka === null)('the Kafka bus on a real broker', () => {
  describeBusContract('kafka', async ({ maxRecordBytes }) => {
    const partitions = 4;
    const open = () =>
      createKafkaBus({
        brokers: kafka?.brokers ?? [],
        clientId: 'contract',
        partitions,
        replicationFactor: 1,
        maxRecordBytes,
        sessionTimeoutMs: 6_000,
        clock: systemClock,
        log: silentLog,
      });
    let bus = await open();
    return {
      bus,
      partitions,
      async reopen() {
        await bus.close();
        bus = await open();
        return bus;
      },
      cleanup: () => bus.close(),
    };
  });
});
