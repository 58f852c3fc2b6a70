import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkbench, readTopic, type Workbench } from '../../tests/support/embedded-workbench.ts';
import { expectCode } from './contract.ts';

const publisher = fileURLToPath(new URL('../../tests/support/bus-publisher.ts', import.meta.url));
const kills = 24;

/** Lets a publisher run until it has been acknowledged `calls` times, kills it, and returns what it was told. */
async function publishAndKill(
  dir: string,
  startAt: readonly number[],
  calls: number,
  beforeKill?: (pid: number) => Promise<void>,
): Promise<number[]> {
  const child = spawn(process.execPath, [publisher, dir, ...startAt.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const acknowledged = [...startAt];
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [caller = -1, count = -1] = line.split(' ').map(Number);
    acknowledged[caller] = count;
    seen += 1;
    if (seen !== calls) continue;
    await beforeKill?.(child.pid ?? -1);
    child.kill('SIGKILL');
  }
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
  return acknowledged;
}

describe('the embedded bus of a process that is killed', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await createWorkbench();
  });
  afterAll(() => bench.remove());

  it(`has every acknowledged record, in order and once, after ${kills} kills while it wrote`, async () => {
    const present = [0, 0, 0, 0, 0];
    const committed = new Map<number, number>();
    let removed = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      const acknowledged = await publishAndKill(bench.dir, present, 5 + ((kill * 29) % 90));
      const bus = await bench.open({ partitions: 9, retentionBytes: 2_097_152 });
      const numbers = new Map<string, number[]>();
      for (const record of await readTopic(bus, 'crash')) {
        const ofKey = numbers.get(String(record.key)) ?? [];
        ofKey.push(Number.parseInt(record.value.toString(), 10));
        numbers.set(String(record.key), ofKey);
      }
      for (const [key, found] of numbers) {
        const first = found[0] ?? -1;
        expect(found).toEqual(found.map((_, index) => first + index));
        const caller = Number(key.slice('caller-'.length));
        const end = (found.at(-1) ?? -1) + 1;
        expect(end).toBeGreaterThanOrEqual(acknowledged[caller] ?? 0);
        present[caller] = end;
      }
      expect(numbers.size).toBe(present.length);
      const ranges = await bus.ranges('crash');
      expect(ranges.size).toBe(3);
      const subscription = await bus.subscribe('crash', 'reader', {
        async onAssigned(partition, offset) {
          expect(offset ?? 0).toBeGreaterThanOrEqual(committed.get(partition) ?? 0);
          committed.set(partition, offset ?? 0);
          return ranges.get(partition)?.end ?? 0;
        },
        onBatch() {},
        onRevoked: async () => undefined,
        onFailed(error) {
          throw error;
        },
      });
      await subscription.close();
      removed += [...ranges.values()].filter(({ begin }) => begin > 0).length;
      await bench.close();
    }
    expect(committed.size).toBe(3);
    expect(removed).toBeGreaterThan(0);
    expect(Math.min(...present)).toBeGreaterThan(0);
  }, 180_000);

  it('is owned by that process until it dies, and by nobody afterwards', async () => {
    const other = await createWorkbench();
    await publishAndKill(other.dir, [0], 3, async (pid) => {
      await expectCode(other.open(), 'VTC_BUS_OWNED');
      await expect(other.open()).rejects.toThrow(`process ${pid} on`);
    });
    const bus = await other.open();
    expect((await readTopic(bus, 'crash')).length).toBeGreaterThanOrEqual(60);
    await other.remove();
  });
});
