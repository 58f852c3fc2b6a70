import type { BusRecord, OutgoingRecord } from '../bus/bus.ts';
import type { DeadLetter } from '../contracts/dead-letter.ts';
import type { Detection, Finding } from '../contracts/detection.ts';
import type { RuleSignal } from '../contracts/rule-signal.ts';
import { entityKey, type SecurityEvent } from '../contracts/security-event.ts';
import type { Threat } from '../contracts/threat.ts';
import { topics } from '../contracts/topics.ts';
import type { Detector, DetectorState } from '../detection/detector.ts';
import { toDetectionFinding } from '../detection/ocsf/detection-finding.ts';
import { judge, type Roles, rolesOf } from '../detection/verdict.ts';
import { type Origin, ReadRecord, type ReadResult } from '../events/events.ts';
import { recallEvent } from '../events/recall.ts';
import { deterministicId } from '../ids.ts';
import type { Intelligence } from '../intelligence/intelligence.ts';
import type { OutboxEntry, OutcomeBatch, OutcomeTally, Progress } from '../store/store.ts';
import { version } from '../version.ts';
import { Aggregation } from './aggregation.ts';
import { EventTime } from './event-time.ts';
import { indicatorFinding } from './indicator-finding.ts';
import type { PartitionWork, TakenOutcomes } from './partition-work.ts';
import { RecentIds } from './recent-ids.ts';
import { RecordOrigin, recordHeaders, rejectionIn } from './record-headers.ts';
import { ReplayHorizon } from './replay-horizon.ts';

export interface PartitionSettings {
  readonly instance: string;
  readonly group: string;
  readonly minThreatConfidence: number;
  /** See `Aggregation`. */
  readonly threatWindowMs: number;
  /** Event ids remembered to tell a second delivery; see `RecentIds`. */
  readonly rememberedIds: number;
  /** Whether detections are published as OCSF Detection Findings too. */
  readonly publishesOcsf: boolean;
}

export interface PartitionParts {
  readonly read: (value: Buffer, origin: Origin) => readonly ReadResult[];
  readonly detectors: readonly Detector[];
  readonly intelligence: Intelligence;
  readonly seed: readonly [number, number];
  /** See `Bus.isShared`: whether keys have to be checked. */
  readonly isShared: boolean;
  readonly settings: PartitionSettings;
}

/** Outcomes not yet durable. */
interface Pending {
  events: Map<string, SecurityEvent>;
  detections: Detection[];
  threats: Map<string, Threat>;
  deadLetters: DeadLetter[];
  outbox: OutboxEntry[];
  /** When the bus took the records that led to detections, milliseconds since the epoch. */
  takenAtMs: number[];
  records: number;
}

const emptyTally: OutcomeTally = { clean: 0, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 };
const SAMPLE_CHARACTERS = 2048;
const MAX_EVENT_TYPES = 4096;

/**
 * Everything one partition of `security.events` has in memory: detector windows, open threats, ids seen, and
 * the outcomes on their way to the ledger. Pure but for the state it holds: the same records in the same
 * order lead to the same outcomes, which is what makes replay rebuild it.
 */
export class PartitionState implements PartitionWork {
  readonly partition: number;
  readonly #parts: PartitionParts;
  readonly #detectors: readonly DetectorState[];
  /** Which detectors look at an event type; bounded, because senders choose the types. */
  readonly #byType = new Map<string, readonly DetectorState[]>();
  readonly #aggregation: Aggregation;
  readonly #seen: RecentIds;
  readonly #time = new EventTime();
  readonly #longestWindowMs: number;
  readonly #horizon = new ReplayHorizon();
  #pending: Pending = emptyPending();
  #tally: OutcomeTally;
  #watermarkMs: number;
  #expectedOffset: number | null;
  #nextOffset: number;
  readonly #findings: Finding[] = [];
  readonly #signals: RuleSignal[] = [];

  constructor(partition: number, progress: Progress | null, startOffset: number, parts: PartitionParts) {
    this.partition = partition;
    this.#parts = parts;
    this.#detectors = parts.detectors.map((detector) => detector.open());
    this.#longestWindowMs = Math.max(0, ...parts.detectors.map((detector) => detector.windowMs));
    this.#aggregation = new Aggregation(parts.settings.threatWindowMs);
    this.#seen = new RecentIds(parts.settings.rememberedIds, parts.seed);
    this.#tally = progress?.tally ?? emptyTally;
    this.#watermarkMs = progress?.watermarkMs ?? 0;
    this.#expectedOffset = progress?.nextOffset ?? null;
    this.#nextOffset = startOffset;
  }

  get watermarkMs(): number {
    return this.#watermarkMs;
  }
  get nextOffset(): number {
    return this.#nextOffset;
  }
  /** Records whose outcome is not yet on its way to the ledger. */
  get pendingRecords(): number {
    return this.#pending.records;
  }
  /** Whether something waits that a person or a program downstream is waiting for. */
  get isUrgent(): boolean {
    return this.#pending.outbox.length > 0;
  }

  resumeThreats(threats: readonly Threat[]): void {
    for (const threat of threats) this.#aggregation.resume(threat);
  }

  /** Shows records to the windows without any outcome: they have had theirs. */
  replay(records: readonly BusRecord[]): void {
    this.#checkpoint(records);
    for (const record of records) {
      const event = this.#recalled(record) ?? eventOf(this.#results(record)[0]);
      if (event === null || !this.#seen.add(event.event_id)) continue;
      const timeMs = this.#timeOf(event, record);
      this.#advance(timeMs);
      this.#observe(event, timeMs);
    }
  }

  /**
   * Gives every record its outcome. Returns the records that belong to another partition: they must be durable
   * on the bus before these outcomes are written.
   */
  process(records: readonly BusRecord[]): readonly OutgoingRecord[] {
    this.#checkpoint(records);
    const forwarded: OutgoingRecord[] = [];
    const tally = { ...this.#tally };
    for (const record of records) {
      const recalled = this.#recalled(record);
      if (recalled !== null) {
        tally[this.#judge(recalled, record)]++;
        continue;
      }
      const results = this.#results(record);
      const result = results[0];
      if (results.length !== 1 || result === undefined || this.#isForeign(record, result)) {
        for (const [index, one] of results.entries()) forwarded.push(forward(record, one, index));
        tally.forwarded++;
      } else if (result.kind === 'rejected') {
        if (this.#deadLetter(record, result)) tally.deadLettered++;
        else tally.duplicate++;
      } else {
        tally[this.#judge(result.event, record)]++;
      }
    }
    const last = records[records.length - 1];
    if (last !== undefined) this.#nextOffset = last.offset + 1;
    this.#tally = tally;
    this.#pending.records += records.length;
    this.#aggregation.expire(this.#watermarkMs);
    return forwarded;
  }

  /** Takes what is pending, to be written. Null when there is nothing. */
  take(): TakenOutcomes | null {
    const pending = this.#pending;
    if (pending.records === 0) return null;
    this.#pending = emptyPending();
    const batch: OutcomeBatch = {
      instance: this.#parts.settings.instance,
      group: this.#parts.settings.group,
      topic: topics.events,
      partition: this.partition,
      expectedOffset: this.#expectedOffset,
      progress: {
        partition: this.partition,
        nextOffset: this.#nextOffset,
        replayFrom: this.#horizon.from(this.#watermarkMs - this.#longestWindowMs) ?? this.#nextOffset,
        watermarkMs: this.#watermarkMs,
        tally: this.#tally,
      },
      events: [...pending.events.values()],
      detections: pending.detections,
      threats: [...pending.threats.values()],
      deadLetters: pending.deadLetters,
      outbox: pending.outbox,
    };
    this.#expectedOffset = this.#nextOffset;
    return { batch, takenAtMs: pending.takenAtMs, records: pending.records };
  }

  /** The event of a record that our own door wrote as it stands: without headers, where nobody else can write. */
  #recalled(record: BusRecord): SecurityEvent | null {
    if (this.#parts.isShared || record.headers !== undefined || record.attachment !== undefined) return null;
    return recallEvent(record.value);
  }

  #judge(event: SecurityEvent, record: BusRecord): 'duplicate' | 'detected' | 'clean' {
    if (!this.#seen.add(event.event_id)) return 'duplicate';
    return this.#inspect(event, record) ? 'detected' : 'clean';
  }

  #results(record: BusRecord): readonly ReadResult[] {
    if (record.attachment instanceof ReadRecord) return record.attachment.results;
    const rejection = rejectionIn(record);
    if (rejection !== null) return [rejection];
    return this.#parts.read(record.value, new RecordOrigin(record, topics.events));
  }

  /** Published by somebody who did not know our key: all state about an attacker lives in one partition. */
  #isForeign(record: BusRecord, result: ReadResult): boolean {
    return this.#parts.isShared && result.kind === 'event' && record.key !== entityKey(result.event);
  }

  /** An event cannot happen after the bus took it: otherwise one clock that lies would age every window. */
  #timeOf(event: SecurityEvent, record: BusRecord): number {
    return Math.min(record.timestampMs, this.#time.parse(event.timestamp));
  }

  #detectorsOf(event: SecurityEvent): readonly DetectorState[] {
    const known = this.#byType.get(event.event_type);
    if (known !== undefined) return known;
    const concerned = this.#detectors.filter((_, index) => {
      const types = this.#parts.detectors[index]?.eventTypes ?? null;
      return types === null || types.has(event.event_type);
    });
    if (this.#byType.size < MAX_EVENT_TYPES) this.#byType.set(event.event_type, concerned);
    return concerned;
  }

  #inspect(event: SecurityEvent, record: BusRecord): boolean {
    const timeMs = this.#timeOf(event, record);
    this.#advance(timeMs);
    this.#observe(event, timeMs);
    for (const signal of this.#signals) {
      const outgoing = { topic: topics.signals, key: signal.key, value: JSON.stringify(signal) };
      this.#pending.outbox.push(outgoing);
    }
    const findings = this.#findings;
    const matches = this.#parts.intelligence.match(event);
    let roles: Roles | null = null;
    if (matches.length > 0) {
      const named = indicatorFinding(event, matches);
      findings.push(named.finding);
      roles = named.roles;
    }
    const [first, ...rest] = findings;
    if (first === undefined) return false;
    this.#detect(event, [first, ...rest], roles ?? rolesOf(event), timeMs, record);
    return true;
  }

  /** Leaves what the detectors find in `#findings` and `#signals`. */
  #observe(event: SecurityEvent, timeMs: number): void {
    this.#findings.length = 0;
    this.#signals.length = 0;
    for (const detector of this.#detectorsOf(event))
      detector.inspect(event, timeMs, this.#findings, this.#signals);
  }

  #detect(
    event: SecurityEvent,
    findings: readonly [Finding, ...Finding[]],
    roles: Roles,
    timeMs: number,
    record: BusRecord,
  ): void {
    const verdict = judge(event, findings, roles, this.#parts.settings.minThreatConfidence);
    const threat = this.#aggregation.add(verdict, timeMs);
    const detection: Detection = { ...verdict, threat_id: threat.threat_id };
    const pending = this.#pending;
    pending.events.set(event.event_id, event);
    pending.detections.push(detection);
    pending.threats.set(threat.threat_id, threat);
    pending.outbox.push({
      topic: topics.detections,
      key: detection.attacker,
      value: JSON.stringify(detection),
    });
    if (this.#parts.settings.publishesOcsf) {
      const finding = toDetectionFinding(detection, event, { version });
      const value = JSON.stringify(finding);
      pending.outbox.push({ topic: topics.detectionsOcsf, key: detection.attacker, value });
    }
    pending.takenAtMs.push(record.timestampMs);
  }

  #deadLetter(record: BusRecord, result: Extract<ReadResult, { kind: 'rejected' }>): boolean {
    const { position } = new RecordOrigin(record, topics.events);
    const deadLetterId = deterministicId('dlq', position);
    if (!this.#seen.add(deadLetterId)) return false;
    const letter: DeadLetter = {
      dead_letter_id: deadLetterId,
      reason: result.reason,
      detail: result.detail,
      format: result.format,
      position,
      sample: record.value.toString('utf8', 0, SAMPLE_CHARACTERS).slice(0, SAMPLE_CHARACTERS),
      bytes: record.value.length,
      timestamp: new Date(record.timestampMs).toISOString(),
    };
    this.#pending.deadLetters.push(letter);
    this.#pending.outbox.push({
      topic: topics.deadLetters,
      key: deadLetterId,
      value: JSON.stringify(letter),
    });
    return true;
  }

  #advance(timeMs: number): void {
    if (timeMs > this.#watermarkMs) this.#watermarkMs = timeMs;
    this.#horizon.advance(timeMs);
  }

  #checkpoint(records: readonly BusRecord[]): void {
    const first = records[0];
    if (first !== undefined) this.#horizon.begin(first.offset);
  }
}

function eventOf(result: ReadResult | undefined): SecurityEvent | null {
  return result?.kind === 'event' ? result.event : null;
}

function emptyPending(): Pending {
  return {
    events: new Map(),
    detections: [],
    threats: new Map(),
    deadLetters: [],
    outbox: [],
    takenAtMs: [],
    records: 0,
  };
}

/** The record to publish in place of one event of a foreign record. What could not be read goes to its dead letter. */
function forward(record: BusRecord, result: ReadResult, index: number): OutgoingRecord {
  if (result.kind === 'event') {
    return {
      key: entityKey(result.event),
      value: Buffer.from(JSON.stringify(result.event)),
      attachment: new ReadRecord([{ ...result, format: 'native', isVerbatim: true }]),
    };
  }
  const origin = new RecordOrigin(record, topics.events);
  const position = `${origin.position}#${index}`;
  return {
    key: position,
    value: record.value.subarray(0, SAMPLE_CHARACTERS),
    headers: recordHeaders({ position, receivedAtMs: origin.receivedAtMs, format: undefined }, [result]),
    attachment: new ReadRecord([result]),
  };
}
