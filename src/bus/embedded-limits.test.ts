import { spawnSync } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createWorkbench,
  readTopic,
  type Workbench,
  type WorkbenchOptions,
} from '../../tests/support/embedded-workbench.ts';
import { type Log, silentLog } from '../observability/log.ts';
import type { Bus } from './bus.ts';
import { collect, eventually, expectCode, numbered, readAll } from './contract.ts';

const hour = 3_600_000;
const canLimitFiles = spawnSync('prlimit', ['--version']).status === 0;

describe('an embedded bus with little room', () => {
  let bench: Workbench;
  let bus: Bus;
  let now = 1_700_000_000_000;
  const clock = { now: () => now };

  beforeEach(async () => {
    bench = await createWorkbench();
  });
  afterEach(() => bench.remove());

  async function open(options: WorkbenchOptions = {}): Promise<void> {
    bus = await bench.open({ clock, retentionBytes: 400_000, ...options });
    await bus.ensureTopics(['t']);
  }
  const publish = (count: number) =>
    bus.publish(
      't',
      Array.from({ length: count }, () => ({ key: 'k', value: Buffer.alloc(10_000, 'v') })),
    );
  const range = async () => (await bus.ranges('t')).get(0) ?? { begin: -1, end: -1 };

  it('makes publishers wait while it is full, and lets them go on as consumers commit', async () => {
    await open();
    const seen = await collect(bus, 't', 'g');
    for (let call = 0; call < 3; call += 1) await publish(12);
    const order: string[] = [];
    const first = publish(8).then(() => order.push('first'));
    const second = publish(1).then(() => order.push('second'));
    await eventually('it says that it is full', async () => (await bus.health()) !== null);
    expect(await bus.health()).toBe('topic t is full: group g has 36 uncommitted records in partition 0');
    expect((await range()).end).toBe(36);
    await eventually('all delivered', () => seen.count() === 36);
    await seen.subscription.commit(0, 30);
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
    expect(await bus.health()).toBeNull();
    expect((await range()).begin).toBeGreaterThan(0);
    expect((await range()).begin).toBeLessThanOrEqual(30);
    await eventually('everything is delivered', () => seen.count() === 45);
  });

  it('tells publishers that it is full when that lasts', async () => {
    await open({ fullTimeoutMs: 30 });
    await collect(bus, 't', 'g');
    await publish(36);
    const refused = publish(8);
    await expectCode(refused, 'VTC_BUS_FULL');
    await expect(refused).rejects.toMatchObject({ isRetryable: true });
    await expect(publish(8)).rejects.toThrow('group g has 36 uncommitted records in partition 0');
    await publish(1);
    expect((await range()).end).toBe(37);
  });

  it('tells a publisher whose records can never fit', async () => {
    await open({ fullTimeoutMs: 20 });
    await publish(3);
    await expect(publish(60)).rejects.toThrow('all of it was committed only just now');
  });

  it('lets those behind a publisher that gave up go on', async () => {
    await open({ fullTimeoutMs: 300 });
    await collect(bus, 't', 'g');
    await publish(36);
    const large = publish(20);
    const small = publish(1);
    await expectCode(large, 'VTC_BUS_FULL');
    await small;
    expect((await range()).end).toBe(37);
  });

  it('refuses waiting publishers when it closes', async () => {
    await open();
    await collect(bus, 't', 'g');
    await publish(36);
    const waiting = expectCode(publish(8), 'VTC_SHUTTING_DOWN');
    await bench.close();
    await waiting;
  });

  it('never drops what a known group has not committed, not even one that is away', async () => {
    await open({ fullTimeoutMs: 20, retentionMs: hour });
    const away = await collect(bus, 't', 'away');
    await away.subscription.close();
    const here = await collect(bus, 't', 'here');
    await publish(18);
    await publish(18);
    await eventually('all delivered', () => here.count() === 36);
    await here.subscription.commit(0, 36);
    now += 100 * hour;
    await expectCode(publish(8), 'VTC_BUS_FULL');
    await open({ fullTimeoutMs: 20, retentionMs: hour });
    await expectCode(publish(8), 'VTC_BUS_FULL');
    expect(await range()).toEqual({ begin: 0, end: 36 });
    const back = await collect(bus, 't', 'away');
    await eventually('the group that was away gets all', () => back.count() === 36);
  });

  it('drops the oldest when it is full and nobody consumes it', async () => {
    await open();
    for (let call = 0; call < 20; call += 1) await publish(7);
    const { begin, end } = await range();
    expect(end).toBe(140);
    expect(begin).toBeGreaterThan(90);
    expect((await readTopic(bus, 't')).length).toBe(end - begin);
  });

  it('makes room out of the file it writes to when all of it is consumed', async () => {
    await open({ retentionBytes: 140_000, segmentBytes: 131_072 });
    for (let call = 0; call < 5; call += 1) await publish(6);
    expect(await range()).toEqual({ begin: 24, end: 30 });
    await Promise.all([publish(6), publish(6), publish(6)]);
    expect((await range()).end).toBe(48);
  });

  it('drops what is consumed and older than the retention time', async () => {
    await open({ retentionBytes: 10_000_000, retentionMs: hour });
    const seen = await collect(bus, 't', 'g');
    await publish(20);
    await eventually('all delivered', () => seen.count() === 20);
    now += 2 * hour;
    await publish(20);
    expect((await range()).begin).toBe(0);
    await eventually('all delivered', () => seen.count() === 40);
    await seen.subscription.commit(0, 40);
    now += hour / 2;
    await publish(20);
    await eventually('old files are gone', async () => (await range()).begin === 18);
    now += 2 * hour;
    await bench.close();
    await open({ retentionBytes: 10_000_000, retentionMs: hour });
    expect(await range()).toEqual({ begin: 40, end: 60 });
  });

  it('keeps what a consumer is reading again, though its group has committed it', async () => {
    await open();
    const first = await collect(bus, 't', 'g');
    await publish(36);
    await eventually('all delivered', () => first.count() === 36);
    await first.subscription.commit(0, 36);
    await first.subscription.close();
    const gate = Promise.withResolvers<void>();
    const again = await collect(bus, 't', 'g', { onAssigned: async () => 0, onBatch: () => gate.promise });
    await eventually('reading again', () => again.count() > 0);
    const waiting = publish(8);
    await eventually('it says that it is full', async () => (await bus.health()) !== null);
    expect(await range()).toEqual({ begin: 0, end: 36 });
    gate.resolve();
    await eventually('the rest is delivered', () => again.count() === 36);
    await again.subscription.close();
    await waiting;
    expect((await range()).begin).toBeGreaterThan(0);
  });

  it('tells a reader whose records went away under it', async () => {
    await open({ maxRecordBytes: 1_100_000, segmentBytes: 1_100_000, retentionBytes: 4_000_000 });
    const large = () => bus.publish('t', [{ key: 'k', value: Buffer.alloc(1_000_000) }]);
    for (let call = 0; call < 3; call += 1) await large();
    const reading = bus.read('t', 0, 0, 3)[Symbol.asyncIterator]();
    expect((await reading.next()).value?.length).toBe(1);
    for (let call = 0; call < 3; call += 1) await large();
    await expectCode(reading.next(), 'VTC_USAGE');
    await expectCode(readAll(bus, 't', 0, 0, 1), 'VTC_USAGE');
  });

  it.skipIf(!canLimitFiles)('refuses a write the disk refuses, cuts it off, and goes on later', async () => {
    const limitFiles = (bytes: string) =>
      spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => errors.push(message), child: () => log };
    await open({ segmentBytes: 10_000_000, retentionBytes: 20_000_000, log });
    await publish(1);
    await publish(1);
    const file = bench.path('topics', 't', '0', '0000000000000000.log');
    const { size } = await stat(file);
    try {
      limitFiles('50000');
      const refused = await Promise.allSettled([publish(5), publish(1), publish(1)]);
      expect(refused.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
      for (const outcome of refused)
        expect(outcome).toMatchObject({ reason: { code: 'VTC_BUS_UNAVAILABLE', isRetryable: true } });
      expect(await bus.health()).toContain('cannot write to');
      await expectCode(publish(5), 'VTC_BUS_UNAVAILABLE');
      expect(errors.length).toBe(1);
      expect((await range()).end).toBe(2);
    } finally {
      limitFiles('unlimited');
    }
    await publish(1);
    expect(await bus.health()).toBeNull();
    expect((await stat(file)).size).toBe((size / 2) * 3);
    expect((await readTopic(bus, 't')).map((record) => record.offset)).toEqual([0, 1, 2]);
    limitFiles('50000');
    await expectCode(publish(5), 'VTC_BUS_UNAVAILABLE');
    limitFiles('unlimited');
    await bench.close();
    expect((await stat(file)).size).toBe((size / 2) * 3);
  });

  it('refuses records when no new file can be made, and commits when no offset can be kept', async () => {
    await open();
    const seen = await collect(bus, 't', 'g');
    await publish(6);
    await mkdir(bench.path('topics', 't', '0', '0000000000000006.log'));
    await mkdir(bench.path('topics', 't', 'groups', 'g.json.tmp'));
    await expectCode(publish(6), 'VTC_BUS_UNAVAILABLE');
    await expectCode(seen.subscription.commit(0, 6), 'VTC_BUS_UNAVAILABLE');
  });

  it('tells a waiting publisher when old files cannot be removed', async () => {
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => errors.push(message), child: () => log };
    await open({ log, retentionMs: hour });
    await publish(36);
    await mkdir(bench.path('topics', 't', '0', 'start.json.tmp'));
    await expectCode(publish(8), 'VTC_BUS_UNAVAILABLE');
    now += 2 * hour;
    await publish(3);
    await eventually('the failed removal is logged', () => errors.length > 0);
    expect(errors[0]).toContain('old log files could not be removed');
    expect((await range()).begin).toBe(0);
  });

  it('tells a waiting publisher when the full file cannot be followed by a new one', async () => {
    await open({ retentionBytes: 70_000 });
    await publish(6);
    await mkdir(bench.path('topics', 't', '0', '0000000000000006.log'));
    await expectCode(publish(6), 'VTC_BUS_UNAVAILABLE');
  });

  it('refuses labels that do not fit', async () => {
    await open();
    const value = Buffer.alloc(1);
    await expectCode(bus.publish('t', [{ key: 'k'.repeat(70_000), value }]), 'VTC_RECORD_TOO_LARGE');
    await expect(
      bus.publish('t', [{ key: null, value, headers: { a: 'b'.repeat(70_000) } }]),
    ).rejects.toThrow('the headers of a record for t take more than');
    await expect(
      bus.publish(
        't',
        numbered(1, () => 'k'.repeat(60_000)),
      ),
    ).resolves.toBeUndefined();
  });
});
