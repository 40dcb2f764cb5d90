/**
 * Group coordinator: one shard per partition of `__consumer_offsets`. A handler decides on records and an answer, the records are
 * appended, `replay` applies them, and the answer leaves when they are committed. Requests and answers are the protocol's own shapes.
 */
import type {
  DeleteGroupsResponse, DescribeGroupsResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
  LeaveGroupResponse, ListGroupsRequest, ListGroupsResponse, OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse,
  OffsetFetchRequest, OffsetFetchResponse, SyncGroupRequest, SyncGroupResponse, Draft,
} from '#libs/kafka/protocol';

export interface GroupRequestContext { apiVersion: number; clientId: string; clientHost: string }

export interface CommittedOffset { group: string; topic: string; partition: number; offset: number }

/** Authorisation is the caller's; groups and topics that it may not touch are taken out before. Errors come as codes in the answer. */
export interface GroupCoordinator {
  /** Partition of `__consumer_offsets` that a group lives in. */
  partitionFor(groupId: string): number;
  /** Resolves when this broker coordinates the groups of that partition; false after the timeout. */
  awaitLeadership(partition: number, timeoutMs: number): Promise<boolean>;
  joinGroup(context: GroupRequestContext, request: JoinGroupRequest): Promise<Draft<JoinGroupResponse>>;
  syncGroup(context: GroupRequestContext, request: SyncGroupRequest): Promise<Draft<SyncGroupResponse>>;
  heartbeat(context: GroupRequestContext, request: HeartbeatRequest): Promise<Draft<HeartbeatResponse>>;
  leaveGroup(context: GroupRequestContext, request: LeaveGroupRequest): Promise<Draft<LeaveGroupResponse>>;
  offsetCommit(context: GroupRequestContext, request: OffsetCommitRequest): Promise<Draft<OffsetCommitResponse>>;
  /** One group of a (possibly batched) fetch; topics null = all. Topic ids are filled in by the caller. */
  offsetFetch(context: GroupRequestContext, group: OffsetFetchRequest['groups'][number], requireStable: boolean): Promise<Draft<OffsetFetchResponse['groups'][number]>>;
  offsetDelete(context: GroupRequestContext, request: OffsetDeleteRequest): Promise<Draft<OffsetDeleteResponse>>;
  describeGroups(groupIds: readonly string[]): Promise<Draft<DescribeGroupsResponse['groups'][number]>[]>;
  listGroups(request: Pick<ListGroupsRequest, 'statesFilter' | 'typesFilter'>): Promise<Draft<ListGroupsResponse>>;
  deleteGroups(groupIds: readonly string[]): Promise<Draft<DeleteGroupsResponse['results'][number]>[]>;
  /** What is committed at this moment in the shards that serve, for looking at only. */
  committedOffsets(): Iterable<CommittedOffset>;
  /** Offsets of deleted topics go with them (tombstones). */
  onTopicDeleted(topic: string): void;
  shutdown(): Promise<void>;
}
