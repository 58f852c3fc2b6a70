import type { DeadLetter } from '../contracts/dead-letter.ts';
import type { Detection } from '../contracts/detection.ts';
import type { ActionRecord, Response } from '../contracts/response.ts';
import type { SecurityEvent } from '../contracts/security-event.ts';
import type { Threat, ThreatStatus } from '../contracts/threat.ts';

/** How far one topic-partition has been processed: advances in the same transaction as the outcomes. */
export interface Progress {
  readonly partition: number;
  /** First offset without a durable outcome. */
  readonly nextOffset: number;
  /** Where replay must start to rebuild the windows that were open at `nextOffset`. */
  readonly replayFrom: number;
  /** Latest event time seen, milliseconds since the epoch; 0 before the first event. */
  readonly watermarkMs: number;
  readonly tally: OutcomeTally;
}

/** How many records ended which way, ever, on one topic-partition. Their sum is `nextOffset` less the first offset. */
export interface OutcomeTally {
  readonly clean: number;
  readonly detected: number;
  readonly deadLettered: number;
  readonly duplicate: number;
  /** Published again under the key of its own entity, where it has its outcome. */
  readonly forwarded: number;
}

/** A record waiting to be published: written with the outcome, deleted after the bus has it. */
export interface OutboxEntry {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}
export interface StoredOutboxEntry extends OutboxEntry {
  /** Rises with every entry ever written; never reused. */
  readonly sequence: number;
}

/** Everything that one stretch of a partition led to. Written whole or not at all. */
export interface OutcomeBatch {
  /** The process that writes it: its outbox entries are its own to relay. */
  readonly instance: string;
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The `nextOffset` we started from, or null when the partition has no progress yet. */
  readonly expectedOffset: number | null;
  /** Replaces the stored progress; its tally is absolute, not a difference. */
  readonly progress: Progress;
  readonly events: readonly SecurityEvent[];
  readonly detections: readonly Detection[];
  /** New ones are inserted whole; of known ones only the sighting part is written. */
  readonly threats: readonly Threat[];
  readonly deadLetters: readonly DeadLetter[];
  readonly outbox: readonly OutboxEntry[];
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Pass as `cursor` for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null;
}
export interface PageRequest {
  /** 1..1000. */
  readonly limit: number;
  readonly cursor?: string;
}

export interface DetectionFilter {
  readonly threatId?: string;
  readonly attacker?: string;
  readonly severity?: string;
  /** RFC 3339; detections of events at or after it. */
  readonly since?: string;
}
export interface ThreatFilter {
  readonly status?: ThreatStatus;
  readonly attacker?: string;
  /** The aggregation technique, or any of `ttps`. */
  readonly technique?: string;
}
export interface EventFilter {
  readonly sourceIp?: string;
  readonly source?: string;
  readonly eventType?: string;
  readonly since?: string;
}

/** An action as the journal holds it: the intent before the effect, the outcome after. */
export interface JournalAction extends ActionRecord {
  readonly response_id: string;
  readonly position: number;
}

export type Role = 'viewer' | 'operator' | 'admin';
export interface ApiKey {
  readonly keyId: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

/**
 * The ledger. Two databases, one schema, one contract (`contract.ts`). Every write is durable when its
 * promise resolves (power cut included); concurrent writes share one commit.
 */
export interface Store {
  /**
   * Writes one stretch. Rejects with `VTC_STORE_CONFLICT` when somebody else has moved the progress: fencing.
   * After `VTC_STORE_UNAVAILABLE` the same batch may be tried again: if the first attempt had happened after
   * all, the retry resolves.
   */
  commitOutcomes(batch: OutcomeBatch): Promise<void>;
  progress(group: string, topic: string): Promise<ReadonlyMap<number, Progress>>;

  /** Entries of this instance, and those of any other written before `abandonedBeforeIso`. Oldest first. */
  pendingOutbox(
    instance: string,
    abandonedBeforeIso: string,
    limit: number,
  ): Promise<readonly StoredOutboxEntry[]>;
  removeOutbox(sequences: readonly number[]): Promise<void>;
  countOutbox(): Promise<number>;

  event(eventId: string): Promise<SecurityEvent | null>;
  /** Evidence events, newest first. */
  events(filter: EventFilter, page: PageRequest): Promise<Page<SecurityEvent>>;
  detection(detectionId: string): Promise<Detection | null>;
  detections(filter: DetectionFilter, page: PageRequest): Promise<Page<Detection>>;
  threat(threatId: string): Promise<Threat | null>;
  /** By `first_seen`, newest first, so that paging is stable. */
  threats(filter: ThreatFilter, page: PageRequest): Promise<Page<Threat>>;
  countThreats(status: ThreatStatus): Promise<number>;
  /** Threats of a partition last seen at or after `sinceIso`: the aggregation state to resume with. */
  openThreats(partition: number, sinceIso: string): Promise<readonly Threat[]>;
  /** Threats of these partitions whose `assessed_version` or phase lags behind: the work to resume. Oldest first. */
  unfinishedThreats(partitions: readonly number[], limit: number): Promise<readonly Threat[]>;
  /** Writes the assessment part of a Threat, and its announcements, in one transaction. */
  saveAssessment(threat: Threat, instance: string, outbox: readonly OutboxEntry[]): Promise<void>;
  /** Threats of this attacker first seen before `beforeIso`: repeat offence. */
  countEarlierThreats(attacker: string, beforeIso: string): Promise<number>;

  deadLetters(page: PageRequest): Promise<Page<DeadLetter>>;

  response(responseId: string): Promise<Response | null>;
  responses(filter: { readonly threatId?: string }, page: PageRequest): Promise<Page<Response>>;
  /** Upserts a run and its actions, with announcements, in one transaction. `instance` carries it out. */
  saveResponse(response: Response, instance: string, outbox: readonly OutboxEntry[]): Promise<void>;
  /** Actions of this instance (applied or validated) whose lease ended at or before `nowIso`. */
  expiredLeases(instance: string, nowIso: string): Promise<readonly JournalAction[]>;
  /** Actions of this instance (applied or validated) whose lease runs on after `nowIso`. */
  actionsInForce(instance: string, nowIso: string): Promise<readonly JournalAction[]>;
  /** Runs of this instance that hold an action in state `intended`: a crash came between intent and outcome. */
  interruptedResponses(instance: string): Promise<readonly Response[]>;

  addApiKey(key: ApiKey, secretHash: string): Promise<void>;
  /** The live key with this id and the hash of its secret, or null. */
  apiKey(keyId: string): Promise<{ readonly key: ApiKey; readonly secretHash: string } | null>;
  apiKeys(): Promise<readonly ApiKey[]>;
  /** False when there is no such live key. */
  revokeApiKey(keyId: string, revokedAt: string): Promise<boolean>;

  /** Where a tailed file was left. */
  fileCheckpoint(path: string): Promise<FileCheckpoint | null>;
  saveFileCheckpoint(path: string, checkpoint: FileCheckpoint): Promise<void>;

  /** Null when it can read and write; otherwise what is wrong, in one sentence. */
  health(): Promise<string | null>;
  close(): Promise<void>;
}

/** Identity of a followed file, so that rotation is noticed, and how far it was read. */
export interface FileCheckpoint {
  readonly inode: number;
  readonly offset: number;
  /** SHA-256 of the file's first bytes (up to 1,024): tells a reused inode from the same file. */
  readonly headHash: string;
}
