/** Limits of the controller. */
export const controllerLimits = {
  partitionsPerTopicMax: 5_000,
  /** Each open partition costs file handles and memory. */
  partitionsPerClusterMax: 50_000,
  /** Kafka's bound of a topic's name. */
  topicNameLengthMax: 249,
  /** Records of one operation of a user, as in Kafka. */
  recordsPerOperationMax: 10_000,
  configValueBytesMax: 32_767,
  aclsMax: 50_000,
  aclDeletionsMax: 10_000,
  /** Filters of one DeleteAcls: each is held against every ACL. */
  aclFiltersMax: 1_000,
  /** Keys of all quota entities: each is looked at when quotas change. */
  quotasMax: 20_000,
  quotaNameCharsMax: 1_024,
  /** Credentials of SCRAM users, and what each may have. */
  scramUsersMax: 20_000,
  scramNameCharsMax: 255,
  scramSaltBytesMax: 1_024,
  scramSaltedPasswordBytesMax: 1_024,
  producerIdBlock: 1_000,
  /** Operations that wait for their turn. */
  queueLengthMax: 10_000,
} as const;
