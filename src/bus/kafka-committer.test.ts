import { describe, expect, it } from 'vitest';
import { expectCode } from './contract.ts';
import { createCommitter } from './kafka-committer.ts';
import type { CommitOutcome } from './kafka-membership.ts';

/** A broker that answers when it is told to. */
function createCoordinator() {
  const requests: { offsets: Map<number, number>; answer: PromiseWithResolvers<CommitOutcome> }[] = [];
  return {
    requests,
    send(offsets: ReadonlyMap<number, number>): Promise<CommitOutcome> {
      const answer = Promise.withResolvers<CommitOutcome>();
      requests.push({ offsets: new Map(offsets), answer });
      return answer.promise;
    },
  };
}

describe('the committer', () => {
  it('sends what came while a request was under way in one request, and settles each at its own offset', async () => {
    const { requests, send } = createCoordinator();
    const committer = createCommitter('t', send);
    committer.hold(0, null);
    committer.hold(1, 5);
    const first = committer.commit(0, 10);
    const later = [committer.commit(0, 30), committer.commit(0, 20), committer.commit(1, 6)];
    expect(requests.map(({ offsets }) => [...offsets])).toEqual([[[0, 10]]]);
    requests[0]?.answer.resolve('done');
    await first;
    expect(committer.committed(0)).toBe(10);
    await Promise.resolve();
    expect([...(requests[1]?.offsets ?? [])]).toEqual([
      [0, 30],
      [1, 6],
    ]);
    requests[1]?.answer.resolve('done');
    await Promise.all(later);
    expect(committer.committed(0)).toBe(30);
    await committer.commit(0, 25);
    expect(requests.length).toBe(2);
    await committer.settled(0);
  });

  it('asks again when it is told to come later', async () => {
    const { requests, send } = createCoordinator();
    const committer = createCommitter('t', send);
    committer.hold(0, null);
    const commit = committer.commit(0, 1);
    requests[0]?.answer.resolve('later');
    await expect.poll(() => requests.length).toBe(2);
    requests[1]?.answer.resolve('done');
    await commit;
  });

  it('rejects what waits when the partition is lost, dropped, or the broker refuses', async () => {
    const { requests, send } = createCoordinator();
    const committer = createCommitter('t', send);
    for (const partition of [0, 1, 2]) committer.hold(partition, null);
    const lost = committer.commit(0, 1);
    const dropped = committer.commit(1, 1);
    committer.drop(1);
    requests[0]?.answer.resolve('lost');
    await expectCode(lost, 'VTC_BUS_UNAVAILABLE');
    await expectCode(dropped, 'VTC_BUS_UNAVAILABLE');
    await expectCode(committer.commit(0, 2), 'VTC_BUS_UNAVAILABLE');
    const refused = committer.commit(2, 1);
    requests[1]?.answer.reject(new Error('no right'));
    await expect(refused).rejects.toMatchObject({ cause: new Error('no right') });
    expect(committer.committed(2)).toBeNull();
    await committer.settled(2);
  });

  it('takes an answer for a partition that was dropped meanwhile', async () => {
    const { requests, send } = createCoordinator();
    const committer = createCommitter('t', send);
    committer.hold(0, null);
    const commit = committer.commit(0, 1);
    committer.drop(0);
    requests[0]?.answer.resolve('done');
    await expectCode(commit, 'VTC_BUS_UNAVAILABLE');
  });

  it('refuses what is no offset', async () => {
    const committer = createCommitter('t', async () => 'done');
    committer.hold(0, null);
    for (const offset of [-1, 1.5, Number.NaN, 2 ** 53])
      await expectCode(committer.commit(0, offset), 'VTC_USAGE');
  });
});
