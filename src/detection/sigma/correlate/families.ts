import type { CorrelationRule } from '../rule.ts';

/** Correlations whose hits travel together. */
export interface Family {
  readonly name: string;
  /** Group-by names whose values make the partition key; empty when the whole family has one key. */
  readonly keyNames: readonly string[];
}

/**
 * The family of each correlation, by its id.
 *
 * Correlations that refer to one another must meet in one state, so they share the group-by names that all of them
 * have, read from the same fields; those values are the key. The name says nothing but how the key is made, so that
 * it stays what it is when other correlations come and go, and all correlations keyed alike share one signal a hit.
 * A chain without a common name gets one key for the whole of it.
 */
export function familiesOf(correlations: readonly CorrelationRule[]): ReadonlyMap<string, Family> {
  const byId = new Map(correlations.map((rule) => [rule.id, rule]));
  const families = new Map<string, Family>();
  for (const chain of chainsOf(correlations, byId)) {
    const family = familyOf(chain, byId);
    for (const rule of chain) families.set(rule.id, family);
  }
  return families;
}

function familyOf(chain: readonly CorrelationRule[], byId: ReadonlyMap<string, CorrelationRule>): Family {
  const [first] = chain;
  const keyNames: string[] = [];
  const labels: string[] = [];
  for (const name of [...new Set(first?.groupBy)].sort()) {
    const label = labelOf(name, chain, byId);
    if (label === null) continue;
    keyNames.push(name);
    labels.push(label);
  }
  if (keyNames.length > 0) return { name: labels.join('+'), keyNames };
  const ids = chain.map((rule) => rule.id).sort();
  return { name: `all:${ids[0] ?? ''}`, keyNames: [] };
}

/** How a chain reads a group-by name: null when its correlations do not all have it, or read it from other fields. */
function labelOf(
  name: string,
  chain: readonly CorrelationRule[],
  byId: ReadonlyMap<string, CorrelationRule>,
): string | null {
  const fields = new Map<string, string>();
  for (const rule of chain) {
    if (!rule.groupBy.includes(name)) return null;
    for (const { ruleId } of rule.rules) {
      const field = rule.aliases.get(name)?.get(ruleId) ?? name;
      // What an inner correlation hands on are its own group-by names.
      if (byId.has(ruleId)) {
        if (field !== name) return null;
      } else if ((fields.get(ruleId) ?? field) !== field) return null;
      else fields.set(ruleId, field);
    }
  }
  const aliased = [...fields].filter(([, field]) => field !== name).sort();
  const spelled = aliased.map((pair) => pair.map(encodeURIComponent).join('=')).join(',');
  return encodeURIComponent(name) + (spelled === '' ? '' : `(${spelled})`);
}

/** Correlations that refer to one another, over any number of steps. */
function chainsOf(
  correlations: readonly CorrelationRule[],
  byId: ReadonlyMap<string, CorrelationRule>,
): CorrelationRule[][] {
  const neighbours = new Map<string, CorrelationRule[]>(correlations.map((rule) => [rule.id, []]));
  for (const outer of correlations) {
    for (const { ruleId } of outer.rules) {
      const inner = byId.get(ruleId);
      if (inner === undefined) continue;
      neighbours.get(outer.id)?.push(inner);
      neighbours.get(inner.id)?.push(outer);
    }
  }
  const seen = new Set<string>();
  const chains: CorrelationRule[][] = [];
  for (const rule of correlations) {
    if (seen.has(rule.id)) continue;
    seen.add(rule.id);
    const chain = [rule];
    // Grows while it is walked.
    for (const member of chain) {
      for (const next of neighbours.get(member.id) ?? []) {
        if (seen.has(next.id)) continue;
        seen.add(next.id);
        chain.push(next);
      }
    }
    chains.push(chain);
  }
  return chains;
}
