import { type Tactic, tactics, tacticsOf } from '../attack/attack.ts';
import type { Case } from './case.ts';

/** How far an attack has come, by the tactics of its findings. */
export interface KillChain {
  /** Tactics that some finding's technique serves, in the matrix's order. */
  readonly tactics: readonly Tactic[];
  /** Techniques in the order in which they first appeared. */
  readonly techniques: readonly string[];
  /**
   * Most tactics that were seen one after the other in the matrix's order, each by a later entry than the one before:
   * 1 for a single event, whatever its technique serves.
   */
  readonly steps: number;
  /** The furthest tactic, if any. */
  readonly furthest: Tactic | null;
}

/** Reads the chain off the timeline. A technique of several tactics counts as whichever makes the longer chain. */
export function killChainOf(subject: Case): KillChain {
  const seen = new Map<string, Tactic>();
  const techniques = new Set<string>();
  /** Longest chain that ends in the tactic at each position of the matrix. */
  let longest = tactics().map(() => 0);
  for (const entry of subject.entries) {
    const before = longest;
    longest = [...before];
    for (const finding of entry.findings) {
      for (const technique of finding.techniques) {
        techniques.add(technique);
        for (const tactic of tacticsOf(technique)) {
          seen.set(tactic.id, tactic);
          const shorter = Math.max(0, ...before.slice(0, tactic.order));
          longest[tactic.order] = Math.max(longest[tactic.order] ?? 0, shorter + 1);
        }
      }
    }
  }
  const inOrder = [...seen.values()].sort((a, b) => a.order - b.order);
  return {
    tactics: inOrder,
    techniques: [...techniques],
    steps: Math.max(0, ...longest),
    furthest: inOrder.at(-1) ?? null,
  };
}
