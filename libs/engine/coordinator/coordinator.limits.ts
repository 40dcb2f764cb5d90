/** Bounds on what callers can make the coordinator keep; beyond one of those, POLICY_VIOLATION. */
export const CoordinatorLimits = {
  groupsPerBroker: 100_000,
  membersPerGroup: 5_000,
  pendingMembersPerGroup: 5_000,
  offsetsPerGroup: 100_000,
  protocolsPerMember: 100,
  /** Names and metadata of all protocols that one member offers. */
  memberMetadataBytes: 1_048_576,
  /** What members of all groups tell of themselves and are assigned, unless the broker's memory plan says otherwise; beyond it GROUP_MAX_SIZE_REACHED. */
  metadataBytesPerBroker: 33_554_432,
  /** Counted for a member beside its ids, metadata and assignment. */
  memberBytes: 512,
  /** And for each group beside its name, from its first member on until it is forgotten. */
  groupBytes: 512,
  /** What committed offsets of all groups hold in memory, unless the broker's memory plan says otherwise; beyond it INVALID_COMMIT_OFFSET_SIZE. */
  offsetsBytesPerBroker: 33_554_432,
  /** Counted for an offset beside its metadata, for a topic in a group and for a group beside their names. */
  offsetBytes: 160,
  offsetsTopicBytes: 224,
  offsetsGroupBytes: 1_152,
  /** Group, member and instance ids, protocol names. Record strings end at 32,767 bytes. */
  identifierBytes: 16_384,
  offsetsPerRequest: 20_000,
  /** What `JoinGroup` and `LeaveGroup` reasons are cut to (KIP-800). */
  reasonLength: 255,
  loadChunkBytes: 5_242_880,
  decompressedBatchBytes: 134_217_728,
  /** Records that may be split over batches (tombstones) are cut here. */
  splitBatchBytes: 524_288,
  expiryRecordsPerPass: 10_000,
  /** A new member that waits in JoinGroup can't send heartbeats; it has this long. */
  newMemberJoinTimeoutMs: 300_000,
  timerRetryMs: 1_000,
} as const;
