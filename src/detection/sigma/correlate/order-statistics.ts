/**
 * A multiset of numbers that answers "the k-th smallest", exactly: a treap whose nodes know how many numbers are below
 * them. Adding, taking away and asking cost O(log n) expected. Priorities come from a fixed sequence, so that the same
 * calls build the same tree in every process. (Seidel and Aragon, Randomized Search Trees, 1996.)
 */
export class OrderStatistics {
  // Node 0 stands for "none".
  #keys = new Float64Array(16);
  #copies = new Int32Array(16);
  #sizes = new Int32Array(16);
  #left = new Int32Array(16);
  #right = new Int32Array(16);
  #priorities = new Uint32Array(16);
  #free: number[] = [];
  #used = 1;
  #root = 0;
  #random = 0x9e3779b9;

  get size(): number {
    return this.#sizes[this.#root] ?? 0;
  }

  add(key: number): void {
    this.#root = this.#insert(this.#root, key);
  }

  /** Takes one copy of `key` away; it must be there. */
  remove(key: number): void {
    this.#root = this.#delete(this.#root, key);
  }

  /** The number with `rank` smaller or equal ones before it, 0 for the smallest; NaN beyond the end. */
  at(rank: number): number {
    let node = this.#root;
    let wanted = rank;
    while (node !== 0) {
      const left = this.#left[node] ?? 0;
      const before = this.#sizes[left] ?? 0;
      const copies = this.#copies[node] ?? 0;
      if (wanted < before) node = left;
      else if (wanted < before + copies) return this.#keys[node] ?? Number.NaN;
      else {
        wanted -= before + copies;
        node = this.#right[node] ?? 0;
      }
    }
    return Number.NaN;
  }

  clear(): void {
    this.#root = 0;
    this.#used = 1;
    this.#free = [];
  }

  #insert(node: number, key: number): number {
    if (node === 0) return this.#make(key);
    const here = this.#keys[node] ?? 0;
    if (key === here) {
      this.#copies[node] = (this.#copies[node] ?? 0) + 1;
    } else if (key < here) {
      const child = this.#insert(this.#left[node] ?? 0, key);
      this.#left[node] = child;
      if ((this.#priorities[child] ?? 0) > (this.#priorities[node] ?? 0)) return this.#rotateRight(node);
    } else {
      const child = this.#insert(this.#right[node] ?? 0, key);
      this.#right[node] = child;
      if ((this.#priorities[child] ?? 0) > (this.#priorities[node] ?? 0)) return this.#rotateLeft(node);
    }
    this.#count(node);
    return node;
  }

  #delete(node: number, key: number): number {
    if (node === 0) return 0;
    const here = this.#keys[node] ?? 0;
    if (key < here) this.#left[node] = this.#delete(this.#left[node] ?? 0, key);
    else if (key > here) this.#right[node] = this.#delete(this.#right[node] ?? 0, key);
    else {
      const copies = (this.#copies[node] ?? 1) - 1;
      if (copies === 0) {
        this.#free.push(node);
        return this.#merge(this.#left[node] ?? 0, this.#right[node] ?? 0);
      }
      this.#copies[node] = copies;
    }
    this.#count(node);
    return node;
  }

  /** One tree of two, all of whose numbers are below those of the other. */
  #merge(low: number, high: number): number {
    if (low === 0) return high;
    if (high === 0) return low;
    if ((this.#priorities[low] ?? 0) > (this.#priorities[high] ?? 0)) {
      this.#right[low] = this.#merge(this.#right[low] ?? 0, high);
      this.#count(low);
      return low;
    }
    this.#left[high] = this.#merge(low, this.#left[high] ?? 0);
    this.#count(high);
    return high;
  }

  #rotateRight(node: number): number {
    const up = this.#left[node] ?? 0;
    this.#left[node] = this.#right[up] ?? 0;
    this.#right[up] = node;
    this.#count(node);
    this.#count(up);
    return up;
  }

  #rotateLeft(node: number): number {
    const up = this.#right[node] ?? 0;
    this.#right[node] = this.#left[up] ?? 0;
    this.#left[up] = node;
    this.#count(node);
    this.#count(up);
    return up;
  }

  #count(node: number): void {
    const below = (this.#sizes[this.#left[node] ?? 0] ?? 0) + (this.#sizes[this.#right[node] ?? 0] ?? 0);
    this.#sizes[node] = below + (this.#copies[node] ?? 0);
  }

  #make(key: number): number {
    const node = this.#free.pop() ?? this.#used++;
    if (node >= this.#keys.length) this.#grow();
    this.#keys[node] = key;
    this.#copies[node] = 1;
    this.#sizes[node] = 1;
    this.#left[node] = 0;
    this.#right[node] = 0;
    // xorshift32 (Marsaglia, 2003).
    this.#random ^= this.#random << 13;
    this.#random ^= this.#random >>> 17;
    this.#random ^= this.#random << 5;
    this.#priorities[node] = this.#random;
    return node;
  }

  #grow(): void {
    const length = this.#keys.length * 2;
    const grow = <T extends { set(from: ArrayLike<number>): void }>(from: ArrayLike<number>, to: T): T => {
      to.set(from);
      return to;
    };
    this.#keys = grow(this.#keys, new Float64Array(length));
    this.#copies = grow(this.#copies, new Int32Array(length));
    this.#sizes = grow(this.#sizes, new Int32Array(length));
    this.#left = grow(this.#left, new Int32Array(length));
    this.#right = grow(this.#right, new Int32Array(length));
    this.#priorities = grow(this.#priorities, new Uint32Array(length));
  }
}
