import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, OutgoingRecord } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Store, StoredOutboxEntry } from '../store/store.ts';
import type { Announcements } from './announcements.ts';

export interface OutboxRelayOptions {
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly instance: string;
  readonly announcements: Announcements;
}

export interface OutboxRelay {
  /** Something was written to the outbox: publish it soon. */
  kick(): void;
  /** Resolves when everything written before the call has been published. */
  drain(): Promise<void>;
  /** Stops after the batch under way. What is left goes out at the next start. */
  close(): Promise<void>;
}

const BATCH = 1_000;
/** Entries of a process that has not relayed them for so long are taken over by others. */
const ABANDONED_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** Names a published record by the ledger row it came from. */
const SEQUENCE_HEADER = 'outbox_sequence';
/** How far back in each partition of an output topic we look for what was published just before a crash. */
const LOOK_BACK = BATCH * 2;

/**
 * Publishes what the ledger says must be published, in its order. The row goes after the bus has the record,
 * so a crash in between would publish it again: at start, the ends of the output topics tell which rows had
 * already gone out.
 */
export async function startOutboxRelay(
  options: OutboxRelayOptions,
  outputTopics: readonly string[],
): Promise<OutboxRelay> {
  const { store, bus, clock, metrics, log, instance, announcements } = options;
  const published = await publishedSequences(bus, outputTopics);
  let isClosing = false;
  let running: Promise<void> | null = null;
  let isKicked = false;

  const publishBatch = async (): Promise<boolean> => {
    const abandonedBefore = new Date(clock.now() - ABANDONED_MS).toISOString();
    const entries = await store.pendingOutbox(instance, abandonedBefore, BATCH);
    if (entries.length === 0) return false;
    const fresh = entries.filter((entry) => !published.has(entry.sequence));
    for (const [topic, records] of byTopic(fresh)) await bus.publish(topic, records);
    await store.removeOutbox(entries.map((entry) => entry.sequence));
    for (const entry of entries) published.delete(entry.sequence);
    for (const { topic, key, value } of fresh) announcements.publish({ topic, id: key, value });
    return entries.length === BATCH;
  };

  const run = async (): Promise<void> => {
    let waitMs = FIRST_RETRY_MS;
    while (isKicked && !isClosing) {
      isKicked = false;
      try {
        while ((await publishBatch()) && !isClosing);
        metrics.queueDepth.set({ queue: 'outbox' }, 0);
        waitMs = FIRST_RETRY_MS;
      } catch (error) {
        log.warn('The outbox could not be published; it is kept and tried again', { error, wait_ms: waitMs });
        metrics.queueDepth.set({ queue: 'outbox' }, await store.countOutbox().catch(() => Number.NaN));
        isKicked = true;
        await delay(waitMs);
        waitMs = Math.min(LAST_RETRY_MS, waitMs * 2);
      }
    }
  };

  const kick = (): void => {
    isKicked = true;
    running ??= run().finally(() => {
      running = null;
      if (isKicked && !isClosing) kick();
    });
  };

  kick();
  const timer = setInterval(kick, ABANDONED_MS);
  timer.unref();
  return {
    kick,
    async drain() {
      kick();
      while (running !== null) await running;
    },
    async close() {
      isClosing = true;
      clearInterval(timer);
      await running;
    },
  };
}

function byTopic(entries: readonly StoredOutboxEntry[]): Map<string, OutgoingRecord[]> {
  const records = new Map<string, OutgoingRecord[]>();
  for (const entry of entries) {
    const list = records.get(entry.topic) ?? [];
    records.set(entry.topic, list);
    list.push({
      key: entry.key,
      value: Buffer.from(entry.value),
      headers: { [SEQUENCE_HEADER]: String(entry.sequence) },
    });
  }
  return records;
}

async function publishedSequences(bus: Bus, outputTopics: readonly string[]): Promise<Set<number>> {
  const sequences = new Set<number>();
  for (const topic of outputTopics) {
    for (const [partition, { begin, end }] of await bus.ranges(topic)) {
      for await (const records of bus.read(topic, partition, Math.max(begin, end - LOOK_BACK), end)) {
        for (const record of records) {
          const sequence = Number(record.headers?.[SEQUENCE_HEADER] ?? Number.NaN);
          if (Number.isSafeInteger(sequence)) sequences.add(sequence);
        }
      }
    }
  }
  return sequences;
}
