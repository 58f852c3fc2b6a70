import { copyFile, mkdir, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkbench, readTopic, type Workbench } from '../../tests/support/embedded-workbench.ts';
import { type Log, silentLog } from '../observability/log.ts';
import { blockLimits } from './block-codec.ts';
import type { Bus } from './bus.ts';
import { collect, eventually, expectCode, numbered, readAll } from './contract.ts';

/** On disk, of a block of one record with a key of one byte and a value of 10,000. */
const bigBlockBytes = 10_032;
const firstSegment = '0000000000000000.log';

describe('an embedded bus that is opened again', () => {
  let bench: Workbench;
  let bus: Bus;
  let partitionDir: string;
  let logged: string[];
  let log: Log;

  beforeEach(async () => {
    bench = await createWorkbench();
    bus = await bench.open();
    await bus.ensureTopics(['t']);
    partitionDir = bench.path('topics', 't', '0');
    logged = [];
    log = {
      ...silentLog,
      warn: (message) => logged.push(message),
      error: (message) => logged.push(message),
      child: () => log,
    };
  });
  afterEach(() => bench.remove());

  const segmentNames = async () =>
    (await readdir(partitionDir)).filter((name) => name.endsWith('.log')).sort();
  const publish = (count: number, from = 0) =>
    bus.publish(
      't',
      numbered(count, () => 'k', from),
    );
  const big = (count: number) =>
    bus.publish(
      't',
      Array.from({ length: count }, () => ({ key: 'k', value: Buffer.alloc(10_000, 'v') })),
    );
  /** One after another, so that each is a block of its own. */
  const bigOnes = async (count: number) => {
    for (let call = 0; call < count; call += 1) await big(1);
  };
  async function flipByte(file: string, position: number): Promise<void> {
    const bytes = await readFile(file);
    bytes[position] = (bytes[position] ?? 0) ^ 0x10;
    await writeFile(file, bytes);
  }

  it('has all earlier records when the last block is cut at any byte, and goes on from there', async () => {
    const file = bench.path('topics', 't', '0', firstSegment);
    await publish(3);
    const before = (await stat(file)).size;
    await publish(2, 3);
    const whole = await readFile(file);
    for (let length = before; length <= whole.length; length += 1) {
      await bench.close();
      await writeFile(file, whole.subarray(0, length));
      logged = [];
      bus = await bench.open({ log });
      const kept = length === whole.length ? 5 : 3;
      expect((await bus.ranges('t')).get(0)).toEqual({ begin: 0, end: kept });
      expect(logged).toEqual(
        length === before || length === whole.length ? [] : ['cut the unfinished end off a log file'],
      );
      await publish(1, 10);
      expect((await readTopic(bus, 't')).map((record) => record.value.toString())).toEqual([
        ...['value-0', 'value-1', 'value-2', 'value-3', 'value-4'].slice(0, kept),
        'value-10',
      ]);
    }
  });

  it('cuts off remnants of a write that never finished, even when their end is whole', async () => {
    bus = await bench.open({ segmentBytes: 1_000_000, retentionBytes: 9_000_000 });
    await publish(2);
    const file = bench.path('topics', 't', '0', firstSegment);
    const before = (await stat(file)).size;
    await big(15);
    await bench.close();
    expect((await stat(file)).size).toBeGreaterThan(2 * blockLimits.bytes);
    await flipByte(file, before + 5000);
    bus = await bench.open({ log });
    expect((await bus.ranges('t')).get(0)).toEqual({ begin: 0, end: 2 });
    expect((await stat(file)).size).toBe(before);
    expect(logged).toEqual(['cut the unfinished end off a log file']);
  });

  it('reads from any offset in the middle of a block, up to any other', async () => {
    await publish(25);
    await publish(5, 25);
    bus = await bench.open();
    for (let from = 0; from < 30; from += 1)
      for (let to = from; to <= 30; to += 1) {
        const records = await readAll(bus, 't', 0, from, to);
        expect(records.map((record) => `${record.offset} ${record.value}`)).toEqual(
          Array.from({ length: to - from }, (_, index) => `${from + index} value-${from + index}`),
        );
      }
  });

  it('tells each record the time at which it was taken, also when one write carries several times', async () => {
    let now = 1_700_000_000_000;
    bus = await bench.open({ clock: { now: () => now } });
    const times = [0, 7, 7, 3, 5_000_000_000, 1, 1].map((step) => 1_700_000_000_000 + step);
    const calls = times.map((time, index) => {
      now = time;
      return publish(1, index);
    });
    await Promise.all(calls);
    const records = await readTopic(bus, 't');
    expect(records.map((record) => record.timestampMs)).toEqual(times);
    expect(records.map((record) => record.offset)).toEqual(times.map((_, index) => index));
  });

  it('notices a change of any single byte, and never gives out what it changed', async () => {
    const file = bench.path('topics', 't', '0', firstSegment);
    await publish(2);
    const before = (await stat(file)).size;
    await publish(2, 2);
    await bench.close();
    const whole = await readFile(file);
    for (let position = 0; position < whole.length; position += 1) {
      await writeFile(file, whole);
      await flipByte(file, position);
      if (position < before) {
        await expect(bench.open()).rejects.toThrow('expected the record of offset 0 at byte 0');
        continue;
      }
      bus = await bench.open();
      expect((await readTopic(bus, 't')).map((record) => record.value.toString())).toEqual([
        'value-0',
        'value-1',
      ]);
      await bench.close();
    }
  });

  it('refuses to start over damage to a finished write, and says where it is', async () => {
    await publish(2);
    await publish(2, 2);
    await bench.close();
    const file = bench.path('topics', 't', '0', firstSegment);
    await flipByte(file, 30);
    await expectCode(bench.open(), 'VTC_BUS_CORRUPT');
    await expect(bench.open()).rejects.toThrow(`${firstSegment}: expected the record of offset 0 at byte 0`);
    bus = await bench.open({ fsync: 'never' });
    expect((await bus.ranges('t')).get(0)).toEqual({ begin: 0, end: 0 });
  });

  it('refuses to start when a damaged record is longer than what is read at once', async () => {
    bus = await bench.open({
      maxRecordBytes: 6_000_000,
      segmentBytes: 20_000_000,
      retentionBytes: 99_000_000,
    });
    await bus.publish('t', [{ key: 'k', value: Buffer.alloc(5_000_000, 'v') }]);
    await publish(1);
    expect((await readTopic(bus, 't')).map((record) => record.value.length)).toEqual([5_000_000, 7]);
    await bench.close();
    await flipByte(bench.path('topics', 't', '0', firstSegment), 4_800_000);
    await expectCode(bench.open(), 'VTC_BUS_CORRUPT');
  });

  it('finds damage in an older file when that is read, and names file and position', async () => {
    await bigOnes(20);
    bus = await bench.open();
    const names = await segmentNames();
    expect(names.length).toBeGreaterThan(2);
    await bench.close();
    await flipByte(bench.path('topics', 't', '0', firstSegment), 2 * bigBlockBytes + 500);
    bus = await bench.open();
    await expectCode(readAll(bus, 't', 0, 0, 20), 'VTC_BUS_CORRUPT');
    await expect(readAll(bus, 't', 0, 0, 20)).rejects.toThrow(
      /0000000000000000\.log: expected the record of offset 2 at byte \d+.*start\.json/,
    );
    const seen = await collect(bus, 't', 'g');
    await eventually('the consumer is told', () => seen.failures.length > 0);
    expect(seen.failures[0]).toMatchObject({ code: 'VTC_BUS_CORRUPT' });
    expect(seen.count()).toBe(2);

    const next = Number(names[1]?.slice(0, 16));
    await bench.close();
    await writeFile(bench.path('topics', 't', '0', 'start.json'), JSON.stringify({ begin: next }));
    bus = await bench.open();
    expect((await bus.ranges('t')).get(0)).toEqual({ begin: next, end: 20 });
    expect((await readAll(bus, 't', 0, next, 20)).length).toBe(20 - next);
    expect(await segmentNames()).toEqual(names.slice(1));
  });

  it.each([
    ['cut in the middle of a block', 2 * bigBlockBytes + 5000],
    ['cut between two blocks', 2 * bigBlockBytes],
    ['cut in the middle of a head', 2 * bigBlockBytes + 10],
    ['emptied', 0],
  ])('finds an older file %s', async (_how, length) => {
    await bigOnes(20);
    await bench.close();
    await truncate(bench.path('topics', 't', '0', firstSegment), length);
    bus = await bench.open();
    await expectCode(readAll(bus, 't', 0, 0, 20), 'VTC_BUS_CORRUPT');
  });

  it('finds a damaged length in an older file', async () => {
    await bigOnes(20);
    await bench.close();
    await flipByte(bench.path('topics', 't', '0', firstSegment), 2 * bigBlockBytes + 3);
    bus = await bench.open();
    await expect(readAll(bus, 't', 0, 0, 20)).rejects.toThrow(`at byte ${2 * bigBlockBytes}`);
  });

  it('finds a file that shrinks while the bus is open', async () => {
    for (let call = 0; call < 10; call += 1) await publish(1, call);
    const file = bench.path('topics', 't', '0', firstSegment);
    const { size } = await stat(file);
    for (const length of [size - 3, (size / 10) * 9 + 5, 0]) {
      await truncate(file, length);
      await expectCode(readAll(bus, 't', 0, 9, 10), 'VTC_BUS_CORRUPT');
    }
    await unlink(file);
    await expectCode(readAll(bus, 't', 0, 0, 10), 'VTC_BUS_UNAVAILABLE');
    await bench.close();
    await writeFile(file, '');
  });

  it('refuses to start when its first file is missing', async () => {
    await bigOnes(20);
    await bench.close();
    await unlink(bench.path('topics', 't', '0', firstSegment));
    await expectCode(bench.open(), 'VTC_BUS_CORRUPT');
    await expect(bench.open()).rejects.toThrow('expected the log to begin at offset 0');
  });

  it('removes files that a crash left below the start', async () => {
    await bigOnes(20);
    await bench.close();
    const names = await segmentNames();
    await writeFile(
      bench.path('topics', 't', '0', 'start.json'),
      `{"begin": ${Number(names[1]?.slice(0, 16))}}`,
    );
    await copyFile(bench.path('topics', 't', '0', firstSegment), bench.path('topics', 't', '0', 'note.txt'));
    bus = await bench.open();
    expect(await segmentNames()).toEqual(names.slice(1));
    expect(await readdir(partitionDir)).toContain('note.txt');
  });

  it.each([
    ['topics/t/topic.json', 'expected {"version": 1'],
    ['topics/t/0/start.json', 'expected {"begin": offset}'],
    ['topics/t/groups/g.json', 'expected {"committed"'],
  ])('refuses to guess what a damaged %s said', async (path, expected) => {
    await (await collect(bus, 't', 'g')).subscription.close();
    await bench.close();
    for (const text of ['', '{"committed": [-1], "begin": -1}', '[]']) {
      await writeFile(bench.path(path), text);
      await expectCode(bench.open(), 'VTC_BUS_CORRUPT');
      await expect(bench.open()).rejects.toThrow(expected);
    }
  });

  it('takes back offsets of records that are gone, and says so', async () => {
    await publish(9);
    await publish(1, 9);
    const seen = await collect(bus, 't', 'g');
    await seen.subscription.commit(0, 10);
    await bench.close();
    const file = bench.path('topics', 't', '0', firstSegment);
    await truncate(file, (await stat(file)).size - 1);
    bus = await bench.open({ log });
    expect(logged).toContain('a group had committed records that are gone: the log lost its end');
    await publish(1, 100);
    const again = await collect(bus, 't', 'g');
    await eventually('the new record is delivered', () => again.count() > 0);
    expect(again.values()).toEqual(['value-100']);
    expect(again.committedAtAssignment.get(0)).toBe(9);
  });

  it('keeps the number of partitions a topic was made with', async () => {
    bus = await bench.open({ partitions: 7 });
    await bus.ensureTopics(['t', 'new']);
    expect((await bus.ranges('t')).size).toBe(1);
    expect((await bus.ranges('new')).size).toBe(7);
    bus = await bench.open({ partitions: 2 });
    expect((await bus.ranges('new')).size).toBe(7);
  });

  it('finishes making a topic whose making was cut short', async () => {
    await bench.close();
    await mkdir(bench.path('topics', 'half'));
    await rm(bench.path('topics', 't', 'topic.json'));
    bus = await bench.open({ partitions: 2 });
    expect((await bus.ranges('half')).size).toBe(2);
    expect((await bus.ranges('t')).size).toBe(2);
  });

  it('leaves everything to its user alone', async () => {
    await publish(1);
    await (await collect(bus, 't', 'g')).subscription.close();
    const modeOf = async (...parts: string[]) => (await stat(bench.path(...parts))).mode & 0o777;
    for (const dir of ['topics', 'topics/t', 'topics/t/0', 'topics/t/groups'])
      expect(await modeOf(dir)).toBe(0o700);
    for (const file of ['owner.lock', 'owner.json', 'topics/t/topic.json', 'topics/t/groups/g.json'])
      expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf('topics', 't', '0', firstSegment)).toBe(0o600);
  });

  it('starts with many files and finds any offset in them', async () => {
    bus = await bench.open({ segmentBytes: 4_000_000, retentionBytes: 50_000_000 });
    for (let call = 0; call < 12; call += 1) await big(60);
    for (const from of [0, 1, 59, 60, 333, 500, 719]) {
      const [batch] = await readAll(bus, 't', 0, from, from + 1);
      expect(batch?.offset).toBe(from);
    }
    bus = await bench.open({ segmentBytes: 4_000_000, retentionBytes: 50_000_000 });
    for (const from of [0, 333, 719]) expect((await readAll(bus, 't', 0, from, 720)).length).toBe(720 - from);
  });
});
