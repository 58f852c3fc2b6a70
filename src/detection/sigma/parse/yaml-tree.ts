import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  parseAllDocuments,
} from 'yaml';
import { messageOf } from '../../../errors.ts';
import { limits } from './limits.ts';
import { type ProblemLog, shown } from './problem.ts';
import { readPlainYaml } from './yaml-plain.ts';

/** YAML as rules need it: aliases followed, keys as text, every node with its place. Bounded. */
export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As it is written, without quotes: what a number means where text is wanted. */
  readonly text: string;
  /** Offset of `value` in the file when it stands there letter by letter; else null. */
  readonly textOffset: number | null;
  readonly offset: number;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly offset: number;
}

export interface YamlEntry {
  readonly key: string;
  readonly keyOffset: number;
  readonly value: YamlNode;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: readonly YamlEntry[];
  readonly offset: number;
}

/** The value under a key, or undefined. */
export function get(map: YamlMap, key: string): YamlNode | undefined {
  return entryOf(map, key)?.value;
}

export function entryOf(map: YamlMap, key: string): YamlEntry | undefined {
  return map.entries.find((entry) => entry.key === key);
}

/** What a node is, for messages. */
export function describeNode(node: YamlNode | undefined): string {
  if (node === undefined) return 'nothing';
  if (node.kind === 'map') return 'a mapping';
  if (node.kind === 'list') return 'a list';
  return node.value === null ? 'nothing' : shown(node.value);
}

/** A node as plain JavaScript, for what has a schema of its own. */
export function toPlain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, toPlain(value)]));
}

/**
 * The documents of a YAML file; empty ones are left out. What is not YAML is logged and left out, and so is
 * what exceeds a bound.
 */
export function readYaml(text: string, log: ProblemLog): readonly YamlNode[] {
  if (text.length > limits.fileChars) {
    log.error(0, `expected at most ${limits.fileChars} characters in one file, got ${text.length}`);
    return [];
  }
  const plain = readPlainYaml(text);
  return plain === null ? readAnyYaml(text, log) : [plain];
}

/** The same by the YAML library, which knows all of YAML. */
export function readAnyYaml(text: string, log: ProblemLog): readonly YamlNode[] {
  let documents: readonly Document.Parsed[];
  try {
    // Duplicate keys are found below, in linear time.
    const parsed = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
    documents = 'empty' in parsed ? [] : parsed;
  } catch (error) {
    // A stack overflow on thousands of nested collections.
    log.error(0, `expected YAML, got what cannot be parsed (${messageOf(error)})`);
    return [];
  }
  if (documents.length > limits.documents) {
    log.error(0, `expected at most ${limits.documents} documents in one file, got ${documents.length}`);
    return [];
  }
  const nodes: YamlNode[] = [];
  for (const document of documents) {
    const [fault] = document.errors;
    if (fault !== undefined) {
      log.error(fault.pos[0], `expected YAML: ${firstLine(fault.message)}`);
      continue;
    }
    const node = new TreeBuilder(document, log).build();
    if (node !== null && !(node.kind === 'scalar' && node.value === null)) nodes.push(node);
  }
  return nodes;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

/** One document's nodes; null as soon as something cannot be taken, which is then in the log. */
class TreeBuilder {
  readonly #document: Document.Parsed;
  readonly #log: ProblemLog;
  /** The nodes that aliases may stand for: of each name the last one before the alias. */
  readonly #anchors = new Map<string, unknown>();
  #left: number = limits.nodes;
  #aliases = 0;

  constructor(document: Document.Parsed, log: ProblemLog) {
    this.#document = document;
    this.#log = log;
  }

  build(): YamlNode | null {
    const { contents, range } = this.#document;
    return contents === null ? null : this.#node(contents, range[0], 0);
  }

  #node(node: unknown, around: number, depth: number): YamlNode | null {
    const offset = offsetOf(node, around);
    this.#left -= 1;
    if (this.#left < 0) {
      if (this.#left > -2) this.#log.error(offset, `expected at most ${limits.nodes} nodes in one document`);
      return null;
    }
    if (depth > limits.depth) {
      return this.#log.error(offset, `expected collections at most ${limits.depth} deep`);
    }
    if (isAlias(node)) return this.#alias(node.source, offset, depth);
    // What is read through an alias was seen before: it must not pass for newer than what came since.
    if (this.#aliases === 0 && (isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
    }
    if (isScalar(node)) return scalarOf(node.value, node.source, node.type, offset);
    if (isSeq(node)) {
      const items: YamlNode[] = [];
      for (const item of node.items) {
        const built = this.#node(isPair(item) ? null : item, offset, depth + 1);
        if (built === null) return null;
        items.push(built);
      }
      return { kind: 'list', items, offset };
    }
    if (isMap(node)) return this.#map(node.items, offset, depth);
    return { kind: 'scalar', value: null, text: '', textOffset: null, offset };
  }

  #alias(name: string, offset: number, depth: number): YamlNode | null {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      return this.#log.error(offset, `expected an anchor "&${name}" before the alias "*${name}"`);
    }
    this.#aliases += 1;
    const node = this.#node(target, offset, depth + 1);
    this.#aliases -= 1;
    return node;
  }

  #map(
    pairs: readonly { readonly key: unknown; readonly value?: unknown }[],
    offset: number,
    depth: number,
  ): YamlMap | null {
    const entries = new Map<string, YamlEntry>();
    const merged: YamlEntry[] = [];
    for (const pair of pairs) {
      const keyOffset = offsetOf(pair.key, offset);
      const key = isScalar(pair.key) ? keyText(pair.key.value, pair.key.source) : null;
      if (key === null) return this.#log.error(keyOffset, 'expected plain text as a key, got a collection');
      const value = this.#node(pair.value, keyOffset, depth + 1);
      if (value === null) return null;
      if (key === '<<' && value.kind !== 'scalar') merged.push(...mergedEntries(value));
      else if (entries.has(key)) {
        return this.#log.error(keyOffset, `expected each key once in a mapping, got ${shown(key)} again`);
      } else entries.set(key, { key, keyOffset, value });
    }
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return { kind: 'map', entries: [...entries.values()], offset };
  }
}

/** What `<<` adds: the entries of a mapping, or of several. */
function mergedEntries(value: YamlMap | YamlList): readonly YamlEntry[] {
  const maps = value.kind === 'map' ? [value] : value.items;
  return maps.flatMap((map) => (map.kind === 'map' ? map.entries : []));
}

function keyText(value: unknown, source: string | undefined): string | null {
  if (typeof value === 'string') return value;
  return value === null || typeof value === 'object' ? (source ?? '') : (source ?? String(value));
}

function scalarOf(
  value: unknown,
  source: string | undefined,
  type: string | null | undefined,
  offset: number,
): YamlScalar {
  const isPlain = type === 'PLAIN' || type === undefined || type === null;
  if (typeof value === 'string') {
    const isVerbatim = source === value && (isPlain || type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE');
    const textOffset = isVerbatim ? offset + (isPlain ? 0 : 1) : null;
    return { kind: 'scalar', value, text: value, textOffset, offset };
  }
  const text = source ?? String(value ?? '');
  if (typeof value === 'number' || typeof value === 'boolean') {
    // An integer that a double cannot hold is kept as the text it is.
    const isExact = typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value);
    return { kind: 'scalar', value: isExact ? value : text, text, textOffset: null, offset };
  }
  return { kind: 'scalar', value: null, text, textOffset: null, offset };
}

function offsetOf(node: unknown, around: number): number {
  if (typeof node !== 'object' || node === null || !('range' in node)) return around;
  const { range } = node;
  if (!Array.isArray(range)) return around;
  const [start]: readonly unknown[] = range;
  return typeof start === 'number' ? start : around;
}
