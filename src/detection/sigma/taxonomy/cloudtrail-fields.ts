import type { JsonObject } from '../../../json.ts';
import type { FieldValue } from '../sigma-event.ts';
import type { FieldSource, SensorView, SigmaLogSource } from './field-source.ts';
import { leavesOf } from './leaves.ts';
import { fieldAt } from './lookup.ts';

/** AWS CloudTrail: its own names, nested with dots. */
export function cloudtrailView(record: JsonObject, logSource: SigmaLogSource): SensorView {
  return { fields: new ObjectTextFields(record), logSource };
}

/**
 * A record whose own names are Sigma's. A field that is a whole object answers with its JSON beside the object, because rules
 * search such fields (`requestParameters|contains`) as the log stores that hold them do: as text.
 */
export class ObjectTextFields implements FieldSource {
  readonly #record: JsonObject;
  readonly #aliases: ReadonlyMap<string, string>;

  constructor(record: JsonObject, aliases: ReadonlyMap<string, string> = none) {
    this.#record = record;
    this.#aliases = aliases;
  }

  field(name: string): FieldValue {
    const value = fieldAt(this.#record, name);
    if (value !== undefined) return searchable(value);
    const own = this.#aliases.get(name);
    return own === undefined ? undefined : searchable(fieldAt(this.#record, own));
  }

  leaves(): readonly string[] {
    return leavesOf(this.#record);
  }
}

const none: ReadonlyMap<string, string> = new Map();

function searchable(value: FieldValue): FieldValue {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.some(isObject)
    ? value.map((element: unknown) => (isObject(element) ? JSON.stringify(element) : element))
    : value;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
