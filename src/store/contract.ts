import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import {
  actionRecord,
  at,
  deadLetterRecord,
  detectionRecord,
  eventRecord,
  outboxRecord,
  outcomeBatch,
  progressAt,
  responseRecord,
  threatRecord,
} from './contract-records.ts';
import type { Page, PageRequest, Store } from './store.ts';

/** An empty database of its own for one test. */
export interface StoreFixture {
  /** Opens the ledger; several may be open at the same time, as several processes would have it. */
  open(clock: Clock): Promise<Store>;
  /** Closes what is open and deletes the database. */
  dispose(): Promise<void>;
}

async function walk<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await read(cursor === undefined ? { limit } : { limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = page.nextCursor;
  }
}

/** What every ledger promises, whatever it is kept in. */
export function describeStoreContract(name: string, make: () => Promise<StoreFixture>): void {
  describe(`the ledger in ${name}`, () => {
    let nowMs = 0;
    const clock: Clock = { now: () => nowMs };
    let fixture: StoreFixture;
    let store: Store;

    beforeEach(async () => {
      nowMs = Date.parse(at(0));
      fixture = await make();
      store = await fixture.open(clock);
    });
    afterEach(() => fixture.dispose());

    describe('outcomes', () => {
      const full = () =>
        outcomeBatch(null, 3, {
          events: [eventRecord('e1')],
          detections: [detectionRecord('d1')],
          threats: [threatRecord('t1')],
          deadLetters: [deadLetterRecord('x1')],
          outbox: [outboxRecord('o1')],
        });

      it('are written whole, with the progress', async () => {
        await store.commitOutcomes(full());
        expect(await store.progress('vertice', 'security.events')).toEqual(new Map([[0, progressAt(3)]]));
        expect(await store.event('e1')).toEqual(eventRecord('e1'));
        expect(await store.detection('d1')).toEqual(detectionRecord('d1'));
        expect(await store.threat('t1')).toEqual(threatRecord('t1'));
        expect((await store.deadLetters({ limit: 10 })).items).toEqual([deadLetterRecord('x1')]);
        expect(await store.pendingOutbox('a', at(0), 10)).toEqual([
          { ...outboxRecord('o1'), sequence: expect.any(Number) },
        ]);
      });

      it('are refused whole when the partition has progress and none was expected', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1));
        await expect(store.commitOutcomes(full())).rejects.toMatchObject({
          code: 'VTC_STORE_CONFLICT',
          isRetryable: false,
          facts: { partition: 0, expected_offset: null },
        });
        expect(await store.event('e1')).toBeNull();
        expect(await store.threat('t1')).toBeNull();
        expect(await store.countOutbox()).toBe(0);
      });

      it('are refused whole when somebody else has moved the progress', async () => {
        await store.commitOutcomes(outcomeBatch(null, 5));
        await store.commitOutcomes(outcomeBatch(5, 8));
        await expect(store.commitOutcomes({ ...full(), expectedOffset: 5 })).rejects.toMatchObject({
          code: 'VTC_STORE_CONFLICT',
        });
        await expect(store.commitOutcomes(outcomeBatch(3, 9, { partition: 7 }))).rejects.toMatchObject({
          code: 'VTC_STORE_CONFLICT',
        });
        expect((await store.progress('vertice', 'security.events')).get(0)).toEqual(progressAt(8));
        expect(await store.detection('d1')).toBeNull();
      });

      it('change nothing when the same records are delivered again', async () => {
        await store.commitOutcomes({ ...full(), outbox: [] });
        await store.commitOutcomes({ ...full(), expectedOffset: 3, outbox: [] });
        expect((await store.events({}, { limit: 10 })).items).toEqual([eventRecord('e1')]);
        expect((await store.detections({}, { limit: 10 })).items).toEqual([detectionRecord('d1')]);
        expect((await store.threats({}, { limit: 10 })).items).toEqual([threatRecord('t1')]);
        expect((await store.threats({ technique: 'T1110.001' }, { limit: 10 })).items).toHaveLength(1);
        expect((await store.deadLetters({ limit: 10 })).items).toEqual([deadLetterRecord('x1')]);
      });

      it('keep apart groups, topics and partitions', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1));
        await store.commitOutcomes(outcomeBatch(null, 2, { partition: 1 }));
        await store.commitOutcomes(outcomeBatch(null, 3, { group: 'other' }));
        await store.commitOutcomes(outcomeBatch(null, 4, { topic: 'honeypot.activity' }));
        expect(await store.progress('vertice', 'security.events')).toEqual(
          new Map([
            [0, progressAt(1)],
            [1, progressAt(2, 1)],
          ]),
        );
        expect((await store.progress('other', 'security.events')).get(0)?.nextOffset).toBe(3);
        expect(await store.progress('nobody', 'security.events')).toEqual(new Map());
      });

      it('let one of several writers with the same expectation through', async () => {
        const other = await fixture.open(clock);
        const attempts = await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0 ? store : other).commitOutcomes(
              outcomeBatch(null, index + 1, { events: [eventRecord(`e${index}`)] }),
            ),
          ),
        );
        const winner = attempts.findIndex(({ status }) => status === 'fulfilled');
        expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') expect(attempt.reason.code).toBe('VTC_STORE_CONFLICT');
        }
        expect((await other.events({}, { limit: 100 })).items).toEqual([eventRecord(`e${winner}`)]);
        expect((await store.progress('vertice', 'security.events')).get(0)?.nextOffset).toBe(winner + 1);
      });

      it('of a thousand detections go in one batch', async () => {
        const detections = Array.from({ length: 1000 }, (_, index) =>
          detectionRecord(`d${index}`, { timestamp: at(index) }),
        );
        const threats = Array.from({ length: 1000 }, (_, index) => threatRecord(`t${index}`));
        const outbox = detections.map(({ detection_id }) => outboxRecord(detection_id));
        await store.commitOutcomes(outcomeBatch(null, 1000, { detections, threats, outbox }));
        const read = await walk((page) => store.detections({}, page), 1000);
        expect(read).toEqual(detections.toReversed());
        const pending = await store.pendingOutbox('a', at(0), 5000);
        expect(pending.map(({ topic, key, value }) => ({ topic, key, value }))).toEqual(outbox);
      });

      it('take the same threat several times in one batch', async () => {
        const versions = [1, 2, 3].map((version) =>
          threatRecord('t1', { version, detection_count: version, ttps: ['T1110.001', `T100${version}`] }),
        );
        await store.commitOutcomes(outcomeBatch(null, 3, { threats: versions }));
        expect(await store.threat('t1')).toEqual(versions[2]);
      });
    });

    describe('concurrent writes', () => {
      it('fail alone: the others are kept', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { threats: [threatRecord('t1')] }));
        const results = await Promise.allSettled([
          store.saveResponse(responseRecord('r1', []), 'a', [outboxRecord('r1')]),
          store.saveAssessment(threatRecord('nobody'), 'a', [outboxRecord('lost')]),
          store.commitOutcomes(outcomeBatch(99, 100, { events: [eventRecord('e1')] })),
          store.saveResponse(responseRecord('r2', []), 'a', [outboxRecord('r2')]),
          store.commitOutcomes(outcomeBatch(1, 2, { events: [eventRecord('e2')] })),
        ]);
        expect(
          results.map((result) => (result.status === 'rejected' ? result.reason.code : 'written')),
        ).toEqual(['written', 'VTC_STORE_FAILED', 'VTC_STORE_CONFLICT', 'written', 'written']);
        expect(await store.event('e1')).toBeNull();
        expect(await store.event('e2')).not.toBeNull();
        const pending = await store.pendingOutbox('a', at(0), 10);
        expect(pending.map(({ value }) => value)).toEqual([
          outboxRecord('r1').value,
          outboxRecord('r2').value,
        ]);
      });

      it('take effect in the order of the calls', async () => {
        const count = 1500;
        await Promise.all(
          Array.from({ length: count }, (_, index) =>
            store.saveResponse(responseRecord('r1', [], { actions_executed: index }), 'a', [
              outboxRecord(`${index}`),
            ]),
          ),
        );
        expect((await store.response('r1'))?.actions_executed).toBe(count - 1);
        const pending = await store.pendingOutbox('a', at(0), count);
        expect(pending.map(({ value }) => value)).toEqual(
          Array.from({ length: count }, (_, index) => outboxRecord(`${index}`).value),
        );
      });
    });

    describe('threats', () => {
      const first = threatRecord('t1');
      const assessed = threatRecord('t1', {
        status: 'contained',
        phase: 'learned',
        assessed_version: 1,
        severity: 9,
        threat_actor: 'FIN7',
        campaigns: ['Winter'],
        narrative: 'Someone guesses passwords.',
        decision: { verdict: 'respond', playbook_id: 'brute-force', reason: 'sure' },
        timestamp: at(5),
      });
      const seenAgain = threatRecord('t1', {
        version: 2,
        ttps: ['T1110.001', 'T1078'],
        confidence: 0.95,
        detected_severity: 9.5,
        detection_count: 2,
        last_detection_id: 'd2',
        last_seen: at(9),
      });

      it('keep their assessment when they are seen again', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { threats: [first] }));
        await store.saveAssessment(assessed, 'a', []);
        await store.commitOutcomes(outcomeBatch(1, 2, { threats: [seenAgain] }));
        expect(await store.threat('t1')).toEqual({
          ...seenAgain,
          status: 'contained',
          phase: 'learned',
          assessed_version: 1,
          severity: 9,
          threat_actor: 'FIN7',
          campaigns: ['Winter'],
          narrative: 'Someone guesses passwords.',
          decision: { verdict: 'respond', playbook_id: 'brute-force', reason: 'sure' },
          timestamp: at(5),
        });
      });

      it('keep their sightings when an assessment of an older version is written', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { threats: [first] }));
        await store.commitOutcomes(outcomeBatch(1, 2, { threats: [seenAgain] }));
        await store.saveAssessment(assessed, 'a', [outboxRecord('t1')]);
        expect(await store.threat('t1')).toMatchObject({
          version: 2,
          detection_count: 2,
          last_seen: at(9),
          phase: 'learned',
          assessed_version: 1,
        });
        expect(await store.countOutbox()).toBe(1);
      });

      it('keep what they are whatever a later sighting says', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { threats: [first] }));
        const other = threatRecord('t1', { version: 2, first_seen: at(7), first_detection_id: 'other' });
        await store.commitOutcomes(outcomeBatch(1, 2, { threats: [other] }));
        expect(await store.threat('t1')).toMatchObject({
          version: 2,
          first_seen: at(0),
          first_detection_id: 'first-of-t1',
        });
      });

      it('must be there before they are assessed', async () => {
        await expect(store.saveAssessment(assessed, 'a', [outboxRecord('t1')])).rejects.toMatchObject({
          code: 'VTC_STORE_FAILED',
          facts: { threat_id: 't1' },
        });
        expect(await store.countOutbox()).toBe(0);
      });

      it('are listed newest first, by status, attacker and technique', async () => {
        const threats = [
          threatRecord('t1', { first_seen: at(1), ttps: ['T1110.001', 'T1078'] }),
          threatRecord('t2', { first_seen: at(2), attacker: '198.51.100.9', status: 'contained' }),
          threatRecord('t3', { first_seen: at(3), technique: 'T1046', ttps: ['T1046'] }),
        ];
        await store.commitOutcomes(outcomeBatch(null, 3, { threats }));
        const ids = async (filter: Parameters<Store['threats']>[0]) =>
          (await store.threats(filter, { limit: 10 })).items.map(({ threat_id }) => threat_id);
        expect(await ids({})).toEqual(['t3', 't2', 't1']);
        expect(await ids({ status: 'active' })).toEqual(['t3', 't1']);
        expect(await ids({ attacker: '198.51.100.9' })).toEqual(['t2']);
        expect(await ids({ technique: 'T1110' })).toEqual(['t2', 't1']);
        expect(await ids({ technique: 'T1078' })).toEqual(['t1']);
        expect(await ids({ technique: 'T1110.001', status: 'active', attacker: '192.0.2.7' })).toEqual([
          't1',
        ]);
        expect(await ids({ technique: 'T9999' })).toEqual([]);
      });

      it('are found by a technique that joined later', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { threats: [first] }));
        await store.commitOutcomes(outcomeBatch(1, 2, { threats: [seenAgain] }));
        expect((await store.threats({ technique: 'T1078' }, { limit: 10 })).items).toHaveLength(1);
      });

      it('are counted by status and by attacker', async () => {
        const threats = [0, 10, 20].map((second) =>
          threatRecord(`t${second}`, {
            first_seen: at(second),
            status: second === 20 ? 'closed' : 'active',
          }),
        );
        await store.commitOutcomes(outcomeBatch(null, 1, { threats }));
        expect(await store.countThreats('active')).toBe(2);
        expect(await store.countThreats('contained')).toBe(0);
        expect(await store.countEarlierThreats('192.0.2.7', at(20))).toBe(2);
        expect(await store.countEarlierThreats('192.0.2.7', at(21))).toBe(3);
        expect(await store.countEarlierThreats('nobody', at(21))).toBe(0);
      });

      it('of a partition are open while they were seen lately', async () => {
        const threats = [
          threatRecord('old', { last_seen: at(1) }),
          threatRecord('new', { last_seen: at(5) }),
        ];
        await store.commitOutcomes(outcomeBatch(null, 1, { threats }));
        await store.commitOutcomes(
          outcomeBatch(null, 1, { partition: 1, threats: [threatRecord('elsewhere', { last_seen: at(5) })] }),
        );
        const open = async (partition: number, second: number) =>
          (await store.openThreats(partition, at(second))).map(({ threat_id }) => threat_id);
        expect(await open(0, 5)).toEqual(['new']);
        expect(await open(0, 1)).toEqual(['old', 'new']);
        expect(await open(0, 6)).toEqual([]);
        expect(await open(1, 0)).toEqual(['elsewhere']);
      });

      it('move with their sightings to another partition', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { threats: [first] }));
        await store.commitOutcomes(outcomeBatch(null, 1, { partition: 1, threats: [seenAgain] }));
        expect(await store.openThreats(0, at(0))).toEqual([]);
        expect(await store.openThreats(1, at(0))).toHaveLength(1);
      });

      it('are unfinished until they are learned in their last version, or closed', async () => {
        const learned = { phase: 'learned', assessed_version: 2, version: 2 } as const;
        const threats = [
          threatRecord('lagging', { ...learned, version: 3, first_seen: at(4) }),
          threatRecord('detected', { first_seen: at(2) }),
          threatRecord('done', { ...learned, first_seen: at(1) }),
          threatRecord('closed', { status: 'closed', first_seen: at(1) }),
          threatRecord('executed', { ...learned, phase: 'executed', first_seen: at(3) }),
        ];
        await store.commitOutcomes(outcomeBatch(null, 1, { threats }));
        await store.commitOutcomes(
          outcomeBatch(null, 1, {
            partition: 2,
            threats: [threatRecord('elsewhere', { first_seen: at(1) })],
          }),
        );
        const unfinished = async (partitions: readonly number[], limit: number) =>
          (await store.unfinishedThreats(partitions, limit)).map(({ threat_id }) => threat_id);
        expect(await unfinished([0], 10)).toEqual(['detected', 'executed', 'lagging']);
        expect(await unfinished([0, 1, 2], 10)).toEqual(['elsewhere', 'detected', 'executed', 'lagging']);
        expect(await unfinished([0], 2)).toEqual(['detected', 'executed']);
        expect(await unfinished([], 10)).toEqual([]);
        await expect(store.unfinishedThreats([0], 0)).rejects.toMatchObject({ code: 'VTC_USAGE' });
      });
    });

    describe('the outbox', () => {
      it('is read oldest first, in the order it was written', async () => {
        const names = Array.from({ length: 30 }, (_, index) => `n${index}`);
        await store.commitOutcomes(outcomeBatch(null, 1, { outbox: names.slice(0, 20).map(outboxRecord) }));
        await store.saveResponse(responseRecord('r1', []), 'a', names.slice(20).map(outboxRecord));
        const pending = await store.pendingOutbox('a', at(0), 100);
        expect(pending.map(({ value }) => value)).toEqual(names.map((name) => outboxRecord(name).value));
        expect(await store.pendingOutbox('a', at(0), 7)).toEqual(pending.slice(0, 7));
      });

      it('shows the entries of others only when they were abandoned', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { instance: 'b', outbox: [outboxRecord('old')] }));
        nowMs += 60_000;
        await store.commitOutcomes(outcomeBatch(1, 2, { instance: 'a', outbox: [outboxRecord('mine')] }));
        await store.commitOutcomes(outcomeBatch(2, 3, { instance: 'b', outbox: [outboxRecord('fresh')] }));
        const values = async (instance: string, before: string) =>
          (await store.pendingOutbox(instance, before, 10)).map(({ value }) => value);
        expect(await values('a', at(0))).toEqual([outboxRecord('mine').value]);
        expect(await values('a', at(1))).toEqual(['old', 'mine'].map((name) => outboxRecord(name).value));
        expect(await values('a', at(61))).toEqual(
          ['old', 'mine', 'fresh'].map((name) => outboxRecord(name).value),
        );
        expect(await values('b', at(0))).toEqual(['old', 'fresh'].map((name) => outboxRecord(name).value));
      });

      it('forgets what was removed and never gives a sequence twice', async () => {
        await store.commitOutcomes(outcomeBatch(null, 1, { outbox: ['x', 'y', 'z'].map(outboxRecord) }));
        const sequences = (await store.pendingOutbox('a', at(0), 10)).map(({ sequence }) => sequence);
        await store.removeOutbox(sequences.slice(1));
        expect(await store.countOutbox()).toBe(1);
        await store.removeOutbox(sequences);
        await store.removeOutbox([]);
        expect(await store.countOutbox()).toBe(0);
        await store.commitOutcomes(outcomeBatch(1, 2, { outbox: [outboxRecord('later')] }));
        const [later] = await store.pendingOutbox('a', at(0), 10);
        expect(later?.sequence).toBeGreaterThan(Math.max(...sequences));
      });

      it('refuses a bound that is no time and a limit that is no count', async () => {
        await expect(store.pendingOutbox('a', 'yesterday', 1)).rejects.toMatchObject({ code: 'VTC_USAGE' });
        await expect(store.pendingOutbox('a', at(0), -1)).rejects.toMatchObject({ code: 'VTC_USAGE' });
      });
    });

    describe('evidence', () => {
      it('is filtered by every field of the filter', async () => {
        const events = [
          eventRecord('e1', { timestamp: at(1) }),
          eventRecord('e2', { timestamp: at(2), source: 'suricata' }),
          eventRecord('e3', { timestamp: at(3), event_type: 'ids_alert' }),
          eventRecord('e4', { timestamp: at(4), source_ip: '198.51.100.9' }),
        ];
        const detections = [
          detectionRecord('d1', { timestamp: at(1) }),
          detectionRecord('d2', { timestamp: at(2), threat_id: 'threat-2' }),
          detectionRecord('d3', { timestamp: at(3), attacker: '198.51.100.9' }),
          detectionRecord('d4', { timestamp: at(4), severity: 'critical' }),
        ];
        await store.commitOutcomes(outcomeBatch(null, 4, { events, detections }));
        const eventIds = async (filter: Parameters<Store['events']>[0]) =>
          (await store.events(filter, { limit: 10 })).items.map(({ event_id }) => event_id);
        expect(await eventIds({})).toEqual(['e4', 'e3', 'e2', 'e1']);
        expect(await eventIds({ source: 'suricata' })).toEqual(['e2']);
        expect(await eventIds({ eventType: 'ids_alert' })).toEqual(['e3']);
        expect(await eventIds({ sourceIp: '198.51.100.9' })).toEqual(['e4']);
        expect(await eventIds({ since: at(3) })).toEqual(['e4', 'e3']);
        expect(await eventIds({ since: at(2), source: 'sshd', sourceIp: '192.0.2.7' })).toEqual(['e3']);
        const detectionIds = async (filter: Parameters<Store['detections']>[0]) =>
          (await store.detections(filter, { limit: 10 })).items.map(({ detection_id }) => detection_id);
        expect(await detectionIds({ threatId: 'threat-2' })).toEqual(['d2']);
        expect(await detectionIds({ attacker: '198.51.100.9' })).toEqual(['d3']);
        expect(await detectionIds({ severity: 'critical' })).toEqual(['d4']);
        expect(await detectionIds({ since: '2026-01-31T01:00:04+01:00' })).toEqual(['d4']);
        expect(await detectionIds({ threatId: 'threat-1', severity: 'high', since: at(2) })).toEqual(['d3']);
      });

      it('may have no source address', async () => {
        const { source_ip: _, ...event } = eventRecord('e1');
        await store.commitOutcomes(outcomeBatch(null, 1, { events: [event] }));
        expect(await store.event('e1')).toEqual(event);
        expect((await store.events({ sourceIp: '192.0.2.7' }, { limit: 1 })).items).toEqual([]);
      });

      it('is absent, not an error, when there is none', async () => {
        expect(await store.event('nobody')).toBeNull();
        expect(await store.detection('nobody')).toBeNull();
        expect(await store.threat('nobody')).toBeNull();
        expect(await store.response('nobody')).toBeNull();
        expect(await store.events({}, { limit: 1 })).toEqual({ items: [], nextCursor: null });
      });

      it('is paged without gaps or repeats when times are equal and rows are added', async () => {
        const events = Array.from({ length: 25 }, (_, index) =>
          eventRecord(`e${String(index).padStart(2, '0')}`, { timestamp: at(Math.floor(index / 10)) }),
        );
        await store.commitOutcomes(outcomeBatch(null, 25, { events }));
        let added = 0;
        const read = await walk(async (page) => {
          const result = await store.events({}, page);
          added += 1;
          await store.commitOutcomes(
            outcomeBatch(24 + added, 25 + added, {
              events: [eventRecord(`new${added}`, { timestamp: at(100) })],
            }),
          );
          return result;
        }, 4);
        expect(read).toEqual(events.toReversed());
      });

      it('pages every list to its end', async () => {
        const ids = ['1', '2', '3', '4', '5'];
        await store.commitOutcomes(
          outcomeBatch(null, 5, {
            detections: ids.map((id) => detectionRecord(id)),
            threats: ids.map((id) => threatRecord(id)),
            deadLetters: ids.map((id) => deadLetterRecord(id)),
          }),
        );
        await Promise.all(
          ids.map((id) => store.saveResponse(responseRecord(id, [], { threat_id: id }), 'a', [])),
        );
        for (const limit of [1, 2, 5]) {
          expect(await walk((page) => store.detections({ severity: 'high' }, page), limit)).toHaveLength(5);
          expect(await walk((page) => store.threats({}, page), limit)).toHaveLength(5);
          expect(await walk((page) => store.threats({ technique: 'T1110' }, page), limit)).toHaveLength(5);
          expect(await walk((page) => store.deadLetters(page), limit)).toHaveLength(5);
          const responses = await walk((page) => store.responses({}, page), limit);
          expect(responses.map(({ response_id }) => response_id)).toEqual(ids.toReversed());
        }
        expect((await store.responses({ threatId: '3' }, { limit: 5 })).items).toHaveLength(1);
      });

      it.each([0, -1, 1.5, 1001, Number.NaN, Number.POSITIVE_INFINITY])(
        'refuses a page limit of %d',
        async (limit) => {
          await expect(store.events({}, { limit })).rejects.toMatchObject({ code: 'VTC_USAGE' });
        },
      );

      it.each([
        '',
        'x',
        '%%%',
        Buffer.from('{}').toString('base64url'),
        Buffer.from('[1]').toString('base64url'),
        Buffer.from('[1e300,"a"]').toString('base64url'),
        Buffer.from('["a","b"]').toString('base64url'),
      ])('refuses the cursor %j', async (cursor) => {
        await expect(store.threats({}, { limit: 1, cursor })).rejects.toMatchObject({ code: 'VTC_USAGE' });
      });

      it('refuses a bound that is no time', async () => {
        await expect(store.events({ since: 'now' }, { limit: 1 })).rejects.toMatchObject({
          code: 'VTC_USAGE',
        });
      });

      it('orders a record by its time as far as it can be read', async () => {
        const events = [
          eventRecord('leap', { timestamp: '2016-12-31T23:59:60Z' }),
          eventRecord('before', { timestamp: '2016-12-31T23:59:58Z' }),
          eventRecord('after', { timestamp: '2017-01-01T00:00:01Z' }),
        ];
        await store.commitOutcomes(outcomeBatch(null, 3, { events }));
        expect((await store.events({}, { limit: 10 })).items.map(({ event_id }) => event_id)).toEqual([
          'after',
          'leap',
          'before',
        ]);
      });
    });

    describe('hostile text', () => {
      const texts = [
        `'; DROP TABLE events; --`,
        `"quotes" 'and' \\backslashes\\ {braces, "and": NULL} $1 ?`,
        'nul \u0000 in the middle',
        '\u001a0000 is no escape',
        'half a pair \ud83d and \udca9',
        'Ação, 攻撃, 😀, \u202e reversed, e\u0301',
        '',
        ' leading and trailing \n',
      ];

      it.each(texts)('comes back as it was: %j', async (text) => {
        const event = eventRecord(`id ${text}`, {
          source: `s${text}`,
          event_type: `t${text}`,
          source_ip: `::${text}`,
          payload: { [text]: text, list: [text] },
          context: { user: text },
        });
        const entry = { topic: text, key: text, value: text };
        const threat = threatRecord(`t ${text}`, { attacker: text, narrative: text });
        await store.commitOutcomes(
          outcomeBatch(null, 1, {
            instance: text,
            group: text,
            topic: text,
            events: [event, event],
            detections: [detectionRecord(`d ${text}`, { attacker: text }), detectionRecord('plain')],
            threats: [threat],
            deadLetters: [deadLetterRecord(`x ${text}`, { sample: text })],
            outbox: [entry, entry],
          }),
        );
        expect(await store.event(event.event_id)).toEqual(event);
        expect(
          (await store.events({ source: `s${text}`, sourceIp: `::${text}` }, { limit: 1 })).items,
        ).toEqual([event]);
        expect((await store.detections({ attacker: text }, { limit: 2 })).items).toHaveLength(1);
        expect((await store.threats({ attacker: text }, { limit: 2 })).items).toEqual([threat]);
        expect((await store.deadLetters({ limit: 1 })).items[0]?.sample).toBe(text);
        expect((await store.progress(text, text)).size).toBe(1);
        expect(await store.pendingOutbox(text, at(0), 5)).toMatchObject([entry, entry]);
        await store.saveFileCheckpoint(text, { inode: 1, offset: 2, headHash: text });
        expect(await store.fileCheckpoint(text)).toEqual({ inode: 1, offset: 2, headHash: text });
      });

      it('is kept whatever it is', async () => {
        let offset: number | null = null;
        await fc.assert(
          fc.asyncProperty(
            fc.string({ unit: 'binary', maxLength: 40 }),
            fc.jsonValue(),
            async (text, json) => {
              const id = `${offset} ${text}`;
              const event = eventRecord(id, { payload: { [text]: json, text } });
              const next: number = (offset ?? 0) + 1;
              await store.commitOutcomes(
                outcomeBatch(offset, next, {
                  events: [event],
                  outbox: [{ topic: text, key: text, value: text }],
                }),
              );
              offset = next;
              expect(await store.event(id)).toEqual(JSON.parse(JSON.stringify(event)));
              const [entry] = (await store.pendingOutbox('a', at(0), 1000)).slice(-1);
              expect(entry).toMatchObject({ topic: text, key: text, value: text });
            },
          ),
          { numRuns: 40 },
        );
      });

      it('may be long: a megabyte of payload and names of many kilobytes', async () => {
        const payload = { blob: 'x\u0000"\\é'.repeat(170_000) };
        const long = '攻'.repeat(20_000);
        const events = [1, 2, 3, 4, 5].map((index) =>
          eventRecord(`${index}${long.slice(0, 120)}`, { payload, source_ip: '192.0.2.8' }),
        );
        const threat = threatRecord('t1', { attacker: long });
        await store.commitOutcomes(
          outcomeBatch(null, 5, {
            events,
            threats: [threat],
            detections: [detectionRecord('d1', { attacker: long })],
            outbox: [{ topic: 't', key: long, value: JSON.stringify(payload) }],
          }),
        );
        expect((await store.events({ sourceIp: '192.0.2.8' }, { limit: 10 })).items).toEqual(
          events.toReversed(),
        );
        expect((await store.threats({ attacker: long }, { limit: 10 })).items).toEqual([threat]);
        expect((await store.detections({ attacker: long }, { limit: 10 })).items).toHaveLength(1);
        expect(await store.countEarlierThreats(`${long}x`, at(1))).toBe(0);
        expect(await store.pendingOutbox('a', at(0), 1)).toMatchObject([
          { key: long, value: JSON.stringify(payload) },
        ]);
      });
    });

    describe('responses', () => {
      it('are written and overwritten with their actions and announcements', async () => {
        const intended = responseRecord('r1', [actionRecord('a1'), actionRecord('a2')]);
        await store.saveResponse(intended, 'a', []);
        expect(await store.response('r1')).toEqual(intended);
        const applied = responseRecord(
          'r1',
          [actionRecord('a1', { status: 'applied', lease_until: at(60) })],
          {
            success: true,
            timestamp: at(9),
          },
        );
        await store.saveResponse(applied, 'a', [outboxRecord('r1')]);
        expect(await store.response('r1')).toEqual(applied);
        expect((await store.responses({}, { limit: 10 })).items).toEqual([applied]);
        expect(await store.countOutbox()).toBe(1);
      });

      it('keep their place in the list when they are written again', async () => {
        await store.saveResponse(responseRecord('r1', [], { timestamp: at(1) }), 'a', []);
        await store.saveResponse(responseRecord('r2', [], { timestamp: at(2) }), 'a', []);
        await store.saveResponse(responseRecord('r1', [], { timestamp: at(3) }), 'a', []);
        const { items } = await store.responses({ threatId: 'threat-1' }, { limit: 10 });
        expect(items.map(({ response_id }) => response_id)).toEqual(['r2', 'r1']);
      });

      it('tell which leases have ended and which hold', async () => {
        const held = (id: string, status: 'applied' | 'validated' | 'reverted', until: string | null) =>
          actionRecord(id, { status, lease_until: until });
        const actions = [
          held('ended', 'applied', at(10)),
          held('running', 'validated', at(20)),
          held('gone', 'reverted', at(10)),
          held('no lease', 'applied', null),
        ];
        await store.saveResponse(responseRecord('r1', actions), 'a', []);
        await store.saveResponse(responseRecord('r2', [held('other', 'applied', at(5))]), 'b', []);
        await store.saveResponse(responseRecord('r3', [held('early', 'validated', at(5))]), 'a', []);
        const shape = (list: Awaited<ReturnType<Store['expiredLeases']>>) =>
          list.map(({ response_id, position, action_id }) => `${response_id}/${position} ${action_id}`);
        expect(shape(await store.expiredLeases('a', at(4)))).toEqual([]);
        expect(shape(await store.expiredLeases('a', at(10)))).toEqual(['r3/0 early', 'r1/0 ended']);
        expect(shape(await store.expiredLeases('a', at(30)))).toEqual([
          'r3/0 early',
          'r1/0 ended',
          'r1/1 running',
        ]);
        expect(shape(await store.actionsInForce('a', at(4)))).toEqual([
          'r3/0 early',
          'r1/0 ended',
          'r1/1 running',
        ]);
        expect(shape(await store.actionsInForce('a', at(10)))).toEqual(['r1/1 running']);
        expect(shape(await store.actionsInForce('b', at(4)))).toEqual(['r2/0 other']);
        expect(shape(await store.actionsInForce('a', at(20)))).toEqual([]);
        const [first] = await store.expiredLeases('a', at(10));
        expect(first).toEqual({ ...held('early', 'validated', at(5)), response_id: 'r3', position: 0 });
        await store.saveResponse(
          responseRecord('r1', [actionRecord('ended', { status: 'expired', lease_until: at(10) })]),
          'a',
          [],
        );
        expect(shape(await store.expiredLeases('a', at(30)))).toEqual(['r3/0 early']);
      });

      it('tell which runs a crash has interrupted', async () => {
        const interrupted = responseRecord('r1', [
          actionRecord('a1', { status: 'applied' }),
          actionRecord('a2'),
        ]);
        await store.saveResponse(interrupted, 'a', []);
        await store.saveResponse(responseRecord('r2', [actionRecord('a3', { status: 'failed' })]), 'a', []);
        await store.saveResponse(responseRecord('r3', [actionRecord('a4')]), 'b', []);
        expect(await store.interruptedResponses('a')).toEqual([interrupted]);
        await store.saveResponse(responseRecord('r1', [actionRecord('a2', { status: 'applied' })]), 'a', []);
        expect(await store.interruptedResponses('a')).toEqual([]);
      });

      it('belong to the instance that carries them out last', async () => {
        await store.saveResponse(responseRecord('r1', [actionRecord('a1')]), 'a', []);
        await store.saveResponse(responseRecord('r1', [actionRecord('a1')]), 'b', []);
        expect(await store.interruptedResponses('a')).toEqual([]);
        expect(await store.interruptedResponses('b')).toHaveLength(1);
      });

      it('refuse a bound that is no time', async () => {
        await expect(store.expiredLeases('a', '')).rejects.toMatchObject({ code: 'VTC_USAGE' });
        await expect(store.actionsInForce('a', '')).rejects.toMatchObject({ code: 'VTC_USAGE' });
      });
    });

    describe('API keys', () => {
      const key = {
        keyId: 'k1',
        name: 'console',
        role: 'operator',
        createdAt: at(0),
        revokedAt: null,
      } as const;

      it('are found until they are revoked', async () => {
        await store.addApiKey(key, 'hash');
        expect(await store.apiKey('k1')).toEqual({ key, secretHash: 'hash' });
        expect(await store.apiKey('k2')).toBeNull();
        expect(await store.revokeApiKey('k1', at(5))).toBe(true);
        expect(await store.revokeApiKey('k1', at(6))).toBe(false);
        expect(await store.revokeApiKey('k2', at(6))).toBe(false);
        expect(await store.apiKey('k1')).toBeNull();
        expect(await store.apiKeys()).toEqual([{ ...key, revokedAt: at(5) }]);
      });

      it('are listed oldest first, without their hashes', async () => {
        await store.addApiKey({ ...key, keyId: 'b', createdAt: at(2) }, 'hash');
        await store.addApiKey({ ...key, keyId: 'a', createdAt: at(1), role: 'viewer' }, 'hash');
        expect(await store.apiKeys()).toEqual([
          { ...key, keyId: 'a', createdAt: at(1), role: 'viewer' },
          { ...key, keyId: 'b', createdAt: at(2) },
        ]);
      });

      it('never replace one another', async () => {
        await store.addApiKey(key, 'hash');
        await expect(store.addApiKey({ ...key, role: 'admin' }, 'other')).rejects.toMatchObject({
          code: 'VTC_STORE_CONFLICT',
        });
        expect(await store.apiKey('k1')).toEqual({ key, secretHash: 'hash' });
      });
    });

    it('remembers where a file was left', async () => {
      const checkpoint = { inode: 2 ** 63, offset: 2 ** 40, headHash: 'abc' };
      expect(await store.fileCheckpoint('/var/log/auth.log')).toBeNull();
      await store.saveFileCheckpoint('/var/log/auth.log', { ...checkpoint, offset: 1 });
      await store.saveFileCheckpoint('/var/log/auth.log', checkpoint);
      expect(await store.fileCheckpoint('/var/log/auth.log')).toEqual(checkpoint);
    });

    it('keeps everything when it is closed and opened again', async () => {
      await store.commitOutcomes(outcomeBatch(null, 1, { events: [eventRecord('e1')] }));
      await store.close();
      store = await fixture.open(clock);
      expect(await store.event('e1')).toEqual(eventRecord('e1'));
      await store.commitOutcomes(outcomeBatch(1, 2));
    });

    it('is opened by several at once, also when it is new', async () => {
      const fresh = await make();
      try {
        const stores = await Promise.all(Array.from({ length: 4 }, () => fresh.open(clock)));
        await Promise.all(
          stores.map((each, index) => each.saveResponse(responseRecord(`r${index}`, []), 'a', [])),
        );
        for (const each of stores) expect((await each.responses({}, { limit: 10 })).items).toHaveLength(4);
      } finally {
        await fresh.dispose();
      }
    });

    it('says that it is well, to several askers at once', async () => {
      expect(await Promise.all([store.health(), store.health()])).toEqual([null, null]);
      expect(await store.health()).toBeNull();
    });

    it('finishes what was asked for before it closes, and refuses what comes after', async () => {
      const before = store.saveResponse(responseRecord('r1', []), 'a', []);
      const closed = Promise.all([store.close(), store.close()]);
      await expect(store.saveResponse(responseRecord('r2', []), 'a', [])).rejects.toMatchObject({
        code: 'VTC_SHUTTING_DOWN',
      });
      await expect(store.response('r1')).rejects.toMatchObject({ code: 'VTC_SHUTTING_DOWN' });
      expect(await store.health()).toMatch(/closed/);
      await before;
      await closed;
      store = await fixture.open(clock);
      expect(await store.response('r1')).not.toBeNull();
      expect(await store.response('r2')).toBeNull();
    });
  });
}
