/** The broker settings that the coordinator obeys; Kafka's names. A `BrokerConfig` is one. */
export interface GroupCoordinatorConfig {
  offsetsTopicNumPartitions: number;
  offsetsRetentionMinutes: number;
  /** In UTF-16 units, as Kafka counts. */
  offsetMetadataMaxBytes: number;
  groupMinSessionTimeoutMs: number;
  groupMaxSessionTimeoutMs: number;
  groupInitialRebalanceDelayMs: number;
  groupMaxSize: number;
  offsetsRetentionCheckIntervalMs: number;
}

export { OFFSETS_TOPIC } from '../controller/index.js';
