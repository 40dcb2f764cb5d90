/** Brokers' places in a cluster. */
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

/**
 * Takes a broker that is gone for good out of the cluster's registry (KIP-919); one that lives registers again. Its replicas must have been moved before. Throws
 * BROKER_ID_NOT_REGISTERED, CLUSTER_AUTHORIZATION_FAILED, UNSUPPORTED_VERSION in ZooKeeper mode, where a broker's place ends with its session.
 */
export async function unregisterBroker(cluster: Cluster, nodeId: number): Promise<void> {
  await cluster.any(async (c) => {
    const answer = await c.send(UnregisterBrokerRequest, UnregisterBrokerResponse, { brokerId: nodeId });
    raise(answer.errorCode, answer.errorMessage);
  }, { repeatable: false });
}
