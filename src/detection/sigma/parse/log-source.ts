import type { LogSource } from '../rule.ts';
import type { ProblemLog } from './problem.ts';
import { describeNode, entryOf, get, type YamlMap } from './yaml-tree.ts';

/** The `logsource` of a rule or filter, lower case; null when it cannot be used, which is then in the log. */
export function readLogSource(rule: YamlMap, log: ProblemLog): LogSource | null {
  const entry = entryOf(rule, 'logsource');
  const wanted = 'expected "logsource" with at least one of product, category and service';
  if (entry === undefined) return log.error(rule.offset, `${wanted}, got none`);
  const { value: map } = entry;
  if (map.kind !== 'map') return log.error(map.offset, `${wanted}, got ${describeNode(map)}`);
  const [product, category, service] = ['product', 'category', 'service'].map((key) => {
    const node = get(map, key);
    if (node === undefined || (node.kind === 'scalar' && node.value === null)) return null;
    if (node.kind === 'scalar') return node.text.trim().toLowerCase();
    return log.error(node.offset, `expected text for "${key}", got ${describeNode(node)}`);
  });
  if (!product && !category && !service) return log.error(map.offset, `${wanted}, got none of them`);
  return { product: product || null, category: category || null, service: service || null };
}

/** Whether every event of `inner` is one of `outer`: what `outer` names, `inner` names alike. */
export function isWithin(inner: LogSource, outer: LogSource): boolean {
  return (
    (outer.product === null || outer.product === inner.product) &&
    (outer.category === null || outer.category === inner.category) &&
    (outer.service === null || outer.service === inner.service)
  );
}
