import type { IncidentClassId } from '../classes.ts';

/**
 * How telling an action is by itself: 3 an attacker's classic, 2 rarely routine, 1 notable, -1 routine,
 * -2 protective or harmless.
 */
export type Strength = 3 | 2 | 1 | -1 | -2;

/** Actions of products by their own names, in any spelling, that mean the same thing. */
export interface VocabularyEntry {
  readonly strength: Strength;
  readonly incident: IncidentClassId;
  /** Names separated by blanks or line ends; punctuation and case do not matter. */
  readonly names: string;
}

export function entry(strength: Strength, incident: IncidentClassId, names: string): VocabularyEntry {
  return { strength, incident, names };
}
