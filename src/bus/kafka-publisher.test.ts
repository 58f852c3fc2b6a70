import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Admin, Producer } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKafkaBus } from '../../tests/support/kafka-bus.ts';
import { kafkaIsHere, sharedKafka } from '../../tests/support/kafka-shared.ts';
import type { Bus } from './bus.ts';
import { collect, eventually, expectCode, readAll } from './contract.ts';

const kafka = (await kafkaIsHere()) ? await sharedKafka() : null;
const isKcatHere = spawnSync('kcat', ['-V']).status === 0;
if (!isKcatHere) process.stderr.write('SKIPPED: comparison with kcat, which is not installed\n');

describe.skipIf(kafka === null)('publishing to Kafka', () => {
  const brokers = kafka?.brokers ?? [];
  let bus: Bus;
  let topic: string;
  beforeEach(async () => {
    topic = `publish.${randomUUID()}`;
    bus = await openKafkaBus({ brokers, partitions: 7 });
  });
  afterEach(() => bus.close());

  it.skipIf(!isKcatHere)('puts a key where librdkafka with murmur2_random puts it', async () => {
    await bus.ensureTopics([topic]);
    const keys = Array.from({ length: 60 }, (_, index) => `10.0.${index % 4}.${index * 3}`).concat(
      'ação-漢字-🛡',
    );
    const lines = keys.map((key) => `${key}|from-kcat\n`).join('');
    const settings = ['-b', brokers[0] ?? '', '-t', topic, '-K', '|', '-X', 'partitioner=murmur2_random'];
    execFileSync('kcat', ['-P', ...settings], { input: lines });
    await bus.publish(
      topic,
      keys.map((key) => ({ key, value: Buffer.from('from-us') })),
    );
    const seen = await collect(bus, topic, randomUUID());
    await eventually('both came', () => seen.count() === keys.length * 2);
    const placesOf = (value: string): string[] =>
      [...seen.byPartition.values()]
        .flat()
        .filter((record) => record.value.toString() === value)
        .map(({ key, partition }) => `${key} in ${partition}`)
        .sort();
    expect(placesOf('from-us')).toEqual(placesOf('from-kcat'));
    expect(seen.byPartition.size).toBeGreaterThan(3);
  });

  it.skipIf(!isKcatHere).each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'reads what others wrote with compression %s',
    async (codec) => {
      await bus.ensureTopics([topic]);
      const lines = Array.from({ length: 500 }, (_, index) => `line ${index} ${'x'.repeat(100)}`);
      const settings = ['-b', brokers[0] ?? '', '-t', topic, '-p', '2', '-z', codec, '-H', 'origin=kcat'];
      execFileSync('kcat', ['-P', ...settings], { input: `${lines.join('\n')}\n` });
      const records = await readAll(bus, topic, 2, 0, 500);
      expect(records.map(({ value }) => value.toString())).toEqual(lines);
      expect({ ...records[0]?.headers }).toEqual({ origin: 'kcat' });
    },
  );

  it('delivers committed transactions of others and leaves out aborted ones', async () => {
    await bus.ensureTopics([topic]);
    const producer = new Producer({
      clientId: 'other',
      bootstrapBrokers: brokers,
      idempotent: true,
      transactionalId: randomUUID(),
    });
    for (const end of ['abort', 'commit'] as const) {
      const transaction = await producer.beginTransaction();
      await transaction.send({ messages: [{ topic, partition: 0, value: Buffer.from(end) }] });
      await transaction[end]();
    }
    await producer.close();
    const seen = await collect(bus, topic, randomUUID());
    await eventually('the committed one came', () => seen.count() === 1);
    expect(seen.values()).toEqual(['commit']);
    expect(seen.byPartition.get(0)?.[0]?.offset).toBe(2);
    await seen.subscription.commit(0, 4);
    expect((await seen.subscription.lag()).get(0)).toBe(0);
  });

  it('makes its batches fit a topic that takes only small ones, and refuses what cannot fit', async () => {
    const admin = new Admin({ clientId: 'other', bootstrapBrokers: brokers });
    const configs = [{ name: 'max.message.bytes', value: '20000' }];
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1, configs });
    await admin.close();
    await bus.ensureTopics([topic]);
    const small = Array.from({ length: 200 }, () => ({ key: 'k', value: Buffer.alloc(1_000, 0x61) }));
    await bus.publish(topic, small);
    expect((await bus.ranges(topic)).get(0)?.end).toBeGreaterThanOrEqual(200);
    await expectCode(bus.publish(topic, [{ key: 'k', value: Buffer.alloc(30_000) }]), 'VTC_RECORD_TOO_LARGE');
    await bus.publish(topic, [{ key: 'k', value: Buffer.from('after') }]);
  });

  it('says when there is no such topic', async () => {
    await expectCode(bus.publish(topic, [{ key: 'k', value: Buffer.from('v') }]), 'VTC_USAGE');
    await expectCode(collect(bus, topic, 'g'), 'VTC_USAGE');
    await expectCode(bus.ranges(topic), 'VTC_USAGE');
    expect(await bus.health()).toBeNull();
  });

  it('says when the cluster is too small for the replicas wanted', async () => {
    const wide = await openKafkaBus({ brokers, replicationFactor: 5 });
    await expectCode(wide.ensureTopics([topic]), 'VTC_CONFIG_INVALID');
    await wide.close();
    expect(await wide.health()).toBe('the bus is closed');
    await expectCode(collect(wide, topic, 'g'), 'VTC_SHUTTING_DOWN');
  });

  it('writes more records in one call than fit in one request', async () => {
    await bus.ensureTopics([topic]);
    const records = Array.from({ length: 12_000 }, (_, index) => ({
      key: null,
      value: Buffer.from(`${index}`),
    }));
    await bus.publish(topic, records);
    const ends = [...(await bus.ranges(topic)).values()].map(({ end }) => end);
    expect(ends.reduce((a, b) => a + b, 0)).toBe(12_000);
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThanOrEqual(1);
  });

  it('writes large records to many partitions at once', async () => {
    await bus.ensureTopics([topic]);
    const records = Array.from({ length: 40 }, (_, index) => ({
      key: `key-${index}`,
      value: Buffer.alloc(1_000_000, index),
    }));
    await bus.publish(topic, records);
    const ends = [...(await bus.ranges(topic)).values()].map(({ end }) => end);
    expect(ends.reduce((a, b) => a + b, 0)).toBe(40);
  });
});
