/** Every handler of a broker. What is in this list is what ApiVersions advertises. */
import type { ApiHandler, ServerDeps } from '../api.js';
import { createProduceHandler } from './00-produce.handlers.js';
import { createFetchHandler } from './01-fetch.handlers.js';
import { createListOffsetsHandler } from './02-list-offsets.handlers.js';
import { createMetadataHandler } from './03-metadata.handlers.js';
import { createOffsetCommitHandler } from './08-offset-commit.handlers.js';
import { createOffsetFetchHandler } from './09-offset-fetch.handlers.js';
import { createFindCoordinatorHandler } from './10-find-coordinator.handlers.js';
import { createJoinGroupHandler } from './11-join-group.handlers.js';
import { createHeartbeatHandler } from './12-heartbeat.handlers.js';
import { createLeaveGroupHandler } from './13-leave-group.handlers.js';
import { createSyncGroupHandler } from './14-sync-group.handlers.js';
import { createDescribeGroupsHandler } from './15-describe-groups.handlers.js';
import { createListGroupsHandler } from './16-list-groups.handlers.js';
import { createSaslHandshakeHandler } from './17-sasl-handshake.handlers.js';
import { createApiVersionsHandler } from './18-api-versions.handlers.js';
import { createCreateTopicsHandler } from './19-create-topics.handlers.js';
import { createDeleteTopicsHandler } from './20-delete-topics.handlers.js';
import { createDeleteRecordsHandler } from './21-delete-records.handlers.js';
import { createInitProducerIdHandler } from './22-init-producer-id.handlers.js';
import { createOffsetForLeaderEpochHandler } from './23-offset-for-leader-epoch.handlers.js';
import { createDescribeAclsHandler } from './29-describe-acls.handlers.js';
import { createCreateAclsHandler } from './30-create-acls.handlers.js';
import { createDeleteAclsHandler } from './31-delete-acls.handlers.js';
import { createDescribeConfigsHandler } from './32-describe-configs.handlers.js';
import { createAlterConfigsHandler } from './33-alter-configs.handlers.js';
import { createDescribeLogDirsHandler } from './35-describe-log-dirs.handlers.js';
import { createSaslAuthenticateHandler } from './36-sasl-authenticate.handlers.js';
import { createCreatePartitionsHandler } from './37-create-partitions.handlers.js';
import { createDeleteGroupsHandler } from './42-delete-groups.handlers.js';
import { createElectLeadersHandler } from './43-elect-leaders.handlers.js';
import { createIncrementalAlterConfigsHandler } from './44-incremental-alter-configs.handlers.js';
import { createAlterPartitionReassignmentsHandler } from './45-alter-partition-reassignments.handlers.js';
import { createListPartitionReassignmentsHandler } from './46-list-partition-reassignments.handlers.js';
import { createOffsetDeleteHandler } from './47-offset-delete.handlers.js';
import { createDescribeQuorumHandler } from './55-describe-quorum.handlers.js';
import { createDescribeClientQuotasHandler } from './48-describe-client-quotas.handlers.js';
import { createAlterClientQuotasHandler } from './49-alter-client-quotas.handlers.js';
import { createDescribeUserScramCredentialsHandler } from './50-describe-user-scram-credentials.handlers.js';
import { createAlterUserScramCredentialsHandler } from './51-alter-user-scram-credentials.handlers.js';
import { createDescribeClusterHandler } from './60-describe-cluster.handlers.js';
import { createDescribeProducersHandler } from './61-describe-producers.handlers.js';
import { createListConfigResourcesHandler } from './74-list-config-resources.handlers.js';
import { createSluiceDescribeLogsHandler } from './32000-sluice-describe-logs.handlers.js';
import { createSluiceDescribeMetricsHandler } from './32001-sluice-describe-metrics.handlers.js';
import { createDescribeTopicPartitionsHandler } from './75-describe-topic-partitions.handlers.js';

const FACTORIES: readonly ((deps: ServerDeps) => ApiHandler)[] = [
  createProduceHandler, createFetchHandler, createListOffsetsHandler, createMetadataHandler, createOffsetCommitHandler, createOffsetFetchHandler,
  createFindCoordinatorHandler, createJoinGroupHandler, createHeartbeatHandler, createLeaveGroupHandler, createSyncGroupHandler,
  createDescribeGroupsHandler, createListGroupsHandler, createCreateTopicsHandler, createDeleteTopicsHandler, createDeleteRecordsHandler,
  createInitProducerIdHandler, createOffsetForLeaderEpochHandler, createDescribeAclsHandler, createCreateAclsHandler, createDeleteAclsHandler,
  createDescribeConfigsHandler, createAlterConfigsHandler, createSaslAuthenticateHandler, createCreatePartitionsHandler, createDeleteGroupsHandler,
  createIncrementalAlterConfigsHandler, createOffsetDeleteHandler, createDescribeClientQuotasHandler, createAlterClientQuotasHandler,
  createDescribeUserScramCredentialsHandler, createAlterUserScramCredentialsHandler, createDescribeClusterHandler, createListConfigResourcesHandler,
  createDescribeTopicPartitionsHandler,
  createDescribeLogDirsHandler, createElectLeadersHandler, createAlterPartitionReassignmentsHandler, createListPartitionReassignmentsHandler,
  createDescribeQuorumHandler, createDescribeProducersHandler, createSluiceDescribeLogsHandler, createSluiceDescribeMetricsHandler,
];

export function createHandlers(deps: ServerDeps): ApiHandler[] {
  const handlers = [...FACTORIES.map((create) => create(deps)), createSaslHandshakeHandler()];
  handlers.push(createApiVersionsHandler(deps, () => handlers));
  return handlers;
}
