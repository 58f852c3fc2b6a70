import ipaddr from 'ipaddr.js';
import { compileRegex, type RegexTest } from '../parse/regex.ts';
import type { DetectionRule, Expression, Predicate, TextPart } from '../rule.ts';
import type { FieldValue, SigmaEvent } from '../sigma-event.ts';
import { fold } from './fold.ts';
import { timePart } from './time-part.ts';

/**
 * The rules as they are written, asked one after the other: what the compiled engine is checked against. It shares
 * with that engine what folding, a number and a time are, and nothing else; it is slow and plain on purpose.
 */
export function fullScan(rules: readonly DetectionRule[], event: SigmaEvent): readonly DetectionRule[] {
  return rules.filter((rule) => appliesTo(rule, event) && holds(rule.condition, event));
}

function appliesTo({ logSource }: DetectionRule, event: SigmaEvent): boolean {
  const { product, category, service } = logSource;
  return (
    (product === null || product === event.product) &&
    (category === null || event.categories.includes(category)) &&
    (service === null || event.services.includes(service))
  );
}

export function holds(expression: Expression, event: SigmaEvent): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.terms.every((term) => holds(term, event));
    case 'or':
      return expression.terms.some((term) => holds(term, event));
    case 'not':
      return !holds(expression.term, event);
    case 'named':
      return holds(expression.term, event);
    case 'field':
      return fieldHolds(expression.predicate, event.field(expression.field), event);
    case 'keyword':
      return event.leaves().some((leaf) => valueHolds(expression.predicate, leaf));
  }
}

function fieldHolds(predicate: Predicate, value: FieldValue, event: SigmaEvent): boolean {
  if (predicate.kind === 'exists') return (value !== undefined) === predicate.isThere;
  if (predicate.kind === 'null') return value === undefined || elements(value).includes(null);
  if (predicate.kind !== 'fieldref') return elements(value).some((element) => valueHolds(predicate, element));
  const others = elements(event.field(predicate.field));
  return elements(value).some((element) => others.some((other) => refers(predicate, element, other)));
}

/** A value as a list, lists in it made flat to the depth that the engine looks into. */
function elements(value: FieldValue): readonly unknown[] {
  return Array.isArray(value) ? value.flat(8) : [value];
}

/** Text, numbers and booleans as text; null for all else. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

/** Whether one plain value is as the predicate wants it; false for predicates on whole fields. */
function valueHolds(predicate: Predicate, value: unknown): boolean {
  const text = textOf(value);
  if (text === null) return false;
  const number = typeof value === 'boolean' ? Number.NaN : numeral(text);
  switch (predicate.kind) {
    case 'text':
      return globHolds(tokensOf(predicate.parts, predicate.isCased), predicate.isCased ? text : fold(text));
    case 'number':
      return number === predicate.value;
    case 'boolean':
      return fold(text) === String(predicate.value);
    case 'regex':
      return regexOf(predicate).test(text);
    case 'cidr':
      return inNetwork(predicate.network, text);
    case 'compare':
      return compare(predicate.comparison, number, predicate.value);
    case 'timepart': {
      const part = timePart(text, predicate.part);
      return !Number.isNaN(part) && valueHolds(predicate.of, part);
    }
    default:
      return false;
  }
}

function numeral(text: string): number {
  return /^-?[0-9]{1,300}([.][0-9]{1,300})?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
}

function compare(comparison: 'lt' | 'lte' | 'gt' | 'gte', left: number, right: number): boolean {
  if (comparison === 'lt') return left < right;
  if (comparison === 'lte') return left <= right;
  return comparison === 'gt' ? left > right : left >= right;
}

type Reference = Extract<Predicate, { readonly kind: 'fieldref' }>;

function refers({ place, isCased }: Reference, value: unknown, other: unknown): boolean {
  const left = textOf(value);
  const right = textOf(other);
  if (left === null || right === null) return false;
  const text = isCased ? left : fold(left);
  const sought = isCased ? right : fold(right);
  if (place === 'whole') return text === sought;
  if (place === 'start') return text.startsWith(sought);
  return place === 'end' ? text.endsWith(sought) : text.includes(sought);
}

const regexes = new WeakMap<Predicate, RegexTest>();

function regexOf(predicate: Extract<Predicate, { readonly kind: 'regex' }>): RegexTest {
  let regex = regexes.get(predicate);
  if (regex === undefined) {
    regex = compileRegex(predicate);
    regexes.set(predicate, regex);
  }
  return regex;
}

const any = -1;
const one = -2;
const patterns = new WeakMap<readonly TextPart[], readonly number[]>();

/** The pattern one character at a time, as char codes and wildcards. */
function tokensOf(parts: readonly TextPart[], isCased: boolean): readonly number[] {
  let tokens = patterns.get(parts);
  if (tokens === undefined) {
    tokens = parts.flatMap((part) => {
      if (typeof part !== 'string') return [part.wildcard === 'any' ? any : one];
      return Array.from((isCased ? part : fold(part)).split(''), (char) => char.charCodeAt(0));
    });
    patterns.set(parts, tokens);
  }
  return tokens;
}

/** Greedy: after a mismatch the last `*` takes one character more. Text's length times pattern's at most. */
function globHolds(tokens: readonly number[], text: string): boolean {
  let [at, token, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === any) {
      star = token;
      resume = at;
      token += 1;
    } else if (wanted === one || wanted === text.charCodeAt(at)) {
      at += wanted === one ? widthAt(text, at) : 1;
      token += 1;
    } else if (star >= 0) {
      resume += widthAt(text, resume);
      at = resume;
      token = star + 1;
    } else return false;
  }
  while (tokens[token] === any) token += 1;
  return token === tokens.length;
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function inNetwork(network: string, text: string): boolean {
  const range = ipaddr.parseCIDR(
    network.includes('/') ? network : `${network}/${network.includes(':') ? 128 : 32}`,
  );
  const isV4 = ipaddr.IPv4.isValidFourPartDecimal(text);
  if (!isV4 && !(text.includes(':') && ipaddr.IPv6.isValid(text))) return false;
  const address = isV4 ? ipaddr.IPv4.parse(text) : ipaddr.IPv6.parse(text);
  const [base, bits] = range;
  return address.kind() === base.kind() && address.match(base, bits);
}
