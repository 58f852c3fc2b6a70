/**
 * Remembers at least the last `capacity` ids, in fixed memory (about 32 bytes an id): two generations of an
 * open-addressing table of 64-bit fingerprints, the older one dropped when the newer is full. The seed keeps
 * a sender from choosing ids that collide; two different ids are taken for one once in ~10^13 at a million.
 */
export class RecentIds {
  readonly #capacity: number;
  readonly #mask: number;
  readonly #seedA: number;
  readonly #seedB: number;
  #young: Uint32Array;
  #old: Uint32Array;
  #count = 0;

  /** @param capacity rounded up to a power of two, at least 16 */
  constructor(capacity: number, seed: readonly [number, number]) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, capacity)));
    this.#capacity = size;
    this.#mask = size * 2 - 1;
    this.#young = new Uint32Array(size * 4);
    this.#old = new Uint32Array(size * 4);
    [this.#seedA, this.#seedB] = seed;
  }

  /** Remembers the id; false when it was known already. */
  add(id: string): boolean {
    let a = this.#seedA | 0;
    let b = this.#seedB | 0;
    for (let index = 0; index < id.length; index++) {
      const code = id.charCodeAt(index);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
    }
    a = mix(a ^ b);
    b = mix(b + Math.imul(a, 0x9e3779b1)) || 1;
    let slot = find(this.#young, this.#mask, a, b);
    if (slot < 0 || find(this.#old, this.#mask, a, b) < 0) return false;
    if (this.#count >= this.#capacity) {
      const emptied = this.#old.fill(0);
      this.#old = this.#young;
      this.#young = emptied;
      this.#count = 0;
      slot = a & this.#mask;
    }
    this.#young[slot * 2] = a;
    this.#young[slot * 2 + 1] = b;
    this.#count++;
    return true;
  }
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit moves every output bit. */
function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The free slot for the fingerprint, or -1 when it is there. A second word of 0 marks a free slot. */
function find(table: Uint32Array, mask: number, a: number, b: number): number {
  let slot = a & mask;
  while (table[slot * 2 + 1] !== 0) {
    if (table[slot * 2] === a && table[slot * 2 + 1] === b) return -1;
    slot = (slot + 1) & mask;
  }
  return slot;
}
