import type { Subscription } from '../../src/bus/bus.ts';
import { openKafkaBus } from './kafka-bus.ts';

/**
 * A consumer that lives in a process of its own, to be stopped and killed. Arguments: broker, topic, group,
 * session time-out in milliseconds,
 * and a name in the group if it is to have one. Writes one JSON line for each thing that happens to it.
 */
const [broker = '', topic = '', group = '', sessionTimeoutMs = '6000', instanceId] = process.argv.slice(2);
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const bus = await openKafkaBus({
  brokers: [broker],
  sessionTimeoutMs: Number(sessionTimeoutMs),
  ...(instanceId === undefined ? {} : { instanceId }),
});
const consumer: { subscription?: Subscription } = {};
consumer.subscription = await bus.subscribe(topic, group, {
  async onAssigned(partition, committed) {
    tell({ what: 'assigned', partition, committed });
    return 'committed';
  },
  async onBatch(partition, records) {
    const last = records.at(-1);
    if (last === undefined) return;
    await consumer.subscription?.commit(partition, last.offset + 1);
    tell({ what: 'committed', partition, next: last.offset + 1 });
  },
  async onRevoked(partition, lost) {
    tell({ what: 'revoked', partition, lost });
  },
  onFailed(error) {
    tell({ what: 'failed', message: error.message });
  },
});
