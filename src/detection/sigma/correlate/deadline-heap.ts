/** Something with a deadline; the heap keeps its place in `heapIndex`, -1 while it is not in. */
export interface Due {
  dueMs: number;
  heapIndex: number;
}

/** Deadlines, the earliest first: a binary heap that can also take out what is no longer due. O(log n). */
export class DeadlineHeap<T extends Due> {
  readonly #items: T[] = [];

  get earliestMs(): number {
    return this.#items[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** Puts the item in, or in its new place when its deadline has changed. */
  put(item: T, dueMs: number): void {
    item.dueMs = dueMs;
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.length;
      this.#items.push(item);
    }
    this.#rise(item);
    this.#sink(item);
  }

  remove(item: T): void {
    if (item.heapIndex < 0) return;
    const last = this.#items.pop();
    const index = item.heapIndex;
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    last.heapIndex = index;
    this.#items[index] = last;
    this.#rise(last);
    this.#sink(last);
  }

  /** Takes the earliest out, when its deadline lies before `timeMs`. */
  popBefore(timeMs: number): T | null {
    const first = this.#items[0];
    if (first === undefined || first.dueMs >= timeMs) return null;
    this.remove(first);
    return first;
  }

  #rise(item: T): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1];
      if (parent === undefined || parent.dueMs <= item.dueMs) return;
      this.#swap(parent, item);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1];
      const right = this.#items[2 * item.heapIndex + 2];
      const child = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || child.dueMs >= item.dueMs) return;
      this.#swap(child, item);
    }
  }

  #swap(left: T, right: T): void {
    const index = left.heapIndex;
    left.heapIndex = right.heapIndex;
    right.heapIndex = index;
    this.#items[left.heapIndex] = left;
    this.#items[right.heapIndex] = right;
  }
}
