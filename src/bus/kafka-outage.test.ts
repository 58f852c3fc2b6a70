import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { heartbeatV4 } from '@platformatic/kafka';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startKafkaBroker } from '../../tests/support/kafka-broker.ts';
import { openKafkaBus } from '../../tests/support/kafka-bus.ts';
import { kafkaIsHere } from '../../tests/support/kafka-shared.ts';
import { VerticeError } from '../errors.ts';
import { silentLog } from '../observability/log.ts';
import type { Bus } from './bus.ts';
import { collect, eventually, expectCode, numbered } from './contract.ts';
import { createKafkaCluster } from './kafka-cluster.ts';
import { createKafkaPublisher } from './kafka-publisher.ts';

const isOurs = process.env['KAFKA_BROKERS'] === undefined;
const broker = (await kafkaIsHere()) && isOurs ? await startKafkaBroker() : null;
afterAll(() => broker?.stop());

describe.skipIf(broker === null)('when the broker goes away', () => {
  const brokers = broker?.brokers ?? [];
  let bus: Bus;
  let topic: string;
  let group: string;
  beforeEach(() => {
    topic = `outage.${randomUUID()}`;
    group = `group-${randomUUID()}`;
  });
  afterEach(() => bus.close());

  it('killed and started again: nothing acknowledged is lost, and all goes on by itself', async () => {
    bus = await openKafkaBus({ brokers, timeoutMs: 30_000, sessionTimeoutMs: 30_000 });
    await bus.ensureTopics([topic]);
    const acknowledged: string[] = [];
    const errors: unknown[] = [];
    let isFlowing = true;
    const flowing = (async () => {
      for (let next = 0; isFlowing; next += 20) {
        const records = numbered(20, (index) => `key-${index}`, next);
        try {
          await bus.publish(topic, records);
          acknowledged.push(...records.map(({ value }) => value.toString()));
        } catch (error) {
          errors.push(error);
        }
      }
    })();
    const seen = await collect(bus, topic, group, {
      async onBatch(partition, records) {
        await seen.subscription.commit(partition, (records.at(-1)?.offset ?? -1) + 1);
      },
    });
    await eventually('records flow', () => seen.count() > 2_000);
    await broker?.kill();
    await eventually('health says so', async () => (await bus.health()) !== null);
    await broker?.restart();
    const before = seen.count();
    await eventually('records flow again', () => seen.count() > before + 1_000);
    isFlowing = false;
    await flowing;
    await eventually('all acknowledged records came', () => {
      const values = new Set(seen.values());
      return acknowledged.every((value) => values.has(value));
    });
    await eventually('all is well again', async () => (await bus.health()) === null);
    expect(errors).toEqual([]);
    expect(seen.failures).toEqual([]);
    expect(seen.revoked).toEqual([]);
    expect(seen.values().length).toBe(new Set(seen.values()).size);

    await seen.subscription.close();
    const next = await collect(bus, topic, group);
    await bus.publish(topic, [{ key: 'last', value: Buffer.from('last') }]);
    await eventually('the last one came', () => next.count() > 0);
    expect(next.values()).toEqual(['last']);
  }, 60_000);

  it('silent for longer than the session: partitions count as lost, then it starts over', async () => {
    bus = await openKafkaBus({ brokers, sessionTimeoutMs: 2_000, timeoutMs: 1_000 });
    await bus.ensureTopics([topic]);
    const seen = await collect(bus, topic, group);
    await eventually('all assigned', () => seen.committedAtAssignment.size === 4);
    broker?.pause();
    try {
      const late = await bus
        .publish(
          topic,
          numbered(1, () => 'k'),
        )
        .catch((error: unknown) => error);
      expect(late).toBeInstanceOf(VerticeError);
      expect(late).toMatchObject({ code: 'VTC_BUS_UNAVAILABLE', isRetryable: true });
      await expectCode(seen.subscription.commit(0, 1), 'VTC_BUS_UNAVAILABLE');
      expect(await bus.health()).toContain('cannot reach');
    } finally {
      broker?.resume();
    }
    await eventually('the loss is known', () => seen.revoked.length === 4);
    expect(seen.revoked.every(({ lost }) => lost)).toBe(true);
    seen.committedAtAssignment.clear();
    await eventually('all assigned again', () => seen.committedAtAssignment.size === 4);
    await bus.publish(
      topic,
      numbered(10, (index) => `key-${index}`),
    );
    await eventually('records flow again', () => seen.values().includes('value-9'));
    expect(seen.failures).toEqual([]);
  }, 60_000);

  it('silent while we close: it ends all the same, and says what could not be committed', async () => {
    bus = await openKafkaBus({ brokers, sessionTimeoutMs: 30_000, timeoutMs: 1_000 });
    await bus.ensureTopics([topic]);
    const seen = await collect(bus, topic, group, {
      onRevoked: (partition) => seen.subscription.commit(partition, 1),
    });
    await eventually('all assigned', () => seen.committedAtAssignment.size === 4);
    broker?.pause();
    try {
      await expectCode(seen.subscription.close(), 'VTC_BUS_UNAVAILABLE');
    } finally {
      broker?.resume();
    }
    expect(seen.revoked).toEqual([0, 1, 2, 3].map((partition) => ({ partition, lost: false })));
  });

  it('silent while we publish: what finds no room is told that the bus is full', async () => {
    bus = await openKafkaBus({ brokers });
    await bus.ensureTopics([topic]);
    const cluster = createKafkaCluster({ brokers, clientId: 'test' });
    const publisher = createKafkaPublisher({
      cluster,
      topic,
      timeoutMs: 500,
      maxWaitingBytes: 10_000,
      log: silentLog,
    });
    const large = [{ key: null, value: Buffer.alloc(9_000) }];
    await publisher.publish(large);
    broker?.pause();
    try {
      const first = publisher.publish(large).catch((error: unknown) => error);
      await delay(200);
      const others = [publisher.publish(large), publisher.publish(large)];
      expect(await first).toMatchObject({ code: 'VTC_BUS_UNAVAILABLE', isRetryable: true });
      // The room the first one left is enough for one of them; the other waits until its time is up.
      const told = await Promise.allSettled(others);
      expect(told).toMatchObject([
        { reason: { code: 'VTC_BUS_UNAVAILABLE' } },
        { reason: { code: 'VTC_BUS_FULL', isRetryable: true } },
      ]);
    } finally {
      broker?.resume();
    }
    await eventually('it publishes again', () =>
      publisher.publish(large).then(
        () => true,
        () => false,
      ),
    );
    expect(publisher.problem()).toBeNull();
    await publisher.close();
    await cluster.close();
    await expect(cluster.call({ name: 'late' }, 1, heartbeatV4.api, group, 0, '')).rejects.toMatchObject({
      code: 'VTC_SHUTTING_DOWN',
    });
  });

  it('not there at all: says so, and that trying again may help', async () => {
    bus = await openKafkaBus({ brokers });
    const opening = openKafkaBus({ brokers: ['127.0.0.1:1'] });
    await expect(opening).rejects.toMatchObject({ code: 'VTC_BUS_UNAVAILABLE', isRetryable: true });
    await expect(opening).rejects.toThrow('127.0.0.1:1');
  });
});
