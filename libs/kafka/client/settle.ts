/**
 * What the controller has acknowledged, brokers learn a moment later. Whoever changes something and looks at it next expects to see it: so a change is over
 * for us when the broker that serves our reads shows it. It was acknowledged: nothing that goes wrong here makes it fail.
 */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import type { Cluster } from './cluster.js';
import { ClusterUnreachableError } from './errors.js';
import { hasCode } from './retry.js';

const NOT_YET = new Set<number>([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.LEADER_NOT_AVAILABLE]);

/** Asks until `isVisible` says so or time is over. */
export async function settle(cluster: Cluster, isVisible: () => Promise<boolean>, timeoutMs: number = clientLimits.visibleWaitMs): Promise<void> {
  try {
    await cluster.retry((error) => hasCode(error, NOT_YET), async () => {
      if (!(await isVisible())) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    }, timeoutMs);
  } catch (error) {
    if (!(error instanceof KafkaError || error instanceof ClusterUnreachableError)) throw error;
  }
}
