import { isJsonObject, type Json, type JsonObject } from '../json.ts';

const maxMembers = 1024;
const maxDepth = 4;

/**
 * The scalar fields of a record of unknown shape, found by name whatever its spelling: `sourceIPAddress`,
 * `source_ip_address` and `source-ip-address` are one name. Fields nearer to the top win. Bounded: the first
 * 1,024 members down to the fourth level.
 */
export class FieldIndex {
  readonly #byName = new Map<string, Json>();
  #visited = 0;
  /** Every field as `[name, value]`, nearest to the top first. */
  readonly fields: (readonly [name: string, value: Json])[] = [];

  constructor(record: JsonObject) {
    let level: (readonly [parent: string, object: JsonObject])[] = [['', record]];
    for (let depth = 0; depth < maxDepth && level.length > 0; depth += 1) {
      const below: (readonly [string, JsonObject])[] = [];
      for (const [parent, object] of level) this.#addMembers(parent, object, below);
      level = below;
    }
  }

  /** The first value there is under one of the names, each `name` or `parent.name`, in lower case without `_`, `-`, `@`. */
  first<T>(names: readonly string[], accept: (value: Json) => T | undefined): T | undefined {
    for (const name of names) {
      const value = this.#byName.get(name);
      const accepted = value === undefined ? undefined : accept(value);
      if (accepted !== undefined) return accepted;
    }
    return undefined;
  }

  #addMembers(parent: string, object: JsonObject, below: (readonly [string, JsonObject])[]): void {
    for (const key in object) {
      if (this.#visited >= maxMembers) return;
      this.#visited += 1;
      const value = object[key];
      const path = key.slice(0, 128).toLowerCase().replace(/[_@-]/g, '');
      const dot = path.lastIndexOf('.');
      const name = path.slice(dot + 1);
      const owner = dot === -1 ? parent : path.slice(path.lastIndexOf('.', dot - 1) + 1, dot);
      if (isJsonObject(value)) below.push([name, value]);
      else this.#add(name, owner, value);
    }
  }

  #add(name: string, owner: string, value: Json | undefined): void {
    const single = Array.isArray(value) && value.length > 0 ? value[0] : value;
    if (single === undefined || single === null || typeof single === 'object') return;
    this.fields.push([name, single]);
    if (!this.#byName.has(name)) this.#byName.set(name, single);
    const qualified = `${owner}.${name}`;
    if (owner !== '' && !this.#byName.has(qualified)) this.#byName.set(qualified, single);
  }
}
