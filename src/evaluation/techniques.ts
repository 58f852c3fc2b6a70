import { parentOf, resolveTechnique } from '../detection/attack/attack.ts';

/** How many of the techniques that a scenario shows were named. */
export interface TechniqueMatch {
  readonly total: number;
  readonly exact: number;
  /** Sub-techniques counted as the technique they belong to. */
  readonly byParent: number;
}

/**
 * Data and rules follow different versions of ATT&CK, so both are followed to today's ids first; an id that no
 * version knows is compared as it is.
 */
export function matchTechniques(shown: Iterable<string>, named: Iterable<string>): TechniqueMatch {
  const wanted = new Set([...shown].map(today));
  const found = new Set([...named].map(today));
  const foundParents = new Set([...found].map(withoutSub));
  let exact = 0;
  let byParent = 0;
  for (const id of wanted) {
    if (found.has(id)) exact++;
    if (foundParents.has(withoutSub(id))) byParent++;
  }
  return { total: wanted.size, exact, byParent };
}

function today(id: string): string {
  return resolveTechnique(id) ?? id.toUpperCase();
}

function withoutSub(id: string): string {
  return parentOf(id) ?? id;
}
