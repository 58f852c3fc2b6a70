import ipaddr from 'ipaddr.js';
import type { Comparison, Predicate, TextPart, TimePart } from '../rule.ts';
import { limits } from './limits.ts';
import { describeRaw, Refusal, UnknownPlaceholder, type Value } from './modifier-value.ts';
import { expand, type Placeholders } from './placeholders.ts';
import { shown } from './problem.ts';
import { checkRegex } from './regex.ts';
import {
  any,
  base64Offsets,
  countDashSpellings,
  dashSpellings,
  isAny,
  parseText,
  plainText,
  tidy,
  type Utf16,
  utf16Bytes,
} from './text-parts.ts';
import type { YamlScalar } from './yaml-tree.ts';

/** Takes what a rule's author should know. */
type Warn = (message: string) => void;

type Step = (value: Value, placeholders: Placeholders) => readonly Value[] | Refusal | UnknownPlaceholder;

const comparisons: readonly Comparison[] = ['lt', 'lte', 'gt', 'gte'];
const timeParts: readonly TimePart[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const regexFlags = new Map([
  ['i', 'i'],
  ['ignorecase', 'i'],
  ['m', 'm'],
  ['multiline', 'm'],
  ['s', 's'],
  ['dotall', 's'],
]);

/** The modifiers that change a value, in the order they are written. `all`, `neq`, `cased` and time parts do not. */
const steps: ReadonlyMap<string, Step> = new Map<string, Step>([
  ['contains', onText((parts) => [any, ...parts, any], { start: true, end: true })],
  ['startswith', onText((parts) => [...parts, any], { start: true, end: false })],
  ['endswith', onText((parts) => [any, ...parts], { start: false, end: true })],
  ['windash', windash],
  ['base64', (value) => onBytes(value, 'base64', (bytes) => [bytes.toString('base64')])],
  ['base64offset', (value) => onBytes(value, 'base64offset', base64Offsets)],
  ['utf16', utf16('utf16')],
  ['utf16le', utf16('utf16le')],
  ['wide', utf16('utf16le')],
  ['utf16be', utf16('utf16be')],
  ['re', regex],
  ...[...regexFlags].map(([name, flag]): [string, Step] => [name, regexFlag(name, flag)]),
  ['cidr', cidr],
  ...comparisons.map((comparison): [string, Step] => [comparison, compare(comparison)]),
  ['exists', exists],
  ['fieldref', fieldref],
  ['expand', expand],
]);

const timePartOf = new Map<string, TimePart>(timeParts.map((part) => [part, part]));

/** The modifiers there are, for messages. */
export const modifierNames: readonly string[] = [...steps.keys(), 'all', 'neq', 'cased', ...timeParts];

/** The modifiers of one field, checked. */
export interface Modifiers {
  readonly isAll: boolean;
  readonly isNegated: boolean;
  readonly isCased: boolean;
  readonly timePart: TimePart | null;
  readonly steps: readonly { readonly name: string; readonly step: Step }[];
}

/** @returns what is wrong with them, as a sentence, when something is */
export function readModifiers(names: readonly string[]): Modifiers | string {
  const chosen: { name: string; step: Step }[] = [];
  const seen = new Set<string>();
  let timePart: TimePart | null = null;
  for (const name of names) {
    if (seen.has(name)) return `expected each modifier once, got "${name}" again`;
    seen.add(name);
    const step = steps.get(name);
    const part = timePartOf.get(name);
    if (step !== undefined) chosen.push({ name, step });
    else if (part !== undefined) {
      if (timePart !== null) return `expected one part of a time, got "${timePart}" and "${part}"`;
      timePart = part;
    } else if (name !== 'all' && name !== 'neq' && name !== 'cased') {
      return `expected a modifier (${modifierNames.join(', ')}), got ${shown(name)}`;
    }
  }
  const isCased = seen.has('cased');
  const uncased = chosen.find(({ name }) => casesNothing.has(name));
  if (isCased && (uncased !== undefined || timePart !== null)) {
    return `expected "cased" on text, got it together with "${uncased?.name ?? timePart}"`;
  }
  const beside = chosen.find(({ name }) => !comparisons.some((comparison) => comparison === name));
  if (timePart !== null && beside !== undefined) {
    return `expected "${timePart}" alone or with lt, lte, gt, gte, got it together with "${beside.name}"`;
  }
  if (seen.has('exists') && names.length > 1 && !(names.length === 2 && seen.has('neq'))) {
    return 'expected "exists" alone, got it together with other modifiers';
  }
  return { isAll: seen.has('all'), isNegated: seen.has('neq'), isCased, timePart, steps: chosen };
}

const casesNothing = new Set(['re', 'cidr', 'exists', ...comparisons]);

/**
 * One value of a rule as what an event's value must be: several when the modifiers turn it into several, of
 * which any will do.
 *
 * @param inKeyword the value is searched anywhere in the event, not in one field
 * @returns what is wrong, as a sentence, when something is
 */
export function readValue(
  scalar: YamlScalar,
  modifiers: Modifiers,
  inKeyword: boolean,
  placeholders: Placeholders,
  warn: Warn,
): readonly Predicate[] | string | UnknownPlaceholder {
  let values: readonly Value[] = [{ kind: 'raw', scalar, text: scalar.text }];
  for (const { step } of modifiers.steps) {
    const next: Value[] = [];
    for (const value of values) {
      const made = step(value, placeholders);
      if (made instanceof UnknownPlaceholder) return made;
      if (made instanceof Refusal) return `expected ${made.message}`;
      next.push(...made);
      if (next.length > limits.expansions) {
        return `expected a value that stands for at most ${limits.expansions} texts, got more: split it with contains|all`;
      }
    }
    values = next;
  }
  const predicates: Predicate[] = [];
  for (const value of values) {
    const predicate = predicateOf(value, modifiers, inKeyword, warn);
    if (predicate instanceof Refusal) return `expected ${predicate.message}`;
    predicates.push(predicate);
  }
  return predicates;
}

function predicateOf(
  value: Value,
  modifiers: Modifiers,
  inKeyword: boolean,
  warn: Warn,
): Predicate | Refusal {
  const predicate = inKeyword ? keywordOf(value, modifiers, warn) : fieldPredicateOf(value, modifiers, warn);
  if (predicate instanceof Refusal || modifiers.timePart === null) return predicate;
  if (predicate.kind !== 'number' && predicate.kind !== 'compare') {
    return new Refusal(`a number for "${modifiers.timePart}", got ${describeRaw(value)}`);
  }
  return { kind: 'timepart', part: modifiers.timePart, of: predicate };
}

function fieldPredicateOf(value: Value, modifiers: Modifiers, warn: Warn): Predicate | Refusal {
  const { isCased } = modifiers;
  switch (value.kind) {
    case 'raw':
      return plainPredicate(value.scalar, value.text, isCased);
    case 'text':
      return textPredicate(value.parts, isCased);
    case 'bytes':
      // One character a byte: how a raw UTF-16 value shows in a text field.
      return textPredicate([value.bytes.toString('latin1')], isCased);
    case 'regex': {
      const checked = checkRegex(value.source, value.flags);
      if (!checked.ok) return new Refusal(checked.message);
      if (checked.warning !== null) warn(checked.warning);
      return { kind: 'regex', source: checked.source, flags: checked.flags };
    }
    case 'fieldref': {
      const { field, start, end } = value;
      const place = start && end ? 'anywhere' : start ? 'start' : end ? 'end' : 'whole';
      return { kind: 'fieldref', field, place, isCased };
    }
    default:
      return value;
  }
}

/** A value that nothing has changed: of the type that YAML gave it. */
function plainPredicate({ value }: YamlScalar, text: string, isCased: boolean): Predicate | Refusal {
  if (value === null) return isCased ? new Refusal('text for "cased", got nothing') : { kind: 'null' };
  if (typeof value === 'number' && !isCased) return { kind: 'number', value };
  if (typeof value === 'boolean' && !isCased) return { kind: 'boolean', value };
  return textPredicate(parseText(text), isCased);
}

function keywordOf(value: Value, modifiers: Modifiers, warn: Warn): Predicate | Refusal {
  if (modifiers.timePart !== null) {
    return new Refusal(`a field for "${modifiers.timePart}", got a keyword search`);
  }
  if (value.kind === 'raw' && value.scalar.value === null) return new Refusal('a keyword, got nothing');
  // A number is searched as the text it is.
  const text: Value = value.kind === 'raw' ? { kind: 'text', parts: parseText(value.text) } : value;
  if (text.kind !== 'text' && text.kind !== 'bytes' && text.kind !== 'regex') {
    return new Refusal('text or a regular expression as a keyword, got a modifier that needs a field');
  }
  const predicate = fieldPredicateOf(text, modifiers, warn);
  if (predicate instanceof Refusal || predicate.kind !== 'text') return predicate;
  return textPredicate([any, ...predicate.parts, any], predicate.isCased);
}

function textPredicate(parts: readonly TextPart[], isCased: boolean): Predicate {
  return { kind: 'text', parts: tidy(parts), isCased };
}

/** The value as text with wildcards, whatever type YAML gave it. */
function partsOf(value: Value, wanted: string): readonly TextPart[] | Refusal {
  if (value.kind === 'text') return value.parts;
  if (value.kind === 'raw' && value.scalar.value !== null) return parseText(value.text);
  if (value.kind === 'bytes') return [value.bytes.toString('latin1')];
  return new Refusal(`text for "${wanted}", got ${describeRaw(value)}`);
}

function onText(
  wrap: (parts: readonly TextPart[]) => readonly TextPart[],
  place: { readonly start: boolean; readonly end: boolean },
): Step {
  const name = place.start ? (place.end ? 'contains' : 'startswith') : 'endswith';
  return (value) => {
    if (value.kind === 'fieldref') {
      return value.start || value.end
        ? new Refusal(`one of contains, startswith and endswith, got "${name}" as well`)
        : [{ ...value, ...place }];
    }
    // A search finds the expression anywhere as it is: only "contains" says nothing else.
    if (value.kind === 'regex') {
      return place.start && place.end
        ? [value]
        : new Refusal(`"^" or "$" in the regular expression, got "${name}" on one`);
    }
    const parts = partsOf(value, name);
    if (parts instanceof Refusal) return parts;
    return [{ kind: 'text', parts: tidy(wrap(parts)) }];
  };
}

function windash(value: Value): readonly Value[] | Refusal {
  const parts = partsOf(value, 'windash');
  if (parts instanceof Refusal) return parts;
  const count = countDashSpellings(parts);
  if (count > limits.expansions) {
    return new Refusal(
      `at most ${limits.expansions} spellings of a "windash" value, got ${count}: split it with contains|all`,
    );
  }
  return dashSpellings(parts).map((spelling) => ({ kind: 'text', parts: spelling }));
}

function onBytes(
  value: Value,
  name: string,
  encode: (bytes: Buffer) => readonly string[],
): readonly Value[] | Refusal {
  const bytes = bytesOf(value, name);
  if (bytes instanceof Refusal) return bytes;
  return encode(bytes).map((text) => ({ kind: 'text', parts: tidy([text]) }));
}

function bytesOf(value: Value, name: string): Buffer | Refusal {
  if (value.kind === 'bytes') return value.bytes;
  const text = plainTextOf(value, name);
  return typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
}

function plainTextOf(value: Value, name: string): string | Refusal {
  const parts = partsOf(value, name);
  if (parts instanceof Refusal) return parts;
  return (
    plainText(parts) ?? new Refusal(`text without wildcards for "${name}", got some (put "contains" last)`)
  );
}

function utf16(encoding: Utf16): Step {
  return (value) => {
    if (value.kind === 'bytes') return new Refusal(`one encoding, got "${encoding}" as well`);
    const text = plainTextOf(value, encoding);
    return typeof text === 'string' ? [{ kind: 'bytes', bytes: utf16Bytes(text, encoding) }] : text;
  };
}

function regex(value: Value): readonly Value[] | Refusal {
  if (value.kind !== 'raw' || value.scalar.value === null) {
    return new Refusal(`a regular expression for "re", got ${describeRaw(value)}`);
  }
  return [{ kind: 'regex', source: value.text, flags: '' }];
}

function regexFlag(name: string, flag: string): Step {
  return (value) =>
    value.kind === 'regex'
      ? [{ ...value, flags: value.flags.includes(flag) ? value.flags : value.flags + flag }]
      : new Refusal(`"${name}" after "re"`);
}

function cidr(value: Value): readonly Value[] | Refusal {
  if (value.kind !== 'raw' || typeof value.scalar.value !== 'string' || !isNetwork(value.text)) {
    return new Refusal(`a network such as 10.0.0.0/8 or fe80::/10 for "cidr", got ${describeRaw(value)}`);
  }
  return [{ kind: 'cidr', network: value.text }];
}

function isNetwork(text: string): boolean {
  if (/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(text)) return ipaddr.IPv4.isValidCIDR(text);
  return text.includes(':') && ipaddr.IPv6.isValidCIDR(text);
}

function compare(comparison: Comparison): Step {
  return (value) => {
    if (value.kind !== 'raw') return new Refusal(`a number for "${comparison}", got ${describeRaw(value)}`);
    const { value: given } = value.scalar;
    const number =
      typeof given === 'number' ? given : typeof given === 'string' ? numberOf(given) : Number.NaN;
    return Number.isFinite(number)
      ? [{ kind: 'compare', comparison, value: number }]
      : new Refusal(`a number for "${comparison}", got ${describeRaw(value)}`);
  };
}

function numberOf(text: string): number {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
}

function exists(value: Value): readonly Value[] | Refusal {
  if (value.kind !== 'raw') return new Refusal('"exists" alone');
  const { value: given } = value.scalar;
  const isThere =
    given === true || given === 'true' ? true : given === false || given === 'false' ? false : null;
  return isThere === null
    ? new Refusal(`true or false for "exists", got ${describeRaw(value)}`)
    : [{ kind: 'exists', isThere }];
}

function fieldref(value: Value): readonly Value[] | Refusal {
  if (value.kind === 'text') {
    // "startswith|fieldref": the wildcards say where the other field's value must stand.
    const start = value.parts.at(-1);
    const end = value.parts[0];
    const name = plainText(value.parts.filter((part) => !isAny(part)));
    const atStart = start !== undefined && isAny(start);
    const atEnd = end !== undefined && isAny(end);
    return name === null || name === ''
      ? new Refusal('the name of a field for "fieldref", got wildcards')
      : [{ kind: 'fieldref', field: name, start: atStart, end: atEnd }];
  }
  if (value.kind !== 'raw' || typeof value.scalar.value !== 'string' || value.text === '') {
    return new Refusal(`the name of a field for "fieldref", got ${describeRaw(value)}`);
  }
  const name = plainText(parseText(value.text));
  return name === null
    ? new Refusal('the name of a field for "fieldref", got wildcards')
    : [{ kind: 'fieldref', field: name, start: false, end: false }];
}
