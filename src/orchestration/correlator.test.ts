import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Detection } from '../contracts/detection.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import { compileRules } from '../detection/sigma/compile-rules.ts';
import { readRuleSet } from '../detection/sigma/parse/rule-set.ts';
import { silentLog } from '../observability/log.ts';
import { createAnnouncements } from './announcements.ts';
import { startCorrelator } from './correlator.ts';
import { type OutboxRelay, startOutboxRelay } from './outbox-relay.ts';
import type { PartitionedConsumer } from './partitioned-consumer.ts';
import { untilProcessed } from './until-processed.ts';
import { asRecord, failedLogin, openWorkbench, type Workbench, workbenchGroup } from './workbench.ts';

const group = `${workbenchGroup}-correlations`;
const base = `
title: A login fails
id: 7f3f1d0a-3c51-4a52-8f6e-0a6f0a5f1c01
name: failed_login
level: low
status: test
logsource: { product: linux, service: sshd }
detection: { selection: { outcome: failed }, condition: selection }
`;
const spraying = `
title: One account is tried from many places
id: 0c7bd3b2-6d7f-4b0e-9f0e-5b7f6a6b2d02
level: high
status: test
author: Someone
tags: [attack.t1110.003]
correlation:
  type: value_count
  rules: [failed_login]
  group-by: [user]
  timespan: 5m
  condition: { gte: 3, field: address }
`;
const sigma = `${base}---${spraying}`;

let bench: Workbench;
let running: { close(): Promise<void> }[];

/** Starts both stages and the relay between them, as the program does. */
async function start(): Promise<OutboxRelay> {
  const relay = await startOutboxRelay(
    {
      store: bench.store,
      bus: bench.bus,
      clock: systemClock,
      metrics: bench.metrics,
      log: silentLog,
      instance: 'test',
      announcements: createAnnouncements(),
    },
    [topics.detections, topics.deadLetters, topics.signals],
  );
  const pipeline = await bench.startPipeline({ onOutbox: relay.kick });
  const correlator: PartitionedConsumer = await startCorrelator({
    bus: bench.bus,
    store: bench.store,
    metrics: bench.metrics,
    log: silentLog,
    correlations: () => bench.rules.active.correlations,
    seed: [1, 2],
    settings: { instance: 'test', group, rememberedIds: 1_024 },
    onOutbox: relay.kick,
    onFailed: (error) => {
      throw error;
    },
  });
  running = [pipeline, correlator, relay];
  return relay;
}

async function stop(): Promise<void> {
  for (const part of running.splice(0)) await part.close();
}

async function settle(relay: OutboxRelay): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await bench.settled();
    await relay.drain();
    await untilProcessed(bench.bus, bench.store, group, topics.signals);
    await relay.drain();
  }
}

function failure(second: number, address: string, user = 'ana'): SecurityEvent {
  return failedLogin(second, {
    event_type: 'log',
    source_ip: address,
    payload: { outcome: 'failed', user, address },
    context: { host: 'web-1', logsource: { product: 'linux', service: ['sshd'] } },
  });
}

async function show(...events: readonly SecurityEvent[]): Promise<void> {
  await bench.intake('test', events.map(asRecord));
}

async function detections(): Promise<readonly Detection[]> {
  return (await bench.store.detections({}, { limit: 100 })).items;
}

beforeEach(async () => {
  bench = await openWorkbench('', sigma);
  running = [];
});
afterEach(async () => {
  await stop();
  await bench.close();
});

describe('the correlator', () => {
  it('brings together what addresses on different partitions did to one account', async () => {
    const relay = await start();
    const events = ['198.51.100.1', '198.51.100.2', '198.51.100.3'].map((ip, index) => failure(index, ip));
    await show(...events);
    await settle(relay);
    const found = await detections();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      attacker: expect.stringMatching(/^198\.51\.100\.[123]$/),
      target: 'web-1',
      severity: 'high',
      mitre_techniques: ['T1110.003'],
      findings: [{ author: 'Someone', matched_fields: [{ field: 'user', value: 'ana' }] }],
    });
    expect(found[0]?.findings[0]?.evidence_event_ids.toSorted()).toEqual(
      events.map((event) => event.event_id),
    );
  });

  it('keeps groups apart, and is silent below the threshold', async () => {
    const relay = await start();
    await show(failure(0, '198.51.100.1'), failure(1, '198.51.100.2'), failure(2, '198.51.100.3', 'ben'));
    await settle(relay);
    expect(await detections()).toEqual([]);
  });

  it('rebuilds its windows after a restart, and does not raise the same alarm twice', async () => {
    await settle(await start());
    await show(failure(0, '198.51.100.1'), failure(1, '198.51.100.2'));
    await settle(await restarted());
    await show(failure(2, '198.51.100.3'));
    await settle(await restarted());
    expect(await detections()).toHaveLength(1);
    await settle(await restarted());
    expect(await detections()).toHaveLength(1);
  });

  it('keeps its windows when the rules are reloaded', async () => {
    const relay = await start();
    await show(failure(0, '198.51.100.1'), failure(1, '198.51.100.2'));
    await settle(relay);
    const other = base.replaceAll('7f3f1d0a', '8f3f1d0a').replace('name: failed_login', '');
    bench.rules.replace(compileRules(readRuleSet(`${sigma}---${other}`)));
    await show(failure(2, '198.51.100.3'));
    await settle(relay);
    expect((await detections()).map(({ severity }) => severity)).toContain('high');
  });

  it('sends what is no signal to the dead letters and goes on', async () => {
    const relay = await start();
    for (const garbage of ['', '{', '[]', '{"key":"x","signals":[{"family":1}]}', 'null'])
      await bench.bus.publish(topics.signals, [{ key: 'x', value: Buffer.from(garbage) }]);
    await show(...[1, 2, 3].map((n) => failure(n, `198.51.100.${n}`)));
    await settle(relay);
    const letters = (await bench.store.deadLetters({ limit: 10 })).items;
    expect(letters.map(({ reason }) => reason)).toEqual(Array.from({ length: 5 }, () => 'invalid_record'));
    expect(await detections()).toHaveLength(1);
  });

  async function restarted(): Promise<OutboxRelay> {
    await stop();
    return start();
  }
});
