import type { Bus, BusRecord } from '../bus/bus.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import { type Origin, ReadRecord, type ReadResult } from '../events/events.ts';
import type { EventFilter } from '../store/store.ts';
import { RecordOrigin, rejectionIn } from './record-headers.ts';

export interface RecentEventsOptions {
  readonly bus: Bus;
  readonly read: (value: Buffer, origin: Origin) => readonly ReadResult[];
  /** Records looked at, at most, in each partition: bounds the cost of a filter that matches little. */
  readonly maxScanned: number;
}

/** The newest events on the bus, clean ones included, newest first. */
export function createRecentEvents(
  options: RecentEventsOptions,
): (filter: EventFilter, limit: number) => Promise<SecurityEvent[]> {
  const { bus, read, maxScanned } = options;
  return async (filter, limit) => {
    const found: SecurityEvent[] = [];
    for (const [partition, { begin, end }] of await bus.ranges(topics.events)) {
      const inPartition: SecurityEvent[] = [];
      for await (const records of bus.read(
        topics.events,
        partition,
        Math.max(begin, end - maxScanned),
        end,
      )) {
        for (const record of records) {
          for (const event of eventsIn(record, read)) if (isWanted(event, filter)) inPartition.push(event);
        }
        if (inPartition.length > limit * 2) inPartition.splice(0, inPartition.length - limit);
      }
      found.push(...inPartition.slice(-limit));
    }
    return found.sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp)).slice(0, limit);
  };
}

function eventsIn(record: BusRecord, read: RecentEventsOptions['read']): SecurityEvent[] {
  if (rejectionIn(record) !== null) return [];
  const results =
    record.attachment instanceof ReadRecord
      ? record.attachment.results
      : read(record.value, new RecordOrigin(record, topics.events));
  return results.flatMap((result) => (result.kind === 'event' ? [result.event] : []));
}

function isWanted(event: SecurityEvent, filter: EventFilter): boolean {
  return (
    (filter.sourceIp === undefined || event.source_ip === filter.sourceIp) &&
    (filter.source === undefined || event.source === filter.source) &&
    (filter.eventType === undefined || event.event_type === filter.eventType) &&
    (filter.since === undefined || Date.parse(event.timestamp) >= Date.parse(filter.since))
  );
}
