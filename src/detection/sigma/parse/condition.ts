import { limits } from './limits.ts';
import { shown } from './problem.ts';

/** A condition as it is written. `negate` and the rest refer to names that are looked up later. */
export type ConditionTree =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly ConditionTree[] }
  | { readonly kind: 'not'; readonly term: ConditionTree }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  /** `1 of x*`: `count` is null for `all`. `pattern` null stands for `them`. */
  | {
      readonly kind: 'some';
      readonly count: number | null;
      readonly pattern: string | null;
      readonly at: number;
    };

/** Why a condition cannot be read: a sentence, and where in its text. */
export class ConditionFault {
  readonly message: string;
  readonly at: number;
  constructor(message: string, at: number) {
    this.message = message;
    this.at = at;
  }
}

interface Token {
  readonly text: string;
  readonly at: number;
}

/**
 * Reads a condition: `not` binds tighter than `and`, `and` tighter than `or`; `1 of x*`, `any of`, `all of`,
 * `3 of`; parentheses.
 */
export function parseCondition(text: string): ConditionTree | ConditionFault {
  if (text.length > limits.conditionChars) {
    return new ConditionFault(`expected a condition of at most ${limits.conditionChars} characters`, 0);
  }
  const pipe = text.indexOf('|');
  if (pipe !== -1) {
    return new ConditionFault(
      `expected a condition on one event, got the aggregation ${shown(text.slice(pipe))}: ` +
        'that is a rule of its own now, with "correlation:" (type: event_count, value_count, …)',
      pipe,
    );
  }
  const tokens = tokensOf(text);
  if (tokens instanceof ConditionFault) return tokens;
  try {
    return new ConditionParser(tokens, text.length).parse();
  } catch (error) {
    if (error instanceof ConditionFault) return error;
    throw error;
  }
}

function tokensOf(text: string): readonly Token[] | ConditionFault {
  const tokens: Token[] = [];
  const token = /\s+|[()]|[\p{L}\p{N}_.*?:-]+/uy;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const found = token.exec(text);
    if (found === null) {
      const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
      return new ConditionFault(
        `expected names, and, or, not, "1 of", "all of" and parentheses, got ${shown(char)}`,
        at,
      );
    }
    if (found[0].trim() !== '') tokens.push({ text: found[0], at });
  }
  return tokens;
}

class ConditionParser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  parse(): ConditionTree {
    const tree = this.#or();
    const extra = this.#tokens[this.#next];
    if (extra !== undefined) {
      throw new ConditionFault(
        `expected "and", "or" or the end of the condition, got ${shown(extra.text)}`,
        extra.at,
      );
    }
    return tree;
  }

  #isWord(word: string, ahead = 0): boolean {
    return this.#tokens[this.#next + ahead]?.text.toLowerCase() === word;
  }

  #take(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#next += 1;
    return true;
  }

  #or(): ConditionTree {
    return this.#chain('or', () => this.#chain('and', () => this.#not()));
  }

  #chain(kind: 'and' | 'or', read: () => ConditionTree): ConditionTree {
    const first = read();
    const terms = [first];
    while (this.#take(kind)) terms.push(read());
    return terms.length === 1 ? first : { kind, terms };
  }

  #not(): ConditionTree {
    this.#depth += 1;
    if (this.#depth > limits.conditionDepth) {
      const at = this.#tokens[this.#next]?.at ?? this.#end;
      throw new ConditionFault(`expected parentheses at most ${limits.conditionDepth} deep`, at);
    }
    const tree: ConditionTree = this.#take('not') ? { kind: 'not', term: this.#not() } : this.#primary();
    this.#depth -= 1;
    return tree;
  }

  #primary(): ConditionTree {
    const token = this.#tokens[this.#next];
    if (token === undefined) {
      throw new ConditionFault('expected a search identifier, got the end of the condition', this.#end);
    }
    if (this.#isWord('of', 1)) return this.#some(token);
    if (this.#take('(')) {
      const inner = this.#or();
      if (!this.#take(')')) {
        throw new ConditionFault('expected ")"', this.#tokens[this.#next]?.at ?? this.#end);
      }
      return inner;
    }
    if (token.text === ')' || /^(?:and|or|not|of)$/i.test(token.text)) {
      throw new ConditionFault(`expected a search identifier, got ${shown(token.text)}`, token.at);
    }
    if (/[*?]/.test(token.text)) {
      throw new ConditionFault(
        `expected "1 of ${token.text}" or "all of ${token.text}", got it alone`,
        token.at,
      );
    }
    this.#next += 1;
    return { kind: 'name', name: token.text, at: token.at };
  }

  #some(quantity: Token): ConditionTree {
    const word = quantity.text.toLowerCase();
    const count = word === 'all' ? null : word === 'any' ? 1 : Number(word);
    if (count !== null && (!/^(?:any|\d{1,4})$/.test(word) || count < 1)) {
      throw new ConditionFault(
        `expected "all", "any" or a number before "of", got ${shown(quantity.text)}`,
        quantity.at,
      );
    }
    const target = this.#tokens[this.#next + 2];
    if (target === undefined || target.text === '(' || target.text === ')') {
      throw new ConditionFault(
        'expected "them" or search identifiers such as "selection*" after "of"',
        target?.at ?? this.#end,
      );
    }
    this.#next += 3;
    const pattern = target.text.toLowerCase() === 'them' ? null : target.text;
    return { kind: 'some', count, pattern, at: quantity.at };
  }
}

/** The names a pattern of a condition means; null means `them`: all that do not begin with an underscore. */
export function namesMeant(pattern: string | null, names: readonly string[]): readonly string[] {
  if (pattern === null) return names.filter((name) => !name.startsWith('_'));
  return names.filter((name) => matchesPattern(pattern, name));
}

/** `*` and `?` only; linear in the product of the lengths. */
function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < name.length) {
    const wanted = pattern.charAt(at);
    if (wanted === '*') {
      star = at;
      resume = index;
      at += 1;
    } else if (wanted === '?' || wanted === name.charAt(index)) {
      at += 1;
      index += 1;
    } else if (star !== -1) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else return false;
  }
  while (pattern.charAt(at) === '*') at += 1;
  return at === pattern.length;
}

/** What to build from a condition; `lookUp` null when there is no such name. */
export interface ConditionBuilder<Built> {
  readonly names: readonly string[];
  lookUp(name: string): Built | null;
  combine(kind: 'and' | 'or', terms: readonly Built[]): Built;
  negate(term: Built): Built;
}

/** Puts what the names stand for in their places. */
export function buildCondition<Built>(
  tree: ConditionTree,
  builder: ConditionBuilder<Built>,
): Built | ConditionFault {
  switch (tree.kind) {
    case 'and':
    case 'or': {
      const terms: Built[] = [];
      for (const term of tree.terms) {
        const built = buildCondition(term, builder);
        if (built instanceof ConditionFault) return built;
        terms.push(built);
      }
      return builder.combine(tree.kind, terms);
    }
    case 'not': {
      const term = buildCondition(tree.term, builder);
      return term instanceof ConditionFault ? term : builder.negate(term);
    }
    case 'name': {
      const found = builder.lookUp(tree.name);
      return (
        found ??
        new ConditionFault(`expected one of ${list(builder.names)}, got ${shown(tree.name)}`, tree.at)
      );
    }
    case 'some':
      return buildSome(tree, builder);
  }
}

function buildSome<Built>(
  tree: Extract<ConditionTree, { kind: 'some' }>,
  builder: ConditionBuilder<Built>,
): Built | ConditionFault {
  const names = namesMeant(tree.pattern, builder.names);
  const meant = tree.pattern ?? 'them';
  const found: Built[] = [];
  for (const name of names) {
    const built = builder.lookUp(name);
    if (built !== null) found.push(built);
  }
  const { count } = tree;
  if (found.length === 0) {
    return new ConditionFault(
      `expected one of ${list(builder.names)} to match "${meant}", got none that does`,
      tree.at,
    );
  }
  if (count === null || count === found.length) return builder.combine('and', found);
  if (count > found.length) {
    return new ConditionFault(
      `expected at least ${count} names for "${count} of ${meant}", got ${found.length}`,
      tree.at,
    );
  }
  if (count === 1) return builder.combine('or', found);
  const choices = combinations(found, count);
  return choices === null
    ? new ConditionFault(
        `expected "${count} of ${meant}" to have at most ${limits.combinations} combinations, got more`,
        tree.at,
      )
    : builder.combine(
        'or',
        choices.map((terms) => builder.combine('and', terms)),
      );
}

/** Every way to take so many of them; null when there are too many ways. */
function combinations<Item>(items: readonly Item[], count: number): readonly (readonly Item[])[] | null {
  let made: (readonly Item[])[] = [[]];
  for (const [index, item] of items.entries()) {
    const left = items.length - index;
    made = made.flatMap((taken) => {
      const missing = count - taken.length;
      if (missing === 0) return [taken];
      return missing === left ? [[...taken, item]] : [[...taken, item], taken];
    });
    if (made.length > limits.combinations) return null;
  }
  return made;
}

function list(names: readonly string[]): string {
  const few = names.slice(0, 12).map((name) => `"${name.slice(0, 60)}"`);
  return few.length === 0
    ? 'the names defined (there are none)'
    : few.join(', ') + (names.length > 12 ? ', …' : '');
}
