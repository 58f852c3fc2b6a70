import type { WindowInput } from './group-window.ts';

interface Piece {
  readonly timeMs: number;
  readonly eventIds: readonly string[];
}

/** The newest events of a window, in order of time: what a hit shows for itself. */
export class RecentEvidence {
  readonly #limit: number;
  #pieces: Piece[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(input: WindowInput): void {
    const pieces = this.#pieces;
    let index = pieces.length;
    while (index > 0 && (pieces[index - 1]?.timeMs ?? 0) > input.timeMs) index--;
    const piece = { timeMs: input.timeMs, eventIds: input.evidence ?? [input.eventId] };
    if (index === pieces.length) pieces.push(piece);
    else pieces.splice(index, 0, piece);
    // Twice the limit, so that making room is rare.
    if (pieces.length > 2 * this.#limit) this.#pieces = pieces.slice(-this.#limit);
  }

  clear(): void {
    this.#pieces = [];
  }

  eventIds(startMs: number, limit: number): string[] {
    return newestIds(
      this.#pieces.filter((piece) => piece.timeMs >= startMs).flatMap((piece) => piece.eventIds),
      limit,
    );
  }
}

/** The last `limit` of the ids, each once, in order. */
export function newestIds(ids: readonly string[], limit: number): string[] {
  return [...new Set(ids)].slice(-limit);
}
