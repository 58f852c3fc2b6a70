import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignCooperatively, type GroupMember } from './kafka-assignor.ts';

const topic = 'security.events';

function member(id: string, owned: readonly number[] = [], generation = 1): GroupMember {
  return { id, topics: [topic], owned: new Map([[topic, owned]]), generation };
}

function divide(members: readonly GroupMember[], partitions: number): Map<string, number[]> {
  const assignment = assignCooperatively(members, new Map([[topic, partitions]]));
  return new Map(
    [...assignment].map(([id, topics]) => [id, [...(topics.get(topic) ?? [])].sort((a, b) => a - b)]),
  );
}

describe('the cooperative assignor', () => {
  it('gives all partitions to a single member', () => {
    expect(divide([member('a')], 3)).toEqual(new Map([['a', [0, 1, 2]]]));
  });

  it('leaves partitions where they are when a member joins, and hands over in the next round', () => {
    const first = divide([member('a', [0, 1, 2, 3]), member('b')], 4);
    expect(first).toEqual(
      new Map([
        ['a', [0, 1]],
        ['b', []],
      ]),
    );
    const second = divide([member('a', [0, 1], 2), member('b', [], 2)], 4);
    expect(second).toEqual(
      new Map([
        ['a', [0, 1]],
        ['b', [2, 3]],
      ]),
    );
  });

  it('gives the partitions of a member that left to the others at once', () => {
    expect(divide([member('a', [0, 1]), member('c', [4])], 5)).toEqual(
      new Map([
        ['a', [0, 1, 2]],
        ['c', [3, 4]],
      ]),
    );
  });

  it('ignores a claim from an older generation and on a partition that is not there', () => {
    const divided = divide([member('a', [0, 1, 9], 5), member('zombie', [0, 1], 3)], 2);
    expect(divided.get('a')).toEqual([0]);
    expect(divided.get('zombie')).toEqual([]);
  });

  it('gives a topic only to those who subscribe to it, and leaves an unwanted one alone', () => {
    const other: GroupMember = { id: 'b', topics: ['threat.intel'], owned: new Map(), generation: 1 };
    const assignment = assignCooperatively(
      [member('a'), other],
      new Map([
        [topic, 2],
        ['threat.intel', 2],
        ['nobody.reads.it', 2],
      ]),
    );
    expect(assignment.get('a')).toEqual(new Map([[topic, [0, 1]]]));
    expect(assignment.get('b')).toEqual(new Map([['threat.intel', [0, 1]]]));
  });

  const group = fc.record({
    partitions: fc.integer({ min: 1, max: 24 }),
    claims: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 24, maxLength: 24 }),
    size: fc.integer({ min: 1, max: 6 }),
  });

  it('never gives one partition to two members, nor to one while another still holds it', () => {
    fc.assert(
      fc.property(group, ({ partitions, claims, size }) => {
        const members = Array.from({ length: size }, (_, index) =>
          member(
            `m${index}`,
            claims.flatMap((owner, partition) =>
              owner === index && partition < partitions ? [partition] : [],
            ),
          ),
        );
        const divided = divide(members, partitions);
        const given = [...divided.values()].flat();
        expect(new Set(given).size).toBe(given.length);
        for (const [id, assigned] of divided)
          for (const partition of assigned) {
            const owner = claims[partition] ?? -1;
            if (owner < size) expect(id).toBe(`m${owner}`);
          }
      }),
    );
  });

  it('ends even and complete after one more round, moving no more than it must', () => {
    fc.assert(
      fc.property(group, ({ partitions, claims, size }) => {
        const start = Array.from({ length: size }, (_, index) =>
          member(
            `m${index}`,
            claims.flatMap((owner, partition) =>
              owner === index && partition < partitions ? [partition] : [],
            ),
          ),
        );
        const first = divide(start, partitions);
        const settled = divide(
          [...first].map(([id, own]) => member(id, own, 2)),
          partitions,
        );
        const counts = [...settled.values()].map((assigned) => assigned.length);
        expect(counts.reduce((a, b) => a + b, 0)).toBe(partitions);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(
          divide(
            [...settled].map(([id, own]) => member(id, own, 3)),
            partitions,
          ),
        ).toEqual(settled);
      }),
    );
  });
});
