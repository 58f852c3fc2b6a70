import type { CharSet } from './regex-sets.ts';
import { childrenOf, type RegexNode } from './regex-syntax.ts';

/**
 * What a backtracking engine may cost on a text of n characters in the worst case: about `factor` × n^`degree`
 * steps. An upper bound, reckoned without running anything; infinite where the number of ways to match may grow
 * exponentially.
 */
export interface RegexCost {
  readonly degree: number;
  readonly factor: number;
}

/**
 * The cost of searching the expression in a text.
 *
 * Reckoned over "ways": at how many places a node may stop when it begins at one place. A loop over
 * single characters stops anywhere (one degree) unless what follows can only begin where the loop must end
 * (`[^/]+/`). Ways multiply along a sequence; the work is the ways so far times the length a loop may scan. A
 * loop whose body can be read in more than one way from the same place is exponential.
 */
export function costOfSearch(root: RegexNode, flags: string): RegexCost {
  const trimmed = hasBackreference(root) ? root : withoutIdleEnd(root);
  const modes: Modes = { ignoresCase: flags.includes('i'), isMultiline: flags.includes('m') };
  const walk = walkNode(trimmed, unknownFollow, modes);
  if (walk === null) return { degree: Number.POSITIVE_INFINITY, factor: 1 };
  const starts = isAnchoredAtStart(trimmed, modes.isMultiline) ? 0 : 1;
  return { degree: walk.work.degree + starts, factor: walk.work.factor };
}

/** Steps on `length` characters. */
export function stepsOf(cost: RegexCost, length: number): number {
  return cost.factor * Math.max(length, 1) ** cost.degree;
}

/** The flags that matter here. */
interface Modes {
  readonly ignoresCase: boolean;
  readonly isMultiline: boolean;
}

interface Walk {
  /** Different places it may end at, begun at one. */
  readonly ways: RegexCost;
  /** Steps to try all of them. */
  readonly work: RegexCost;
  /** Characters it may begin with. */
  readonly first: AsciiSet;
  readonly isNullable: boolean;
}

const onePlace: RegexCost = { degree: 0, factor: 1 };

function times(left: RegexCost, right: RegexCost): RegexCost {
  return { degree: left.degree + right.degree, factor: left.factor * right.factor };
}

function plus(left: RegexCost, right: RegexCost): RegexCost {
  return {
    degree: Math.max(left.degree, right.degree),
    factor: left.factor + right.factor,
  };
}

/** ASCII characters one by one, all others as one: which sets may overlap. */
type AsciiSet = Uint8Array;
const others = 128;

function emptySet(): AsciiSet {
  return new Uint8Array(others + 1);
}

function fullSet(): AsciiSet {
  return emptySet().fill(1);
}

function union(left: AsciiSet, right: AsciiSet): AsciiSet {
  return left.map((is, index) => is | (right[index] ?? 0));
}

function overlap(left: AsciiSet, right: AsciiSet): boolean {
  return left.some((is, index) => is === 1 && right[index] === 1);
}

/** What may come next. Nothing, and not open: only the end of the text. */
interface Follow {
  readonly set: AsciiSet;
  /** The match may be over here, so that any place will do. */
  readonly isOpen: boolean;
}

/** Line feed, carriage return, and the line ends that are not ASCII. */
const lineEnds = emptySet().map((_, index) => (index === 0x0a || index === 0x0d || index === others ? 1 : 0));

const unknownFollow: Follow = { set: emptySet(), isOpen: true };

function asciiOf(set: CharSet, ignoresCase: boolean): AsciiSet {
  const ascii = emptySet();
  if (set.isDot) return fullSet();
  for (const [from, to] of set.ranges) {
    for (let code = from; code <= Math.min(to, 127); code += 1) ascii[code] = 1;
    if (to > 127) ascii[others] = 1;
  }
  if (ignoresCase) {
    for (let code = 0x41; code <= 0x5a; code += 1) {
      const is = (ascii[code] ?? 0) | (ascii[code + 32] ?? 0);
      ascii[code] = is;
      ascii[code + 32] = is;
    }
  }
  if (!set.isNegated) return ascii;
  const negated = ascii.map((is) => 1 - is);
  negated[others] = 1;
  return negated;
}

/** @returns null when it may be exponential */
function walkNode(node: RegexNode, follow: Follow, modes: Modes): Walk | null {
  switch (node.kind) {
    case 'anchor':
      return { ways: onePlace, work: onePlace, first: emptySet(), isNullable: true };
    case 'set':
      return {
        ways: onePlace,
        work: onePlace,
        first: asciiOf(node.set, modes.ignoresCase),
        isNullable: false,
      };
    case 'group':
      return walkNode(node.body, follow, modes);
    case 'flags':
      return walkNode(node.body, follow, {
        ignoresCase: isOn('i', node, modes.ignoresCase),
        isMultiline: isOn('m', node, modes.isMultiline),
      });
    case 'look': {
      // Found or not: one way, after all the work of its body.
      const body = walkNode(node.body, unknownFollow, modes);
      return body && { ways: onePlace, work: body.work, first: fullSet(), isNullable: true };
    }
    case 'backreference': {
      const scan: RegexCost = { degree: 1, factor: 1 };
      return { ways: onePlace, work: scan, first: fullSet(), isNullable: true };
    }
    case 'sequence':
      return walkSequence(node.items, follow, modes);
    case 'choice':
      return walkChoice(node.options, follow, modes);
    case 'repeat':
      return walkRepeat(node, follow, modes);
  }
}

function walkSequence(items: readonly RegexNode[], follow: Follow, modes: Modes): Walk | null {
  // From the back, because a loop's ways depend on what follows it.
  let after = follow;
  let rest: Walk = { ways: onePlace, work: onePlace, first: emptySet(), isNullable: true };
  for (const item of [...items].reverse()) {
    const walk = walkNode(item, after, modes);
    if (walk === null) return null;
    rest = {
      ways: times(walk.ways, rest.ways),
      work: plus(walk.work, times(walk.ways, rest.work)),
      first: walk.isNullable ? union(walk.first, rest.first) : walk.first,
      isNullable: walk.isNullable && rest.isNullable,
    };
    after = followedBy(item, walk, after, modes);
  }
  return rest;
}

function followedBy(item: RegexNode, walk: Walk, after: Follow, modes: Modes): Follow {
  if (item.kind === 'anchor') {
    // Before the end of the text nothing else can come: a loop before it has one place to stop at.
    if (item.anchor === 'text-end') return { set: emptySet(), isOpen: false };
    if (item.anchor === 'line-end') return { set: modes.isMultiline ? lineEnds : emptySet(), isOpen: false };
    if (item.anchor === 'last-line-end') return { set: lineEnds, isOpen: false };
  }
  if (!walk.isNullable) return { set: walk.first, isOpen: false };
  return { set: union(walk.first, after.set), isOpen: after.isOpen };
}

function walkChoice(options: readonly RegexNode[], follow: Follow, modes: Modes): Walk | null {
  let made: Walk = { ways: { degree: 0, factor: 0 }, work: onePlace, first: emptySet(), isNullable: false };
  let isDisjoint = true;
  let most: RegexCost = onePlace;
  for (const option of options) {
    const walk = walkNode(option, follow, modes);
    if (walk === null) return null;
    if (walk.isNullable || made.isNullable || overlap(walk.first, made.first)) isDisjoint = false;
    most =
      walk.ways.degree > most.degree
        ? walk.ways
        : { ...most, factor: Math.max(most.factor, walk.ways.factor) };
    made = {
      ways: plus(made.ways, walk.ways),
      work: plus(made.work, walk.work),
      first: union(made.first, walk.first),
      isNullable: made.isNullable || walk.isNullable,
    };
  }
  // Of options that begin differently only one can go on.
  return isDisjoint ? { ...made, ways: most } : made;
}

function walkRepeat(node: Extract<RegexNode, { kind: 'repeat' }>, follow: Follow, modes: Modes): Walk | null {
  const { min, max } = node;
  const probe = walkNode(node.body, unknownFollow, modes);
  if (probe === null) return null;
  const around: Follow = { set: union(probe.first, follow.set), isOpen: follow.isOpen };
  const body = walkNode(node.body, around, modes);
  if (body === null) return null;
  const isNullable = min === 0 || body.isNullable;
  const bounded = Number.isFinite(max) ? max : min;
  const isForced = !follow.isOpen && !overlap(follow.set, body.first) && !body.isNullable;
  // How often it may stop: after any round, unless what follows shows which.
  const stops: RegexCost = isForced
    ? onePlace
    : Number.isFinite(max)
      ? { degree: 0, factor: Math.max(1, max - min + 1) }
      : { degree: 1, factor: 1 };

  if (body.ways.degree === 0 && body.ways.factor === 1 && !body.isNullable) {
    const rounds: RegexCost = Number.isFinite(max) ? { degree: 0, factor: max } : { degree: 1, factor: 1 };
    const scan = times(rounds, body.work);
    const work = Number.isFinite(max) ? scan : plus(scan, { degree: 0, factor: Math.max(1, min) });
    return { ways: stops, work: plus(onePlace, work), first: body.first, isNullable };
  }
  // A body with several ways: they multiply in every round.
  if (!Number.isFinite(max)) return null;
  const degree = body.ways.degree * bounded;
  const factor = body.ways.factor ** bounded;
  if (!Number.isFinite(factor) || bounded > 1000) return null;
  const ways = times({ degree, factor }, stops);
  return { ways, work: times(ways, body.work), first: body.first, isNullable };
}

/**
 * A search only asks whether there is a match: what the expression may take at its end beyond the least adds
 * nothing. `a+` at the end is `a`.
 */
function withoutIdleEnd(node: RegexNode): RegexNode {
  switch (node.kind) {
    case 'repeat':
      return { ...node, max: node.min };
    case 'group':
    case 'flags':
      return { ...node, body: withoutIdleEnd(node.body) };
    case 'choice':
      return { kind: 'choice', options: node.options.map(withoutIdleEnd) };
    case 'sequence': {
      const items = [...node.items];
      for (let last = items.pop(); last !== undefined; last = items.pop()) {
        if (last.kind === 'repeat' && last.min === 0) continue;
        return { kind: 'sequence', items: [...items, withoutIdleEnd(last)] };
      }
      return { kind: 'sequence', items: [] };
    }
    default:
      return node;
  }
}

function hasBackreference(node: RegexNode): boolean {
  return node.kind === 'backreference' || childrenOf(node).some(hasBackreference);
}

function isOn(flag: string, node: { readonly on: string; readonly off: string }, before: boolean): boolean {
  return node.on.includes(flag) || (before && !node.off.includes(flag));
}

function isAnchoredAtStart(node: RegexNode, isMultiline: boolean): boolean {
  switch (node.kind) {
    case 'anchor':
      return node.anchor === 'text-start' || (node.anchor === 'line-start' && !isMultiline);
    case 'sequence': {
      const [head] = node.items;
      return head !== undefined && isAnchoredAtStart(head, isMultiline);
    }
    case 'choice':
      return (
        node.options.length > 0 && node.options.every((option) => isAnchoredAtStart(option, isMultiline))
      );
    case 'group':
      return isAnchoredAtStart(node.body, isMultiline);
    case 'flags':
      return isAnchoredAtStart(node.body, isOn('m', node, isMultiline));
    default:
      return false;
  }
}
