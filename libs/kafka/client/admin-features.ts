/** Feature levels (KIP-584): what `kafka-features` does. */
import { ApiVersionsRequest, ApiVersionsResponse, UpdateFeaturesRequest, UpdateFeaturesResponse } from '#libs/kafka/protocol';
import type { Cluster } from './cluster.js';
import { raise } from './raise.js';

export interface FeatureRange { name: string; min: number; max: number }
export interface FeaturesDescription {
  /** Of the broker that was asked; in a cluster half upgraded, brokers differ. */
  supported: FeatureRange[];
  /** In force in the cluster: name → level, `metadata.version` among them in KRaft. Empty in ZooKeeper mode. */
  finalized: Map<string, number>;
  /** Grows with each change; −1: the cluster has no finalized features. */
  finalizedEpoch: number;
}

const DIALECT = { clientSoftwareName: 'sluice', clientSoftwareVersion: '0.1.0' };

/** `nodeId` null: of any broker. */
export async function describeFeatures(cluster: Cluster, nodeId: number | null = null): Promise<FeaturesDescription> {
  const ask = async (c: Parameters<Parameters<Cluster['any']>[0]>[0]): Promise<ApiVersionsResponse> => {
    const described = await c.send(ApiVersionsRequest, ApiVersionsResponse, DIALECT);
    raise(described.errorCode, null);
    return described;
  };
  const answer = await (nodeId === null ? cluster.any(ask) : cluster.node(nodeId, ask));
  return {
    supported: answer.supportedFeatures.map(({ name, minVersion, maxVersion }) => ({ name, min: minVersion, max: maxVersion })),
    finalized: new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])), finalizedEpoch: answer.finalizedFeaturesEpoch,
  };
}

const UPGRADE_TYPE = { upgrade: 1, 'safe-downgrade': 2, 'unsafe-downgrade': 3 } as const;
/** Level 0 takes a feature out of force. */
export interface FeatureUpdate { feature: string; level: number; type?: keyof typeof UPGRADE_TYPE }

/**
 * All of the updates or none. Throws INVALID_UPDATE_VERSION or FEATURE_UPDATE_FAILED with Kafka's text (a level that some broker or controller does not support, a
 * downgrade that loses metadata), INVALID_REQUEST, CLUSTER_AUTHORIZATION_FAILED.
 */
export async function updateFeatures(cluster: Cluster, updates: readonly FeatureUpdate[], options: { validateOnly: boolean }): Promise<void> {
  await cluster.controller(async (c) => {
    // Version 0 knows no kinds of change and no mere validation: of that the codec complains rather than do something else.
    const featureUpdates = updates.map(({ feature, level, type = 'upgrade' }) => ({ feature, maxVersionLevel: level, upgradeType: UPGRADE_TYPE[type] }));
    const answer = await c.send(UpdateFeaturesRequest, UpdateFeaturesResponse, { timeoutMs: 30_000, featureUpdates, validateOnly: options.validateOnly });
    for (const result of answer.results) raise(result.errorCode, result.errorMessage);
    raise(answer.errorCode, answer.errorMessage);
  }, { repeatable: true });
}
