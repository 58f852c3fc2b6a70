import type { CharSet } from './regex-sets.ts';
import type { RegexNode } from './regex-syntax.ts';

/**
 * Texts, lower case, of which at least one stands in the lower-cased form of everything the expression matches;
 * null when there is no such list. ASCII only: other letters do not all keep their place when the case changes.
 */
export function literalsOf(root: RegexNode): readonly string[] | null {
  const found = needsOf(root).best;
  return found === null || found.length === 0 ? null : found;
}

const mostLiterals = 64;
const mostSpellings = 16;
/** A digit or a letter says too little for ten or fifty texts. */
const mostOfSet = 4;

interface Needs {
  /** All that the node can match, when that is a short list; else null. */
  readonly whole: readonly string[] | null;
  /** The best list of texts of which it needs one. */
  readonly best: readonly string[] | null;
}

const nothing: Needs = { whole: [''], best: null };
const unknown: Needs = { whole: null, best: null };

function needsOf(node: RegexNode): Needs {
  switch (node.kind) {
    case 'anchor':
    case 'look':
      return nothing;
    case 'set':
      return ofWhole(spellingsOf(node.set));
    case 'group':
    case 'flags':
      return needsOf(node.body);
    case 'sequence':
      return needsOfSequence(node.items);
    case 'choice':
      return needsOfChoice(node.options);
    case 'repeat': {
      if (node.min === 0) return unknown;
      const body = needsOf(node.body);
      const { whole } = body;
      if (whole === null) return body;
      // As often as it must come, while that stays a short list.
      let repeated: readonly string[] = [''];
      for (let round = 0; round < node.min && round < 32; round += 1) {
        const longer = joinEach(repeated, whole);
        if (longer === null) break;
        repeated = longer;
      }
      return {
        whole: node.max === node.min && node.min < 32 ? bounded(repeated) : null,
        best: usable(repeated),
      };
    }
    case 'backreference':
      return unknown;
  }
}

function bounded(texts: readonly string[]): readonly string[] | null {
  return texts.length <= mostSpellings ? texts : null;
}

function ofWhole(whole: readonly string[] | null): Needs {
  return { whole, best: whole === null ? null : usable(whole) };
}

/** A list that says something: none of its texts is empty. */
function usable(texts: readonly string[]): readonly string[] | null {
  return texts.some((text) => text === '') ? null : [...new Set(texts)];
}

function needsOfSequence(items: readonly RegexNode[]): Needs {
  let best: readonly string[] | null = null;
  let run: readonly string[] = [''];
  let isWhole = true;
  for (const item of items) {
    const needs = needsOf(item);
    const longer = needs.whole === null ? null : joinEach(run, needs.whole);
    if (longer !== null) {
      run = longer;
      continue;
    }
    best = better(best, usable(run));
    best = better(best, needs.best);
    isWhole = false;
    // The text goes on from here with what this item can be.
    run = needs.whole ?? [''];
  }
  return { whole: isWhole ? run : null, best: better(best, usable(run)) };
}

function needsOfChoice(options: readonly RegexNode[]): Needs {
  const all = options.map(needsOf);
  const wholes: string[] = [];
  const bests: string[] = [];
  let hasWhole = true;
  let hasBest = true;
  for (const { whole, best } of all) {
    if (whole === null) hasWhole = false;
    else wholes.push(...whole);
    if (best === null) hasBest = false;
    else bests.push(...best);
  }
  const whole = hasWhole ? bounded([...new Set(wholes)]) : null;
  const best = hasBest && bests.length <= mostLiterals ? [...new Set(bests)] : null;
  return { whole, best };
}

/** Longer texts first, then fewer of them. */
function better(left: readonly string[] | null, right: readonly string[] | null): readonly string[] | null {
  if (left === null || right === null) return left ?? right;
  return score(right) > score(left) ? right : left;
}

function score(texts: readonly string[]): number {
  const shortest = Math.min(...texts.map((text) => text.length));
  return Math.min(shortest, 8) * 8 - Math.log2(texts.length);
}

function joinEach(heads: readonly string[], tails: readonly string[]): readonly string[] | null {
  if (heads.length * tails.length > mostSpellings) return null;
  return [...new Set(heads.flatMap((head) => tails.map((tail) => head + tail)))];
}

/** The few characters a set stands for, lower case; null when they are many or not ASCII. */
function spellingsOf(set: CharSet): readonly string[] | null {
  if (set.isNegated || set.isDot) return null;
  const chars = new Set<string>();
  for (const [from, to] of set.ranges) {
    if (to > 0x7f || to - from > 2 * mostOfSet) return null;
    for (let code = from; code <= to; code += 1) chars.add(String.fromCharCode(code).toLowerCase());
  }
  return chars.size > 0 && chars.size <= mostOfSet ? [...chars] : null;
}
