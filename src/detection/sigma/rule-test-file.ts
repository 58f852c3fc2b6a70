import type { SecurityEvent } from '../../contracts/security-event.ts';
import { ProblemLog, type RuleProblem, shown } from './parse/problem.ts';
import { parseTimespan } from './parse/timespan.ts';
import { describeNode, get, readYaml, toPlain, type YamlMap, type YamlNode } from './parse/yaml-tree.ts';

/*
 * Tests of a rule stand beside it: `name.test.yml` for `name.yml`.
 *
 *   rule: <id or name>          # only when name.yml holds several rules that no other refers to
 *   match:                      # each case must make the rule match
 *     - name: what it shows     # optional
 *       event: { … }            # a sensor's record or a SecurityEvent, as an object …
 *     - raw: 'Jan  1 00:00:01 web sshd[7]: …'    # … or as text, exactly as the sensor writes it
 *       format: syslog          # optional: the format, where recognising it is not part of the test
 *   no_match:                   # no case may make the rule match
 *     - event: { … }
 *
 * A case of a correlation has events in order instead of one event. All rules of the folder see them, so that
 * the rules it refers to are found in any file:
 *
 *   match:
 *     - name: five failures and a success
 *       events:
 *         - { at: 0s, repeat: 5, every: 10s, event: { … } }   # five of them, ten seconds apart
 *         - { at: 60s, raw: '…' }                             # at: from the beginning, or RFC 3339
 *       group: { IpAddress: 192.0.2.7 }   # optional: values of group-by, of those named here
 *       completed_by: 6                   # optional: the event (from 1) that makes it fire first
 *
 * Without `at` an event has the time it carries itself. A case of a correlation may also have one `event`.
 */

export interface TestEvent {
  /** The record as a sensor would send it. */
  readonly record: string;
  /** Format to use instead of recognising one. */
  readonly format: string | null;
  /** From the beginning of the case, or since the epoch; milliseconds. Null: as the event says. */
  readonly at: { readonly offsetMs: number } | { readonly timeMs: number } | null;
  readonly line: number;
}

export interface TestCase {
  readonly name: string;
  readonly expects: 'match' | 'no match';
  readonly events: readonly TestEvent[];
  readonly group: ReadonlyMap<string, string>;
  readonly completedBy: number | null;
  readonly line: number;
}

export interface TestFile {
  /** Id or name of the rule under test; null: the one of the rule file. */
  readonly rule: string | null;
  readonly cases: readonly TestCase[];
  readonly problems: readonly RuleProblem[];
}

/** Events of one case, `repeat` counted. */
const mostEvents = 100_000;

/** Reads a test file. Never throws: what cannot be used is a problem. */
export function readTestFile(text: string, file: string): TestFile {
  const log = new ProblemLog(file, text);
  const [document, ...more] = readYaml(text, log);
  const cases: TestCase[] = [];
  let rule: string | null = null;
  if (more.length > 0) log.error(more[0]?.offset ?? 0, 'expected one document of tests, got several');
  if (document === undefined || document.kind !== 'map') {
    if (log.errors === 0) log.error(0, `expected "match" and "no_match", got ${describeNode(document)}`);
    return { rule, cases, problems: log.problems };
  }
  for (const { key, keyOffset, value } of document.entries) {
    if (key === 'rule' && value.kind === 'scalar') rule = value.text;
    else if (key === 'match' || key === 'no_match') {
      const expects = key === 'match' ? 'match' : 'no match';
      if (value.kind !== 'list')
        log.error(value.offset, `expected a list of cases, got ${describeNode(value)}`);
      else for (const item of value.items) readCase(item, expects, cases, log);
    } else log.error(keyOffset, `expected "rule", "match" or "no_match", got ${shown(key)}`);
  }
  return { rule, cases, problems: log.problems };
}

const caseKeys = new Set([
  'name',
  'event',
  'raw',
  'format',
  'at',
  'repeat',
  'every',
  'events',
  'group',
  'completed_by',
]);

function readCase(node: YamlNode, expects: TestCase['expects'], cases: TestCase[], log: ProblemLog): void {
  if (node.kind !== 'map') {
    log.error(node.offset, `expected a case with "event", "raw" or "events", got ${describeNode(node)}`);
    return;
  }
  checkKeys(node, caseKeys, log);
  const list = get(node, 'events');
  const events: TestEvent[] = [];
  if (list === undefined) readEvent(node, events, log);
  else if (list.kind !== 'list')
    log.error(list.offset, `expected a list of events, got ${describeNode(list)}`);
  else {
    for (const item of list.items) {
      if (item.kind !== 'map') log.error(item.offset, `expected an event, got ${describeNode(item)}`);
      else {
        checkKeys(item, eventKeys, log);
        readEvent(item, events, log);
      }
    }
  }
  const { line } = log.place(node.offset);
  const name = scalarText(node, 'name') ?? `${expects} at line ${line}`;
  const completed = get(node, 'completed_by');
  const completedBy =
    completed?.kind === 'scalar' && typeof completed.value === 'number' ? completed.value : null;
  if (completed !== undefined && completedBy === null) {
    log.error(completed.offset, `expected the number of an event, got ${describeNode(completed)}`);
  }
  cases.push({ name, expects, events, group: readGroup(node, log), completedBy, line });
}

const eventKeys = new Set(['event', 'raw', 'format', 'at', 'repeat', 'every']);

function checkKeys(map: YamlMap, known: ReadonlySet<string>, log: ProblemLog): void {
  for (const { key, keyOffset } of map.entries) {
    if (!known.has(key)) log.error(keyOffset, `expected one of ${[...known].join(', ')}, got ${shown(key)}`);
  }
}

function readGroup(node: YamlMap, log: ProblemLog): ReadonlyMap<string, string> {
  const group = new Map<string, string>();
  const map = get(node, 'group');
  if (map === undefined) return group;
  if (map.kind !== 'map') {
    log.error(map.offset, `expected a mapping of fields to values, got ${describeNode(map)}`);
    return group;
  }
  for (const { key, value } of map.entries) if (value.kind === 'scalar') group.set(key, value.text);
  return group;
}

function readEvent(map: YamlMap, events: TestEvent[], log: ProblemLog): void {
  const event = get(map, 'event');
  const raw = get(map, 'raw');
  const { line } = log.place(map.offset);
  if ((event === undefined) === (raw === undefined)) {
    log.error(map.offset, 'expected either "event" (an object) or "raw" (text), got both or neither');
    return;
  }
  if (event !== undefined && event.kind !== 'map') {
    log.error(event.offset, `expected an object as "event", got ${describeNode(event)}`);
    return;
  }
  if (raw !== undefined && (raw.kind !== 'scalar' || raw.value === null)) {
    log.error(raw.offset, `expected text as "raw", got ${describeNode(raw)}`);
    return;
  }
  const record =
    event === undefined ? (raw?.kind === 'scalar' ? raw.text : '') : JSON.stringify(toPlain(event));
  const at = readAt(map, log);
  const repeat = countOf(get(map, 'repeat'), log);
  const everyMs = parseTimespan(scalarText(map, 'every') ?? '') ?? 0;
  if (get(map, 'every') !== undefined && everyMs === 0) {
    log.error(get(map, 'every')?.offset ?? map.offset, 'expected "every" as a time such as 10s');
  }
  if (events.length + repeat > mostEvents) {
    log.error(map.offset, `expected at most ${mostEvents} events in a case`);
    return;
  }
  const format = scalarText(map, 'format');
  for (let count = 0; count < repeat; count += 1) {
    events.push({ record, format, line, at: later(at, count * everyMs) });
  }
}

function later(at: TestEvent['at'], ms: number): TestEvent['at'] {
  if (at === null) return null;
  return 'timeMs' in at ? { timeMs: at.timeMs + ms } : { offsetMs: at.offsetMs + ms };
}

function readAt(map: YamlMap, log: ProblemLog): TestEvent['at'] {
  const node = get(map, 'at');
  if (node === undefined) return null;
  const text = node.kind === 'scalar' ? node.text : '';
  const offsetMs = /^\s*0+\s*[smhdw]?\s*$/.test(text) ? 0 : parseTimespan(text);
  if (offsetMs !== null) return { offsetMs };
  const timeMs = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(timeMs)) return { timeMs };
  log.error(
    node.offset,
    `expected "at" as a time from the beginning (30s) or RFC 3339, got ${describeNode(node)}`,
  );
  return null;
}

function countOf(node: YamlNode | undefined, log: ProblemLog): number {
  if (node === undefined) return 1;
  const count = node.kind === 'scalar' ? node.value : null;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= mostEvents) return count;
  log.error(node.offset, `expected "repeat" from 1 to ${mostEvents}, got ${describeNode(node)}`);
  return 1;
}

function scalarText(map: YamlMap, key: string): string | null {
  const node = get(map, key);
  return node?.kind === 'scalar' && node.value !== null ? node.text : null;
}

/** When an event of a case happens, milliseconds since the epoch. */
export function timeOf(event: SecurityEvent, at: TestEvent['at'], startMs: number): number {
  if (at === null) return Date.parse(event.timestamp);
  return 'timeMs' in at ? at.timeMs : startMs + at.offsetMs;
}
