import {
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  type joinGroupV7,
} from '@platformatic/kafka';
import { VerticeError } from '../errors.ts';
import { assignCooperatively, type GroupMember } from './kafka-assignor.ts';
import type { KafkaCluster } from './kafka-cluster.ts';

const assignmentVersion = 1;

/** What the leader of a group sends to the coordinator: the assignment of every member, encoded. */
export async function planOfLeader(
  cluster: KafkaCluster,
  joined: readonly joinGroupV7.JoinGroupResponseMember[],
): Promise<{ memberId: string; assignment: Buffer }[]> {
  const members: GroupMember[] = joined.map(({ memberId, metadata }) => {
    const subscription = decodeConsumerProtocolSubscription(metadata);
    return {
      id: memberId,
      topics: subscription.topics,
      owned: new Map(subscription.ownedPartitions.map((owned) => [owned.topic, owned.partitions])),
      generation: subscription.generationId,
    };
  });
  const counts = new Map<string, number>();
  for (const topic of new Set(members.flatMap(({ topics }) => topics)))
    counts.set(topic, await partitionCount(cluster, topic));
  return [...assignCooperatively(members, counts)].map(([memberId, assigned]) => ({
    memberId,
    assignment: encodeConsumerProtocolAssignment({
      version: assignmentVersion,
      assignedPartitions: [...assigned].map(([topic, partitions]) => ({
        topic,
        partitions: [...partitions],
      })),
    }),
  }));
}

/** A topic that only another member knows, and that is gone, must not keep the group from going on. */
async function partitionCount(cluster: KafkaCluster, topic: string): Promise<number> {
  try {
    return (await cluster.partitions(topic)).length;
  } catch (error) {
    if (error instanceof VerticeError && error.code === 'VTC_USAGE') return 0;
    throw error;
  }
}
