import { describe, expect, it } from 'vitest';
import { startKafkaBroker } from '../support/kafka-broker.ts';
import { kafkaIsHere } from '../support/kafka-shared.ts';
import { runChaos } from './chaos.ts';

const isHere = await kafkaIsHere();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

describe('nothing acknowledged is lost, nothing has two outcomes', () => {
  it('when the process is killed at random instants, on the embedded bus', { timeout: 240_000 }, async () => {
    const report = await runChaos({ kills: 6, events: 6_000, kafka: null, say });
    expect(report.problems).toEqual([]);
    expect(report.publishedTwice).toBe(0);
    expect(report.kills).toBe(6);
  });

  it.skipIf(!isHere)('when the process is killed, on Kafka', { timeout: 240_000 }, async () => {
    const broker = await startKafkaBroker();
    try {
      const report = await runChaos({ kills: 3, events: 3_000, kafka: { brokers: broker.brokers }, say });
      expect(report.problems).toEqual([]);
      expect(report.kills).toBe(3);
    } finally {
      await broker.stop();
    }
  });

  it.skipIf(!isHere)('when the broker is killed and comes back', { timeout: 240_000 }, async () => {
    const broker = await startKafkaBroker();
    try {
      const restartBroker = (): Promise<void> => broker.restart();
      const report = await runChaos({
        kills: 2,
        events: 3_000,
        kafka: { brokers: broker.brokers, restartBroker },
        say,
      });
      expect(report.problems).toEqual([]);
    } finally {
      await broker.stop();
    }
  });
});
