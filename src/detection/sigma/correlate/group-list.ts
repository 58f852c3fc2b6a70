/** A group's place in the list; the list keeps `older` and `newer`. */
export interface ListedGroup<T> {
  readonly key: string;
  older: T | null;
  newer: T | null;
}

/** Groups by key, and in the order in which they were last touched. Every step is O(1). */
export class GroupList<T extends ListedGroup<T>> {
  readonly #byKey = new Map<string, T>();
  #oldest: T | null = null;
  #newest: T | null = null;

  get size(): number {
    return this.#byKey.size;
  }

  get oldest(): T | null {
    return this.#oldest;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  add(group: T): void {
    this.#byKey.set(group.key, group);
    this.#link(group);
  }

  touch(group: T): void {
    if (group === this.#newest) return;
    this.#unlink(group);
    this.#link(group);
  }

  remove(group: T): void {
    this.#byKey.delete(group.key);
    this.#unlink(group);
  }

  #link(group: T): void {
    group.older = this.#newest;
    group.newer = null;
    if (this.#newest === null) this.#oldest = group;
    else this.#newest.newer = group;
    this.#newest = group;
  }

  #unlink(group: T): void {
    if (group.older === null) this.#oldest = group.newer;
    else group.older.newer = group.newer;
    if (group.newer === null) this.#newest = group.older;
    else group.newer.older = group.older;
  }
}
