import type { LogSource } from '../rule.ts';
import type { SigmaEvent } from '../sigma-event.ts';
import type { Plan, PlanContext, PlannedRule } from './plan.ts';
import { createPlanSet, type PlanSet } from './plan-set.ts';

/** One way of events to name their log source, up to here. */
interface Node {
  plans: PlanSet | null;
  readonly next: Map<string, Node>;
}

/**
 * Events come from a handful of log sources. More distinct ones than this are somebody's play: plans are then
 * forgotten and made anew.
 */
const maxNodes = 4096;

/**
 * Finds the plans for an event's log source, and makes them when the first event of that kind comes. A rule applies
 * when each of product, category and service that it names is among the event's.
 */
export class LogSources {
  readonly #rules: readonly PlannedRule[];
  readonly #context: PlanContext;
  readonly #products = new Set<string>();
  readonly #categories = new Set<string>();
  readonly #services = new Set<string>();
  #root: Node = { plans: null, next: new Map() };
  #nodes = 0;

  constructor(rules: readonly PlannedRule[], context: PlanContext) {
    this.#rules = rules;
    this.#context = context;
    for (const { rule } of rules) {
      const { product, category, service } = rule.logSource;
      if (product !== null) this.#products.add(product);
      if (category !== null) this.#categories.add(category);
      if (service !== null) this.#services.add(service);
    }
  }

  planOf(event: SigmaEvent): Plan {
    // What no rule names makes no difference between log sources.
    let node = this.#step(this.#root, this.#products.has(event.product) ? event.product : '');
    for (const category of event.categories) {
      if (this.#categories.has(category)) node = this.#step(node, category);
    }
    node = this.#step(node, '');
    for (const service of event.services) if (this.#services.has(service)) node = this.#step(node, service);
    node.plans ??= createPlanSet(
      this.#rules.filter(({ rule }) => appliesTo(rule.logSource, event)),
      this.#context,
    );
    return node.plans.planOf(event);
  }

  #step(node: Node, name: string): Node {
    const known = node.next.get(name);
    if (known !== undefined) return known;
    if (this.#nodes >= maxNodes) {
      // Nodes above the new one are out of reach from now on, which costs only making them again.
      this.#root = { plans: null, next: new Map() };
      this.#nodes = 0;
    }
    const made: Node = { plans: null, next: new Map() };
    node.next.set(name, made);
    this.#nodes += 1;
    return made;
  }
}

/** Whether each of product, category and service that a rule names is among the event's. */
export function appliesTo({ product, category, service }: LogSource, event: SigmaEvent): boolean {
  if (product !== null && product !== event.product) return false;
  if (category !== null && !event.categories.includes(category)) return false;
  return service === null || event.services.includes(service);
}
