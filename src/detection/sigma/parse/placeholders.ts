import type { TextPart } from '../rule.ts';
import { limits } from './limits.ts';
import { describeRaw, Refusal, UnknownPlaceholder, type Value } from './modifier-value.ts';
import { parseText, tidy } from './text-parts.ts';

/** Values by the name of their placeholder, without the percent signs. */
export type Placeholders = ReadonlyMap<string, readonly string[]>;

/** `%name%`, and `\%` for a plain percent character. */
const placeholder = /\\%|%([^%\s]+)%/g;

/** A stretch of a value: as the rule has it, or what a placeholder stands for. */
interface Piece {
  readonly text: string;
  readonly isValue: boolean;
}

/** The modifier `expand`: the value with each placeholder in it replaced, in as many ways as it has values. */
export function expand(
  value: Value,
  placeholders: Placeholders,
): readonly Value[] | Refusal | UnknownPlaceholder {
  if (value.kind === 'text') return expandText(value.parts, placeholders);
  if (value.kind !== 'raw' || value.scalar.value === null) {
    return new Refusal(`text for "expand", got ${describeRaw(value)}`);
  }
  const { scalar } = value;
  const expansions = expandPieces(value.text, placeholders);
  if (expansions instanceof UnknownPlaceholder || expansions instanceof Refusal) return expansions;
  return expansions.map((pieces) => {
    const text = pieces.map((piece) => piece.text).join('');
    return { kind: 'raw', text, scalar: { ...scalar, value: text, text } };
  });
}

/** "contains|expand": the placeholder stands between wildcards that are already there. */
function expandText(
  parts: readonly TextPart[],
  placeholders: Placeholders,
): readonly Value[] | Refusal | UnknownPlaceholder {
  let made: (readonly TextPart[])[] = [[]];
  for (const part of parts) {
    let tails: readonly (readonly TextPart[])[] = [[part]];
    if (typeof part === 'string') {
      const expansions = expandPieces(part, placeholders);
      if (expansions instanceof UnknownPlaceholder || expansions instanceof Refusal) return expansions;
      tails = expansions.map((pieces) =>
        pieces.flatMap(({ text, isValue }) => (isValue ? parseText(text) : [text])),
      );
    }
    if (made.length * tails.length > limits.expansions) return tooManyExpansions;
    made = made.flatMap((head) => tails.map((tail) => [...head, ...tail]));
  }
  return made.map((made) => ({ kind: 'text', parts: tidy(made) }));
}

const tooManyExpansions = new Refusal(`at most ${limits.expansions} expansions of a value, got more`);

function expandPieces(
  text: string,
  placeholders: Placeholders,
): readonly (readonly Piece[])[] | Refusal | UnknownPlaceholder {
  let made: readonly (readonly Piece[])[] = [[]];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    const [whole, name] = match;
    const before: Piece = { text: text.slice(end, match.index), isValue: false };
    end = match.index + whole.length;
    const values = name === undefined ? ['%'] : placeholders.get(name);
    if (values === undefined) return new UnknownPlaceholder(name ?? '');
    if (made.length * values.length > limits.expansions) return tooManyExpansions;
    const isValue = name !== undefined;
    made = made.flatMap((head) => values.map((value) => [...head, before, { text: value, isValue }]));
  }
  const rest: Piece = { text: text.slice(end), isValue: false };
  return made.map((head) => [...head, rest]);
}
