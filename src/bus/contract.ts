import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VerticeError } from '../errors.ts';
import type { Bus, BusRecord, ConsumerHandler, OutgoingRecord, Subscription } from './bus.ts';

/** What the suite asks of the bus it is given. */
export interface BusContractOptions {
  /** Largest `value` the bus must take, in bytes; one byte more must be refused. */
  readonly maxRecordBytes: number;
}

export interface BusUnderTest {
  readonly bus: Bus;
  /** Partitions that `ensureTopics` gives a new topic; at least 2. */
  readonly partitions: number;
  /** Closes the bus and opens another one on the same records and groups. */
  reopen(): Promise<Bus>;
  /** Closes whatever is open and removes what the test left behind. */
  cleanup(): Promise<void>;
}

/** What a consumer saw, for the tests of a bus to look at. */
export interface Collector {
  readonly subscription: Subscription;
  readonly byPartition: Map<number, BusRecord[]>;
  readonly committedAtAssignment: Map<number, number | null>;
  readonly revoked: { partition: number; lost: boolean }[];
  readonly failures: Error[];
  count(): number;
  values(): string[];
}

const maxRecordBytes = 10_000;
const patienceMs = 20_000;

/** Polls until `condition` holds; real brokers and disks have no event to wait for. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAt) throw new Error(`still not so after ${patienceMs} ms: ${what}`);
    await delay(5);
  }
}

/** Records whose values are `value-<number>`, counted from `from`. */
export function numbered(count: number, keyOf: (index: number) => string | null, from = 0): OutgoingRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: keyOf(from + index),
    value: Buffer.from(`value-${from + index}`),
  }));
}

/** Subscribes and keeps everything; `overrides` run after the keeping. */
export async function collect(
  bus: Bus,
  topic: string,
  group: string,
  overrides: Partial<ConsumerHandler> = {},
): Promise<Collector> {
  const byPartition = new Map<number, BusRecord[]>();
  const committedAtAssignment = new Map<number, number | null>();
  const revoked: { partition: number; lost: boolean }[] = [];
  const failures: Error[] = [];
  const subscription = await bus.subscribe(topic, group, {
    async onAssigned(partition, committed) {
      committedAtAssignment.set(partition, committed);
      return overrides.onAssigned === undefined ? 'committed' : overrides.onAssigned(partition, committed);
    },
    async onBatch(partition, records) {
      const kept = byPartition.get(partition) ?? [];
      kept.push(...records);
      byPartition.set(partition, kept);
      await overrides.onBatch?.(partition, records);
    },
    async onRevoked(partition, lost) {
      revoked.push({ partition, lost });
      await overrides.onRevoked?.(partition, lost);
    },
    onFailed(error) {
      failures.push(error);
    },
  });
  const all = () => [...byPartition.values()].flat();
  return {
    subscription,
    byPartition,
    committedAtAssignment,
    revoked,
    failures,
    count: () => all().length,
    values: () => all().map((record) => record.value.toString()),
  };
}

function expectDense(records: readonly BusRecord[], from: number): void {
  expect(records.map((record) => record.offset)).toEqual(records.map((_, index) => from + index));
}

/** All records of a range. */
export async function readAll(
  bus: Bus,
  topic: string,
  partition: number,
  from: number,
  to: number,
): Promise<BusRecord[]> {
  const records: BusRecord[] = [];
  for await (const batch of bus.read(topic, partition, from, to)) records.push(...batch);
  return records;
}

async function commitAll(collector: Collector): Promise<void> {
  for (const [partition, records] of collector.byPartition) {
    const last = records.at(-1);
    if (last !== undefined) await collector.subscription.commit(partition, last.offset + 1);
  }
}

/** Expects a rejection with a `VerticeError` of this code. */
export async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const outcome = await promise.then(
    () => 'it was accepted',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(VerticeError);
  expect(outcome).toMatchObject({ code });
}

/**
 * The obligations of the `Bus` port. Every implementation's test file calls this once. Topic and group names
 * are unique to each test, so that a broker may be shared.
 */
export function describeBusContract(
  name: string,
  make: (options: BusContractOptions) => Promise<BusUnderTest>,
): void {
  describe(`${name} keeps the contract of a bus`, () => {
    let tested: BusUnderTest;
    let bus: Bus;
    let topic: string;
    let group: string;

    beforeEach(async () => {
      tested = await make({ maxRecordBytes });
      bus = tested.bus;
      topic = `contract.${randomUUID()}`;
      group = `group-${randomUUID()}`;
      await bus.ensureTopics([topic]);
    });
    afterEach(() => tested.cleanup());

    it('delivers everything that was published, in order within each partition', async () => {
      await bus.publish(
        topic,
        numbered(700, (index) => `key-${index % 50}`),
      );
      await bus.publish(
        topic,
        numbered(300, (index) => `key-${index % 50}`, 700),
      );
      const seen = await collect(bus, topic, group);
      await eventually('1,000 records delivered', () => seen.count() >= 1000);
      expect(seen.count()).toBe(1000);
      for (const [partition, records] of seen.byPartition) {
        expectDense(records, 0);
        expect(records.every((record) => record.partition === partition)).toBe(true);
        const numbers = records.map((record) => Number(record.value.toString().slice('value-'.length)));
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      }
    });

    it('gives equal keys one partition, also after it was reopened', async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `10.0.0.${index}`);
      await bus.publish(
        topic,
        keys.map((key) => ({ key, value: Buffer.from('first') })),
      );
      bus = await tested.reopen();
      await bus.publish(
        topic,
        keys.map((key) => ({ key, value: Buffer.from('second') })),
      );
      const seen = await collect(bus, topic, group);
      await eventually('80 records delivered', () => seen.count() >= 80);
      const partitionsOf = new Map<string, Set<number>>();
      for (const record of [...seen.byPartition.values()].flat()) {
        const key = String(record.key);
        partitionsOf.set(key, (partitionsOf.get(key) ?? new Set()).add(record.partition));
      }
      expect(partitionsOf.size).toBe(40);
      expect([...partitionsOf.values()].every((partitions) => partitions.size === 1)).toBe(true);
      expect(seen.byPartition.size).toBeGreaterThan(1);
    });

    it('spreads records without a key over all partitions', async () => {
      for (let call = 0; call < 50; call += 1)
        await bus.publish(
          topic,
          numbered(4, () => null, call * 4),
        );
      const ranges = await bus.ranges(topic);
      expect([...ranges.values()].every((range) => range.end > 0)).toBe(true);
      expect([...ranges.values()].reduce((sum, range) => sum + range.end, 0)).toBe(200);
    });

    it('keeps keys, headers and values byte for byte', async () => {
      const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      const published: OutgoingRecord[] = [
        { key: 'binary', value: everyByte, headers: { 'content-type': 'application/octet-stream' } },
        { key: 'empty value', value: Buffer.alloc(0) },
        { key: '', value: Buffer.from('empty key') },
        { key: null, value: Buffer.from('no key'), headers: { empty: '', 'não-ascii': 'ação ✓ 漢字 🛡' } },
        { key: 'usuário-🛡-漢字', value: Buffer.from('chave UTF-8: ção 🛡') },
      ];
      await bus.publish(topic, published);
      const seen = await collect(bus, topic, group);
      await eventually('all delivered', () => seen.count() >= published.length);
      const describeRecord = (record: OutgoingRecord) => ({
        key: record.key,
        value: record.value.toString('hex'),
        headers: { ...record.headers },
      });
      const sortKey = (record: OutgoingRecord) => record.value.toString('hex');
      const delivered = [...seen.byPartition.values()].flat();
      const bySortKey = (a: OutgoingRecord, b: OutgoingRecord) => sortKey(a).localeCompare(sortKey(b));
      expect(delivered.toSorted(bySortKey).map(describeRecord)).toEqual(
        published.toSorted(bySortKey).map(describeRecord),
      );
      const readBack: BusRecord[] = [];
      for (const [partition, range] of await bus.ranges(topic))
        readBack.push(...(await readAll(bus, topic, partition, range.begin, range.end)));
      expect(readBack.toSorted(bySortKey).map(describeRecord)).toEqual(
        published.toSorted(bySortKey).map(describeRecord),
      );
    });

    it('gives a record one offset and one timestamp, however it is read', async () => {
      await bus.publish(
        topic,
        numbered(20, () => 'one'),
      );
      const seen = await collect(bus, topic, group);
      await eventually('20 records delivered', () => seen.count() >= 20);
      const [delivered] = seen.byPartition.values();
      const partition = delivered?.[0]?.partition ?? -1;
      const read = await readAll(bus, topic, partition, 0, 20);
      const place = (record: BusRecord) => [record.partition, record.offset, record.timestampMs];
      expect(read.map(place)).toEqual(delivered?.map(place));
      expect(read.every((record) => Number.isSafeInteger(record.timestampMs))).toBe(true);
    });

    it('keeps every record of publishes that run at the same time', async () => {
      await Promise.all(
        Array.from({ length: 30 }, (_, call) =>
          bus.publish(
            topic,
            numbered(20, () => `caller-${call}`, call * 20),
          ),
        ),
      );
      const seen = await collect(bus, topic, group);
      await eventually('600 records delivered', () => seen.count() >= 600);
      expect(new Set(seen.values()).size).toBe(600);
      for (const records of seen.byPartition.values()) {
        expectDense(records, 0);
        const lastOf = new Map<string, number>();
        for (const record of records) {
          const number = Number(record.value.toString().slice('value-'.length));
          expect(number).toBeGreaterThan(lastOf.get(String(record.key)) ?? -1);
          lastOf.set(String(record.key), number);
        }
      }
    });

    it('accepts an empty publish', async () => {
      await bus.publish(topic, []);
      expect([...(await bus.ranges(topic)).values()].every((range) => range.end === 0)).toBe(true);
    });

    it('resumes a group at what it committed', async () => {
      await bus.publish(
        topic,
        numbered(100, () => 'one'),
      );
      const first = await collect(bus, topic, group);
      await eventually('100 records delivered', () => first.count() >= 100);
      const [records] = first.byPartition.values();
      const partition = records?.[0]?.partition ?? -1;
      expect(first.committedAtAssignment.get(partition)).toBeNull();
      await first.subscription.commit(partition, 60);
      await first.subscription.close();

      const second = await collect(bus, topic, group);
      await eventually('the rest delivered', () => second.count() >= 40);
      expect(second.committedAtAssignment.get(partition)).toBe(60);
      expectDense(second.byPartition.get(partition) ?? [], 60);
      expect(second.count()).toBe(40);
      await second.subscription.commit(partition, 90);

      bus = await tested.reopen();
      const third = await collect(bus, topic, group);
      await eventually('the last ten delivered', () => third.count() >= 10);
      expect(third.committedAtAssignment.get(partition)).toBe(90);
      expectDense(third.byPartition.get(partition) ?? [], 90);
    });

    it('delivers everything again to a group that committed nothing', async () => {
      await bus.publish(
        topic,
        numbered(50, (index) => `key-${index}`),
      );
      const first = await collect(bus, topic, group);
      await eventually('50 records delivered', () => first.count() >= 50);
      await first.subscription.close();
      const second = await collect(bus, topic, group);
      await eventually('50 records delivered again', () => second.count() >= 50);
      expect(second.values().toSorted()).toEqual(first.values().toSorted());
    });

    it('starts where onAssigned says, before or after what was committed', async () => {
      await bus.publish(
        topic,
        numbered(100, () => 'one'),
      );
      const committer = await collect(bus, topic, group);
      await eventually('100 records delivered', () => committer.count() >= 100);
      const partition = [...committer.byPartition.keys()][0] ?? -1;
      await committer.subscription.commit(partition, 50);
      await committer.subscription.close();
      for (const start of [20, 75]) {
        const seen = await collect(bus, topic, group, {
          onAssigned: async (assigned) => (assigned === partition ? start : 'committed'),
        });
        await eventually(`records from ${start} delivered`, () => seen.count() >= 100 - start);
        expectDense(seen.byPartition.get(partition) ?? [], start);
        await seen.subscription.close();
      }
    });

    it('reads state back inside onAssigned, before the first batch', async () => {
      await bus.publish(
        topic,
        numbered(40, () => 'one'),
      );
      let rebuilt = 0;
      let assigned = 0;
      const seen = await collect(bus, topic, group, {
        onAssigned: async (partition) => {
          const { begin, end } = (await bus.ranges(topic)).get(partition) ?? { begin: 0, end: 0 };
          rebuilt += (await readAll(bus, topic, partition, begin, end)).length;
          assigned += 1;
          return end;
        },
      });
      await eventually('every partition assigned', () => assigned === tested.partitions);
      await bus.publish(
        topic,
        numbered(5, () => 'one', 40),
      );
      await eventually('the new records delivered', () => seen.count() >= 5);
      expect(rebuilt).toBe(40);
      expect(seen.values()).toEqual(['value-40', 'value-41', 'value-42', 'value-43', 'value-44']);
    });

    it('reads exactly the half-open range, without a group', async () => {
      await bus.publish(
        topic,
        numbered(100, () => 'one'),
      );
      const partition = [...(await bus.ranges(topic))].find(([, range]) => range.end > 0)?.[0] ?? -1;
      for (const [from, to] of [
        [0, 100],
        [10, 20],
        [99, 100],
        [0, 1],
      ] as const) {
        const records = await readAll(bus, topic, partition, from, to);
        expect(records.length).toBe(to - from);
        expectDense(records, from);
      }
      expect(await readAll(bus, topic, partition, 40, 40)).toEqual([]);
      const seen = await collect(bus, topic, group);
      await eventually('the group still gets all', () => seen.count() >= 100);
    });

    it('refuses to read a range it does not hold', async () => {
      await bus.publish(
        topic,
        numbered(10, () => 'one'),
      );
      const partition = [...(await bus.ranges(topic))].find(([, range]) => range.end > 0)?.[0] ?? -1;
      await expectCode(readAll(bus, topic, partition, 0, 11), 'VTC_USAGE');
    });

    it('lets a reader stop early', async () => {
      await bus.publish(
        topic,
        numbered(100, () => 'one'),
      );
      const partition = [...(await bus.ranges(topic))].find(([, range]) => range.end > 0)?.[0] ?? -1;
      for await (const batch of bus.read(topic, partition, 0, 100)) {
        expect(batch[0]?.offset).toBe(0);
        break;
      }
      expect((await readAll(bus, topic, partition, 0, 100)).length).toBe(100);
    });

    it('says what is kept, for every partition', async () => {
      const empty = await bus.ranges(topic);
      expect([...empty.keys()].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: tested.partitions }, (_, partition) => partition),
      );
      expect([...empty.values()].every(({ begin, end }) => begin === 0 && end === 0)).toBe(true);
      await bus.publish(
        topic,
        numbered(7, () => 'one'),
      );
      expect([...(await bus.ranges(topic)).values()].map(({ end }) => end).toSorted()).toEqual(
        [...Array.from({ length: tested.partitions - 1 }, () => 0), 7].toSorted(),
      );
    });

    it('keeps two groups independent of each other', async () => {
      await bus.publish(
        topic,
        numbered(30, (index) => `key-${index}`),
      );
      const fast = await collect(bus, topic, group);
      const slow = await collect(bus, topic, `${group}-slow`);
      await eventually('both groups got all', () => fast.count() >= 30 && slow.count() >= 30);
      await commitAll(fast);
      await fast.subscription.close();
      await slow.subscription.close();
      const slowAgain = await collect(bus, topic, `${group}-slow`);
      await eventually('the slow group gets all again', () => slowAgain.count() >= 30);
      const fastAgain = await collect(bus, topic, group);
      await bus.publish(topic, [{ key: 'last', value: Buffer.from('last') }]);
      await eventually('both groups got the last one', () =>
        [fastAgain, slowAgain].every((seen) => seen.values().includes('last')),
      );
      expect(fastAgain.values()).toEqual(['last']);
      expect(slowAgain.count()).toBe(31);
    });

    it('gives a partition no further batch before the last one is done', async () => {
      const gate = Promise.withResolvers<void>();
      let underWay = 0;
      let mostUnderWay = 0;
      let calls = 0;
      const held = await collect(bus, topic, group, {
        onBatch: async () => {
          calls += 1;
          underWay += 1;
          mostUnderWay = Math.max(mostUnderWay, underWay);
          await gate.promise;
          underWay -= 1;
        },
      });
      await bus.publish(
        topic,
        numbered(1, () => 'one'),
      );
      await eventually('the first batch is under way', () => calls === 1);
      const other = await collect(bus, topic, `${group}-other`);
      for (let call = 0; call < 10; call += 1)
        await bus.publish(
          topic,
          numbered(10, () => 'one', 1 + call * 10),
        );
      await eventually('another group got all', () => other.count() >= 101);
      expect(calls).toBe(1);
      gate.resolve();
      await eventually('the held group got all', () => held.count() >= 101);
      expect(mostUnderWay).toBe(1);
      expect(new Set(held.values()).size).toBe(101);
    });

    it('reports a batch that was refused, and commits nothing', async () => {
      await bus.publish(
        topic,
        numbered(10, () => 'one'),
      );
      const failing = await collect(bus, topic, group, {
        onBatch: () => Promise.reject(new Error('the handler broke')),
      });
      await eventually('the failure is reported', () => failing.failures.length > 0);
      await bus.publish(
        topic,
        numbered(10, () => 'one', 10),
      );
      await failing.subscription.close();
      expect(failing.failures.map((failure) => failure.message).join()).toContain('the handler broke');
      expect(failing.failures.length).toBe(1);
      expect(failing.values()).not.toContain('value-10');
      const again = await collect(bus, topic, group);
      await eventually('everything is delivered again', () => again.count() >= 20);
      expect([...again.committedAtAssignment.values()].every((committed) => committed === null)).toBe(true);
    });

    it('reports an assignment that was refused', async () => {
      const failing = await collect(bus, topic, group, {
        onAssigned: () => Promise.reject(new Error('no state for it')),
      });
      await eventually('the failure is reported', () => failing.failures.length > 0);
      await failing.subscription.close();
      expect(failing.failures.map((failure) => failure.message)).toEqual([
        expect.stringContaining('no state for it'),
      ]);
    });

    it('ends the batch under way, revokes every partition and takes a last commit when it closes', async () => {
      const gate = Promise.withResolvers<void>();
      let ended = false;
      let started = false;
      const committer: { subscription?: Subscription } = {};
      const closing = await collect(bus, topic, group, {
        onBatch: async () => {
          started = true;
          await gate.promise;
          ended = true;
        },
        onRevoked: async (partition) => {
          const last = closing.byPartition.get(partition)?.at(-1);
          if (last !== undefined) await committer.subscription?.commit(partition, last.offset + 1);
        },
      });
      committer.subscription = closing.subscription;
      await eventually(
        'every partition assigned',
        () => closing.committedAtAssignment.size === tested.partitions,
      );
      await bus.publish(
        topic,
        numbered(3, () => 'one'),
      );
      await eventually('a batch is under way', () => started);
      const closed = closing.subscription.close();
      await bus.publish(
        topic,
        numbered(3, () => 'one', 3),
      );
      expect(closing.revoked.some(({ partition }) => closing.byPartition.has(partition))).toBe(false);
      gate.resolve();
      await closed;
      expect(ended).toBe(true);
      expect(closing.revoked.toSorted((a, b) => a.partition - b.partition)).toEqual(
        Array.from({ length: tested.partitions }, (_, partition) => ({ partition, lost: false })),
      );
      expect(closing.failures).toEqual([]);
      const delivered = closing.count();
      expect(delivered).toBeLessThanOrEqual(3);
      const next = await collect(bus, topic, group);
      await eventually('the rest is delivered', () => next.count() >= 6 - delivered);
      const [rest] = next.byPartition.values();
      expect(rest?.[0]?.offset).toBe(delivered);
    });

    it('closes a subscription once, however often it is told to', async () => {
      const seen = await collect(bus, topic, group);
      await eventually(
        'every partition assigned',
        () => seen.committedAtAssignment.size === tested.partitions,
      );
      await Promise.all([seen.subscription.close(), seen.subscription.close()]);
      await seen.subscription.close();
      expect(seen.revoked.length).toBe(tested.partitions);
    });

    it('closes its subscriptions when it is closed, and publishes no more', async () => {
      const seen = await collect(bus, topic, group);
      await eventually(
        'every partition assigned',
        () => seen.committedAtAssignment.size === tested.partitions,
      );
      await bus.close();
      expect(seen.revoked.length).toBe(tested.partitions);
      expect(seen.revoked.every(({ lost }) => !lost)).toBe(true);
      await expectCode(
        bus.publish(
          topic,
          numbered(1, () => 'one'),
        ),
        'VTC_SHUTTING_DOWN',
      );
      await bus.close();
    });

    it('takes the largest record, refuses a larger one and writes nothing of that call', async () => {
      const largest = Buffer.alloc(maxRecordBytes, 0x61);
      await bus.publish(topic, [{ key: 'one', value: largest }]);
      await expectCode(
        bus.publish(topic, [
          { key: 'one', value: Buffer.from('small') },
          { key: 'two', value: Buffer.alloc(maxRecordBytes + 1, 0x62) },
          { key: 'three', value: Buffer.from('small') },
        ]),
        'VTC_RECORD_TOO_LARGE',
      );
      await bus.publish(topic, [{ key: 'one', value: Buffer.from('after') }]);
      const ranges = await bus.ranges(topic);
      expect([...ranges.values()].reduce((sum, range) => sum + range.end, 0)).toBe(2);
      const seen = await collect(bus, topic, group);
      await eventually('both delivered', () => seen.count() >= 2);
      expect(seen.values()).toEqual([largest.toString(), 'after']);
    });

    it('says how many records of each assigned partition are not committed', async () => {
      await bus.publish(
        topic,
        numbered(60, (index) => `key-${index}`),
      );
      const seen = await collect(bus, topic, group);
      await eventually('60 records delivered', () => seen.count() >= 60);
      await eventually(
        'every partition assigned',
        () => seen.committedAtAssignment.size === tested.partitions,
      );
      const lagSum = async () => [...(await seen.subscription.lag()).values()].reduce((a, b) => a + b, 0);
      expect((await seen.subscription.lag()).size).toBe(tested.partitions);
      expect(await lagSum()).toBe(60);
      await commitAll(seen);
      expect(await lagSum()).toBe(0);
      await bus.publish(
        topic,
        numbered(5, () => 'one'),
      );
      expect(await lagSum()).toBe(5);
    });

    it('creates topics once, and keeps what they hold', async () => {
      await bus.publish(
        topic,
        numbered(10, () => 'one'),
      );
      await bus.ensureTopics([topic, `${topic}.second`, topic]);
      await Promise.all([bus.ensureTopics([`${topic}.third`]), bus.ensureTopics([`${topic}.third`])]);
      await bus.ensureTopics([]);
      expect([...(await bus.ranges(topic)).values()].reduce((sum, range) => sum + range.end, 0)).toBe(10);
      for (const name of [`${topic}.second`, `${topic}.third`])
        expect((await bus.ranges(name)).size).toBe(tested.partitions);
    });

    it('delivers what is published after a subscriber has caught up', async () => {
      const seen = await collect(bus, topic, group);
      await eventually(
        'every partition assigned',
        () => seen.committedAtAssignment.size === tested.partitions,
      );
      for (let round = 0; round < 20; round += 1) {
        await bus.publish(
          topic,
          numbered(5, (index) => `key-${index}`, round * 5),
        );
        if (round % 5 === 0) await eventually('caught up', () => seen.count() === (round + 1) * 5);
      }
      await eventually('100 records delivered', () => seen.count() >= 100);
      expect(new Set(seen.values()).size).toBe(100);
      for (const records of seen.byPartition.values()) expectDense(records, 0);
    });

    it('is healthy while it works', async () => {
      expect(await bus.health()).toBeNull();
    });
  });
}
