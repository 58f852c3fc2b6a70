import { setTimeout as delay } from 'node:timers/promises';
import { VerticeError } from '../errors.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { isAuthenticationError, kafkaUnavailable } from './kafka-error.ts';

const retryMs = 50;

/**
 * Tries again, with fresh knowledge of the cluster, until `attempt` succeeds or `patienceMs` have passed:
 * leaders move, brokers restart, a topic just created is not led yet. Rejects with what the last attempt said,
 * at once when trying again is of no use. `doing` completes "cannot …".
 */
export async function patiently<Result>(
  cluster: KafkaCluster,
  patienceMs: number,
  doing: string,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isFinal = error instanceof VerticeError ? !error.isRetryable : isAuthenticationError(error);
      if (isFinal || performance.now() >= giveUpAt) throw kafkaUnavailable(doing, error);
      cluster.forgetMetadata();
      await delay(retryMs);
    }
  }
}
