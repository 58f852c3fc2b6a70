import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus, BusRecord } from '../../src/bus/bus.ts';
import { readAll } from '../../src/bus/contract.ts';
import { createEmbeddedBus, type EmbeddedBusOptions } from '../../src/bus/embedded.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/observability/log.ts';

export type WorkbenchOptions = Partial<Omit<EmbeddedBusOptions, 'dir'>>;

/** Small files and a real disk; everything a test does not say otherwise. */
export const workbenchDefaults: Omit<EmbeddedBusOptions, 'dir'> = {
  partitions: 1,
  maxRecordBytes: 65_536,
  segmentBytes: 65_536,
  retentionBytes: 1_048_576,
  retentionMs: 3_600_000,
  fsync: 'always',
  fullTimeoutMs: 20_000,
  clock: systemClock,
  log: silentLog,
};

/** A directory of its own with an embedded bus on it, for tests that open, damage and reopen it. */
export interface Workbench {
  readonly dir: string;
  /** The file at this path inside the directory. */
  path(...parts: string[]): string;
  /** Closes the bus that is open and opens one with these options on top of the defaults. */
  open(options?: WorkbenchOptions): Promise<Bus>;
  close(): Promise<void>;
  /** Closes and removes everything. */
  remove(): Promise<void>;
}

export async function createWorkbench(): Promise<Workbench> {
  const dir = await mkdtemp(join(tmpdir(), 'vertice-bus-'));
  let bus: Bus | null = null;
  async function close(): Promise<void> {
    const closing = bus;
    bus = null;
    await closing?.close();
  }
  return {
    dir,
    path: (...parts) => join(dir, ...parts),
    async open(options = {}) {
      await close();
      bus = await createEmbeddedBus({ ...workbenchDefaults, dir, ...options });
      return bus;
    },
    close,
    async remove() {
      await close();
      await rm(dir, { recursive: true });
    },
  };
}

/** Everything a topic keeps, partition after partition. */
export async function readTopic(bus: Bus, topic: string): Promise<BusRecord[]> {
  const records: BusRecord[] = [];
  for (const [partition, { begin, end }] of await bus.ranges(topic))
    records.push(...(await readAll(bus, topic, partition, begin, end)));
  return records;
}
