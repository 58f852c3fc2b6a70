import { type AuditHeader, readAuditHeader } from './audit-line.ts';
import type { SplitRecord } from './split-record.ts';

export interface AuditGroupingOptions {
  /** Largest joined record, bytes. */
  readonly maxRecordBytes: number;
  /** Most events open at a time; 256 by default. The oldest gives way. */
  readonly maxOpenEvents?: number;
  /** Most bytes of open events; 4 MiB by default. The oldest gives way. */
  readonly maxOpenBytes?: number;
  /** An event is over when so many newer ones have begun; 64 by default. */
  readonly maxNewerEvents?: number;
  /** An event is over so long after its first line; 2,000 by default, as auditd itself waits. */
  readonly maxAgeMs?: number;
}

/** Joins the lines of one audit event, which the kernel writes one after the other and interleaved with others. */
export interface AuditGrouping {
  /** Takes the next record. Whatever is no line of an audit event of several lines comes out at once, as it is. */
  push(record: SplitRecord, nowMs: number): SplitRecord[];
  /** Events that began `maxAgeMs` ago or earlier. */
  expire(nowMs: number): SplitRecord[];
  /** All open events, the oldest first. */
  flush(): SplitRecord[];
  /**
   * Where reading has to begin again after a crash: the first byte that is held here and not yet given out; null when
   * nothing is held.
   */
  heldFrom(): number | null;
}

/** The lines of one event so far. */
interface OpenEvent {
  readonly key: string;
  readonly first: SplitRecord;
  readonly lines: Buffer[];
  readonly ordinal: number;
  readonly beganMs: number;
  bytes: number;
  endOffset: number;
}

const newline = Buffer.from('\n');
/** Longer than any header; the rest of a line is not looked at. */
const headerBytes = 400;
/** Programs put what they say into `msg='…'` and write one line for an event; the kernel writes the others. */
const programText = " msg='";

/**
 * A grouping by node, time and serial. An event ends with its `EOE`, or with `PROCTITLE`, which is the last that
 * auditd writes to a file. Pure: time comes in with the records.
 */
export function createAuditGrouping(options: AuditGroupingOptions): AuditGrouping {
  const { maxRecordBytes, maxOpenEvents = 256, maxOpenBytes = 4_194_304 } = options;
  const { maxNewerEvents = 64, maxAgeMs = 2000 } = options;
  /** In the order in which they began. */
  const open = new Map<string, OpenEvent>();
  /** Events that ended with their `PROCTITLE`, whose `EOE` says nothing new; the latest few. */
  const ended = new Set<string>();
  let openBytes = 0;
  let begun = 0;

  function close(event: OpenEvent): SplitRecord {
    open.delete(event.key);
    openBytes -= event.bytes;
    const { first, lines, endOffset } = event;
    return lines.length === 1 ? first : { ...first, value: Buffer.concat(lines), endOffset };
  }

  function join(header: AuditHeader, record: SplitRecord, nowMs: number, out: SplitRecord[]): void {
    const key = `${header.node ?? ''} ${header.stamp}`;
    let event = open.get(key);
    if (event !== undefined && event.bytes + 1 + record.value.length > maxRecordBytes) {
      out.push(close(event));
      event = undefined;
    }
    if (event === undefined) {
      if (header.type === 'EOE' && ended.delete(key)) return;
      begun += 1;
      event = {
        key,
        first: record,
        lines: [record.value],
        ordinal: begun,
        beganMs: nowMs,
        bytes: record.value.length,
        endOffset: record.endOffset,
      };
      open.set(key, event);
      openBytes += event.bytes;
    } else {
      event.lines.push(newline, record.value);
      event.bytes += 1 + record.value.length;
      openBytes += 1 + record.value.length;
      event.endOffset = record.endOffset;
    }
    if (header.type === 'PROCTITLE') remember(key);
    if (header.type === 'PROCTITLE' || header.type === 'EOE') out.push(close(event));
  }

  function remember(key: string): void {
    ended.add(key);
    const [oldest] = ended;
    if (ended.size > maxOpenEvents && oldest !== undefined) ended.delete(oldest);
  }

  function makeRoom(out: SplitRecord[]): void {
    for (const event of open.values()) {
      const isOver = begun - event.ordinal >= maxNewerEvents;
      if (!isOver && open.size <= maxOpenEvents && openBytes <= maxOpenBytes) return;
      out.push(close(event));
    }
  }

  function expire(nowMs: number, out: SplitRecord[]): SplitRecord[] {
    for (const event of open.values()) {
      if (nowMs - event.beganMs < maxAgeMs) break;
      out.push(close(event));
    }
    return out;
  }

  return {
    push(record, nowMs) {
      const out: SplitRecord[] = [];
      expire(nowMs, out);
      const header = record.oversize === true ? null : headerOf(record.value);
      if (header === null || record.value.includes(programText)) out.push(record);
      else join(header, record, nowMs, out);
      makeRoom(out);
      return out;
    },
    expire: (nowMs) => expire(nowMs, []),
    flush: () => [...open.values()].map(close),
    heldFrom() {
      const [oldest] = open.values();
      return oldest === undefined ? null : oldest.first.byteOffset;
    },
  };
}

function headerOf(line: Buffer): AuditHeader | null {
  // Most streams have no audit lines at all: two letters decide.
  const isLikely = (line[0] === 0x74 && line[1] === 0x79) || (line[0] === 0x6e && line[1] === 0x6f);
  return isLikely ? readAuditHeader(line.toString('latin1', 0, headerBytes)) : null;
}
