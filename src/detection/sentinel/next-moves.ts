import { parentOf, tacticsOf, techniques } from '../attack/attack.ts';

/** A technique that is likely to be used by whoever uses those that were seen. */
export interface NextMove {
  readonly technique: string;
  /** 0..1: share of comparable attackers that use it, not a chance per hour. */
  readonly probability: number;
}

/** Groups a technique's conditional share is shrunk towards its overall share by. */
const SHRINKAGE = 5;
/** Exponent of the number of techniques seen by which their joint evidence is divided: they are not independent. */
const DAMPING = 0.5;
/** Of a technique all of whose tactics come before the one seen last: attackers mostly go on, not back. */
const BACKWARD = 0.5;
/** Techniques that are taken into account, the latest ones. */
const MAX_SEEN = 12;
/** Done before and outside of what is defended, so never the next thing to look for here. */
const unobservable: ReadonlySet<string> = new Set(['TA0042', 'TA0043']);

/** Techniques that each known attacker uses: what the model is made of. */
export type Repertoires = readonly (readonly string[])[];

/** The repertoires of ATT&CK's groups; one of a single technique says nothing about what goes together. */
export function groupRepertoires(): Repertoires {
  const byGroup = new Map<string, string[]>();
  for (const technique of techniques()) {
    for (const { id } of technique.groups) {
      const known = byGroup.get(id);
      if (known === undefined) byGroup.set(id, [technique.id]);
      else known.push(technique.id);
    }
  }
  return [...byGroup.values()].filter((repertoire) => repertoire.length > 1);
}

export interface NextMoveModel {
  /** The likeliest first. `seen`: techniques in the order in which they appeared. */
  predict(seen: readonly string[], limit: number): readonly NextMove[];
  /** The same by how common techniques are, whatever was seen: the baseline. */
  commonest(seen: readonly string[], limit: number): readonly NextMove[];
}

/**
 * Which technique goes with those seen. With N attackers, n(t) of whom use t and n(s,t) both:
 *
 *     p(t)   = n(t) / N
 *     p(t|s) = (n(s,t) + 5 p(t)) / (n(s) + 5)
 *     logit P(t|S) = logit p(t) + Σ_{s∈S} (logit p(t|s) − logit p(t)) / √|S|
 *
 * halved when every tactic of t lies before the last one seen. A naive Bayes odds product, damped because techniques of
 * one attacker come in bundles. See README.md for what it gets right.
 */
export function createNextMoveModel(repertoires: Repertoires): NextMoveModel {
  const total = repertoires.length;
  const users = new Map<string, number[]>();
  repertoires.forEach((repertoire, attacker) => {
    for (const technique of new Set(repertoire)) {
      const known = users.get(technique);
      if (known === undefined) users.set(technique, [attacker]);
      else known.push(attacker);
    }
  });
  const known = [...users.keys()].sort();
  const position = new Map(known.map((technique, index) => [technique, index]));
  const share = known.map((technique) => bounded((users.get(technique)?.length ?? 0) / total));
  const first = known.map((technique) => Math.min(...ordersOf(technique)));
  const last = known.map((technique) => Math.max(...ordersOf(technique)));
  const isObservable = known.map((technique) => tacticsOf(technique).some(({ id }) => !unobservable.has(id)));
  const weights = new Map<string, Float64Array>();

  /** What having seen a technique says for and against each other one. */
  const weightsOf = (technique: string): Float64Array => {
    const ready = weights.get(technique);
    if (ready !== undefined) return ready;
    const theirs = users.get(technique) ?? [];
    const together = new Float64Array(known.length);
    for (const attacker of theirs) {
      for (const other of new Set(repertoires[attacker])) {
        const index = position.get(other);
        if (index !== undefined) together[index] = (together[index] ?? 0) + 1;
      }
    }
    const row = together.map((both, index) => {
      const alone = share[index] ?? 0;
      return logit(bounded((both + SHRINKAGE * alone) / (theirs.length + SHRINKAGE))) - logit(alone);
    });
    weights.set(technique, row);
    return row;
  };

  const rankBy = (seen: readonly string[], limit: number, rate: (index: number) => number): NextMove[] => {
    const excluded = new Set(seen.flatMap((technique) => [technique, parentOf(technique) ?? technique]));
    return known
      .map((technique, index) => ({ technique, index }))
      .filter(({ technique, index }) => !excluded.has(technique) && isObservable[index] === true)
      .map(({ technique, index }) => ({ technique, probability: rate(index) }))
      .sort((a, b) => b.probability - a.probability || (a.technique < b.technique ? -1 : 1))
      .slice(0, limit)
      .map(({ technique, probability }) => ({
        technique,
        probability: Math.round(probability * 1000) / 1000,
      }));
  };

  return {
    predict(seen, limit) {
      const told = [
        ...new Set(seen.map((technique) => (position.has(technique) ? technique : parentOf(technique)))),
      ]
        .filter((technique) => technique !== null && position.has(technique))
        .slice(-MAX_SEEN)
        .map((technique) => technique ?? '');
      const rows = told.map(weightsOf);
      const damping = Math.max(1, rows.length) ** DAMPING;
      const reached = first[position.get(told.at(-1) ?? '') ?? -1] ?? 0;
      return rankBy(seen, limit, (index) => {
        let evidence = 0;
        for (const row of rows) evidence += row[index] ?? 0;
        const probability = 1 / (1 + Math.exp(-(logit(share[index] ?? 0) + evidence / damping)));
        return (last[index] ?? 0) >= reached ? probability : probability * BACKWARD;
      });
    },
    commonest: (seen, limit) => rankBy(seen, limit, (index) => share[index] ?? 0),
  };
}

function ordersOf(technique: string): number[] {
  const orders = tacticsOf(technique).map(({ order }) => order);
  return orders.length === 0 ? [0] : orders;
}

function bounded(probability: number): number {
  return Math.min(0.9999, Math.max(0.0001, probability));
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}
