import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt } from './lookup.ts';

/** A record under the names that Sigma's rules give its fields. One kind for each sensor format. */
export interface FieldSource {
  field(name: string): FieldValue;
  /** For keyword searches. */
  leaves(): readonly string[];
}

/** Where a record belongs among the rules; lower case, empty where unknown. */
export interface SigmaLogSource {
  readonly product: string;
  readonly categories: readonly string[];
  readonly services: readonly string[];
}

/** What a format makes of a record: its fields, and the log source when the record itself tells more than the reader. */
export interface SensorView {
  readonly fields: FieldSource;
  readonly logSource: SigmaLogSource;
}

/** A format's part of the taxonomy. Never throws, whatever the record holds. */
export type SensorTaxonomy = (record: JsonObject, logSource: SigmaLogSource) => SensorView;

/** A name of Sigma's and how to find it in a record of this format; asked when the record has no such field itself. */
export type Aliases = ReadonlyMap<string, (record: JsonObject) => FieldValue>;

/** A record whose own names are Sigma's names, with aliases for those that are not. */
export class PlainFields implements FieldSource {
  readonly #record: JsonObject;
  readonly #aliases: Aliases | null;

  constructor(record: JsonObject, aliases: Aliases | null = null) {
    this.#record = record;
    this.#aliases = aliases;
  }

  field(name: string): FieldValue {
    const value = fieldAt(this.#record, name);
    return value === undefined && this.#aliases !== null ? this.#aliases.get(name)?.(this.#record) : value;
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }
}

/** The aliases of a table `Sigma's name → the record's own`, which may be a path with dots. */
export function aliasesOf(names: Readonly<Record<string, string>>): Aliases {
  return new Map(
    Object.entries(names).map(([name, own]) => [name, (record: JsonObject) => fieldAt(record, own)]),
  );
}

/** The same log source with more categories. */
export function withCategories(logSource: SigmaLogSource, ...categories: readonly string[]): SigmaLogSource {
  const more = categories.filter((category) => !logSource.categories.includes(category));
  return more.length === 0 ? logSource : { ...logSource, categories: [...logSource.categories, ...more] };
}
