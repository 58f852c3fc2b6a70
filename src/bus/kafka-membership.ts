import { setTimeout as delay } from 'node:timers/promises';
import {
  decodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
  heartbeatV4,
  joinGroupV7,
  leaveGroupV4,
  offsetCommitV8,
  offsetFetchV8,
  syncGroupV5,
} from '@platformatic/kafka';
import type { Clock } from '../clock.ts';
import { VerticeError } from '../errors.ts';
import type { Log } from '../observability/log.ts';
import { type KafkaCluster, type Lane, safeOffset } from './kafka-cluster.ts';
import { brokerErrorOf, isAuthenticationError, kafkaUnavailable, memberIdOf } from './kafka-error.ts';
import { planOfLeader } from './kafka-leader-plan.ts';

export interface MembershipOptions {
  readonly cluster: KafkaCluster;
  readonly topic: string;
  readonly group: string;
  /**
   * Name of this member that outlives its process (KIP-345): whoever joins under it takes over at once, without
   * waiting for the session time-out of one that was killed. Null: a member without a past.
   */
  readonly instanceId: string | null;
  /** Begins the names of this member's connections. */
  readonly lanePrefix: string;
  /** How long the coordinator waits for a sign of life before it gives our partitions away. */
  readonly sessionTimeoutMs: number;
  /** How long it waits for members to let go of partitions. */
  readonly rebalanceTimeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the member's owner does when the coordinator decides. Never called twice at the same time. */
export interface MembershipHooks {
  owned(): readonly number[];
  /** These and no others are ours. Resolves to true when some were given up, which asks for another round. */
  assign(partitions: readonly number[]): Promise<boolean>;
  /** All of them are, or may be, somebody else's already. */
  lose(): Promise<void>;
  /** The membership cannot go on. */
  fail(error: Error): void;
}

/** `later`: try again. `lost`: it never will succeed, the partitions are gone. */
export type CommitOutcome = 'done' | 'later' | 'lost';

export interface Membership {
  /** False from the moment the partitions are, or may be, somebody else's. */
  holds(): boolean;
  /** One commit request. Rejects when the broker refuses us the right. */
  commit(offsets: ReadonlyMap<number, number>): Promise<CommitOutcome>;
  /** What the group committed, by partition. */
  committed(partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>>;
  /** What keeps it from being a member, in one sentence; null while all is well. */
  problem(): string | null;
  /** From now on it counts as lost. */
  giveUp(reason: string): void;
  /** Tells the coordinator that we are gone. Best effort: otherwise it finds out by the session time-out. */
  leave(): Promise<void>;
}

interface Sent {
  readonly generation: number;
  readonly atMs: number;
}

const protocolName = 'cooperative-sticky';
/** Carries the partitions a member holds and the generation it got them in. */
const subscriptionVersion = 2;
const noGeneration = -1;
const unknownLeaderEpoch = -1;
const heartbeatsPerSession = 6;
const joinMarginMs = 15_000;
const leaveTimeoutMs = 3_000;
const firstBackoffMs = 100;
const maxBackoffMs = 2_000;
const noUserData = Buffer.alloc(0);
const memberUnknown: ReadonlySet<string | null> = new Set(['UNKNOWN_MEMBER_ID']);
const hopeless: ReadonlySet<string | null> = new Set([
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'INVALID_SESSION_TIMEOUT',
]);

/** Joins the group and stays in it: beats, joins again at every rebalance, follows the coordinator when it moves. */
export function startMembership(options: MembershipOptions, hooks: MembershipHooks): Membership {
  const { cluster, topic, group, instanceId, clock, log } = options;
  // A join is answered only when every member has joined, so it must not stand in the way of a heartbeat.
  const joinLane: Lane = {
    name: `${options.lanePrefix}join`,
    requestTimeoutMs: options.rebalanceTimeoutMs + joinMarginMs,
  };
  const groupLane: Lane = { name: `${options.lanePrefix}group` };
  const stop = new AbortController();

  let coordinator: number | null = null;
  let memberId = '';
  let generation = noGeneration;
  let joining = true;
  let fenced = false;
  let lastContactMs = clock.now();
  let problem: string | null = `the consumer of ${topic} has not joined group ${group} yet`;
  let rejoinWanted = Promise.withResolvers<void>();

  const holds = (): boolean => !fenced && clock.now() - lastContactMs <= options.sessionTimeoutMs;
  const fence = (reason: string): void => {
    if (!fenced) log.warn('membership of the consumer group is lost', { topic, group, reason });
    fenced = true;
    rejoinWanted.resolve();
  };
  /** Another process runs under our name: two would take the partitions from each other for ever. */
  const yieldName = (): void => {
    fence('another process has joined under the same instance name');
    stop.abort();
    const problemText = `Another process has joined group ${group} as instance ${instanceId}. Give each process a name of its own.`;
    hooks.fail(new VerticeError('VTC_BUS_UNAVAILABLE', problemText));
  };
  const expel = (answer: string): void => {
    if (memberUnknown.has(answer)) memberId = '';
    fence(`the coordinator says ${answer}`);
  };
  // The coordinator's patience begins when it hears from us, which is not before we sent.
  const contact = (sentAtMs: number): void => {
    lastContactMs = Math.max(lastContactMs, sentAtMs);
  };
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal: stop.signal }).catch(() => {});
  const findCoordinator = async (): Promise<number> => {
    coordinator ??= await cluster.coordinatorOf(group);
    stop.signal.throwIfAborted();
    return coordinator;
  };
  const onUnreachable = (doing: string, error: unknown): void => {
    coordinator = null;
    problem = kafkaUnavailable(doing, error).message;
  };

  /** Joins, divides the partitions when chosen to lead, and returns those that are ours. */
  const join = async (): Promise<number[]> => {
    joining = true;
    rejoinWanted = Promise.withResolvers();
    try {
      const node = await findCoordinator();
      const metadata = encodeConsumerProtocolSubscription({
        version: subscriptionVersion,
        topics: [topic],
        userData: noUserData,
        ownedPartitions: [{ topic, partitions: [...hooks.owned()] }],
        generationId: generation,
      });
      const { sessionTimeoutMs, rebalanceTimeoutMs } = options;
      const joined = await cluster.call(
        ...([joinLane, node, joinGroupV7.api, group, sessionTimeoutMs, rebalanceTimeoutMs] as const),
        ...([memberId, instanceId, 'consumer'] as const),
        [{ name: protocolName, metadata }],
      );
      memberId = joined.memberId;
      generation = joined.generationId;
      const plan = joined.leader === memberId ? await planOfLeader(cluster, joined.members) : [];
      const sentAtMs = clock.now();
      const synced = await cluster.call(
        ...([joinLane, node, syncGroupV5.api, group, generation, memberId, instanceId] as const),
        ...(['consumer', protocolName, plan] as const),
      );
      contact(sentAtMs);
      return decodeConsumerProtocolAssignment(synced.assignment)
        .assignedPartitions.filter((assigned) => assigned.topic === topic)
        .flatMap((assigned) => assigned.partitions);
    } finally {
      joining = false;
    }
  };

  const recover = async (error: unknown, attempt: number): Promise<void> => {
    const answer = brokerErrorOf(error);
    if (answer === 'MEMBER_ID_REQUIRED') {
      memberId = memberIdOf(error) ?? '';
    } else if (answer !== null && (memberUnknown.has(answer) || answer === 'ILLEGAL_GENERATION')) {
      expel(answer);
    } else if (answer === 'FENCED_INSTANCE_ID') {
      yieldName();
    } else if (hopeless.has(answer) || isAuthenticationError(error)) {
      stop.abort();
      hooks.fail(kafkaUnavailable(`be a member of group ${group}`, error));
    } else if (answer !== 'REBALANCE_IN_PROGRESS') {
      onUnreachable(`join group ${group}`, error);
      log.warn('cannot join the consumer group; trying again', { topic, group, error });
      await pause(Math.min(maxBackoffMs, firstBackoffMs * 2 ** attempt));
    }
  };

  const run = async (): Promise<void> => {
    let attempt = 0;
    while (!stop.signal.aborted) {
      try {
        if (!holds()) {
          await hooks.lose();
          generation = noGeneration;
          fenced = false;
          lastContactMs = clock.now();
        }
        const assigned = await join();
        // Meanwhile we may have been silent for too long: what we named as ours counts for nothing then.
        if (!holds()) continue;
        const gaveUp = await hooks.assign(assigned);
        attempt = 0;
        problem = null;
        if (!gaveUp) await rejoinWanted.promise;
      } catch (error) {
        if (stop.signal.aborted) return;
        await recover(error, attempt);
        attempt += 1;
      }
    }
  };

  /** What a refused heartbeat or commit says about the membership. */
  const heed = (doing: string, sent: Sent, error: unknown): void => {
    const answer = brokerErrorOf(error);
    // While a join is under way its own answer decides, not that of a request it overtook.
    const isStale = joining || sent.generation !== generation;
    if (answer === 'REBALANCE_IN_PROGRESS') {
      contact(sent.atMs);
      if (!isStale) rejoinWanted.resolve();
    } else if (answer !== null && (memberUnknown.has(answer) || answer === 'ILLEGAL_GENERATION')) {
      if (!isStale) expel(answer);
    } else if (answer === 'FENCED_INSTANCE_ID') {
      yieldName();
    } else {
      onUnreachable(doing, error);
    }
  };

  const beat = async (): Promise<void> => {
    if (generation === noGeneration) return;
    const sent = { generation, atMs: clock.now() };
    try {
      const node = await findCoordinator();
      await cluster.call(groupLane, node, heartbeatV4.api, group, generation, memberId, instanceId);
      contact(sent.atMs);
      if (!joining) problem = null;
    } catch (error) {
      heed(`reach the coordinator of group ${group}`, sent, error);
    }
    if (!holds()) fence(`the coordinator has not heard from us for ${options.sessionTimeoutMs} ms`);
  };

  const keepAlive = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await pause(options.sessionTimeoutMs / heartbeatsPerSession);
      if (!stop.signal.aborted) await beat();
    }
  };

  const running = Promise.all([run(), keepAlive()]);

  return {
    holds,
    problem: () => problem,
    giveUp(reason) {
      fence(reason);
      // What waits for an answer need not wait any more.
      void cluster.closeLanes(groupLane.name);
    },
    async commit(offsets) {
      if (!holds()) return 'lost';
      const sent = { generation, atMs: clock.now() };
      const partitions = [...offsets].map(([partitionIndex, offset]) => ({
        partitionIndex,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: unknownLeaderEpoch,
      }));
      try {
        const node = await findCoordinator();
        await cluster.call(
          ...([groupLane, node, offsetCommitV8.api, group, generation, memberId, instanceId] as const),
          [{ name: topic, partitions }],
        );
        contact(sent.atMs);
        return 'done';
      } catch (error) {
        if (isAuthenticationError(error)) throw kafkaUnavailable(`commit for group ${group}`, error);
        heed(`commit for group ${group}`, sent, error);
        return holds() ? 'later' : 'lost';
      }
    },
    async committed(partitions) {
      const node = await findCoordinator();
      const topics = [{ name: topic, partitionIndexes: [...partitions] }];
      const wanted = [{ groupId: group, memberEpoch: noGeneration, topics }];
      try {
        const answer = await cluster.call(groupLane, node, offsetFetchV8.api, wanted, true);
        const found = answer.groups.flatMap((entry) => entry.topics.flatMap((inner) => inner.partitions));
        return new Map(
          found.map(({ partitionIndex, committedOffset }) => [
            partitionIndex,
            committedOffset < 0n ? null : safeOffset(committedOffset),
          ]),
        );
      } catch (error) {
        coordinator = null;
        throw error;
      }
    },
    async leave() {
      stop.abort();
      rejoinWanted.resolve();
      const patience = (): Promise<void> => delay(leaveTimeoutMs, undefined, { ref: false });
      if (memberId !== '' && coordinator !== null && !fenced) {
        const leaving = cluster.call(groupLane, coordinator, leaveGroupV4.api, group, [
          { memberId, groupInstanceId: instanceId },
        ]);
        await Promise.race([leaving, patience()]).catch((error: unknown) =>
          log.warn('could not tell the coordinator that we leave', { topic, group, error }),
        );
      }
      await cluster.closeLanes(options.lanePrefix);
      await Promise.race([running, patience()]);
    },
  };
}
