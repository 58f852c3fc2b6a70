import { Compile } from 'typebox/compile';
import { type DeadLetter, DeadLetterSchema } from '../contracts/dead-letter.ts';
import { type Detection, DetectionSchema } from '../contracts/detection.ts';
import { type SecurityEvent, SecurityEventSchema } from '../contracts/security-event.ts';
import type { Database, Step } from './database.ts';
import { boundMs, recordMs } from './instant.ts';
import { type Condition, type Listing, readPage } from './paging.ts';
import { checked, jsonOf } from './rows.ts';
import { insertInto, step } from './statements.ts';
import { indexKey } from './storable-text.ts';
import type { DetectionFilter, EventFilter, Page, PageRequest } from './store.ts';

// An id is a function of what it names, so a row that is there already is the same row.
const insertEvent = insertInto(
  'events',
  {
    event_id: 'text',
    time_ms: 'integer',
    source: 'text',
    event_type: 'text',
    source_ip: 'text',
    document: 'text',
  },
  'DO NOTHING',
);
const insertDetection = insertInto(
  'detections',
  {
    detection_id: 'text',
    time_ms: 'integer',
    threat_id: 'text',
    attacker: 'text',
    severity: 'text',
    document: 'text',
  },
  'DO NOTHING',
);
const insertDeadLetter = insertInto(
  'dead_letters',
  { dead_letter_id: 'text', time_ms: 'integer', document: 'text' },
  'DO NOTHING',
);

/** The step that writes evidence events. */
export function eventRows(events: readonly SecurityEvent[]): Step {
  return step(
    insertEvent,
    events.map((event) => [
      indexKey(event.event_id),
      recordMs(event.timestamp),
      indexKey(event.source),
      indexKey(event.event_type),
      event.source_ip === undefined ? null : indexKey(event.source_ip),
      JSON.stringify(event),
    ]),
  );
}

/** The step that writes detections. */
export function detectionRows(detections: readonly Detection[]): Step {
  return step(
    insertDetection,
    detections.map((detection) => [
      indexKey(detection.detection_id),
      recordMs(detection.timestamp),
      indexKey(detection.threat_id),
      indexKey(detection.attacker),
      detection.severity,
      JSON.stringify(detection),
    ]),
  );
}

/** The step that writes dead letters. */
export function deadLetterRows(deadLetters: readonly DeadLetter[]): Step {
  return step(
    insertDeadLetter,
    deadLetters.map((deadLetter) => [
      indexKey(deadLetter.dead_letter_id),
      recordMs(deadLetter.timestamp),
      JSON.stringify(deadLetter),
    ]),
  );
}

const eventDocument = Compile(SecurityEventSchema);
const detectionDocument = Compile(DetectionSchema);
const deadLetterDocument = Compile(DeadLetterSchema);

const eventListing: Listing<SecurityEvent> = {
  columns: 'document',
  from: 'events',
  time: 'time_ms',
  id: 'event_id',
  read: (row) => checked(eventDocument, jsonOf(row, 'document'), 'events.document'),
};
const detectionListing: Listing<Detection> = {
  columns: 'document',
  from: 'detections',
  time: 'time_ms',
  id: 'detection_id',
  read: (row) => checked(detectionDocument, jsonOf(row, 'document'), 'detections.document'),
};
const deadLetterListing: Listing<DeadLetter> = {
  columns: 'document',
  from: 'dead_letters',
  time: 'time_ms',
  id: 'dead_letter_id',
  read: (row) => checked(deadLetterDocument, jsonOf(row, 'document'), 'dead_letters.document'),
};

function keyConditions(
  filters: readonly (readonly [column: string, value: string | undefined])[],
): Condition[] {
  return filters.flatMap(([column, value]) =>
    value === undefined ? [] : [[`${column} = ?`, indexKey(value)] as const],
  );
}

function since(bound: string | undefined): Condition[] {
  return bound === undefined ? [] : [['time_ms >= ?', boundMs(bound)]];
}

/** The repository of evidence: events, the detections that rest on them, and what could not be read. */
export function createEvidence(database: Database) {
  return {
    async event(eventId: string): Promise<SecurityEvent | null> {
      const [row] = await database.query('SELECT document FROM events WHERE event_id = ?', [
        indexKey(eventId),
      ]);
      return row === undefined ? null : eventListing.read(row);
    },

    async events(filter: EventFilter, page: PageRequest): Promise<Page<SecurityEvent>> {
      const conditions = keyConditions([
        ['source_ip', filter.sourceIp],
        ['source', filter.source],
        ['event_type', filter.eventType],
      ]);
      return await readPage(database, eventListing, [...conditions, ...since(filter.since)], page);
    },

    async detection(detectionId: string): Promise<Detection | null> {
      const [row] = await database.query('SELECT document FROM detections WHERE detection_id = ?', [
        indexKey(detectionId),
      ]);
      return row === undefined ? null : detectionListing.read(row);
    },

    async detections(filter: DetectionFilter, page: PageRequest): Promise<Page<Detection>> {
      const conditions = keyConditions([
        ['threat_id', filter.threatId],
        ['attacker', filter.attacker],
        ['severity', filter.severity],
      ]);
      return await readPage(database, detectionListing, [...conditions, ...since(filter.since)], page);
    },

    deadLetters: (page: PageRequest): Promise<Page<DeadLetter>> =>
      readPage(database, deadLetterListing, [], page),
  };
}
