/** API keys that Sluice knows. What a broker advertises is what it has handlers for. */
export const ApiKey = {
  Produce: 0, Fetch: 1, ListOffsets: 2, Metadata: 3, OffsetCommit: 8, OffsetFetch: 9, FindCoordinator: 10, JoinGroup: 11, Heartbeat: 12,
  LeaveGroup: 13, SyncGroup: 14, DescribeGroups: 15, ListGroups: 16, SaslHandshake: 17, ApiVersions: 18, CreateTopics: 19, DeleteTopics: 20,
  DeleteRecords: 21, InitProducerId: 22, OffsetForLeaderEpoch: 23, DescribeAcls: 29, CreateAcls: 30, DeleteAcls: 31, DescribeConfigs: 32,
  AlterConfigs: 33, DescribeLogDirs: 35, SaslAuthenticate: 36, CreatePartitions: 37, DeleteGroups: 42, ElectLeaders: 43,
  IncrementalAlterConfigs: 44, AlterPartitionReassignments: 45, ListPartitionReassignments: 46, OffsetDelete: 47, DescribeClientQuotas: 48,
  AlterClientQuotas: 49, DescribeUserScramCredentials: 50, AlterUserScramCredentials: 51, DescribeQuorum: 55, UpdateFeatures: 57,
  DescribeCluster: 60, DescribeProducers: 61, UnregisterBroker: 64, ConsumerGroupDescribe: 69, ListConfigResources: 74, DescribeTopicPartitions: 75,
  AddRaftVoter: 80, RemoveRaftVoter: 81,
  // Ours: libs/kafka/protocol/tables/sluice-describe.table.
  SluiceDescribeLogs: 32000, SluiceDescribeMetrics: 32001,
} as const;
export type ApiKeyName = keyof typeof ApiKey;
export type ApiKey = (typeof ApiKey)[ApiKeyName];
