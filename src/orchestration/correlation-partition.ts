import { Compile } from 'typebox/compile';
import type { BusRecord, OutgoingRecord } from '../bus/bus.ts';
import type { DeadLetter } from '../contracts/dead-letter.ts';
import { eventTypes } from '../contracts/event-types.ts';
import { type RuleSignal, RuleSignalSchema } from '../contracts/rule-signal.ts';
import { entityKey, type SecurityEvent } from '../contracts/security-event.ts';
import { topics } from '../contracts/topics.ts';
import type {
  CorrelationHit,
  CorrelationSet,
  CorrelationSignal,
  CorrelationState,
} from '../detection/sigma/correlation.ts';
import { deterministicId } from '../ids.ts';
import type { OutboxEntry, OutcomeTally, Progress } from '../store/store.ts';
import type { PartitionWork, TakenOutcomes } from './partition-work.ts';
import { RecentIds } from './recent-ids.ts';
import { ReplayHorizon } from './replay-horizon.ts';

export interface CorrelationParts {
  /** The correlations in force; another set after a reload. */
  readonly correlations: () => CorrelationSet;
  readonly seed: readonly [number, number];
  readonly settings: {
    readonly instance: string;
    readonly group: string;
    readonly rememberedIds: number;
  };
}

const emptyTally: OutcomeTally = { clean: 0, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 };
const SAMPLE_CHARACTERS = 2048;
const signalSchema = Compile(RuleSignalSchema);

/**
 * The windows of the correlations of one partition of `defense.signals`. A correlation that comes true becomes an
 * event of its own on `security.events`, under the key of who did it: there it meets the attacker's other
 * detections, wherever the windows lie.
 */
export class CorrelationPartition implements PartitionWork {
  readonly partition: number;
  readonly #parts: CorrelationParts;
  readonly #seen: RecentIds;
  readonly #horizon = new ReplayHorizon();
  #set: CorrelationSet;
  #state: CorrelationState;
  #tally: OutcomeTally;
  #watermarkMs: number;
  #expectedOffset: number | null;
  #nextOffset: number;
  #records = 0;
  #outbox: OutboxEntry[] = [];
  #deadLetters: DeadLetter[] = [];
  #takenAtMs: number[] = [];

  constructor(partition: number, progress: Progress | null, startOffset: number, parts: CorrelationParts) {
    this.partition = partition;
    this.#parts = parts;
    this.#seen = new RecentIds(parts.settings.rememberedIds, parts.seed);
    this.#set = parts.correlations();
    this.#state = this.#set.open();
    this.#tally = progress?.tally ?? emptyTally;
    this.#watermarkMs = progress?.watermarkMs ?? 0;
    this.#expectedOffset = progress?.nextOffset ?? null;
    this.#nextOffset = startOffset;
  }

  get pendingRecords(): number {
    return this.#records;
  }
  get isUrgent(): boolean {
    return this.#outbox.length > 0;
  }

  replay(records: readonly BusRecord[]): void {
    this.#begin(records);
    for (const record of records) {
      for (const signal of recordIn(record)?.signals ?? []) if (this.#isNew(signal)) this.#observe(signal);
    }
  }

  process(records: readonly BusRecord[]): readonly OutgoingRecord[] {
    this.#begin(records);
    const tally = { ...this.#tally };
    for (const record of records) tally[this.#outcomeOf(record)]++;
    const last = records[records.length - 1];
    if (last !== undefined) this.#nextOffset = last.offset + 1;
    this.#tally = tally;
    this.#records += records.length;
    return [];
  }

  take(): TakenOutcomes | null {
    if (this.#records === 0) return null;
    const taken: TakenOutcomes = {
      batch: {
        instance: this.#parts.settings.instance,
        group: this.#parts.settings.group,
        topic: topics.signals,
        partition: this.partition,
        expectedOffset: this.#expectedOffset,
        progress: {
          partition: this.partition,
          nextOffset: this.#nextOffset,
          replayFrom: this.#horizon.from(this.#watermarkMs - this.#set.windowMs) ?? this.#nextOffset,
          watermarkMs: this.#watermarkMs,
          tally: this.#tally,
        },
        events: [],
        detections: [],
        threats: [],
        deadLetters: this.#deadLetters,
        outbox: this.#outbox,
      },
      takenAtMs: this.#takenAtMs,
      records: this.#records,
    };
    this.#expectedOffset = this.#nextOffset;
    this.#records = 0;
    this.#outbox = [];
    this.#deadLetters = [];
    this.#takenAtMs = [];
    return taken;
  }

  #begin(records: readonly BusRecord[]): void {
    const first = records[0];
    if (first !== undefined) this.#horizon.begin(first.offset);
    const current = this.#parts.correlations();
    if (current === this.#set) return;
    const state = current.open();
    state.adopt(this.#state);
    this.#set = current;
    this.#state = state;
  }

  #outcomeOf(record: BusRecord): 'clean' | 'detected' | 'duplicate' | 'deadLettered' {
    const hit = recordIn(record);
    if (hit === null) {
      this.#deadLetter(record);
      return 'deadLettered';
    }
    const fresh = hit.signals.filter((signal) => this.#isNew(signal));
    if (fresh.length === 0) return 'duplicate';
    const matched = fresh.flatMap((signal) => this.#observe(signal));
    if (matched.length === 0) return 'clean';
    for (const one of matched) {
      const event = eventOf(one, hit);
      this.#outbox.push({ topic: topics.events, key: entityKey(event), value: JSON.stringify(event) });
    }
    this.#takenAtMs.push(record.timestampMs);
    return 'detected';
  }

  #isNew(signal: CorrelationSignal): boolean {
    return this.#seen.add(`${signal.family}\n${signal.ruleId}\n${signal.eventId}`);
  }

  #observe(signal: CorrelationSignal): readonly CorrelationHit[] {
    this.#watermarkMs = Math.max(this.#watermarkMs, signal.timeMs);
    this.#horizon.advance(signal.timeMs);
    return this.#state.observe(signal);
  }

  #deadLetter(record: BusRecord): void {
    const position = `${topics.signals}-${record.partition}@${record.offset}`;
    const letter: DeadLetter = {
      dead_letter_id: deterministicId('dlq', position),
      reason: 'invalid_record',
      detail: `Expected a signal as Vértice writes it on ${topics.signals}; only Vértice may write to that topic.`,
      format: null,
      position,
      sample: record.value.toString('utf8', 0, SAMPLE_CHARACTERS).slice(0, SAMPLE_CHARACTERS),
      bytes: record.value.length,
      timestamp: new Date(record.timestampMs).toISOString(),
    };
    this.#deadLetters.push(letter);
    const value = JSON.stringify(letter);
    this.#outbox.push({ topic: topics.deadLetters, key: letter.dead_letter_id, value });
  }
}

function recordIn(record: BusRecord): RuleSignal | null {
  try {
    const parsed: unknown = JSON.parse(record.value.toString('utf8'));
    return signalSchema.Check(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** The correlation as an event, about whoever did what completed it. */
function eventOf(hit: CorrelationHit, last: RuleSignal): SecurityEvent {
  const group = Object.entries(hit.group).map(([name, value]) => `${name}=${value}`);
  return {
    event_id: deterministicId('cor', hit.rule.id, ...group, hit.eventId),
    timestamp: new Date(hit.timeMs).toISOString(),
    source: last.source,
    event_type: eventTypes.correlationMatched,
    ...(last.source_ip === undefined ? {} : { source_ip: last.source_ip }),
    ...(last.destination_ip === undefined ? {} : { destination_ip: last.destination_ip }),
    payload: {
      rule_id: hit.rule.id,
      title: hit.rule.title,
      group: hit.group,
      value: hit.value,
      evidence_event_ids: hit.evidenceEventIds,
    },
    context: {
      format: 'native',
      ...(last.host === undefined ? {} : { host: last.host }),
      ...(last.user === undefined ? {} : { user: last.user }),
    },
  };
}
