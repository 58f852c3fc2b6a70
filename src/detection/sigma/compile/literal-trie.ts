/** Finds which of many literals a text begins with, or ends with, by one walk from that end. */
export class LiteralTrie {
  readonly #root: Node = { literal: -1, next: null };
  readonly #fromEnd: boolean;

  /** @param literals folded, each once */
  constructor(literals: readonly string[], fromEnd: boolean) {
    this.#fromEnd = fromEnd;
    literals.forEach((literal, index) => {
      this.#add(literal, index);
    });
  }

  /**
   * Calls `found` with the number of each literal at that end of the text.
   *
   * @param text a `Scalar`'s `searchable`
   */
  search(text: string, found: (literal: number) => void): void {
    const last = text.length - 1;
    let node = this.#root;
    for (let step = 0; ; step += 1) {
      if (node.literal >= 0) found(node.literal);
      if (node.next === null || step > last) return;
      const next = node.next.get(lowerCode(text.charCodeAt(this.#fromEnd ? last - step : step)));
      if (next === undefined) return;
      node = next;
    }
  }

  #add(literal: string, index: number): void {
    let node = this.#root;
    for (let step = 0; step < literal.length; step += 1) {
      const code = literal.charCodeAt(this.#fromEnd ? literal.length - 1 - step : step);
      node.next ??= new Map();
      let next = node.next.get(code);
      if (next === undefined) {
        next = { literal: -1, next: null };
        node.next.set(code, next);
      }
      node = next;
    }
    node.literal = index;
  }
}

interface Node {
  literal: number;
  next: Map<number, Node> | null;
}

/** Capitals of ASCII and Latin-1 as small letters; there × (U+00D7) is none. */
function lowerCode(code: number): number {
  const isCapital = (code >= 65 && code <= 90) || (code >= 0xc0 && code <= 0xde && code !== 0xd7);
  return isCapital ? code + 32 : code;
}
