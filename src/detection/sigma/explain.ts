import { holds } from './compile/full-scan.ts';
import { spellText } from './parse/text-parts.ts';
import type { DetectionRule, Expression, LogSource, Predicate } from './rule.ts';
import type { FieldValue, SigmaEvent } from './sigma-event.ts';

/** One part of a rule's condition, and whether it holds of an event. */
export interface Explanation {
  readonly holds: boolean;
  /** What is wanted: `all of`, `any of`, `not`, the name of a search identifier, or a comparison as a rule writes it. */
  readonly wanted: string;
  /** What the event has; null for parts that have parts of their own. */
  readonly has: string | null;
  readonly parts: readonly Explanation[];
}

export interface RuleExplanation {
  readonly rule: DetectionRule;
  readonly isMatch: boolean;
  readonly logSource: { readonly holds: boolean; readonly wanted: string; readonly has: string };
  readonly condition: Explanation;
}

/** Why a rule matches an event, or does not. The condition is worked out even when the log source is another. */
export function explainRule(rule: DetectionRule, event: SigmaEvent): RuleExplanation {
  const { product, category, service } = rule.logSource;
  const isSource =
    (product === null || product === event.product) &&
    (category === null || event.categories.includes(category)) &&
    (service === null || event.services.includes(service));
  const condition = explain(rule.condition, event);
  return {
    rule,
    isMatch: isSource && condition.holds,
    logSource: { holds: isSource, wanted: spellLogSource(rule.logSource), has: spellEventSource(event) },
    condition,
  };
}

/** `product: windows, category: process_creation`. */
export function spellLogSource({ product, category, service }: LogSource): string {
  const parts = [
    product === null ? '' : `product: ${product}`,
    category === null ? '' : `category: ${category}`,
    service === null ? '' : `service: ${service}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function spellEventSource({ product, categories, services }: SigmaEvent): string {
  const parts = [
    product === '' ? '' : `product: ${product}`,
    categories.length === 0 ? '' : `category: ${categories.join(' or ')}`,
    services.length === 0 ? '' : `service: ${services.join(' or ')}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function explain(expression: Expression, event: SigmaEvent): Explanation {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const parts = expression.terms.map((term) => explain(term, event));
      const isAll = expression.kind === 'and';
      return {
        holds: isAll ? parts.every((part) => part.holds) : parts.some((part) => part.holds),
        wanted: isAll ? 'all of' : 'any of',
        has: null,
        parts,
      };
    }
    case 'not': {
      const part = explain(expression.term, event);
      return { holds: !part.holds, wanted: 'not', has: null, parts: [part] };
    }
    case 'named': {
      const part = explain(expression.term, event);
      return { holds: part.holds, wanted: expression.name, has: null, parts: [part] };
    }
    case 'field': {
      const { field, predicate } = expression;
      const other =
        predicate.kind === 'fieldref'
          ? ` (${predicate.field}: ${spellValue(event.field(predicate.field))})`
          : '';
      return {
        holds: holds(expression, event),
        wanted: spellPredicate(field, predicate),
        has: `${spellValue(event.field(field))}${other}`,
        parts: [],
      };
    }
    case 'keyword': {
      const count = event.leaves().length;
      const isThere = holds(expression, event);
      return {
        holds: isThere,
        wanted: `keyword ${spellPredicate('', expression.predicate)}`,
        has: isThere ? 'it is in a value' : `it is in none of ${count} values`,
        parts: [],
      };
    }
  }
}

/** A comparison as a rule would write it: `Image|endswith: '\cmd.exe'`. */
export function spellPredicate(field: string, predicate: Predicate): string {
  const [modifiers, value] = spelledParts(predicate);
  const key = [field, ...modifiers].join('|');
  return key === '' ? value : `${key}: ${value}`;
}

function spelledParts(predicate: Predicate): readonly [modifiers: readonly string[], value: string] {
  switch (predicate.kind) {
    case 'text': {
      const { parts, isCased } = predicate;
      const cased = isCased ? ['cased'] : [];
      const head = parts[0];
      const tail = parts.at(-1);
      const isOpenHead = typeof head === 'object' && head.wildcard === 'any';
      const isOpenTail = typeof tail === 'object' && tail.wildcard === 'any' && parts.length > 1;
      const inner = parts.slice(isOpenHead ? 1 : 0, isOpenTail ? -1 : undefined);
      const place = isOpenHead ? (isOpenTail ? 'contains' : 'endswith') : 'startswith';
      // Only where the modifier says the same as the wildcards.
      return (isOpenHead || isOpenTail) && inner.length > 0
        ? [[place, ...cased], quoted(spellText(inner))]
        : [cased, quoted(spellText(parts))];
    }
    case 'number':
    case 'boolean':
      return [[], String(predicate.value)];
    case 'null':
      return [[], 'null'];
    case 'regex':
      return [['re', ...predicate.flags], quoted(predicate.source)];
    case 'cidr':
      return [['cidr'], predicate.network];
    case 'compare':
      return [[predicate.comparison], String(predicate.value)];
    case 'exists':
      return [['exists'], String(predicate.isThere)];
    case 'fieldref': {
      const place = { whole: [], start: ['startswith'], end: ['endswith'], anywhere: ['contains'] }[
        predicate.place
      ];
      return [['fieldref', ...place, ...(predicate.isCased ? ['cased'] : [])], predicate.field];
    }
    case 'timepart': {
      const [modifiers, value] = spelledParts(predicate.of);
      return [[predicate.part, ...modifiers], value];
    }
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const mostChars = 200;

function spellValue(value: FieldValue): string {
  if (value === undefined) return 'no such field';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > mostChars ? `${text.slice(0, mostChars)}…` : text;
}
