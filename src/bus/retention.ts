import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { PartitionLog, Removable } from './partition-log.ts';

export interface RetentionOptions {
  readonly topic: string;
  readonly partitions: readonly PartitionLog[];
  readonly usage: { readonly bytes: number };
  readonly retentionBytes: number;
  readonly retentionMs: number;
  readonly fullTimeoutMs: number;
  readonly clock: Clock;
  /** Offset below which nobody needs the records of a partition any more. */
  neededFrom(partition: PartitionLog): number;
  describeBacklog(): string;
}

/**
 * Keeps a topic within its bytes and its age. Only whole segments go, only those that nobody needs, oldest
 * first; when there are none, publishers wait, in the order in which they came.
 */
export interface Retention {
  /** Whether this many bytes may be written at once, behind nobody who waits. */
  hasRoom(bytes: number): boolean;
  /** Runs `write` when there is room; rejects with `VTC_BUS_FULL` when there is none for too long. */
  waitForRoom(bytes: number, write: () => Promise<void>): Promise<void>;
  /** Looks again whether waiting publishers can go on. */
  retry(): void;
  /** Removes segments that are wholly older than the retention time. */
  expire(): Promise<void>;
  /** Whether publishers wait. */
  isFull(): boolean;
  /** Rejects those who wait with `VTC_SHUTTING_DOWN` and ends the removal under way. */
  close(): Promise<void>;
}

interface Waiting {
  readonly bytes: number;
  readonly write: () => Promise<void>;
  readonly resolve: (written: Promise<void>) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

export function createRetention(options: RetentionOptions): Retention {
  const { topic, partitions, usage, retentionBytes, retentionMs, clock } = options;
  const waiting: Waiting[] = [];
  let serving: Promise<void> | null = null;
  let isRetryWanted = false;
  /** Removals come one after another, whoever asks for them. */
  let removal: Promise<unknown> = Promise.resolve();

  function alone<T>(task: () => Promise<T>): Promise<T> {
    const result = removal.then(task);
    removal = result.catch(() => undefined);
    return result;
  }

  const fits = (bytes: number): boolean => usage.bytes + bytes <= retentionBytes;

  function oldestRemovable(): PartitionLog | null {
    let oldest: Removable | null = null;
    let holder: PartitionLog | null = null;
    for (const partition of partitions) {
      const removable = partition.removable(options.neededFrom(partition));
      if (removable === null) continue;
      if (oldest !== null && oldest.firstTimestampMs <= removable.firstTimestampMs) continue;
      oldest = removable;
      holder = partition;
    }
    return holder;
  }

  /** Removes one segment, or closes one so that it can be removed; false when there is nothing to gain. */
  async function freeSome(): Promise<boolean> {
    const holder = oldestRemovable();
    if (holder !== null) {
      await holder.removeOldest();
      return true;
    }
    for (const partition of partitions)
      if (await partition.rollIfBelow(options.neededFrom(partition))) return true;
    return false;
  }

  async function makeRoom(bytes: number): Promise<boolean> {
    while (!fits(bytes)) if (!(await alone(freeSome))) return false;
    return true;
  }

  async function serve(): Promise<void> {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      let hasRoom = false;
      try {
        hasRoom = await makeRoom(first.bytes);
      } catch (error) {
        leave(first);
        first.reject(error);
        continue;
      }
      if (waiting[0] !== first) continue;
      if (!hasRoom) {
        if (!isRetryWanted) return;
        isRetryWanted = false;
        continue;
      }
      leave(first);
      first.resolve(first.write());
    }
  }

  function leave(one: Waiting): void {
    clearTimeout(one.timer);
    const index = waiting.indexOf(one);
    if (index >= 0) waiting.splice(index, 1);
  }

  function retry(): void {
    if (waiting.length === 0) return;
    if (serving !== null) {
      isRetryWanted = true;
      return;
    }
    isRetryWanted = false;
    serving = serve().finally(() => {
      serving = null;
    });
  }

  function waitForRoom(bytes: number, write: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        leave(one);
        const message =
          `topic ${topic} keeps ${usage.bytes} of ${retentionBytes} bytes and had no room for ${bytes} more in ` +
          `${options.fullTimeoutMs} ms: ${options.describeBacklog()}; wait for the consumers, or raise bus.retention_bytes`;
        reject(new VerticeError('VTC_BUS_FULL', message, { isRetryable: true, facts: { topic, bytes } }));
        retry();
      }, options.fullTimeoutMs);
      const one: Waiting = { bytes, write, resolve, reject, timer };
      waiting.push(one);
      retry();
    });
  }

  async function expireOne(partition: PartitionLog): Promise<boolean> {
    const removable = partition.removable(options.neededFrom(partition));
    if (removable === null || removable.lastTimestampMs > clock.now() - retentionMs) return false;
    await partition.removeOldest();
    return true;
  }

  return {
    hasRoom: (bytes) => waiting.length === 0 && fits(bytes),
    waitForRoom,
    retry,
    async expire() {
      for (const partition of partitions) while (await alone(() => expireOne(partition)));
    },
    isFull: () => waiting.length > 0,
    async close() {
      for (const one of [...waiting]) {
        leave(one);
        one.reject(new VerticeError('VTC_SHUTTING_DOWN', `the bus closed while topic ${topic} was full`));
      }
      await serving;
      await removal;
    },
  };
}
