import type { ProblemLog } from './problem.ts';
import { describeNode, get, type YamlEntry, type YamlMap, type YamlNode } from './yaml-tree.ts';

/**
 * The documents of one file as rules of their own: `action: global` adds to all that follow, `reset` ends that,
 * `repeat` is the document before with changes. From the first version of Sigma; current files have none.
 */
export function applyActions(documents: readonly YamlNode[], log: ProblemLog): readonly YamlNode[] {
  const collection = new Collection(log);
  return documents.flatMap((document): readonly YamlNode[] =>
    document.kind === 'map' ? collection.take(document) : [document],
  );
}

class Collection {
  readonly #log: ProblemLog;
  #global: YamlMap | null = null;
  #previous: YamlMap | null = null;

  constructor(log: ProblemLog) {
    this.#log = log;
  }

  /** The document as a rule of its own, when it is one. */
  take(document: YamlMap): readonly YamlMap[] {
    const node = get(document, 'action');
    if (node === undefined) return this.#rule(document);
    const own = without(document, 'action');
    switch (node.kind === 'scalar' ? node.text : null) {
      case 'global':
        this.#global = this.#global === null ? own : merge(this.#global, own);
        return [];
      case 'reset':
        this.#global = null;
        return [];
      case 'repeat':
        if (this.#previous !== null) return this.#rule(merge(this.#previous, own));
        this.#log.error(node.offset, 'expected a document before "action: repeat", got none');
        return [];
      default:
        this.#log.error(node.offset, `expected action global, reset or repeat, got ${describeNode(node)}`);
        return [];
    }
  }

  #rule(whole: YamlMap): readonly YamlMap[] {
    this.#previous = whole;
    return [this.#global === null ? whole : merge(this.#global, whole)];
  }
}

function without(map: YamlMap, key: string): YamlMap {
  return { ...map, entries: map.entries.filter((entry) => entry.key !== key) };
}

/** The second over the first; mappings in both are merged in turn. */
function merge(under: YamlMap, over: YamlMap): YamlMap {
  const entries = new Map<string, YamlEntry>(under.entries.map((entry) => [entry.key, entry]));
  for (const entry of over.entries) {
    const below = entries.get(entry.key)?.value;
    const isBoth = below?.kind === 'map' && entry.value.kind === 'map';
    entries.set(entry.key, isBoth ? { ...entry, value: merge(below, entry.value) } : entry);
  }
  return { kind: 'map', entries: [...entries.values()], offset: over.offset };
}
