import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKafkaBus } from '../../tests/support/kafka-bus.ts';
import { kafkaIsHere, sharedKafka } from '../../tests/support/kafka-shared.ts';
import type { Bus } from './bus.ts';
import { collect, eventually } from './contract.ts';

const kafka = (await kafkaIsHere()) ? await sharedKafka() : null;
const partitions = 4;

describe.skipIf(kafka === null)('a consumer with a name that outlives its process', () => {
  const brokers = kafka?.brokers ?? [];
  const instanceId = 'analyst-1';
  let bus: Bus;
  let topic: string;
  let group: string;
  beforeEach(async () => {
    bus = await openKafkaBus({ brokers, instanceId, sessionTimeoutMs: 60_000 });
    topic = `instance.${randomUUID()}`;
    group = `group-${randomUUID()}`;
    await bus.ensureTopics([topic]);
  });
  afterEach(() => bus.close());

  it('replaces one that was killed, long before its session would have ended', async () => {
    const script = resolve(import.meta.dirname, '../../tests/support/kafka-consumer-process.ts');
    const child = spawn(process.execPath, [script, brokers[0] ?? '', topic, group, '60000', instanceId], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let assigned = 0;
    for await (const line of createInterface({ input: child.stdout }))
      if (line.includes('"assigned"') && ++assigned === partitions) break;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const heir = await collect(bus, topic, group);
    await eventually('the heir holds all', () => heir.committedAtAssignment.size === partitions);
  });

  it('loses everything, and says why, when another takes its name', async () => {
    const first = await collect(bus, topic, group);
    await eventually('the first holds all', () => first.committedAtAssignment.size === partitions);
    const other = await openKafkaBus({ brokers, instanceId, sessionTimeoutMs: 6_000 });
    try {
      const second = await collect(other, topic, group);
      await eventually('the second holds all', () => second.committedAtAssignment.size === partitions);
      await first.subscription.commit(0, 1).catch(() => {});
      await eventually('the first knows', () => first.failures.length === 1);
      expect(first.failures[0]?.message).toContain('Another process');
      await first.subscription.close();
      expect(first.revoked).toEqual([...first.revoked].map(({ partition }) => ({ partition, lost: true })));
      expect(first.revoked.length).toBe(partitions);
    } finally {
      await other.close();
    }
  });

  it('reads two topics under one group name', async () => {
    await bus.ensureTopics([`${topic}.second`]);
    const seen = [await collect(bus, topic, group), await collect(bus, `${topic}.second`, group)];
    await eventually('each holds all of its own', () =>
      seen.every((one) => one.committedAtAssignment.size === partitions),
    );
    expect(seen.flatMap(({ failures }) => failures)).toEqual([]);
  });
});
