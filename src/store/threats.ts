import { Compile } from 'typebox/compile';
import { type Threat, ThreatAssessmentSchema, ThreatSchema, type ThreatStatus } from '../contracts/threat.ts';
import { VerticeError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { Database, Row, Step } from './database.ts';
import { boundMs, recordMs } from './instant.ts';
import { outboxStep } from './outbox.ts';
import { type Condition, checkLimit, type Listing, maxResumeLimit, readPage } from './paging.ts';
import { checked, countOf, jsonOf } from './rows.ts';
import { insertInto, oneByOne, step } from './statements.ts';
import { indexKey } from './storable-text.ts';
import type { OutboxEntry, Page, PageRequest, ThreatFilter } from './store.ts';

/** What a Threat is, set when it is first seen and never changed. All else of the sighting moves on. */
const identityFields: ReadonlySet<string> = new Set([
  'threat_id',
  'attacker',
  'target',
  'technique',
  'first_detection_id',
  'first_seen',
] satisfies (keyof Threat)[]);
const assessmentFields: ReadonlySet<string> = new Set(Object.keys(ThreatAssessmentSchema.properties));

const upsertThreat = insertInto(
  'threats',
  {
    threat_id: 'text',
    partition_id: 'integer',
    attacker: 'text',
    first_seen_ms: 'integer',
    last_seen_ms: 'integer',
    version: 'integer',
    status: 'text',
    phase: 'text',
    assessed_version: 'integer',
    identity: 'text',
    sighting: 'text',
    assessment: 'text',
  },
  `(threat_id) DO UPDATE SET partition_id = excluded.partition_id, last_seen_ms = excluded.last_seen_ms,
     version = excluded.version, sighting = excluded.sighting`,
);
const insertTechnique = insertInto(
  'threat_techniques',
  { technique: 'text', first_seen_ms: 'integer', threat_id: 'text' },
  'DO NOTHING',
);
const updateAssessment = oneByOne(
  'UPDATE threats SET status = ?, phase = ?, assessed_version = ?, assessment = ? WHERE threat_id = ?',
);

/** The three parts, each as JSON; a field that no part names belongs to the sighting. */
function partsOf(threat: Threat): { identity: string; sighting: string; assessment: string } {
  const identity: Record<string, unknown> = {};
  const sighting: Record<string, unknown> = {};
  const assessment: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(threat)) {
    if (identityFields.has(field)) identity[field] = value;
    else if (assessmentFields.has(field)) assessment[field] = value;
    else sighting[field] = value;
  }
  return {
    identity: JSON.stringify(identity),
    sighting: JSON.stringify(sighting),
    assessment: JSON.stringify(assessment),
  };
}

/** A statement may write a row only once: of several versions, the first and the last one matter. */
function firstAndLast(threats: readonly Threat[]): { first: Threat; last: Threat }[] {
  const byId = new Map<string, { first: Threat; last: Threat }>();
  for (const threat of threats) {
    const first = byId.get(threat.threat_id)?.first ?? threat;
    byId.set(threat.threat_id, { first, last: threat });
  }
  // One order for everybody, so that two processes never wait for each other's rows.
  return [...byId.values()].sort((a, b) => (a.first.threat_id < b.first.threat_id ? -1 : 1));
}

/** The steps that write the sighting part of Threats of a partition, and new ones whole. */
export function sightingSteps(threats: readonly Threat[], partition: number): Step[] {
  const versions = firstAndLast(threats);
  const rows = versions.map(({ first, last }) => {
    const { identity, assessment } = partsOf(first);
    return [
      indexKey(first.threat_id),
      partition,
      indexKey(first.attacker),
      recordMs(first.first_seen),
      recordMs(last.last_seen),
      last.version,
      first.status,
      first.phase,
      first.assessed_version,
      identity,
      partsOf(last).sighting,
      assessment,
    ];
  });
  const techniqueRows = versions.flatMap(({ last }) =>
    [...new Set([last.technique, ...last.ttps])].map((technique) => [
      indexKey(technique),
      recordMs(last.first_seen),
      indexKey(last.threat_id),
    ]),
  );
  return [step(upsertThreat, rows), step(insertTechnique, techniqueRows)];
}

const threatDocument = Compile(ThreatSchema);

function partOf(row: Row, column: string): object {
  const part = jsonOf(row, column);
  return isJsonObject(part) ? part : {};
}

function readThreat(row: Row): Threat {
  const whole = { ...partOf(row, 'identity'), ...partOf(row, 'sighting'), ...partOf(row, 'assessment') };
  return checked(threatDocument, whole, 'threats.identity, sighting, assessment');
}

const columns = 't.identity, t.sighting, t.assessment';
const listing: Listing<Threat> = {
  columns,
  from: 'threats t',
  time: 't.first_seen_ms',
  id: 't.threat_id',
  read: readThreat,
};
const listingByTechnique: Listing<Threat> = {
  columns,
  from: 'threat_techniques x JOIN threats t ON t.threat_id = x.threat_id',
  time: 'x.first_seen_ms',
  id: 'x.threat_id',
  read: readThreat,
};

/** The repository of Threats: sightings come with the outcomes, assessments from the cycle. */
export function createThreats(database: Database, now: () => number) {
  return {
    async threat(threatId: string): Promise<Threat | null> {
      const [row] = await database.query(`SELECT ${columns} FROM threats t WHERE t.threat_id = ?`, [
        indexKey(threatId),
      ]);
      return row === undefined ? null : readThreat(row);
    },

    async threats(filter: ThreatFilter, page: PageRequest): Promise<Page<Threat>> {
      const conditions: Condition[] = [];
      if (filter.technique !== undefined) conditions.push(['x.technique = ?', indexKey(filter.technique)]);
      if (filter.attacker !== undefined) conditions.push(['t.attacker = ?', indexKey(filter.attacker)]);
      if (filter.status !== undefined) conditions.push(['t.status = ?', filter.status]);
      return await readPage(
        database,
        filter.technique === undefined ? listing : listingByTechnique,
        conditions,
        page,
      );
    },

    async countThreats(status: ThreatStatus): Promise<number> {
      return await countOf(database, 'SELECT count(*) AS n FROM threats WHERE status = ?', [status]);
    },

    async openThreats(partition: number, sinceIso: string): Promise<readonly Threat[]> {
      const rows = await database.query(
        `SELECT ${columns} FROM threats t WHERE t.partition_id = ? AND t.last_seen_ms >= ?
         ORDER BY t.last_seen_ms, t.threat_id`,
        [partition, boundMs(sinceIso)],
      );
      return rows.map(readThreat);
    },

    async unfinishedThreats(partitions: readonly number[], limit: number): Promise<readonly Threat[]> {
      checkLimit(limit, maxResumeLimit);
      if (partitions.length === 0) return [];
      const rows = await database.query(
        `SELECT ${columns} FROM threats t WHERE t.partition_id IN (${partitions.map(() => '?').join(', ')})
           AND status <> 'closed' AND (phase <> 'learned' OR assessed_version < version)
         ORDER BY t.first_seen_ms, t.threat_id LIMIT ?`,
        [...partitions, limit],
      );
      return rows.map(readThreat);
    },

    async saveAssessment(threat: Threat, instance: string, outbox: readonly OutboxEntry[]): Promise<void> {
      const { status, phase, assessed_version, threat_id } = threat;
      const orElse = () =>
        new VerticeError(
          'VTC_STORE_FAILED',
          `Expected threat ${threat_id} in the database, and it is not there: an assessment is written after the outcome it belongs to.`,
          { facts: { threat_id } },
        );
      const row = [status, phase, assessed_version, partsOf(threat).assessment, indexKey(threat_id)];
      await database.write([
        { statement: updateAssessment, rows: [row], orElse },
        outboxStep(instance, outbox, now()),
      ]);
    },

    async countEarlierThreats(attacker: string, beforeIso: string): Promise<number> {
      return await countOf(
        database,
        'SELECT count(*) AS n FROM threats WHERE attacker = ? AND first_seen_ms < ?',
        [indexKey(attacker), boundMs(beforeIso)],
      );
    },
  };
}
