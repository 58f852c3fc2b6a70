/** What a member of the group brings to the division of the partitions. */
export interface GroupMember {
  readonly id: string;
  readonly topics: readonly string[];
  /** Partitions it holds now, by topic, and the generation of the group it got them in. */
  readonly owned: ReadonlyMap<string, readonly number[]>;
  readonly generation: number;
}

/** Partitions by topic, by member. */
export type Assignment = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/**
 * Divides the partitions evenly (counts differ by one at most for each topic) while leaving each with its
 * holder where that is possible. A partition that has to move is given to nobody in this round: its holder
 * lets go of it first and asks for another round (KIP-429), so two members never hold one partition.
 */
export function assignCooperatively(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Assignment {
  const result = new Map(members.map(({ id }) => [id, new Map<string, readonly number[]>()]));
  for (const [topic, partitions] of partitionCounts)
    for (const [id, assigned] of divide(topic, partitions, members)) result.get(id)?.set(topic, assigned);
  return result;
}

function divide(
  topic: string,
  partitions: number,
  members: readonly GroupMember[],
): ReadonlyMap<string, number[]> {
  const subscribed = members.filter(({ topics }) => topics.includes(topic));
  const holders = holdersOf(topic, partitions, subscribed);
  const held = new Map<string, number[]>(subscribed.map(({ id }) => [id, []]));
  for (const [partition, id] of holders) held.get(id)?.push(partition);

  // Those who hold most get the odd partitions, so that the fewest move.
  const bySize = [...held].sort(([a, mine], [b, theirs]) => theirs.length - mine.length || (a < b ? -1 : 1));
  const share = Math.floor(partitions / Math.max(1, bySize.length));
  const odd = partitions - share * bySize.length;
  const kept = new Map<string, number[]>();
  const room: string[] = [];
  for (const [index, [id, own]] of bySize.entries()) {
    const quota = share + (index < odd ? 1 : 0);
    kept.set(id, own.slice(0, quota));
    for (let free = own.length; free < quota; free += 1) room.push(id);
  }
  const stays = new Set([...kept.values()].flat());
  for (let partition = 0; partition < partitions; partition += 1) {
    if (stays.has(partition)) continue;
    const next = room.shift();
    if (next !== undefined && !holders.has(partition)) kept.get(next)?.push(partition);
  }
  return kept;
}

/** Who holds each partition. A claim from an older generation is void: the group has moved on without it. */
function holdersOf(topic: string, partitions: number, members: readonly GroupMember[]): Map<number, string> {
  const holders = new Map<number, string>();
  const generations = new Map<number, number>();
  for (const member of members)
    for (const partition of member.owned.get(topic) ?? []) {
      if (partition >= partitions || member.generation <= (generations.get(partition) ?? -1)) continue;
      generations.set(partition, member.generation);
      holders.set(partition, member.id);
    }
  return new Map([...holders].sort(([a], [b]) => a - b));
}
