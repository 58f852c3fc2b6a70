import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../bus/bus.ts';
import { systemClock } from '../clock.ts';
import { topics } from '../contracts/topics.ts';
import { VerticeError } from '../errors.ts';
import { silentLog } from '../observability/log.ts';
import type { Store } from '../store/store.ts';
import { type Announcement, createAnnouncements } from './announcements.ts';
import { type OutboxRelay, startOutboxRelay } from './outbox-relay.ts';
import { asRecord, failedLogin, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
const outputs = [topics.detections, topics.deadLetters];

beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

async function openRelay(
  change: { store?: Store; bus?: Bus } = {},
): Promise<{ relay: OutboxRelay; heard: Announcement[] }> {
  const announcements = createAnnouncements();
  const heard: Announcement[] = [];
  announcements.subscribe((announcement) => heard.push(announcement));
  const parts = {
    store: bench.store,
    bus: bench.bus,
    clock: systemClock,
    metrics: bench.metrics,
    log: silentLog,
  };
  const relay = await startOutboxRelay({ ...parts, instance: 'test', announcements, ...change }, outputs);
  return { relay, heard };
}

/** Leaves three detections in the outbox. */
async function fillOutbox(): Promise<void> {
  const pipeline = await bench.startPipeline();
  const guessers = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const records = guessers.flatMap((source_ip) =>
    [0, 1, 2, 3, 4].map((second) => asRecord(failedLogin(second, { source_ip }))),
  );
  await bench.intake('test', records);
  await bench.settled();
  await pipeline.close();
}

async function published(): Promise<number> {
  let sum = 0;
  for (const { begin, end } of (await bench.bus.ranges(topics.detections)).values()) sum += end - begin;
  return sum;
}

describe('the outbox relay', () => {
  it('publishes what the ledger says, then forgets it, and tells who listens', async () => {
    await fillOutbox();
    const { relay, heard } = await openRelay();
    await relay.drain();
    expect(await published()).toBe(3);
    expect(await bench.store.countOutbox()).toBe(0);
    expect(heard).toHaveLength(3);
    await relay.close();
  });

  it('publishes nothing twice after a crash between publishing and forgetting', async () => {
    await fillOutbox();
    const crashing: Store = {
      ...bench.store,
      removeOutbox: () => new Promise(() => {}),
    };
    await openRelay({ store: crashing });
    await expect.poll(published).toBe(3);
    expect(await bench.store.countOutbox()).toBe(3);
    const { relay } = await openRelay();
    await relay.drain();
    expect(await published()).toBe(3);
    expect(await bench.store.countOutbox()).toBe(0);
    await relay.close();
  });

  it('keeps what the bus would not take, and tries again', async () => {
    await fillOutbox();
    let failures = 2;
    const shaky: Bus = {
      ...bench.bus,
      ranges: (topic) => bench.bus.ranges(topic),
      read: (...args) => bench.bus.read(...args),
      publish: async (topic, records) => {
        if (failures-- > 0) throw new VerticeError('VTC_BUS_FULL', 'full', { isRetryable: true });
        await bench.bus.publish(topic, records);
      },
    };
    const { relay } = await openRelay({ bus: shaky });
    await relay.drain();
    expect(await published()).toBe(3);
    await relay.close();
  });

  it('leaves what comes after it was closed to the next start', async () => {
    const { relay } = await openRelay();
    await relay.drain();
    await relay.close();
    await fillOutbox();
    relay.kick();
    expect(await published()).toBe(0);
    expect(await bench.store.countOutbox()).toBe(3);
  });
});
