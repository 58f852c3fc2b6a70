import {
  type CorrelationRule,
  type CorrelationType,
  type CorrelationWindow,
  correlationTypes,
} from '../rule.ts';
import type { ConditionTree } from './condition.ts';
import { readMeasure, readNames, readTemporal } from './correlation-condition.ts';
import { readHeader } from './header.ts';
import { limits } from './limits.ts';
import type { ReadOptions } from './options.ts';
import { type ProblemLog, shown } from './problem.ts';
import { parseTimespan } from './timespan.ts';
import { describeNode, entryOf, get, type YamlMap, type YamlNode } from './yaml-tree.ts';

/** A correlation as its file has it: references are not resolved yet, `ruleId` is the reference as written. */
export interface ReadCorrelation {
  readonly rule: CorrelationRule;
  /** Lines of `rules`, in their order, and of the aliases' rules. */
  readonly referenceLines: ReadonlyMap<string, number>;
}

const knownKeys = new Set([
  'type',
  'rules',
  'group-by',
  'timespan',
  'timeframe',
  'window',
  'gap',
  'condition',
  'aliases',
  'generate',
]);

/** pySigma's names for the types with a condition over rules; the condition alone says as much. */
const otherTypeNames = new Map<string, CorrelationType>([
  ['temporal_extended', 'temporal'],
  ['temporal_ordered_extended', 'temporal_ordered'],
]);

/** A rule on the hits of other rules; null when it cannot be used, which is then in the log. */
export function readCorrelation(map: YamlMap, log: ProblemLog, options: ReadOptions): ReadCorrelation | null {
  const before = log.errors;
  const header = readHeader(map, log, options);
  const entry = entryOf(map, 'correlation');
  if (entry === undefined || entry.value.kind !== 'map') {
    return log.error(
      entry?.value.offset ?? map.offset,
      `expected a mapping as "correlation", got ${describeNode(entry?.value)}`,
    );
  }
  const body = entry.value;
  for (const { key, keyOffset } of body.entries) {
    if (!knownKeys.has(key)) {
      log.warn(keyOffset, `expected one of ${[...knownKeys].join(', ')} in "correlation", got ${shown(key)}`);
    }
  }
  const type = readType(body, log);
  const window = readWindow(map, body, log);
  const aliases = readAliases(body, log);
  const groupBy = readNames(body, 'group-by', log);
  const measure = type === null ? null : readMeasure(type, body, log);
  const listed = readReferences(body, log);
  if (
    type === null ||
    window === null ||
    measure === null ||
    aliases === null ||
    groupBy === null ||
    listed === null ||
    log.errors > before
  ) {
    return null;
  }
  const references = listed.length > 0 ? listed : referencesOf(measure.tree, get(body, 'condition'));
  if (references.length === 0) {
    return log.error(body.offset, 'expected "rules": the ids or names of at least one rule, got none');
  }
  const names = references.map(({ text }) => text);
  const temporal = readTemporal(measure.tree, names, get(body, 'condition'), log);
  if (temporal === undefined) return null;
  const lines = new Map(references.map(({ text, offset }) => [text, log.place(offset).line]));
  for (const { references: fields } of aliases.values()) {
    for (const { text, offset } of fields) if (!lines.has(text)) lines.set(text, log.place(offset).line);
  }
  const rule: CorrelationRule = {
    kind: 'correlation',
    ...header,
    type,
    rules: names.map((reference) => ({ reference, ruleId: reference })),
    groupBy,
    aliases: new Map([...aliases].map(([alias, { fields }]) => [alias, fields])),
    window,
    bounds: measure.bounds,
    valueFields: measure.valueFields,
    percentile: measure.percentile,
    temporal,
    generate: readGenerate(map, body, log),
  };
  return log.errors > before ? null : { rule, referenceLines: lines };
}

function readType(body: YamlMap, log: ProblemLog): CorrelationType | null {
  const node = get(body, 'type');
  const text = node?.kind === 'scalar' ? node.text : '';
  const type = correlationTypes.find((known) => known === text) ?? otherTypeNames.get(text);
  if (type !== undefined) return type;
  return log.error(
    node?.offset ?? body.offset,
    `expected a correlation type (${correlationTypes.join(', ')}), got ${describeNode(node)}`,
  );
}

interface Reference {
  readonly text: string;
  readonly offset: number;
}

function readReferences(body: YamlMap, log: ProblemLog): readonly Reference[] | null {
  const node = get(body, 'rules');
  if (node === undefined) return [];
  const references: Reference[] = [];
  for (const item of node.kind === 'list' ? node.items : [node]) {
    if (item.kind !== 'scalar' || item.value === null) {
      return log.error(item.offset, `expected the id or name of a rule, got ${describeNode(item)}`);
    }
    if (references.some(({ text }) => text === item.text)) {
      return log.error(item.offset, `expected each rule once, got ${shown(item.text)} again`);
    }
    references.push({ text: item.text, offset: item.offset });
  }
  if (references.length > limits.correlatedRules) {
    return log.error(
      node.offset,
      `expected at most ${limits.correlatedRules} rules, got ${references.length}`,
    );
  }
  return references;
}

/** The names of an extended condition, in its order, for a rule that lists none. */
function referencesOf(tree: ConditionTree | null, node: YamlNode | undefined): readonly Reference[] {
  if (tree === null) return [];
  const names = new Set<string>();
  const collect = (part: ConditionTree): void => {
    if (part.kind === 'and' || part.kind === 'or') part.terms.forEach(collect);
    else if (part.kind === 'not') collect(part.term);
    else if (part.kind === 'name') names.add(part.name);
  };
  collect(tree);
  return [...names].map((text) => ({ text, offset: node?.offset ?? 0 }));
}

/**
 * `timespan`, and what kind of window it is: `window: sliding` (the default), `tumbling` or `session`; a session
 * has a `gap`. The same keys as RSigma, which also takes them as `rsigma.window` and `rsigma.gap` beside
 * `correlation`.
 */
function readWindow(map: YamlMap, body: YamlMap, log: ProblemLog): CorrelationWindow | null {
  const lengthMs = readTimespan(
    get(body, 'timespan') ?? get(body, 'timeframe'),
    'timespan',
    body.offset,
    log,
  );
  const kindNode = get(map, 'rsigma.window') ?? get(body, 'window');
  const gapNode = get(map, 'rsigma.gap') ?? get(body, 'gap');
  const kindText = kindNode === undefined ? 'sliding' : kindNode.kind === 'scalar' ? kindNode.text : '';
  const kind = windowKinds.find((known) => known === kindText);
  if (kind === undefined) {
    const offset = kindNode?.offset ?? body.offset;
    return log.error(offset, `expected a window (${windowKinds.join(', ')}), got ${describeNode(kindNode)}`);
  }
  if (kind !== 'session') {
    if (gapNode !== undefined) log.error(gapNode.offset, `expected "gap" with "window: session" only`);
    return lengthMs === null ? null : { kind, lengthMs, gapMs: null };
  }
  const gapMs = readTimespan(gapNode, 'gap', kindNode?.offset ?? body.offset, log);
  if (lengthMs === null || gapMs === null) return null;
  if (gapMs > lengthMs) {
    return log.error(gapNode?.offset ?? body.offset, 'expected a "gap" that is not longer than "timespan"');
  }
  return { kind, lengthMs, gapMs };
}

const windowKinds = ['sliding', 'tumbling', 'session'] as const;

function readTimespan(
  node: YamlNode | undefined,
  key: string,
  around: number,
  log: ProblemLog,
): number | null {
  const ms = node?.kind === 'scalar' ? parseTimespan(node.text) : null;
  if (ms === null) {
    return log.error(
      node?.offset ?? around,
      `expected "${key}" as a number and s, m, h, d, w, M or y (such as 5m), got ${describeNode(node)}`,
    );
  }
  if (ms > limits.timespanMs) {
    return log.error(node?.offset ?? around, `expected "${key}" of at most 366d, got ${describeNode(node)}`);
  }
  return ms;
}

function readAliases(
  body: YamlMap,
  log: ProblemLog,
): ReadonlyMap<string, { fields: ReadonlyMap<string, string>; references: readonly Reference[] }> | null {
  const aliases = new Map<
    string,
    { fields: ReadonlyMap<string, string>; references: readonly Reference[] }
  >();
  const node = get(body, 'aliases');
  if (node === undefined) return aliases;
  if (node.kind !== 'map') {
    return log.error(node.offset, `expected "aliases" as a mapping of aliases, got ${describeNode(node)}`);
  }
  for (const { key: alias, value } of node.entries) {
    if (value.kind !== 'map') {
      return log.error(
        value.offset,
        `expected a mapping of rules to fields for ${shown(alias)}, got ${describeNode(value)}`,
      );
    }
    const fields = new Map<string, string>();
    const references: Reference[] = [];
    for (const { key: reference, keyOffset, value: field } of value.entries) {
      if (field.kind !== 'scalar' || field.value === null) {
        return log.error(field.offset, `expected the name of a field, got ${describeNode(field)}`);
      }
      fields.set(reference, field.text);
      references.push({ text: reference, offset: keyOffset });
    }
    aliases.set(alias, { fields, references });
  }
  return aliases;
}

function readGenerate(map: YamlMap, body: YamlMap, log: ProblemLog): boolean {
  const node = get(map, 'generate') ?? get(body, 'generate');
  if (node === undefined) return false;
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value;
  log.error(node.offset, `expected "generate" as true or false, got ${describeNode(node)}`);
  return false;
}
