import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { topics } from '../contracts/topics.ts';
import { createRecentEvents } from './recent-events.ts';
import { asRecord, failedLogin, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const sshLine = {
  value: Buffer.from('Jan  1 00:00:00 web-1 sshd[7]: Failed password for root from 192.0.2.9 port 22 ssh2'),
  position: 'test/line',
};

describe('the intake', () => {
  it('answers what each record turned out to be, when all are durable', async () => {
    const answers = await bench.intake('test', [
      asRecord(failedLogin(0)),
      sshLine,
      { value: Buffer.from(''), position: 'test/empty' },
    ]);
    expect(answers.map(([result]) => result?.kind)).toEqual(['event', 'event', 'rejected']);
    const ranges = [...(await bench.bus.ranges(topics.events)).values()];
    expect(ranges.reduce((sum, { begin, end }) => sum + end - begin, 0)).toBe(3);
  });

  it('reads in a format that is forced', async () => {
    const [answer] = await bench.intake('test', [asRecord(failedLogin(0))], 'gizmo');
    expect(answer?.[0]).toMatchObject({ kind: 'rejected', reason: 'unrecognised' });
  });

  it('puts all of one attacker on one partition, whatever the format', async () => {
    const attacker = '192.0.2.9';
    await bench.intake('test', [sshLine, asRecord(failedLogin(0, { source_ip: attacker }))]);
    const filled = [...(await bench.bus.ranges(topics.events)).values()].filter(({ end }) => end > 0);
    expect(filled).toHaveLength(1);
  });
});

describe('recent events', () => {
  it('are the newest on the bus, clean ones included, in the order of their time, filtered', async () => {
    const recent = createRecentEvents({ bus: bench.bus, read: bench.read, maxScanned: 100 });
    const events = Array.from({ length: 30 }, (_, index) =>
      failedLogin(index, { source_ip: `192.0.2.${index % 3}` }),
    );
    await bench.intake('test', [
      ...events.map(asRecord),
      sshLine,
      { value: Buffer.from('?'), position: 'x' },
    ]);
    expect((await recent({}, 5)).map((event) => event.timestamp)).toHaveLength(5);
    const own = await recent({ sourceIp: '192.0.2.1' }, 3);
    expect(own.map((event) => event.event_id)).toEqual(
      [events[28], events[25], events[22]].map((event) => event?.event_id),
    );
    expect(await recent({ source: 'nobody' }, 3)).toEqual([]);
    expect(await recent({ eventType: 'nothing' }, 3)).toEqual([]);
    expect(
      await recent({ since: '2026-01-01T00:00:29Z', source: 'sshd', sourceIp: '192.0.2.2' }, 3),
    ).toHaveLength(1);
  });
});
