import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKafkaBus } from '../../tests/support/kafka-bus.ts';
import { kafkaIsHere, sharedKafka } from '../../tests/support/kafka-shared.ts';
import type { Bus, Subscription } from './bus.ts';
import { collect, eventually, numbered } from './contract.ts';

const kafka = (await kafkaIsHere()) ? await sharedKafka() : null;
const partitions = 4;

/** What several consumers of one group did together. */
function createWitness() {
  const holders = new Map<number, string>();
  const commits = new Map<number, number>();
  const delivered = new Map<string, number>();
  const faults: string[] = [];
  return {
    holders,
    delivered,
    faults,
    async join(bus: Bus, topic: string, group: string, name: string): Promise<Subscription> {
      const consumer: { subscription?: Subscription } = {};
      consumer.subscription = await bus.subscribe(topic, group, {
        async onAssigned(partition, committed) {
          const holder = holders.get(partition);
          if (holder !== undefined) faults.push(`${name} got ${partition} while ${holder} held it`);
          if ((committed ?? 0) !== (commits.get(partition) ?? 0))
            faults.push(
              `${name} got ${partition} at ${committed}, but ${commits.get(partition)} was committed`,
            );
          holders.set(partition, name);
          return 'committed';
        },
        async onBatch(partition, records) {
          if (holders.get(partition) !== name)
            faults.push(`${name} works on ${partition}, which it does not hold`);
          for (const { value } of records)
            delivered.set(value.toString(), (delivered.get(value.toString()) ?? 0) + 1);
          const next = (records.at(-1)?.offset ?? -1) + 1;
          if (next <= (commits.get(partition) ?? 0))
            faults.push(`${name} went back to ${next} in ${partition}`);
          await consumer.subscription?.commit(partition, next);
          commits.set(partition, next);
        },
        async onRevoked(partition, lost) {
          if (lost) faults.push(`${name} lost ${partition}`);
          holders.delete(partition);
        },
        onFailed: (error) => faults.push(error.message),
      });
      return consumer.subscription;
    },
  };
}

describe.skipIf(kafka === null)('several consumers of one group', () => {
  const brokers = kafka?.brokers ?? [];
  let bus: Bus;
  let other: Bus;
  let topic: string;
  let group: string;
  beforeEach(async () => {
    bus = await openKafkaBus({ brokers, clientId: 'first' });
    other = await openKafkaBus({ brokers, clientId: 'second' });
    topic = `group.${randomUUID()}`;
    group = `group-${randomUUID()}`;
    await bus.ensureTopics([topic]);
  });
  afterEach(async () => {
    await bus.close();
    await other.close();
  });

  it('share the partitions while records flow, and hand over without loss, overlap or repetition', async () => {
    const witness = createWitness();
    let published = 0;
    let isFlowing = true;
    const flowing = (async () => {
      while (isFlowing) {
        await bus.publish(
          topic,
          numbered(50, (index) => `key-${index}`, published),
        );
        published += 50;
      }
    })();
    const sharers = () => new Set(witness.holders.values()).size;
    const all = () => witness.holders.size === partitions;
    const first = await witness.join(bus, topic, group, 'first');
    await eventually('one holds all', all);
    const second = await witness.join(other, topic, group, 'second');
    await eventually('two share', () => all() && sharers() === 2);
    const third = await witness.join(other, topic, group, 'third');
    await eventually('three share', () => all() && sharers() === 3);
    await first.close();
    await eventually('two share again', () => all() && sharers() === 2);
    await second.close();
    await eventually('the last holds all', () => all() && sharers() === 1);
    isFlowing = false;
    await flowing;
    await eventually('every record was delivered', () => witness.delivered.size === published);
    expect((await third.lag()).size).toBe(partitions);
    expect(witness.faults).toEqual([]);
    // Every hand-over was in order, so what was committed before it never came again.
    expect([...witness.delivered.values()].every((times) => times === 1)).toBe(true);
  });

  it('keep a partition that need not move through a rebalance, with its state', async () => {
    const stays = await collect(bus, topic, group);
    await eventually('one holds all', () => stays.committedAtAssignment.size === partitions);
    const joins = await collect(other, topic, group);
    await eventually('two share', () => joins.committedAtAssignment.size === 2);
    expect(stays.revoked.map(({ lost }) => lost)).toEqual([false, false]);
  });

  it('read two topics under one group name', async () => {
    const second = `${topic}.second`;
    await bus.ensureTopics([second]);
    const a = await collect(bus, topic, group);
    const b = await collect(bus, second, group);
    await eventually('each has its own', () =>
      [a, b].every((seen) => seen.committedAtAssignment.size === partitions),
    );
    for (const name of [topic, second])
      await bus.publish(
        name,
        numbered(20, (index) => `${name}-${index}`),
      );
    await eventually('each got its own', () => a.count() === 20 && b.count() === 20);
    expect(a.revoked).toEqual([]);
  });

  it('take over from a process that stopped, which learns that it lost everything when it wakes', async () => {
    const script = resolve(import.meta.dirname, '../../tests/support/kafka-consumer-process.ts');
    const child = spawn(process.execPath, [script, brokers[0] ?? '', topic, group, '2000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => told.push(line));
    const times = (part: string) => told.filter((line) => line.includes(part)).length;
    try {
      await eventually('the process holds all', () => times('"assigned"') === partitions);
      await bus.publish(
        topic,
        numbered(40, (index) => `key-${index}`),
      );
      await eventually('it committed', () => times('"committed"') >= 1);
      child.kill('SIGSTOP');
      const heir = await collect(bus, topic, group);
      await eventually('its partitions are ours', () => heir.committedAtAssignment.size === partitions);
      const before = told.length;
      child.kill('SIGCONT');
      await eventually('it knows', () => times('"lost":true') === partitions);
      expect(told.slice(before).filter((line) => line.includes('"lost":false'))).toEqual([]);
      await eventually('it is a member again', () => heir.revoked.length === 2);
      expect(heir.revoked.every(({ lost }) => !lost)).toBe(true);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('start over after a consumer that was killed, at its last commit', async () => {
    const script = resolve(import.meta.dirname, '../../tests/support/kafka-consumer-process.ts');
    const child = spawn(process.execPath, [script, brokers[0] ?? '', topic, group, '2000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    await bus.publish(
      topic,
      numbered(40, () => 'one'),
    );
    for await (const line of lines)
      if (line.includes('"committed","partition"') && line.includes('"next":40')) break;
    child.kill('SIGKILL');
    await once(child, 'exit');
    await bus.publish(
      topic,
      numbered(5, () => 'one', 40),
    );
    const heir = await collect(bus, topic, group);
    await eventually('the rest came', () => heir.count() === 5);
    expect(heir.values()).toEqual(['value-40', 'value-41', 'value-42', 'value-43', 'value-44']);
  });
});
