import { RE2JS } from 're2js';
import { messageOf } from '../../../errors.ts';
import { costOfSearch, type RegexCost, stepsOf } from './regex-cost.ts';
import { literalsOf } from './regex-literals.ts';
import { spellRegex } from './regex-spelling.ts';
import { parseRegex, RegexFault } from './regex-syntax.ts';

/** Says whether an expression is found anywhere in a text. Time is bounded whatever the text is. */
export interface RegexTest {
  test(text: string): boolean;
}

export type CheckedRegex =
  /** `source` as its author wrote it; `flags` are some of `i`, `m` and `s`, those written into it included. */
  | {
      readonly ok: true;
      readonly source: string;
      readonly flags: string;
      /** What its author should know, as a sentence; else null. */
      readonly warning: string | null;
    }
  /** The rest of the sentence "expected …". */
  | { readonly ok: false; readonly message: string };

/**
 * Steps of a backtracking search that are spent on one text at most: some ten milliseconds. What could take more
 * on this text is searched by RE2 instead, which is slower on short texts and linear on all.
 */
const mostSteps = 2_000_000;

/** An expression that only V8 can run is searched in the beginning of a text, at most so many characters. */
const mostBacktrackedChars = 4_096;

/**
 * Decides what becomes of the expression of a rule (PCRE, as the specification has it): V8 runs it where it cannot
 * backtrack too long, RE2 elsewhere; what needs backtracking (look-around, back-references) and could take too
 * long is refused.
 */
export function checkRegex(source: string, flags: string): CheckedRegex {
  const compiled = compile(source, flags);
  if ('message' in compiled) return { ok: false, message: compiled.message };
  const isCut =
    compiled.linearSource === null && longestWithin(compiled.cost, mostSteps) < mostBacktrackedChars * 16;
  const warning = isCut
    ? `this regular expression needs look-around or back-references and may backtrack: only the first ${mostBacktrackedChars} characters of a value are searched`
    : null;
  return { ok: true, source, flags: compiled.flags, warning };
}

/** The search for an expression that `checkRegex` has let pass, as it gave it back. */
export function compileRegex(predicate: { readonly source: string; readonly flags: string }): RegexTest {
  const compiled = compile(predicate.source, predicate.flags);
  // Only what was never checked comes here; it can match nothing.
  if ('message' in compiled) return { test: () => false };
  return new GuardedRegex(compiled);
}

/**
 * Lower-case texts of which one must stand in the lower-cased text for the expression to be found in it; null
 * when there is no such list.
 */
export function requiredLiterals(source: string, _flags: string): readonly string[] | null {
  const parsed = parseRegex(source);
  return parsed instanceof RegexFault ? null : literalsOf(parsed.root);
}

interface Compiled {
  readonly source: string;
  readonly flags: string;
  readonly cost: RegexCost;
  readonly v8: RegExp;
  /** For RE2, or null when it cannot say it. */
  readonly linearSource: string | null;
}

function compile(given: string, givenFlags: string): Compiled | RegexFault {
  const parsed = parseRegex(given);
  if (parsed instanceof RegexFault) return parsed;
  const flags = [...'ims'].filter((flag) => (givenFlags + parsed.flags).includes(flag)).join('');
  const isDotAll = flags.includes('s');
  const source = spellRegex(parsed.root, 'v8', isDotAll);
  if (source === null) return new RegexFault('a regular expression that V8 can run');
  let v8: RegExp;
  try {
    v8 = new RegExp(source === '' ? '(?:)' : source, flags);
  } catch (error) {
    return new RegexFault(`a regular expression: ${messageOf(error)}`);
  }
  const cost = costOfSearch(parsed.root, flags);
  const linearSource = linearSourceOf(spellRegex(parsed.root, 're2', isDotAll), flags, cost);
  if (linearSource === null && stepsOf(cost, mostBacktrackedChars) > mostLookAroundSteps) {
    return new RegexFault(
      'a regular expression that can be searched in bounded time: this one may backtrack without end, and needs ' +
        'what a linear engine has not (look-around, back-references, or more than 1,000 repetitions). ' +
        'Write it without nested or overlapping repetitions, or without look-around',
    );
  }
  return { source, flags, cost, v8, linearSource };
}

/** A quadratic search of the longest text that such an expression is given: a fraction of a second. */
const mostLookAroundSteps = 200_000_000;

function linearSourceOf(source: string | null, flags: string, cost: RegexCost): string | null {
  if (source === null) return null;
  const whole = flags === '' ? source : `(?${flags})${source}`;
  // V8 alone will do on every text there can be.
  if (cost.degree <= 1 && cost.factor <= 1) return whole;
  try {
    RE2JS.compile(whole);
    return whole;
  } catch {
    return null;
  }
}

class GuardedRegex implements RegexTest {
  readonly #compiled: Compiled;
  /** Longest text that V8 searches. */
  readonly #mostChars: number;
  #linear: RE2JS | null = null;

  constructor(compiled: Compiled) {
    this.#compiled = compiled;
    this.#mostChars = longestWithin(compiled.cost, mostSteps);
  }

  test(text: string): boolean {
    const { v8, linearSource } = this.#compiled;
    if (text.length <= this.#mostChars) return v8.test(text);
    if (linearSource === null) return v8.test(text.slice(0, Math.max(this.#mostChars, mostBacktrackedChars)));
    this.#linear ??= RE2JS.compile(linearSource);
    return this.#linear.test(text);
  }
}

/** Characters that may be searched in so many steps. */
function longestWithin({ degree, factor }: RegexCost, steps: number): number {
  if (degree === 0) return factor <= steps ? Number.POSITIVE_INFINITY : 0;
  return Number.isFinite(degree) ? Math.floor((steps / factor) ** (1 / degree)) : 0;
}
