import { parseArgs } from 'node:util';
import { runChaos } from '../tests/promises/chaos.ts';
import { startKafkaBroker } from '../tests/support/kafka-broker.ts';

/**
 * Kills Vértice (SIGKILL) at random instants under load and checks that every event has exactly one outcome.
 *
 *   scripts/chaos [--bus embedded|kafka] [--kills N] [--events N] [--restart-broker]
 */
const { values } = parseArgs({
  options: {
    bus: { type: 'string', default: 'embedded' },
    kills: { type: 'string', default: '50' },
    events: { type: 'string', default: '40000' },
    'restart-broker': { type: 'boolean', default: false },
  },
});
const broker = values.bus === 'kafka' ? await startKafkaBroker() : null;
try {
  const report = await runChaos({
    kills: Number(values.kills),
    events: Number(values.events),
    kafka:
      broker === null
        ? null
        : {
            brokers: broker.brokers,
            ...(values['restart-broker'] ? { restartBroker: () => broker.restart() } : {}),
          },
    say: (line) => void process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.problems.length === 0 ? 0 : 1;
} finally {
  await broker?.stop();
}
