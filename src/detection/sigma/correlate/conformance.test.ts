import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../../events/read.ts';
import { sigmaEventFromRecord, toSigmaEvent } from '../taxonomy/to-sigma-event.ts';
import { CorrelationConformance } from './conformance.ts';

const folder = new URL('../../../../../shared/data/detection/', import.meta.url);
const isThere = existsSync(new URL('correlations.json', folder));
if (!isThere) process.stderr.write('conformance.test.ts skips: ../shared/data/detection is not there\n');

const logon = { product: 'windows', service: ['security'] };

const small = {
  base_rules: [
    {
      name: 'failed',
      logsource: { product: 'windows', service: 'security' },
      detection: { sel: { EventID: 4625 }, condition: 'sel' },
    },
  ],
  correlation_rules: [
    {
      name: 'burst',
      correlation: {
        type: 'event_count',
        rules: ['failed'],
        'group-by': ['IpAddress'],
        timespan: '1m',
        condition: { gte: 2 },
      },
    },
  ],
  must_fire: [{ rule: 'burst', scn: 's', group: ['10.0.0.1'], first_fire_event: 'e2' }],
  silent: [{ rule: 'burst', scn: 's', group: ['10.0.0.2'] }],
};

function conformanceOf(
  rows: readonly (readonly [id: string, ip: string, timeMs: number])[],
): CorrelationConformance {
  const conformance = new CorrelationConformance(small, 'correlations.json');
  for (const [id, IpAddress, timeMs] of rows) {
    const record = { EventID: 4625, Channel: 'Security', IpAddress };
    const event = sigmaEventFromRecord('windows', record, logon);
    conformance.show({ id, scenario: 's', event, timeMs });
  }
  return conformance;
}

describe('conformance', () => {
  it('counts the groups that fire at the event expected, taking events in order of time', () => {
    const rows = [
      ['e2', '10.0.0.1', 2000],
      ['e1', '10.0.0.1', 1000],
      ['e3', '10.0.0.2', 1000],
    ] as const;
    expect(conformanceOf(rows).report()).toEqual({
      mustFired: 1,
      mustTotal: 1,
      silentFired: 0,
      silentTotal: 1,
      differences: [],
    });
  });

  it('tells of groups that fire elsewhere, not at all, or against expectation', () => {
    const late = conformanceOf([
      ['e1', '10.0.0.1', 1000],
      ['e9', '10.0.0.1', 2000],
      ['f1', '10.0.0.2', 1000],
      ['f2', '10.0.0.2', 1000],
    ]).report();
    expect(late.differences).toMatchObject([
      { difference: 'late', expectedEvent: 'e2', firedEvent: 'e9' },
      { difference: 'fired', expectedEvent: null, firedEvent: 'f2', group: ['10.0.0.2'] },
    ]);
    expect(late).toMatchObject({ mustFired: 0, silentFired: 1 });
    expect(conformanceOf([]).report().differences).toMatchObject([
      { difference: 'silent', firedEvent: null },
    ]);
  });

  it('refuses a file of another form, and rules that cannot be used', () => {
    expect(() => new CorrelationConformance({ rules: [] }, 'x.json')).toThrow(/x\.json/);
    const broken = { ...small, correlation_rules: [{ name: 'burst', correlation: { type: 'magic' } }] };
    expect(() => new CorrelationConformance(broken, 'x.json')).toThrow(/magic/);
  });

  const RowSchema = Compile(
    Type.Object({
      id: Type.String(),
      scn: Type.String(),
      raw: Type.Optional(Type.String()),
      event: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  );

  /** Lines without a year: the data's makers took it for 2015. */
  const receivedAtMs = Date.UTC(2015, 11, 31, 23, 59, 59);

  it.runIf(isThere)(
    'on the data set: every group fires at its event, no silent one does',
    { timeout: 180_000 },
    () => {
      const file: unknown = JSON.parse(readFileSync(new URL('correlations.json', folder), 'utf8'));
      const conformance = new CorrelationConformance(file, 'correlations.json');
      const read = createReader({ maxRecordBytes: 10_000_000 });
      const names = readdirSync(folder).filter(
        (name) => name.endsWith('.jsonl.gz') && !name.startsWith('expect-'),
      );
      for (const name of names) {
        const text = gunzipSync(readFileSync(new URL(name, folder))).toString('utf8');
        for (const line of text.split('\n')) {
          if (line === '') continue;
          const row: unknown = JSON.parse(line);
          if (!RowSchema.Check(row)) continue;
          const record = Buffer.from(row.raw ?? JSON.stringify(row.event));
          for (const result of read(record, { position: row.id, receivedAtMs })) {
            if (result.kind !== 'event') continue;
            const { event } = result;
            conformance.show({
              id: row.id,
              scenario: row.scn,
              event: toSigmaEvent(event),
              timeMs: Date.parse(event.timestamp),
            });
          }
        }
      }
      const report = conformance.report();
      expect(report.differences).toEqual([]);
      expect(report).toMatchObject({ mustFired: 117, mustTotal: 117, silentFired: 0, silentTotal: 276 });
    },
  );
});
