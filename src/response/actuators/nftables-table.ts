import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { parseHostAddress } from './address.ts';

interface Direction {
  readonly chain: string;
  readonly hook: string;
  /** Header field whose address is looked up. */
  readonly field: 'saddr' | 'daddr';
}

/**
 * Both ends of the packet path, for this host and for those it forwards for. Nothing comes in from a blocked
 * host, and nothing goes out to it: replies, and what an intruder inside would send home.
 */
const directions: readonly Direction[] = [
  { chain: 'incoming', hook: 'prerouting', field: 'saddr' },
  { chain: 'outgoing', hook: 'postrouting', field: 'daddr' },
];
const families = [
  { set: 'blocked4', type: 'ipv4_addr', protocol: 'ip', family: 4 },
  { set: 'blocked6', type: 'ipv6_addr', protocol: 'ip6', family: 6 },
] as const;

/** Before connection tracking (-200), so that an established connection is cut and no flood fills its table. */
const priority = -300;

/**
 * Brings our sets, chains and rules to what they should be and keeps the sets' elements. One transaction: a
 * packet sees the old rules or the new ones, never neither.
 */
export function structureScript(table: string): string {
  const lines = [`add table inet ${table}`];
  // Hosts in a hash set: an interval set would cost half a second an element once it is large.
  for (const { set, type } of families)
    lines.push(`add set inet ${table} ${set} { type ${type}; flags timeout; }`);
  for (const { chain, hook, field } of directions) {
    const name = `inet ${table} ${chain}`;
    // Adding without a hook succeeds whether or not the chain is there, and whatever hook it has.
    lines.push(`add chain ${name}`, `flush chain ${name}`, `delete chain ${name}`);
    lines.push(`add chain ${name} { type filter hook ${hook} priority ${priority}; policy accept; }`);
    for (const { set, protocol } of families)
      lines.push(`add rule ${name} ${protocol} ${field} @${set} counter drop`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Sets the lease of each host in `leases` (canonical address to milliseconds from now) and removes those in
 * `removals`, whether or not they are there. nft ignores the add of an element that is there and refuses to
 * delete an absent one; add, delete, add in one transaction does what is meant, and no packet slips between.
 *
 * @param isPresent whether the host may be an element already. A delete makes the kernel wait some 10 ms for
 *   all readers, so what is certainly new is only added.
 */
export function elementsScript(
  table: string,
  leases: ReadonlyMap<string, number>,
  removals: ReadonlySet<string>,
  isPresent: (address: string) => boolean,
): string {
  const lines: string[] = [];
  const replaced = [...[...leases.keys()].filter(isPresent), ...removals];
  for (const { set, family } of families) {
    const isOurs = (address: string): boolean => address.includes(':') === (family === 6);
    const name = `element inet ${table} ${set}`;
    const deleted = replaced.filter(isOurs).join(', ');
    if (deleted !== '') lines.push(`add ${name} { ${deleted} }`, `delete ${name} { ${deleted} }`);
    const added = [...leases]
      .filter(([address]) => isOurs(address))
      .map(([address, ms]) => `${address} timeout ${duration(ms)}`);
    if (added.length > 0) lines.push(`add ${name} { ${added.join(', ')} }`);
  }
  return `${lines.join('\n')}\n`;
}

/** nft refuses more digits of milliseconds than some 27 hours have. */
function duration(ms: number): string {
  return `${Math.floor(ms / 86_400_000)}d${Math.floor((ms % 86_400_000) / 1000)}s${Math.floor(ms % 1000)}ms`;
}

const Element = Type.Union([
  Type.String(),
  Type.Object({
    elem: Type.Object({ val: Type.String(), expires: Type.Optional(Type.Number({ minimum: 0 })) }),
  }),
]);
const Listing = Compile(
  Type.Object({
    nftables: Type.Array(
      Type.Object({
        set: Type.Optional(
          Type.Object({
            name: Type.String(),
            type: Type.Unknown(),
            elem: Type.Optional(Type.Array(Element)),
          }),
        ),
        chain: Type.Optional(
          Type.Object({
            name: Type.String(),
            hook: Type.Optional(Type.String()),
            prio: Type.Optional(Type.Number()),
          }),
        ),
        rule: Type.Optional(Type.Object({ chain: Type.String(), expr: Type.Array(Type.Unknown()) })),
      }),
    ),
  }),
);

export interface TableListing {
  /** Whether sets, chains and rules are all as `structureScript` makes them. */
  readonly isWhole: boolean;
  /** Canonical address to seconds left, rounded down; Infinity for an element without an end. */
  readonly secondsLeft: ReadonlyMap<string, number>;
}

/** Reads the output of `nft -j list table`. Throws when it is not that. */
export function parseListing(text: string): TableListing {
  const { nftables } = Listing.Parse(JSON.parse(text));
  const secondsLeft = new Map<string, number>();
  const found = new Set<string>();
  for (const { set, chain, rule } of nftables) {
    if (set !== undefined) {
      found.add(`set ${set.name} ${String(set.type)}`);
      for (const element of set.elem ?? []) {
        const { val, expires = Number.POSITIVE_INFINITY } =
          typeof element === 'string' ? { val: element } : element.elem;
        const host = parseHostAddress(val);
        if (host.kind === 'host') secondsLeft.set(host.address, expires);
      }
    }
    if (chain !== undefined) found.add(`chain ${chain.name} ${chain.hook} ${chain.prio}`);
    if (rule !== undefined) found.add(`rule ${rule.chain} ${ruleShape(rule.expr)}`);
  }
  return { isWhole: expectedShapes.every((shape) => found.has(shape)), secondsLeft };
}

const expectedShapes: readonly string[] = [
  ...families.map(({ set, type }) => `set ${set} ${type}`),
  ...directions.flatMap(({ chain, hook, field }) => [
    `chain ${chain} ${hook} ${priority}`,
    ...families.map(({ set, protocol }) => {
      const match = { op: '==', left: { payload: { protocol, field } }, right: `@${set}` };
      return `rule ${chain} ${ruleShape([{ match }, { drop: null }])}`;
    }),
  ]),
];

/** A rule without its counters, whose figures change. */
function ruleShape(expr: readonly unknown[]): string {
  return JSON.stringify(
    expr.filter((part) => !(typeof part === 'object' && part !== null && 'counter' in part)),
  );
}
