import { type RuleHeader, type SigmaLevel, sigmaLevels } from '../rule.ts';
import type { ReadOptions } from './options.ts';
import { type ProblemLog, shown } from './problem.ts';
import { describeNode, entryOf, get, type YamlMap } from './yaml-tree.ts';

export const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;

/** How the ids of rules are spelled. */
export const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A level for rules that name none. */
const defaultLevel: SigmaLevel = 'medium';

/**
 * What all kinds of rules say about themselves. Only what a rule does matters to the engine: a fault here is a
 * warning, and the rule is used.
 */
export function readHeader(map: YamlMap, log: ProblemLog, options: ReadOptions): RuleHeader {
  const { line } = log.place(map.offset);
  const name = textOf(map, 'name', log);
  const id = readId(map, name, log);
  const title = textOf(map, 'title', log);
  if (title === null) log.warn(map.offset, 'expected a "title", got none');
  const tags = textsOf(map, 'tags', log);
  return {
    id: id ?? name ?? `${log.file}:${line}`,
    name,
    title: title ?? name ?? id ?? `${log.file}:${line}`,
    description: textOf(map, 'description', log),
    status: readStatus(map, log),
    level: readLevel(map, log),
    author: authorOf(map, log),
    references: textsOf(map, 'references', log),
    license: textOf(map, 'license', log),
    tags,
    techniques: techniquesOf(tags, map, log, options),
    fields: textsOf(map, 'fields', log),
    falsePositives: textsOf(map, 'falsepositives', log),
    origin: { file: log.file, line },
  };
}

function readId(map: YamlMap, name: string | null, log: ProblemLog): string | null {
  const id = textOf(map, 'id', log);
  const offset = get(map, 'id')?.offset ?? map.offset;
  if (id === null) {
    // A rule that only serves a correlation is found by its name.
    if (name === null) log.warn(offset, 'expected an "id" (a UUID) or a "name", got neither');
    return null;
  }
  if (!uuidPattern.test(id)) log.warn(offset, `expected a UUID as "id", got ${shown(id)}`);
  return uuidPattern.test(id) ? id.toLowerCase() : id;
}

function readStatus(map: YamlMap, log: ProblemLog): string | null {
  const status = textOf(map, 'status', log);
  if (status === null || statuses.some((known) => known === status)) return status;
  log.warn(
    get(map, 'status')?.offset ?? map.offset,
    `expected a status (${statuses.join(', ')}), got ${shown(status)}`,
  );
  return null;
}

function readLevel(map: YamlMap, log: ProblemLog): SigmaLevel {
  const given = textOf(map, 'level', log);
  if (given === null) return defaultLevel;
  const level = sigmaLevels.find((known) => known === given.toLowerCase());
  if (level !== undefined) return level;
  const offset = get(map, 'level')?.offset ?? map.offset;
  log.warn(
    offset,
    `expected a level (${sigmaLevels.join(', ')}), got ${shown(given)}; taken as ${defaultLevel}`,
  );
  return defaultLevel;
}

/** One text; some rules give their authors as a list. */
function authorOf(map: YamlMap, log: ProblemLog): string | null {
  return get(map, 'author')?.kind === 'list'
    ? textsOf(map, 'author', log).join(', ') || null
    : textOf(map, 'author', log);
}

function techniquesOf(
  tags: readonly string[],
  map: YamlMap,
  log: ProblemLog,
  options: ReadOptions,
): readonly string[] {
  const techniques = new Set<string>();
  for (const [index, tag] of tags.entries()) {
    const technique = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1]?.toUpperCase();
    if (technique === undefined) continue;
    techniques.add(technique);
    if (options.isKnownTechnique?.(technique) === false) {
      log.warn(itemOffset(map, 'tags', index), `expected an ATT&CK technique, got ${shown(tag)}`);
    }
  }
  return [...techniques];
}

function itemOffset(map: YamlMap, key: string, index: number): number {
  const node = get(map, key);
  const item = node?.kind === 'list' ? node.items[index] : node;
  return item?.offset ?? map.offset;
}

/** A text under a key; null when there is none. Anything but text is a warning. */
export function textOf(map: YamlMap, key: string, log: ProblemLog): string | null {
  const entry = entryOf(map, key);
  if (entry === undefined) return null;
  const { value, keyOffset } = entry;
  if (value.kind !== 'scalar') {
    log.warn(keyOffset, `expected text for "${key}", got ${describeNode(value)}`);
    return null;
  }
  const text = value.value === null ? '' : value.text.trim();
  return text === '' ? null : text;
}

/** Texts under a key: a list, or one alone. */
export function textsOf(map: YamlMap, key: string, log: ProblemLog): readonly string[] {
  const node = get(map, key);
  if (node === undefined) return [];
  const texts: string[] = [];
  for (const item of node.kind === 'list' ? node.items : [node]) {
    if (item.kind !== 'scalar') {
      log.warn(item.offset, `expected a list of texts for "${key}", got ${describeNode(item)}`);
    } else if (item.value !== null) texts.push(item.text);
  }
  return texts;
}
