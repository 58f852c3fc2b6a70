import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createWorkbench,
  type Workbench,
  type WorkbenchOptions,
  workbenchDefaults,
} from '../../tests/support/embedded-workbench.ts';
import { type Log, silentLog } from '../observability/log.ts';
import type { Bus, ConsumerHandler } from './bus.ts';
import {
  type Collector,
  collect,
  describeBusContract,
  eventually,
  expectCode,
  numbered,
  readAll,
} from './contract.ts';
import { createEmbeddedBus } from './embedded.ts';

for (const fsync of ['always', 'interval', 'never'] as const)
  describeBusContract(`the embedded bus with fsync ${fsync}`, async ({ maxRecordBytes }) => {
    const bench = await createWorkbench();
    const open = () => bench.open({ partitions: 4, maxRecordBytes, retentionBytes: 16_777_216, fsync });
    return { bus: await open(), partitions: 4, reopen: open, cleanup: bench.remove };
  });

describe('the embedded bus', () => {
  let bench: Workbench;
  let bus: Bus;
  beforeEach(async () => {
    bench = await createWorkbench();
    bus = await bench.open();
    await bus.ensureTopics(['t']);
  });
  afterEach(() => bench.remove());
  const assigned = (seen: Collector) => eventually('assigned', () => seen.committedAtAssignment.size > 0);

  it('hands a consumer that keeps up the very value and attachment that were published', async () => {
    const seen = await collect(bus, 't', 'g');
    await assigned(seen);
    const published = Array.from({ length: 50 }, (_, number) => ({
      key: 'k',
      value: Buffer.from(`v${number}`),
      attachment: { number },
      ...(number % 2 === 0 ? { headers: { number: String(number) } } : {}),
    }));
    for (const record of published) await bus.publish('t', [record]);
    await eventually('all delivered', () => seen.count() === 50);
    const delivered = seen.byPartition.get(0) ?? [];
    expect(delivered.every((record, index) => record.value === published[index]?.value)).toBe(true);
    expect(delivered.every((record, index) => record.attachment === published[index]?.attachment)).toBe(true);
    expect(delivered.map((record) => record.headers)).toEqual(published.map((record) => record.headers));
  });

  it('reads back from disk for a consumer that falls behind what memory may hold', async () => {
    bus = await bench.open({ handOverBytes: 100_000, retentionBytes: 50_000_000 });
    const gate = Promise.withResolvers<void>();
    const slow = await collect(bus, 't', 'slow', { onBatch: () => gate.promise });
    const quick = await collect(bus, 't', 'quick');
    await assigned(slow);
    const records = Array.from({ length: 2000 }, (_, number) => ({
      key: 'k',
      value: Buffer.from(`${number}`.padStart(1000)),
      attachment: number,
    }));
    for (let index = 0; index < records.length; index += 10)
      await bus.publish('t', records.slice(index, index + 10));
    gate.resolve();
    await eventually('both have all', () => slow.count() === 2000 && quick.count() === 2000);
    for (const seen of [slow, quick])
      expect(seen.values().map(Number)).toEqual(records.map((_, number) => number));
    const attached = slow.byPartition.get(0)?.filter((record) => record.attachment !== undefined).length;
    expect(attached).toBeLessThan(1000);
    expect(attached).toBeGreaterThan(0);
  });

  it('gives out at most 1,000 records or 1 MiB at once, from memory and from disk', async () => {
    bus = await bench.open({
      handOverBytes: 20_000_000,
      retentionBytes: 50_000_000,
      maxRecordBytes: 3_000_000,
    });
    const sizes: number[][] = [];
    const overrides: Partial<ConsumerHandler> = {
      onBatch: (_partition, records) => void sizes.push(records.map((record) => record.value.length)),
    };
    const live = await collect(bus, 't', 'live', overrides);
    await assigned(live);
    await bus.publish('t', [
      ...numbered(2500, () => 'k'),
      ...Array.from({ length: 5 }, () => ({ key: 'k', value: Buffer.alloc(400_000) })),
      { key: 'k', value: Buffer.alloc(2_500_000) },
      ...numbered(1, () => 'k'),
    ]);
    await eventually('all from memory', () => live.count() === 2507);
    const replay = await collect(bus, 't', 'replay', overrides);
    await eventually('all from disk', () => replay.count() === 2507);
    for (const lengths of sizes) {
      expect(lengths.length).toBeLessThanOrEqual(1000);
      if (lengths.length > 1) expect(lengths.reduce((a, b) => a + b)).toBeLessThanOrEqual(1_048_576);
    }
    expect(sizes.some((lengths) => lengths[0] === 2_500_000)).toBe(true);
    expect(replay.values()).toEqual(live.values());
  });

  it('syncs and expires by itself as time goes by', async () => {
    let now = 1_700_000_000_000;
    const options: WorkbenchOptions = { clock: { now: () => now }, fsync: 'interval', retentionMs: 1000 };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      bus = await bench.open(options);
      const kilobytes = () => bus.publish('t', [{ key: 'k', value: Buffer.alloc(40_000) }]);
      for (let call = 0; call < 3; call += 1) {
        await kilobytes();
        vi.advanceTimersByTime(200);
      }
      expect((await bus.ranges('t')).get(0)).toEqual({ begin: 0, end: 3 });
      now += 5000;
      vi.advanceTimersByTime(60_000);
      await eventually('old files are gone', async () => (await bus.ranges('t')).get(0)?.begin === 2);
      expect(await bus.health()).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it('lets consumers publish and commit what they owe while it closes, and nothing afterwards', async () => {
    await bus.ensureTopics(['out']);
    const seen = await collect(bus, 't', 'g', {
      onRevoked: async () => {
        await bus.publish('out', [{ key: 'k', value: Buffer.from('verdict') }]);
        await seen.subscription.commit(0, 1);
      },
    });
    await bus.publish(
      't',
      numbered(1, () => 'k'),
    );
    await eventually('delivered', () => seen.count() === 1);
    await bus.close();
    await expectCode(bus.publish('out', []), 'VTC_SHUTTING_DOWN');
    await expectCode(readAll(bus, 'out', 0, 0, 1), 'VTC_SHUTTING_DOWN');
    bus = await bench.open();
    expect((await readAll(bus, 'out', 0, 0, 1)).map((record) => record.value.toString())).toEqual([
      'verdict',
    ]);
    const again = await collect(bus, 't', 'g');
    await eventually('assigned again', () => again.committedAtAssignment.get(0) === 1);
  });

  it('belongs to one bus at a time, also within a process', async () => {
    const options = { ...workbenchDefaults, dir: bench.dir };
    await expectCode(createEmbeddedBus(options), 'VTC_BUS_OWNED');
    await expect(createEmbeddedBus(options)).rejects.toThrow(`in use by process ${process.pid} on`);
    await writeFile(bench.path('owner.json'), '{}');
    await expect(createEmbeddedBus(options)).rejects.toThrow('in use by another process');
    await rm(bench.path('owner.json'));
    await expect(createEmbeddedBus(options)).rejects.toThrow('in use by another process');
    await bus.publish(
      't',
      numbered(1, () => 'k'),
    );
  });

  it('refuses a lock file that is none, and a directory that is a file', async () => {
    const other = await createWorkbench();
    await writeFile(other.path('owner.lock'), 'this is not an empty file, as it should be'.repeat(100));
    await expectCode(other.open(), 'VTC_BUS_UNAVAILABLE');
    await rm(other.path('owner.lock'));
    await writeFile(other.path('topics'), '');
    await expectCode(other.open(), 'VTC_BUS_UNAVAILABLE');
    await rm(other.path('topics'));
    await writeFile(other.path('file'), '');
    await expectCode(
      createEmbeddedBus({ ...workbenchDefaults, dir: other.path('file') }),
      'VTC_BUS_UNAVAILABLE',
    );
    await other.remove();
  });

  it('refuses a second consumer of the same group and topic', async () => {
    const first = await collect(bus, 't', 'g');
    await expectCode(collect(bus, 't', 'g'), 'VTC_USAGE');
    await first.subscription.close();
    await collect(bus, 't', 'g');
    const both = await Promise.allSettled([collect(bus, 't', 'h'), collect(bus, 't', 'h')]);
    expect(both.map((outcome) => outcome.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses names, topics, partitions and offsets that make no sense', async () => {
    await expectCode(
      bus.publish(
        'missing',
        numbered(1, () => 'k'),
      ),
      'VTC_USAGE',
    );
    await expectCode(bus.ensureTopics(['../escape']), 'VTC_USAGE');
    await expectCode(bus.ensureTopics(['.hidden']), 'VTC_USAGE');
    await expectCode(collect(bus, 't', 'a/b'), 'VTC_USAGE');
    await expectCode(readAll(bus, 't', 9, 0, 0), 'VTC_USAGE');
    await expectCode(readAll(bus, 't', 0, 0.5, 1), 'VTC_USAGE');
    await expectCode(readAll(bus, 't', 0, 0, 0.5), 'VTC_USAGE');
    const seen = await collect(bus, 't', 'g');
    for (const offset of [-1, 0.5, 1]) await expectCode(seen.subscription.commit(0, offset), 'VTC_USAGE');
    await expectCode(seen.subscription.commit(5, 0), 'VTC_USAGE');
    await seen.subscription.close();
    await expectCode(seen.subscription.commit(0, 0), 'VTC_SHUTTING_DOWN');
  });

  it('reports an assignment that asks for an offset it does not hold', async () => {
    for (const start of [-1, 1, 0.5]) {
      const seen = await collect(bus, 't', `g${start}`, { onAssigned: async () => start });
      await eventually('the failure is reported', () => seen.failures.length > 0);
      expect(seen.failures[0]).toMatchObject({ code: 'VTC_USAGE' });
    }
  });

  it('never takes a commit back', async () => {
    await bus.publish(
      't',
      numbered(10, () => 'k'),
    );
    const seen = await collect(bus, 't', 'g');
    await assigned(seen);
    await Promise.all([8, 3, 9, 1].map((offset) => seen.subscription.commit(0, offset)));
    expect((await seen.subscription.lag()).get(0)).toBe(1);
    await seen.subscription.close();
    const again = await collect(bus, 't', 'g');
    await eventually('the last one is delivered', () => again.count() === 1);
    expect(again.values()).toEqual(['value-9']);
  });

  it('survives handlers that throw where they must not', async () => {
    const failures: string[] = [];
    const log: Log = { ...silentLog, error: (message) => failures.push(message), child: () => log };
    bus = await bench.open({ log });
    const thrower = await bus.subscribe('t', 'g', {
      onAssigned: async () => 'committed',
      onBatch() {
        throw 'not even an error';
      },
      onRevoked: async () => {
        throw new Error('cannot flush');
      },
      onFailed() {
        throw new Error('cannot hear it');
      },
    });
    await bus.publish(
      't',
      numbered(1, () => 'k'),
    );
    await eventually('the throw is logged', () => failures.length > 0);
    expect(failures).toEqual(['a consumer threw while it was told of its failure']);
    await expect(thrower.close()).rejects.toThrow('cannot flush');
    await bus.subscribe('t', 'h', {
      onAssigned: async () => 'committed',
      onBatch() {},
      onRevoked: () => Promise.reject(new Error('cannot flush either')),
      onFailed() {},
    });
    await delay(0);
    await expect(bus.close()).rejects.toThrow('cannot flush either');
    expect(await bus.health()).toBe('the bus is closed');
    await expectCode(bus.ensureTopics(['t']), 'VTC_SHUTTING_DOWN');
    await expectCode(collect(bus, 't', 'g'), 'VTC_SHUTTING_DOWN');
    await expect(bench.close()).rejects.toThrow('cannot flush either');
  });

  it('fails once, and revokes every partition, when all batches are refused at the same time', async () => {
    bus = await bench.open({ partitions: 4 });
    await bus.ensureTopics(['wide']);
    await bus.publish(
      'wide',
      numbered(100, (index) => `k${index}`),
    );
    const gate = Promise.withResolvers<void>();
    const seen = await collect(bus, 'wide', 'g', { onBatch: () => gate.promise });
    await eventually('four batches are under way', () => seen.byPartition.size === 4);
    gate.reject(new Error('no'));
    await eventually('the failure is reported', () => seen.failures.length > 0);
    await seen.subscription.close();
    expect(seen.failures.length).toBe(1);
    expect(seen.revoked.length).toBe(4);
  });
});
