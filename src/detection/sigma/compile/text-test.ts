import type { TextPart } from '../rule.ts';
import { fold } from './fold.ts';
import type { Scalar } from './scalar.ts';

export type ValueTest = (value: Scalar) => boolean;

/** What a text pattern comes down to. Literals are folded unless the pattern is cased. */
export type TextShape =
  | { readonly kind: 'any' }
  | { readonly kind: 'whole' | 'start' | 'end' | 'anywhere'; readonly literal: string }
  | { readonly kind: 'glob'; readonly parts: readonly TextPart[] };

/** Adjacent texts joined, runs of `*` made one, and the pattern recognised as the simplest shape it has. */
export function textShape(written: readonly TextPart[], isCased: boolean): TextShape {
  const parts = joined(written, isCased);
  const [first, second, third] = parts;
  if (first === undefined) return { kind: 'whole', literal: '' };
  if (parts.length === 1) {
    if (typeof first === 'string') return { kind: 'whole', literal: first };
    if (first.wildcard === 'any') return { kind: 'any' };
  } else if (parts.length === 2) {
    if (typeof first === 'string' && isAny(second)) return { kind: 'start', literal: first };
    if (isAny(first) && typeof second === 'string') return { kind: 'end', literal: second };
  } else if (parts.length === 3 && isAny(first) && typeof second === 'string' && isAny(third)) {
    return { kind: 'anywhere', literal: second };
  }
  return { kind: 'glob', parts };
}

export function compileText(parts: readonly TextPart[], isCased: boolean): ValueTest {
  const shape = textShape(parts, isCased);
  if (shape.kind === 'any') return () => true;
  if (shape.kind === 'glob') {
    const glob = compileGlob(shape.parts);
    return isCased ? (value) => glob(value.text) : (value) => glob(value.folded);
  }
  const { literal } = shape;
  if (isCased) return casedTests[shape.kind](literal);
  switch (shape.kind) {
    case 'whole':
      return (value) => value.folded === literal;
    case 'start':
      return (value) => value.folded.startsWith(literal);
    case 'end':
      return (value) => value.folded.endsWith(literal);
    case 'anywhere':
      return (value) => value.folded.includes(literal);
  }
}

const casedTests: Record<'whole' | 'start' | 'end' | 'anywhere', (literal: string) => ValueTest> = {
  whole: (literal) => (value) => value.text === literal,
  start: (literal) => (value) => value.text.startsWith(literal),
  end: (literal) => (value) => value.text.endsWith(literal),
  anywhere: (literal) => (value) => value.text.includes(literal),
};

function isAny(part: TextPart | undefined): boolean {
  return typeof part === 'object' && part.wildcard === 'any';
}

function joined(written: readonly TextPart[], isCased: boolean): readonly TextPart[] {
  const parts: TextPart[] = [];
  for (const part of written) {
    const last = parts.at(-1);
    if (typeof part !== 'string') {
      if (!(isAny(part) && isAny(last))) parts.push(part);
    } else if (part !== '') {
      if (typeof last === 'string') parts[parts.length - 1] = last + part;
      else parts.push(part);
    }
  }
  return isCased ? parts : parts.map((part) => (typeof part === 'string' ? fold(part) : part));
}

/** Texts and single characters between two `*`; null is a single character. */
type Segment = readonly (string | null)[];

/**
 * Leftmost search segment by segment. Never backtracks over a segment once placed, so the time is at most
 * the text's length times the pattern's.
 */
function compileGlob(parts: readonly TextPart[]): (text: string) => boolean {
  const segments: (string | null)[][] = [[]];
  for (const part of parts) {
    if (typeof part === 'string') segments.at(-1)?.push(part);
    else if (part.wildcard === 'one') segments.at(-1)?.push(null);
    else segments.push([]);
  }
  const [head = [], ...rest] = segments;
  const tail = rest.pop();
  return (text) => {
    let at = endOf(head, text, 0);
    if (tail === undefined) return at === text.length;
    for (const segment of rest) {
      if (at < 0) return false;
      at = find(segment, text, at);
    }
    return at >= 0 && endsIn(tail, text, at);
  };
}

/** Where the segment ends when it begins at `start`; -1 when it is not there. */
function endOf(segment: Segment, text: string, start: number): number {
  let at = start;
  for (const part of segment) {
    if (part === null) {
      if (at >= text.length) return -1;
      at += widthAt(text, at);
    } else {
      if (!text.startsWith(part, at)) return -1;
      at += part.length;
    }
  }
  return at;
}

function find(segment: Segment, text: string, from: number): number {
  const [first] = segment;
  if (first === undefined) return from;
  let start = from;
  while (start <= text.length) {
    if (typeof first === 'string') {
      start = text.indexOf(first, start);
      if (start < 0) return -1;
    }
    const end = endOf(segment, text, start);
    if (end >= 0) return end;
    start += start < text.length ? widthAt(text, start) : 1;
  }
  return -1;
}

/** The last segment must end where the text does: it is walked from there, backwards. */
function endsIn(segment: Segment, text: string, from: number): boolean {
  let at = text.length;
  for (let index = segment.length - 1; index >= 0; index -= 1) {
    const part = segment[index];
    if (part === null || part === undefined) {
      if (at <= from) return false;
      at -= widthBefore(text, at);
    } else {
      at -= part.length;
      if (at < from || !text.startsWith(part, at)) return false;
    }
  }
  return at >= from;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function widthBefore(text: string, at: number): number {
  return at >= 2 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? 2 : 1;
}
