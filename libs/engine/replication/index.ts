export * from './api.js';
export * from './clean-shutdown.js';
export { effectiveTopicConfig, type ConfigLevels, type TopicSettings } from './effective-topic-config.js';
export { createReplicaManager, type ReplicaManagerOptions, type ReplicationConfig, type StartedReplicaManager } from './replica-manager.js';
export { replicationLimits } from './replication.limits.js';
