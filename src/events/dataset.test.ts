import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { type EventContext, SecurityEventSchema } from '../contracts/security-event.ts';
import { createReader } from './read.ts';

const folder = new URL('../../../shared/data/detection/', import.meta.url);
const isThere = existsSync(folder);
if (!isThere) process.stderr.write('dataset.test.ts skips: ../shared/data/detection is not there\n');

const LineSchema = Type.Object({
  fmt: Type.String(),
  raw: Type.Optional(Type.String()),
  event: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  ls: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        product: Type.Optional(Type.String()),
        category: Type.Optional(Type.Array(Type.String())),
        service: Type.Optional(Type.Array(Type.String())),
      }),
    ]),
  ),
});
type Line = Static<typeof LineSchema>;
const line = Compile(LineSchema);
const securityEvent = Compile(SecurityEventSchema);

/** One file has 250,000 records: a sample keeps the test short. */
const everyNth: Readonly<Record<string, number>> = { 'otrf-windows.jsonl.gz': 50 };

const formatOf: Readonly<Record<string, string>> = {
  'suricata-eve': 'suricata',
  'zeek-json': 'zeek',
  'winevt-json': 'windows',
  'winevt-flat': 'windows',
  winlogbeat6: 'windows',
  'sysmon-linux': 'windows',
  cloudtrail: 'cloudtrail',
  'cloudtrail-jsonl': 'cloudtrail',
  'auditd-enriched': 'auditd',
  'apache-access': 'web-access',
  'syslog-ssh': 'syslog',
  'gcp-logging': 'generic-json',
  'azure-activity': 'generic-json',
  'm365-audit': 'generic-json',
  'line:syslog': 'syslog',
  'line:auditd': 'auditd',
  'line:apache2': 'web-access',
  'line:aws-cloudtrail': 'cloudtrail',
  'line:gitea': 'text-log',
  'line:postgres': 'text-log',
  'line:proftpd': 'text-log',
  'line:vsftpd': 'text-log',
  'line:keycloak': 'text-log',
};

function linesOf(file: string): Line[] {
  const nth = everyNth[file] ?? 1;
  const lines: Line[] = [];
  const texts = gunzipSync(readFileSync(new URL(file, folder)))
    .toString('utf8')
    .split('\n');
  for (let i = 0; i < texts.length; i += nth) {
    const text = texts[i];
    if (text === undefined || text === '') continue;
    const parsed: unknown = JSON.parse(text);
    if (!line.Check(parsed)) throw new Error(`${file}:${i + 1} is not a line of this data set`);
    lines.push(parsed);
  }
  return lines;
}

function logsourceOf(logsource: Line['ls'] | EventContext['logsource']): string {
  const { product, category = [], service = [] } = logsource ?? {};
  return JSON.stringify([product, category.toSorted(), service.toSorted()]);
}

/** What became of the lines: for each input format, how many ended how. */
interface Tally {
  readonly outcomes: Map<string, Map<string, number>>;
  readonly invalid: string[];
  readonly wrongLogsources: Map<string, number>;
  lines: number;
}

function tally(files: readonly string[]): Tally {
  const read = createReader({ maxRecordBytes: 4_194_304 });
  const counted: Tally = { outcomes: new Map(), invalid: [], wrongLogsources: new Map(), lines: 0 };
  for (const file of files) {
    for (const [index, { fmt, raw, event, ls }] of linesOf(file).entries()) {
      counted.lines += 1;
      const record = Buffer.from(raw ?? JSON.stringify(event));
      const position = `${file}:${index}`;
      const [result] = read(record, { position, receivedAtMs: 1_777_000_000_000 });
      const outcome = result?.kind === 'event' ? result.format : (result?.reason ?? 'nothing');
      const outcomes = counted.outcomes.get(fmt) ?? new Map<string, number>();
      counted.outcomes.set(fmt, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
      if (result?.kind !== 'event') continue;
      if (!securityEvent.Check(result.event)) counted.invalid.push(position);
      if (ls == null || fmt.startsWith('panther:')) continue;
      const got = logsourceOf(result.event.context.logsource);
      const difference = `${fmt}: expected ${logsourceOf(ls)}, got ${got}`;
      if (got !== logsourceOf(ls)) {
        counted.wrongLogsources.set(difference, (counted.wrongLogsources.get(difference) ?? 0) + 1);
      }
    }
  }
  return counted;
}

describe.skipIf(!isThere)('records of real sensors', () => {
  const files = isThere
    ? readdirSync(folder).filter((file) => file.endsWith('.jsonl.gz') && !file.startsWith('expect-'))
    : [];

  it('are recognised by their own format, valid, and mapped to their Sigma logsource', {
    timeout: 120_000,
  }, () => {
    const { outcomes, invalid, wrongLogsources, lines } = tally(files);
    expect(lines).toBeGreaterThan(30_000);
    expect(invalid).toEqual([]);
    expect(Object.fromEntries(wrongLogsources)).toEqual({});
    for (const [fmt, format] of Object.entries(formatOf)) {
      expect({ fmt, outcomes: [...(outcomes.get(fmt)?.keys() ?? [])] }).toEqual({ fmt, outcomes: [format] });
    }
    const trails = outcomes.get('panther:AWS.CloudTrail');
    // The other six are fragments without the name of a call.
    expect(trails?.get('cloudtrail')).toBe(210);
    const reasons = new Set([...outcomes.values()].flatMap((ends) => [...ends.keys()]));
    for (const reason of [
      'nothing',
      'not_json',
      'invalid_record',
      'invalid_envelope',
      'not_an_object',
      'native',
    ]) {
      expect(reasons).not.toContain(reason);
    }
  });
});
