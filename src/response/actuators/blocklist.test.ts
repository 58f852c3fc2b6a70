import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { type Log, silentLog } from '../../observability/log.ts';
import type { Effect } from './actuator.ts';
import { type BlocklistOptions, createBlocklistActuator } from './blocklist.ts';
import { type ActuatorWorld, describeHostActuator } from './contract.ts';
import { createNeverBlock, type HostNetwork } from './never-block.ts';

const protectedAddress = '192.0.2.66';
const elsewhere: HostNetwork = { ownAddresses: () => [], defaultGateways: () => [], nameservers: () => [] };

/** Time that moves only when told to, and calls back what fell due on the way. */
function createManualTime(startMs = Date.UTC(2026, 0, 31, 12)) {
  let nowMs = startMs;
  let planned: { atMs: number; callback: () => void }[] = [];
  return {
    now: () => nowMs,
    schedule(afterMs: number, callback: () => void) {
      const entry = { atMs: nowMs + afterMs, callback };
      planned.push(entry);
      return () => {
        planned = planned.filter((other) => other !== entry);
      };
    },
    advance(ms: number) {
      nowMs += ms;
      const due = planned.filter(({ atMs }) => atMs <= nowMs);
      planned = planned.filter((entry) => !due.includes(entry));
      for (const { callback } of due) callback();
    },
    waits: () => planned.map(({ atMs }) => atMs - nowMs),
  };
}

function open(
  file: string,
  time: ReturnType<typeof createManualTime>,
  options: Partial<BlocklistOptions> = {},
) {
  return createBlocklistActuator({
    file,
    clock: time,
    log: silentLog,
    schedule: time.schedule,
    neverBlock: createNeverBlock({ configured: [protectedAddress], network: elsewhere, clock: time }),
    ...options,
  });
}

/** Waits for the disk, which no clock of ours drives. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500 && !(await isTrue()); tries += 1) await delay(5);
  expect(await isTrue()).toBe(true);
}

describeHostActuator('blocklist', (): ActuatorWorld => {
  const folder = mkdtempSync(join(tmpdir(), 'vertice-blocklist-'));
  const file = join(folder, 'made', 'blocklist.txt');
  const time = createManualTime();
  const lines = (): string[] => readFileSync(file, 'utf8').split('\n');
  return {
    open: () => open(file, time),
    now: time.now,
    async elapse(ms) {
      const before = statSync(file).ino;
      time.advance(ms);
      await until(() => statSync(file).ino !== before);
    },
    isActedOn: async (address) => lines().some((line) => line.startsWith(`${address} `)),
    protectedAddress,
    close: async () => rmSync(folder, { recursive: true }),
  };
});

describe('blocklist', () => {
  let folder: string;
  let file: string;
  let time: ReturnType<typeof createManualTime>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vertice-blocklist-'));
    file = join(folder, 'blocklist.txt');
    time = createManualTime();
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const effect = (target: string, leaseMs = 60_000): Effect => ({
    key: `act_${target}`,
    target,
    leaseUntilMs: time.now() + leaseMs,
  });

  it('writes one address a line with the end of its lease, readable by everyone', async () => {
    const actuator = open(file, time);
    await actuator.prepare();
    expect(readFileSync(file, 'utf8')).toBe('');
    await actuator.apply(effect('198.51.100.7', 3_600_000));
    await actuator.apply(effect('2001:DB8::0:1', 60_000));
    expect(readFileSync(file, 'utf8')).toBe(
      '198.51.100.7 # until 2026-01-31T13:00:00.000Z\n2001:db8::1 # until 2026-01-31T12:01:00.000Z\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o644);
    await actuator.close();
  });

  it('shares one write among the changes of a burst', async () => {
    const actuator = open(file, time);
    await actuator.prepare();
    const started = performance.now();
    await Promise.all(
      Array.from({ length: 1000 }, (_, i) => actuator.apply(effect(`10.0.${i >> 8}.${i & 255}`))),
    );
    process.stdout.write(
      `blocklist: 1,000 concurrent applies in ${(performance.now() - started).toFixed(1)} ms\n`,
    );
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1000);
    await actuator.close();
  });

  it('rewrites at the next end of a lease, and looks again within the hour when that is far', async () => {
    const actuator = open(file, time);
    await actuator.prepare();
    expect(time.waits()).toEqual([]);
    await actuator.apply(effect('198.51.100.1', 7_200_000));
    expect(time.waits()).toEqual([3_600_000]);
    await actuator.apply(effect('198.51.100.2', 5000));
    expect(time.waits()).toEqual([5000]);
    time.advance(5000);
    await until(() => !readFileSync(file, 'utf8').includes('198.51.100.2'));
    expect(readFileSync(file, 'utf8')).toContain('198.51.100.1');
    await actuator.close();
    expect(time.waits()).toEqual([]);
  });

  it('drops at start what ended while it was down', async () => {
    writeFileSync(
      file,
      '198.51.100.1 # until 2026-01-31T11:59:59.000Z\n198.51.100.2 # until 2026-01-31T12:30:00.000Z\n',
    );
    const actuator = open(file, time);
    await actuator.prepare();
    expect(readFileSync(file, 'utf8')).toBe('198.51.100.2 # until 2026-01-31T12:30:00.000Z\n');
    await actuator.close();
  });

  it('says which lines of the file it did not write and will drop', async () => {
    writeFileSync(file, '# mine\n198.51.100.2 # until 2026-01-31T12:30:00.000Z\n10.0.0.1\n');
    const warnings: unknown[] = [];
    const log: Log = { ...silentLog, warn: (_message, fields) => void warnings.push(fields) };
    const actuator = open(file, time, { log });
    await actuator.prepare();
    expect(warnings).toEqual([{ file, lines: [1, 3], count: 2 }]);
    await actuator.close();
  });

  it('sees a list that somebody emptied or removed, and writes it whole at the next apply', async () => {
    const actuator = open(file, time);
    const block = effect('198.51.100.3');
    await actuator.apply(block);
    await actuator.apply(effect('198.51.100.4'));
    unlinkSync(file);
    expect(await actuator.probe(block)).toBe(false);
    await actuator.apply(block);
    expect(await actuator.probe(block)).toBe(true);
    expect(await actuator.probe(effect('198.51.100.4'))).toBe(true);
    await actuator.close();
  });

  it('says so and tries again when the rewrite at the end of a lease fails', async () => {
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
    const actuator = open(file, time, { log });
    await actuator.apply(effect('198.51.100.5', 1000));
    // A folder in the way of the temporary file fails for root too.
    mkdirSync(`${file}.new`);
    time.advance(1000);
    await until(() => errors.length === 1);
    expect(await actuator.health()).toContain('cannot replace the block list');
    rmdirSync(`${file}.new`);
    expect(time.waits()).toEqual([1000]);
    time.advance(1000);
    await until(() => readFileSync(file, 'utf8') === '');
    await until(async () => (await actuator.health()) === null);
    expect(time.waits()).toEqual([]);
    await actuator.close();
  });

  it('does not try again after it was closed', async () => {
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => void errors.push(message) };
    const actuator = open(file, time, { log });
    await actuator.apply(effect('198.51.100.5', 1000));
    mkdirSync(`${file}.new`);
    time.advance(1000);
    await actuator.close();
    await until(() => errors.length === 1);
    expect(time.waits()).toEqual([]);
  });

  it('names the file and what to do when it cannot be read or its folder cannot be made', async () => {
    mkdirSync(file);
    const actuator = open(file, time);
    await expect(actuator.prepare()).rejects.toMatchObject({ code: 'VTC_ACTUATOR_FAILED', facts: { file } });
    expect(await actuator.health()).toContain(`cannot read the block list ${file}`);
    writeFileSync(join(folder, 'plain'), '');
    await expect(open(join(folder, 'plain', 'blocklist.txt'), time).prepare()).rejects.toThrow(
      'cannot create the folder of the block list',
    );
  });

  it('ends leases by the real clock when nothing else is injected', async () => {
    const neverBlock = createNeverBlock({ configured: [], network: elsewhere, clock: systemClock });
    const actuator = createBlocklistActuator({ file, clock: systemClock, log: silentLog, neverBlock });
    await actuator.apply({ key: 'a', target: '198.51.100.8', leaseUntilMs: Date.now() + 150 });
    expect(readFileSync(file, 'utf8')).toContain('198.51.100.8');
    await until(() => readFileSync(file, 'utf8') === '');
    await actuator.apply({ key: 'b', target: '198.51.100.8', leaseUntilMs: Date.now() + 60_000 });
    await actuator.close();
  });
});
