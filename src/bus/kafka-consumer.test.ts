import { randomUUID } from 'node:crypto';
import { Admin, Consumer } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKafkaBus } from '../../tests/support/kafka-bus.ts';
import { kafkaIsHere, sharedKafka } from '../../tests/support/kafka-shared.ts';
import { type Log, silentLog } from '../observability/log.ts';
import type { Bus } from './bus.ts';
import { type Collector, collect, eventually, expectCode, numbered, readAll } from './contract.ts';

const kafka = (await kafkaIsHere()) ? await sharedKafka() : null;

describe.skipIf(kafka === null)('a consumer of Kafka', () => {
  const brokers = kafka?.brokers ?? [];
  let bus: Bus;
  let topic: string;
  let group: string;
  let logged: string[];
  beforeEach(async () => {
    logged = [];
    const note = (message: string): void => void logged.push(message);
    const log: Log = { ...silentLog, error: note, warn: note };
    bus = await openKafkaBus({ brokers, log });
    topic = `consumer.${randomUUID()}`;
    group = `group-${randomUUID()}`;
    await bus.ensureTopics([topic]);
  });
  afterEach(() => bus.close());

  const assigned = (seen: Collector) =>
    eventually('all assigned', () => seen.committedAtAssignment.size === 4);
  const admin = async <Result>(work: (admin: Admin) => Promise<Result>): Promise<Result> => {
    const client = new Admin({ clientId: 'operator', bootstrapBrokers: brokers });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  };
  const deleteBefore = (partition: number, offset: bigint): Promise<unknown> =>
    admin((client) =>
      client.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset }] }] }),
    );
  /** Publishes 20 records to one partition and says which. */
  const fillOne = async (): Promise<number> => {
    await bus.publish(
      topic,
      numbered(20, () => 'one'),
    );
    return [...(await bus.ranges(topic))].find(([, { end }]) => end > 0)?.[0] ?? -1;
  };

  it('goes on at the oldest record when retention took what it had not read, and says so loudly', async () => {
    const partition = await fillOne();
    const reader = await collect(bus, topic, group);
    await eventually('all came', () => reader.count() === 20);
    await reader.subscription.commit(partition, 5);
    await reader.subscription.close();
    await deleteBefore(partition, 12n);
    expect((await bus.ranges(topic)).get(partition)).toEqual({ begin: 12, end: 20 });
    const late = await collect(bus, topic, group);
    await eventually('the rest came', () => late.count() === 8);
    expect(late.committedAtAssignment.get(partition)).toBe(5);
    expect(late.values()[0]).toBe('value-12');
    expect((await late.subscription.lag()).get(partition)).toBe(8);
    expect(logged).toContain('the offset to go on from is not kept; going on at the oldest record');
    const fresh = await collect(bus, topic, `${group}-fresh`);
    await eventually('a new group begins there too', () => fresh.count() === 8);
    await expectCode(readAll(bus, topic, partition, 5, 15), 'VTC_USAGE');
    await expectCode(readAll(bus, topic, 99, 0, 1), 'VTC_USAGE');
    await expectCode(readAll(bus, topic, partition, 15, 14), 'VTC_USAGE');
  });

  it('does not read on as if nothing was when retention takes what it is reading', async () => {
    const partition = await fillOne();
    const large = Array.from({ length: 4 }, () => ({ key: 'one', value: Buffer.alloc(900_000) }));
    await bus.publish(topic, large);
    const reading = bus.read(topic, partition, 0, 24)[Symbol.asyncIterator]();
    expect((await reading.next()).value?.[0]?.offset).toBe(0);
    await deleteBefore(partition, 24n);
    const rest = async (): Promise<void> => {
      while (!(await reading.next()).done);
    };
    await expectCode(rest(), 'VTC_USAGE');
  });

  it('goes on at the oldest record when it is told to start beyond the end', async () => {
    const partition = await fillOne();
    const seen = await collect(bus, topic, group, {
      onAssigned: async (asked) => (asked === partition ? 1_000 : 'committed'),
    });
    await eventually('all came', () => seen.count() === 20);
    expect(seen.failures).toEqual([]);
  });

  it.each([-1, 1.5, Number.NaN])('fails when it is told to start at %s', async (start) => {
    const seen = await collect(bus, topic, group, { onAssigned: async () => start });
    await eventually('it failed', () => seen.failures.length > 0);
    expect(seen.failures[0]).toMatchObject({ code: 'VTC_USAGE' });
    expect(await bus.health()).toContain('failed');
    await seen.subscription.close();
    expect(await bus.health()).toBeNull();
    expect(seen.failures.length).toBe(1);
  });

  it('refuses commits that make no sense, and any after it was closed', async () => {
    const seen = await collect(bus, topic, group);
    await assigned(seen);
    await expectCode(seen.subscription.commit(0, -1), 'VTC_USAGE');
    await expectCode(seen.subscription.commit(77, 1), 'VTC_BUS_UNAVAILABLE');
    await seen.subscription.close();
    await expectCode(seen.subscription.commit(0, 1), 'VTC_SHUTTING_DOWN');
  });

  it('waits for the commits under way when it is closed', async () => {
    const partition = await fillOne();
    const seen = await collect(bus, topic, group);
    await eventually('all came', () => seen.count() === 20);
    const commit = seen.subscription.commit(partition, 20);
    await seen.subscription.close();
    await commit;
    const next = await collect(bus, topic, group);
    await assigned(next);
    expect(next.committedAtAssignment.get(partition)).toBe(20);
  });

  it('survives handlers that throw where they must not', async () => {
    await fillOne();
    const thrower = await bus.subscribe(topic, group, {
      onAssigned: async () => 'committed',
      onBatch() {
        throw 'not even an error';
      },
      onRevoked: () => Promise.reject(new Error('cannot flush')),
      onFailed() {
        throw new Error('cannot hear it');
      },
    });
    await eventually('it is logged', () => logged.includes('a failed consumer did not end in order'));
    expect(logged).toContain('a consumer threw while it was told of its failure');
    await expect(thrower.close()).rejects.toThrow('cannot flush');
    const silent = await collect(bus, topic, group, {
      onRevoked: () => Promise.reject(new Error('cannot flush either')),
    });
    await assigned(silent);
    await expect(bus.close()).rejects.toThrow('cannot flush either');
    expect(await bus.health()).toBe('the bus is closed');
    bus = await openKafkaBus({ brokers });
  });

  it('fails when it cannot flush what another consumer is to take over', async () => {
    const seen = await collect(bus, topic, group, {
      onRevoked: () => Promise.reject(new Error('cannot flush')),
    });
    await assigned(seen);
    const other = await collect(bus, topic, group);
    await eventually('it failed', () => seen.failures.length === 1);
    await assigned(other);
    await expect(seen.subscription.close()).rejects.toThrow('cannot flush');
  });

  it('fails when its group belongs to consumers that divide partitions another way', async () => {
    const foreign = new Consumer({ clientId: 'foreign', groupId: group, bootstrapBrokers: brokers });
    foreign.topics.track(topic);
    await foreign.joinGroup({});
    const seen = await collect(bus, topic, group);
    await eventually('it failed', () => seen.failures.length > 0);
    expect(seen.failures[0]).toMatchObject({ code: 'VTC_BUS_UNAVAILABLE' });
    expect(seen.failures[0]?.message).toContain('INCONSISTENT_GROUP_PROTOCOL');
    await foreign.close(true);
  });

  it('goes on when a topic that another member of its group reads is deleted', async () => {
    const doomed = `${topic}.doomed`;
    await bus.ensureTopics([doomed]);
    const leader = await collect(bus, topic, group);
    await assigned(leader);
    const orphan = await collect(bus, doomed, group);
    await assigned(orphan);
    await admin((client) => client.deleteTopics({ topics: [doomed] }));
    await eventually('health tells', async () => (await bus.health()) !== null);
    const joins = await collect(bus, topic, group);
    await eventually('the group goes on', () => joins.committedAtAssignment.size === 2);
    expect(leader.failures).toEqual([]);
    await orphan.subscription.close();
  });

  it('gives large batches in bounded pieces', async () => {
    const sizes: number[] = [];
    await bus.publish(
      topic,
      numbered(4_900, () => 'one'),
    );
    const seen = await collect(bus, topic, group, {
      onBatch: (_partition, records) => void sizes.push(records.length),
    });
    await eventually('all came', () => seen.count() === 4_900);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000);
  });
});
