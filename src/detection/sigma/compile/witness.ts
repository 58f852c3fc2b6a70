import { requiredLiterals } from '../parse/regex.ts';
import type { Predicate, TextPart } from '../rule.ts';
import { fold } from './fold.ts';
import type { FieldTerm, KeywordTerm, Logic } from './logic.ts';
import { isWide } from './text-bytes.ts';
import { textShape } from './text-test.ts';

/** Slot of a trigger that looks at all leaf values instead of one field. */
export const keywordSlot = -1;

/** Something that is quickly found out about an event's value of a field. Texts are folded. */
export type Trigger = {
  /** Of the field, or `keywordSlot`. */
  readonly slot: number;
  /** Roughly the share of events of the log source in which it holds, 0..1; only compared, never trusted. */
  readonly weight: number;
} & (
  | { readonly kind: 'whole' | 'start' | 'end' | 'anywhere'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  /** The field is there with any value. */
  | { readonly kind: 'present' }
);

/** Triggers of which at least one holds whenever the rule matches. */
export interface Witness {
  readonly triggers: readonly Trigger[];
  /** Sum of the weights. */
  readonly weight: number;
}

/**
 * The witness of a condition that is likely to hold least often; null when none can be told, so that the rule must
 * be evaluated on every event. A conjunction takes the best witness of its terms, a disjunction needs all of them.
 */
export function witnessOf(logic: Logic): Witness | null {
  return derive(logic, true);
}

function derive(logic: Logic, isWanted: boolean): Witness | null {
  switch (logic.kind) {
    case 'constant':
      return logic.value === isWanted ? null : { triggers: [], weight: 0 };
    case 'not':
      return derive(logic.term, !isWanted);
    case 'and':
    case 'or': {
      const parts = logic.terms.map((term) => derive(term, isWanted));
      return (logic.kind === 'and') === isWanted ? lightest(parts) : union(parts);
    }
    case 'field':
    case 'keyword':
      return ofTerm(logic, isWanted);
  }
}

function lightest(parts: readonly (Witness | null)[]): Witness | null {
  let best: Witness | null = null;
  for (const part of parts) if (part !== null && (best === null || part.weight < best.weight)) best = part;
  return best;
}

function union(parts: readonly (Witness | null)[]): Witness | null {
  const triggers: Trigger[] = [];
  let weight = 0;
  for (const part of parts) {
    if (part === null) return null;
    triggers.push(...part.triggers);
    weight += part.weight;
  }
  return { triggers, weight };
}

/** Terms are shared by rules and by the plans of log sources, and so are their witnesses. */
const known = new WeakMap<FieldTerm | KeywordTerm, Witness | null>();

function ofTerm(term: FieldTerm | KeywordTerm, isWanted: boolean): Witness | null {
  if (!isWanted) return ofMissingTerm(term);
  let witness = known.get(term);
  if (witness === undefined) {
    const slot = term.kind === 'field' ? term.slot : keywordSlot;
    witness = ofPredicate(term.predicate, slot, commonness(term));
    known.set(term, witness);
  }
  return witness;
}

/** A negated term is a witness only when it asks for a field to be missing, or null. */
function ofMissingTerm({ kind, predicate, ...term }: FieldTerm | KeywordTerm): Witness | null {
  if (kind !== 'field' || !('slot' in term)) return null;
  const asksForAbsence = predicate.kind === 'exists' ? !predicate.isThere : predicate.kind === 'null';
  return asksForAbsence ? present(term.slot) : null;
}

function present(slot: number): Witness {
  return single({ slot, kind: 'present', weight: 0.9 });
}

function single(trigger: Trigger): Witness {
  return { triggers: [trigger], weight: trigger.weight };
}

/** What many rules ask for (`\powershell.exe`) is common in the world as well: each doubling counts as one more. */
function commonness({ uses }: FieldTerm | KeywordTerm): number {
  return 1 + Math.log2(uses);
}

function ofPredicate(predicate: Predicate, slot: number, factor: number): Witness | null {
  const weigh = (weight: number): number => Math.min(0.8, weight * factor);
  switch (predicate.kind) {
    case 'text':
      return ofText(predicate.parts, slot, weigh);
    case 'number':
      return single({ slot, kind: 'number', value: predicate.value, weight: weigh(0.1) });
    case 'boolean':
      return single({ slot, kind: 'whole', text: String(predicate.value), weight: weigh(0.4) });
    case 'regex': {
      const literals = requiredLiterals(predicate.source, predicate.flags);
      if (literals === null) return anyValue(slot);
      return union(
        literals.map((text) => single({ slot, kind: 'anywhere', text, weight: weigh(insideWeight(text)) })),
      );
    }
    case 'exists':
      return predicate.isThere ? anyValue(slot) : null;
    case 'null':
      return null;
    default:
      return anyValue(slot);
  }
}

/** The leaves of an event are always there, so that a keyword has no such witness. */
function anyValue(slot: number): Witness | null {
  return slot === keywordSlot ? null : present(slot);
}

function ofText(parts: readonly TextPart[], slot: number, weigh: (weight: number) => number): Witness | null {
  // Cased patterns are looked for without case: what they match is among what that finds.
  const shape = textShape(parts, false);
  switch (shape.kind) {
    case 'any':
      return anyValue(slot);
    case 'whole':
      return single({ slot, kind: 'whole', text: shape.literal, weight: weigh(wholeWeight(shape.literal)) });
    case 'start':
    case 'end':
    case 'anywhere':
      return single({
        slot,
        kind: shape.kind,
        text: shape.literal,
        weight: weigh(insideWeight(shape.literal)),
      });
    case 'glob':
      return ofGlob(shape.parts, slot, weigh);
  }
}

/** The longest piece between wildcards, held to its end of the text where it stands at one. */
function ofGlob(parts: readonly TextPart[], slot: number, weigh: (weight: number) => number): Witness | null {
  let longest = '';
  let at = -1;
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string' && part.length > longest.length) {
      longest = part;
      at = index;
    }
  }
  if (longest === '') return anyValue(slot);
  const atEnd = at === parts.length - 1 ? 'end' : 'anywhere';
  const kind = at === 0 ? 'start' : atEnd;
  return single({ slot, kind, text: fold(longest), weight: weigh(insideWeight(longest)) });
}

function wholeWeight(text: string): number {
  return text.length < 2 ? 0.3 : Math.max(0.02, insideWeight(text));
}

/** Texts that the values of most fields are full of, whatever they tell. */
const common =
  /^(?:\W{0,2}(?:windows|system32|syswow64|program files|users|microsoft|system|http|https|exe|dll|c:|true|false)\W{0,2})+$/;

/** Most texts have no such character at all. */
const wideWeight = 0.002;

/** Each further character makes a text about a third as frequent, until length tells no more. */
function insideWeight(text: string): number {
  if (isWide(text)) return wideWeight;
  const byLength = Math.max(0.01, 0.9 * 0.4 ** Math.max(0, text.length - 1));
  return common.test(text) ? Math.max(0.5, byLength) : byLength;
}
