import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { topics } from '../contracts/topics.ts';
import { VerticeError } from '../errors.ts';
import type { OutcomeTally, Store } from '../store/store.ts';
import { asRecord, failedLogin, openWorkbench, type Workbench, workbenchGroup } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench('ip,203.0.113.9,0.9,feed');
});
afterEach(() => bench.close());

const page = { limit: 100 };

async function tally(store: Store): Promise<OutcomeTally> {
  const sum = { clean: 0, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 };
  for (const { tally: own } of (await store.progress(workbenchGroup, topics.events)).values()) {
    for (const key of ['clean', 'detected', 'deadLettered', 'duplicate', 'forwarded'] as const)
      sum[key] += own[key];
  }
  return sum;
}

describe('the pipeline', () => {
  it('turns the fifth failed login into a detection and a threat, with the evidence', async () => {
    const pipeline = await bench.startPipeline();
    const events = [0, 1, 2, 3, 4].map((second) => failedLogin(second));
    await bench.intake('test', events.map(asRecord));
    await bench.settled();
    const detections = await bench.store.detections({}, page);
    expect(detections.items.map((detection) => detection.event_id)).toEqual([events[4]?.event_id]);
    const threats = await bench.store.threats({}, page);
    expect(threats.items[0]).toMatchObject({
      attacker: '198.51.100.7',
      target: 'web-1',
      technique: 'T1110',
      version: 1,
    });
    expect(bench.reported).toEqual([threats.items[0]?.threat_id]);
    expect(await bench.store.event(events[4]?.event_id ?? '')).toEqual(events[4]);
    expect(await tally(bench.store)).toMatchObject({ clean: 4, detected: 1 });
    await pipeline.close();
  });

  it('goes on counting where it was after a restart', async () => {
    const first = await bench.startPipeline();
    await bench.intake(
      'test',
      [0, 1, 2].map((second) => asRecord(failedLogin(second))),
    );
    await bench.settled();
    await first.close();
    const second = await bench.startPipeline();
    await bench.intake(
      'test',
      [3, 4].map((at) => asRecord(failedLogin(at))),
    );
    await bench.settled();
    expect(await tally(bench.store)).toMatchObject({ clean: 4, detected: 1 });
    await second.close();
  });

  it('updates a threat that is seen again after a restart instead of making a second one', async () => {
    const burst = (from: number) =>
      Array.from({ length: 5 }, (_, index) => asRecord(failedLogin(from + index)));
    const first = await bench.startPipeline();
    await bench.intake('test', burst(0));
    await bench.settled();
    await first.close();
    const second = await bench.startPipeline();
    await bench.intake('test', burst(10));
    await bench.settled();
    await second.close();
    const threats = await bench.store.threats({}, page);
    expect(threats.items).toHaveLength(1);
    expect(threats.items[0]).toMatchObject({ version: 2, detection_count: 2 });
  });

  it('reads back, after a restart, an event with a byte order mark or blanks around it', async () => {
    const around = (before: string, after: string) => (second: number) => {
      const { value, position } = asRecord(failedLogin(second));
      return { value: Buffer.concat([Buffer.from(before), value, Buffer.from(after)]), position };
    };
    await bench.intake('test', [0, 1].map(around('\ufeff', '')));
    await bench.intake('test', [2, 3].map(around(' ', '\0')));
    const first = await bench.startPipeline();
    await bench.settled();
    await first.close();
    const second = await bench.startPipeline();
    await bench.intake('test', [asRecord(failedLogin(4))]);
    await bench.settled();
    expect(await tally(bench.store)).toMatchObject({ clean: 4, detected: 1 });
    await second.close();
  });

  it('gives an event that is sent twice one outcome', async () => {
    const pipeline = await bench.startPipeline();
    const records = [0, 1, 2, 3, 4].map((second) => asRecord(failedLogin(second)));
    await bench.intake('test', records);
    await bench.intake('test', records);
    await bench.settled();
    expect(await tally(bench.store)).toMatchObject({ clean: 4, detected: 1, duplicate: 5 });
    expect((await bench.store.detections({}, page)).items).toHaveLength(1);
    await pipeline.close();
  });

  it('keeps what cannot be read as a dead letter, with reason, position and sample, once', async () => {
    const pipeline = await bench.startPipeline();
    const bad = { value: Buffer.from('{"event_id":'), position: 'test/bad' };
    const cut = { value: Buffer.from('x'.repeat(10)), position: 'test/cut', oversizeBytes: 9_999_999 };
    await bench.intake('test', [bad, cut]);
    await bench.intake('test', [bad]);
    await bench.settled();
    const letters = (await bench.store.deadLetters(page)).items;
    expect(letters).toHaveLength(2);
    expect(letters.find((letter) => letter.position === 'test/bad')).toMatchObject({
      reason: 'not_json',
      sample: '{"event_id":',
    });
    expect(letters.find((letter) => letter.position === 'test/cut')).toMatchObject({ reason: 'too_large' });
    expect(await tally(bench.store)).toMatchObject({ deadLettered: 2, duplicate: 1 });
    await pipeline.close();
  });

  it('publishes foreign records again under their own key, so that one attacker stays in one place', async () => {
    const pipeline = await bench.startPipeline({ bus: { ...bench.bus, isShared: true } });
    const events = [0, 1, 2, 3, 4].map((second) => failedLogin(second));
    const values = events.map((event) => Buffer.from(JSON.stringify(event)));
    await bench.bus.publish(
      topics.events,
      values.map((value, index) => ({ key: `wrong-${index}`, value })),
    );
    await bench.bus.publish(topics.events, [
      {
        key: null,
        value: Buffer.from(JSON.stringify([failedLogin(5), { not: 'an event' }, failedLogin(6)])),
      },
      { key: null, value: Buffer.from('no format of ours') },
    ]);
    await bench.settled();
    expect(await tally(bench.store)).toEqual({
      clean: 6,
      detected: 1,
      deadLettered: 2,
      duplicate: 0,
      forwarded: 6,
    });
    await pipeline.close();
  });

  it('makes contact with a listed address a threat whose attacker is the far end', async () => {
    const pipeline = await bench.startPipeline();
    const contact = failedLogin(0, {
      event_type: 'network_flow',
      source_ip: '10.0.0.5',
      destination_ip: '203.0.113.9',
    });
    await bench.intake('test', [asRecord(contact)]);
    await bench.settled();
    expect((await bench.store.threats({}, page)).items[0]).toMatchObject({
      attacker: '203.0.113.9',
      target: '10.0.0.5',
      technique: 'T1071',
    });
    await pipeline.close();
  });

  it('tries again while the ledger is away, and loses nothing', async () => {
    let failures = 3;
    const shaky: Store = {
      ...bench.store,
      commitOutcomes: async (batch) => {
        if (failures-- > 0) throw new VerticeError('VTC_STORE_UNAVAILABLE', 'away', { isRetryable: true });
        await bench.store.commitOutcomes(batch);
      },
    };
    const pipeline = await bench.startPipeline({ store: shaky });
    await bench.intake(
      'test',
      [0, 1, 2, 3, 4].map((second) => asRecord(failedLogin(second))),
    );
    await bench.settled();
    expect(await tally(bench.store)).toMatchObject({ clean: 4, detected: 1 });
    expect(pipeline.problem()).toBeNull();
    await pipeline.close();
  });

  it('writes nothing for a partition that another process has taken over', async () => {
    const pipeline = await bench.startPipeline();
    await bench.intake('test', [asRecord(failedLogin(0))]);
    await bench.settled();
    const [taken] = [...(await bench.store.progress(workbenchGroup, topics.events)).values()];
    if (taken === undefined) throw new Error('no progress');
    await bench.store.commitOutcomes({
      instance: 'rival',
      group: workbenchGroup,
      topic: topics.events,
      partition: taken.partition,
      expectedOffset: taken.nextOffset,
      progress: { ...taken, nextOffset: taken.nextOffset + 4 },
      events: [],
      detections: [],
      threats: [],
      deadLetters: [],
      outbox: [],
    });
    await bench.intake(
      'test',
      [1, 2, 3, 4].map((second) => asRecord(failedLogin(second))),
    );
    await pipeline.close();
    expect((await bench.store.detections({}, page)).items).toEqual([]);
    expect((await bench.store.progress(workbenchGroup, topics.events)).get(taken.partition)?.tally).toEqual(
      taken.tally,
    );
  });

  it('reports an error it cannot wait out, and stops', async () => {
    const broken: Store = {
      ...bench.store,
      commitOutcomes: async () => {
        throw new VerticeError('VTC_STORE_FAILED', 'the database is damaged');
      },
    };
    const failed = Promise.withResolvers<Error>();
    const pipeline = await bench.startPipeline({ store: broken, onFailed: failed.resolve });
    await bench.intake('test', [asRecord(failedLogin(0))]);
    expect((await failed.promise).message).toBe('the database is damaged');
    expect(pipeline.problem()).toBe('the database is damaged');
    await pipeline.close();
  });

  it('starts at the beginning of the log when the log is another one than the ledger knows', async () => {
    await bench.store.commitOutcomes({
      instance: 'test',
      group: workbenchGroup,
      topic: topics.events,
      partition: 0,
      expectedOffset: null,
      progress: {
        partition: 0,
        nextOffset: 5_000,
        replayFrom: 4_000,
        watermarkMs: 0,
        tally: { clean: 5_000, detected: 0, deadLettered: 0, duplicate: 0, forwarded: 0 },
      },
      events: [],
      detections: [],
      threats: [],
      deadLetters: [],
      outbox: [],
    });
    const records = Array.from({ length: 20 }, (_, index) =>
      asRecord(failedLogin(0, { source_ip: `192.0.2.${index}` })),
    );
    await bench.intake('test', records);
    const pipeline = await bench.startPipeline();
    await bench.settled();
    expect((await tally(bench.store)).clean).toBe(5_020);
    await pipeline.close();
  });
});
