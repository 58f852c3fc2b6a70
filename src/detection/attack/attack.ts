import { readFileSync } from 'node:fs';
import { VerticeError } from '../../errors.ts';
import { isJsonObject, type JsonObject } from '../../json.ts';

/** A tactic of ATT&CK for Enterprise: the adversary's reason for a technique. */
export interface Tactic {
  /** `TA0001` … */
  readonly id: string;
  /** The name as tags spell it: `initial-access`. */
  readonly shortName: string;
  readonly name: string;
  /** Position in the matrix, 0 (reconnaissance) to 14 (impact). */
  readonly order: number;
}

/** Something that has an id and a name: a mitigation (M…), group (G…), counter-measure (D3-…) and so on. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** A technique or sub-technique, with everything it is related to. */
export interface Technique extends Named {
  readonly tactics: readonly Tactic[];
  readonly platforms: readonly string[];
  readonly mitigations: readonly Named[];
  /** What to look at to find it: ATT&CK's detection strategies. */
  readonly detectionStrategies: readonly Named[];
  readonly groups: readonly Named[];
  readonly software: readonly Named[];
  /** D3FEND; the link is inferred over its ontology, not published by MITRE. */
  readonly counterMeasures: readonly Named[];
}

/** Names that earlier versions gave to a tactic, as rules in the field still spell them. */
const formerTactics: Readonly<Record<string, string>> = {
  // v19 split Defense Evasion into Stealth, which kept its id, and Defense Impairment.
  'defense-evasion': 'TA0005',
  'defence-evasion': 'TA0005',
  'defence-impairment': 'TA0112',
};

let loaded: Catalogue | null = null;

/** Reads the catalogue at the first question only: most commands never ask one. */
function catalogue(): Catalogue {
  loaded ??= new Catalogue(readFileSync(new URL('./catalogue.json', import.meta.url), 'utf8'));
  return loaded;
}

/** ATT&CK's version, `19`. */
export function attackVersion(): string {
  return catalogue().version;
}

/** The copyright notice that must go with the names. */
export function attackNotice(): string {
  return catalogue().notice;
}

/** All techniques and sub-techniques, by id. */
export function techniques(): readonly Technique[] {
  return catalogue().techniqueIds.flatMap((id) => techniqueById(id) ?? []);
}

/** All tactics in the order of the matrix. */
export function tactics(): readonly Tactic[] {
  return [...catalogue().tactics.values()];
}

/** The technique of exactly this id in this version; null for a revoked or unknown one. */
export function techniqueById(id: string): Technique | null {
  return catalogue().technique(id);
}

/** Whether this version has a technique of this id (`T1059.001`, upper case). */
export function isTechnique(id: string): boolean {
  return catalogue().hasTechnique(id);
}

/** Today's id for an id of any version and case: a revoked one is followed to its heir; null when unknown. */
export function resolveTechnique(id: string): string | null {
  const wanted = id.toUpperCase();
  if (isTechnique(wanted)) return wanted;
  return catalogue().revoked.get(wanted) ?? null;
}

/** The name; of a sub-technique with its parent's: `Brute Force: Password Spraying`. Null when unknown. */
export function techniqueName(id: string): string | null {
  const own = techniqueById(id)?.name ?? null;
  const parent = parentOf(id);
  const above = parent === null ? null : techniqueById(parent);
  return own === null || above === null ? own : `${above.name}: ${own}`;
}

/** The technique that a sub-technique belongs to; null for a technique of its own. */
export function parentOf(id: string): string | null {
  const dot = id.indexOf('.');
  return dot === -1 ? null : id.slice(0, dot);
}

/** Tactics that a technique serves, in the matrix's order; none for an unknown one. */
export function tacticsOf(id: string): readonly Tactic[] {
  return techniqueById(id)?.tactics ?? [];
}

/** A tactic's position in the matrix by id or short name, 0 to 14; null when unknown. */
export function tacticOrder(tactic: string): number | null {
  return tacticBy(tactic)?.order ?? null;
}

/** A tactic by id, name or short name, with hyphens, underscores or blanks, of this version or an earlier one. */
export function tacticBy(name: string): Tactic | null {
  const { tactics: all } = catalogue();
  const key = name.trim().toLowerCase().replaceAll(/[\s_]/g, '-').slice(0, 64);
  const id = catalogue().tacticIds.get(key) ?? formerTactics[key] ?? key.toUpperCase();
  return all.get(id) ?? null;
}

/** What a Sigma tag (`attack.t1059.001`, `attack.credential-access`) speaks of; null when it is none of ATT&CK's. */
export type AttackTag =
  | { readonly kind: 'technique'; readonly id: string }
  | { readonly kind: 'tactic'; readonly tactic: Tactic }
  | { readonly kind: 'group'; readonly group: Named }
  | { readonly kind: 'software'; readonly software: Named }
  /** ATT&CK has no data sources any more, but rules still name them. */
  | { readonly kind: 'data-source'; readonly id: string };

/** Reads one Sigma tag; revoked techniques and former tactic names are followed to today's. */
export function attackTag(tag: string): AttackTag | null {
  const lower = tag.toLowerCase();
  if (!lower.startsWith('attack.')) return null;
  const name = lower.slice('attack.'.length);
  const id = resolveTechnique(name);
  if (id !== null) return { kind: 'technique', id };
  const group = catalogue().groups.get(name.toUpperCase());
  if (group !== undefined) return { kind: 'group', group };
  const software = catalogue().software.get(name.toUpperCase());
  if (software !== undefined) return { kind: 'software', software };
  if (/^ds\d{4}$/.test(name)) return { kind: 'data-source', id: name.toUpperCase() };
  const tactic = tacticBy(name);
  return tactic === null ? null : { kind: 'tactic', tactic };
}

/** ATT&CK mitigations; a sub-technique without any of its own has its parent's. */
export function mitigationsOf(id: string): readonly Named[] {
  return ownOrParents(id, (technique) => technique.mitigations);
}

/** D3FEND counter-measures; a sub-technique without any of its own has its parent's. */
export function counterMeasuresOf(id: string): readonly Named[] {
  return ownOrParents(id, (technique) => technique.counterMeasures);
}

/** Groups that ATT&CK has seen use the technique. */
export function groupsUsing(id: string): readonly Named[] {
  return techniqueById(id)?.groups ?? [];
}

/** Ids of the techniques that a group (`G0016`) has been seen to use, in order. */
export function techniquesOfGroup(groupId: string): readonly string[] {
  return catalogue().techniquesOfGroup(groupId);
}

/** A group's name by its id; null when unknown. */
export function groupName(groupId: string): string | null {
  return catalogue().groups.get(groupId)?.name ?? null;
}

function ownOrParents(id: string, read: (technique: Technique) => readonly Named[]): readonly Named[] {
  const technique = techniqueById(id);
  if (technique === null) return [];
  const own = read(technique);
  const parent = parentOf(id);
  if (own.length > 0 || parent === null) return own;
  const above = techniqueById(parent);
  return above === null ? [] : read(above);
}

/** The file, indexed; techniques are put together when first asked for. */
class Catalogue {
  readonly version: string;
  readonly notice: string;
  readonly tactics: ReadonlyMap<string, Tactic>;
  readonly tacticIds: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, Named>;
  readonly software: ReadonlyMap<string, Named>;
  readonly revoked: ReadonlyMap<string, string>;
  readonly techniqueIds: readonly string[];
  readonly #platforms: readonly string[];
  readonly #mitigations: ReadonlyMap<string, Named>;
  readonly #detections: ReadonlyMap<string, Named>;
  readonly #counterMeasures: ReadonlyMap<string, Named>;
  readonly #rows: JsonObject;
  readonly #known = new Map<string, Technique>();
  #byGroup: Map<string, string[]> | null = null;

  constructor(text: string) {
    const parsed: unknown = JSON.parse(text);
    if (!isJsonObject(parsed)) throw broken('an object');
    this.version = textIn(parsed['version']);
    this.notice = textIn(parsed['notice']);
    const tactics = Object.entries(objectIn(parsed['tactics']));
    this.tactics = new Map(
      tactics.map(([id, entry], order) => {
        const [shortName, name] = textsIn(entry);
        return [id, { id, shortName: textIn(shortName), name: textIn(name), order }];
      }),
    );
    this.tacticIds = new Map([...this.tactics.values()].map((tactic) => [tactic.shortName, tactic.id]));
    this.groups = namedIn(parsed['groups']);
    this.software = namedIn(parsed['software']);
    this.#mitigations = namedIn(parsed['mitigations']);
    this.#detections = namedIn(parsed['detections']);
    this.#counterMeasures = namedIn(parsed['counterMeasures']);
    this.#platforms = textsIn(parsed['platforms']);
    this.revoked = new Map(
      Object.entries(objectIn(parsed['revoked'])).map(([from, to]) => [from, textIn(to)]),
    );
    this.#rows = objectIn(parsed['techniques']);
    this.techniqueIds = Object.keys(this.#rows);
  }

  hasTechnique(id: string): boolean {
    return Object.hasOwn(this.#rows, id);
  }

  technique(id: string): Technique | null {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (!this.hasTechnique(id)) return null;
    const [name, tactics, platforms, mitigations, detections, groups, software, counterMeasures] = textsIn(
      this.#rows[id],
    );
    const technique: Technique = {
      id,
      name: textIn(name),
      tactics: pick(tactics, this.tactics).sort((a, b) => a.order - b.order),
      platforms: words(platforms).map((index) => textIn(this.#platforms[Number(index)])),
      mitigations: pick(mitigations, this.#mitigations),
      detectionStrategies: pick(detections, this.#detections),
      groups: pick(groups, this.groups),
      software: pick(software, this.software),
      counterMeasures: pick(counterMeasures, this.#counterMeasures),
    };
    this.#known.set(id, technique);
    return technique;
  }

  techniquesOfGroup(groupId: string): readonly string[] {
    this.#byGroup ??= this.#invertGroups();
    return this.#byGroup.get(groupId) ?? [];
  }

  #invertGroups(): Map<string, string[]> {
    const byGroup = new Map<string, string[]>();
    for (const id of this.techniqueIds) {
      for (const group of this.technique(id)?.groups ?? []) {
        const list = byGroup.get(group.id);
        if (list === undefined) byGroup.set(group.id, [id]);
        else list.push(id);
      }
    }
    return byGroup;
  }
}

function broken(expected: string): VerticeError {
  return new VerticeError(
    'VTC_RULE_INVALID',
    `attack/catalogue.json: expected ${expected}; generate it again with scripts/attack-catalogue.ts`,
  );
}

function textIn(value: unknown): string {
  if (typeof value !== 'string') throw broken('text');
  return value;
}

function textsIn(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw broken('a list of texts');
  return value.map(textIn);
}

function objectIn(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw broken('an object');
  return value;
}

function namedIn(value: unknown): ReadonlyMap<string, Named> {
  return new Map(Object.entries(objectIn(value)).map(([id, name]) => [id, { id, name: textIn(name) }]));
}

function words(list: string | undefined): string[] {
  return list === undefined || list === '' ? [] : list.split(' ');
}

/** The entries that a list of ids names; an id without an entry is left out. */
function pick<Entry>(ids: string | undefined, entries: ReadonlyMap<string, Entry>): Entry[] {
  return words(ids).flatMap((id) => entries.get(id) ?? []);
}
