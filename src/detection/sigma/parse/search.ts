import type { Expression } from '../rule.ts';
import { UnknownPlaceholder } from './modifier-value.ts';
import { readModifiers, readValue } from './modifiers.ts';
import type { Placeholders } from './placeholders.ts';
import type { ProblemLog } from './problem.ts';
import { shown } from './problem.ts';
import { describeNode, type YamlEntry, type YamlNode, type YamlScalar } from './yaml-tree.ts';

/** What reading a rule's searches needs and finds out. */
export interface SearchContext {
  readonly log: ProblemLog;
  readonly placeholders: Placeholders;
  /** Placeholders without values, with their places: the rule is left out when there are any. */
  readonly unknownPlaceholders: { readonly name: string; readonly offset: number }[];
}

/** Nothing is ever empty here, so that this is a rule that can match. */
const wanted = 'a mapping of fields to values, or a list of mappings or keywords';

/** The body of a search identifier; null when it cannot be read, which is then in the log. */
export function readSearch(node: YamlNode, context: SearchContext): Expression | null {
  if (node.kind === 'map') {
    if (node.entries.length === 0)
      return context.log.error(node.offset, `expected ${wanted}, got an empty mapping`);
    return combine(
      'and',
      node.entries.map((entry) => readField(entry, context)),
    );
  }
  if (node.kind === 'list') {
    if (node.items.length === 0)
      return context.log.error(node.offset, `expected ${wanted}, got an empty list`);
    return combine(
      'or',
      node.items.map((item) => readSearch(item, context)),
    );
  }
  if (node.value === null) return context.log.error(node.offset, `expected ${wanted}, got nothing`);
  return readValues('', [node], node.offset, context);
}

/** `field|modifier|…: value`. No field name: keywords. */
function readField(entry: YamlEntry, context: SearchContext): Expression | null {
  const { key, keyOffset, value } = entry;
  if (value.kind === 'map') {
    return context.log.error(
      value.offset,
      `expected a value or a list of values for ${shown(key)}, got a mapping`,
    );
  }
  if (value.kind === 'scalar') return readValues(key, [value], keyOffset, context);
  if (value.items.length === 0) {
    return context.log.error(
      value.offset,
      `expected at least one value for ${shown(key)}, got an empty list`,
    );
  }
  const scalars: YamlScalar[] = [];
  for (const item of value.items) {
    if (item.kind !== 'scalar') {
      return context.log.error(item.offset, `expected a value for ${shown(key)}, got ${describeNode(item)}`);
    }
    scalars.push(item);
  }
  return readValues(key, scalars, keyOffset, context);
}

function readValues(
  key: string,
  scalars: readonly YamlScalar[],
  keyOffset: number,
  context: SearchContext,
): Expression | null {
  const { log, placeholders, unknownPlaceholders } = context;
  const [field = '', ...names] = key.split('|');
  const modifiers = readModifiers(names);
  if (typeof modifiers === 'string') return log.error(keyOffset, modifiers);
  const terms: (Expression | null)[] = scalars.map((scalar) => {
    const predicates = readValue(scalar, modifiers, field === '', placeholders, (message) =>
      log.warn(scalar.offset, message),
    );
    if (predicates instanceof UnknownPlaceholder) {
      unknownPlaceholders.push({ name: predicates.name, offset: scalar.offset });
      return null;
    }
    if (typeof predicates === 'string') return log.error(scalar.offset, predicates);
    return combine(
      'or',
      predicates.map(
        (predicate): Expression =>
          field === '' ? { kind: 'keyword', predicate } : { kind: 'field', field, predicate },
      ),
    );
  });
  const combined = combine(modifiers.isAll ? 'and' : 'or', terms);
  return combined !== null && modifiers.isNegated ? { kind: 'not', term: combined } : combined;
}

/** One term stays itself, terms of the same kind are joined. Null when one of them is. */
export function combine(kind: 'and' | 'or', terms: readonly (Expression | null)[]): Expression | null {
  const flat: Expression[] = [];
  for (const term of terms) {
    if (term === null) return null;
    if (term.kind === kind) for (const inner of term.terms) flat.push(inner);
    else flat.push(term);
  }
  const [only] = flat;
  return only !== undefined && flat.length === 1 ? only : { kind, terms: flat };
}
