/**
 * A classic group as its members see it. Joining and syncing are never in the log, only complete generations are: what stands here beyond
 * `StoredGroup` is lost with the coordinator, and members then begin again from the last generation.
 * A decision works on a copy (`copyGroup`); the shard puts the copy in place once the decision's records are appended. Members are values.
 */
import { invariant } from '#libs/kernel';
import type { GroupRecord, StoredGroup } from '../records/coordinator-record.js';
import { ClassicGroupState, isLegalTransition } from './classic-group.states.js';

export interface MemberProtocol { readonly name: string; readonly metadata: Buffer }

export interface ClassicMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  /** In the member's order of preference. */
  readonly protocols: readonly MemberProtocol[];
  readonly assignment: Buffer;
  /** Hasn't had an answer to its first JoinGroup, so can't send heartbeats. */
  readonly isNew: boolean;
  /** The parked request, or null. */
  readonly joinRequest: number | null;
  readonly syncRequest: number | null;
}

export interface ClassicGroup {
  readonly groupId: string;
  state: ClassicGroupState;
  previousState: ClassicGroupState;
  stateTimestampMs: number;
  /** Null: offsets only, nobody ever joined. */
  protocolType: string | null;
  generation: number;
  protocolName: string | null;
  leaderId: string | null;
  readonly members: Map<string, ClassicMember>;
  /** Instance id to member id. */
  readonly staticMembers: Map<string, string>;
  /** Member ids that were given out and haven't come back (KIP-394). */
  readonly pendingMembers: Set<string>;
  readonly pendingSync: Set<string>;
  /** Someone joined since the initial rebalance's delay last began. */
  newMemberAdded: boolean;
}

/** The group outside of a decision. */
export type ClassicGroupView = Readonly<Omit<ClassicGroup, 'members' | 'staticMembers' | 'pendingMembers' | 'pendingSync'>> & {
  readonly members: ReadonlyMap<string, ClassicMember>;
  readonly staticMembers: ReadonlyMap<string, string>;
  readonly pendingMembers: ReadonlySet<string>;
  readonly pendingSync: ReadonlySet<string>;
};

export function newGroup(groupId: string, nowMs: number): ClassicGroup {
  return {
    groupId, state: 'Empty', previousState: 'Dead', stateTimestampMs: nowMs, protocolType: null, generation: 0, protocolName: null, leaderId: null,
    members: new Map(), staticMembers: new Map(), pendingMembers: new Set(), pendingSync: new Set(), newMemberAdded: false,
  };
}

export function copyGroup(group: ClassicGroupView): ClassicGroup {
  return {
    ...group, members: new Map(group.members), staticMembers: new Map(group.staticMembers), pendingMembers: new Set(group.pendingMembers),
    pendingSync: new Set(group.pendingSync),
  };
}

/** The group that a coordinator finds in the log: Stable with members, else Empty. */
export function groupFromStored(groupId: string, stored: StoredGroup): ClassicGroup {
  const state = stored.members.length > 0 ? ClassicGroupState.stable : ClassicGroupState.empty;
  const group: ClassicGroup = {
    ...newGroup(groupId, stored.currentStateTimestamp), state, previousState: state, protocolType: stored.protocolType === '' ? null : stored.protocolType,
    generation: stored.generation, protocolName: stored.protocol, leaderId: stored.leader,
  };
  for (const member of stored.members) {
    const rebalanceTimeoutMs = member.rebalanceTimeout < 0 ? member.sessionTimeout : member.rebalanceTimeout;
    group.members.set(member.memberId, {
      memberId: member.memberId, instanceId: member.groupInstanceId, clientId: member.clientId, clientHost: member.clientHost, rebalanceTimeoutMs,
      sessionTimeoutMs: member.sessionTimeout, protocols: [{ name: stored.protocol ?? '', metadata: member.subscription }], assignment: member.assignment,
      isNew: false, joinRequest: null, syncRequest: null,
    });
    if (member.groupInstanceId !== null) group.staticMembers.set(member.groupInstanceId, member.memberId);
  }
  return group;
}

export function metadataOf(member: ClassicMember, protocolName: string | null): Buffer {
  const protocol = member.protocols.find(({ name }) => name === protocolName);
  invariant(protocol !== undefined, 'a member has metadata for the protocol of its generation');
  return protocol.metadata;
}

/** The generation as the log keeps it. */
export function groupRecord(group: ClassicGroupView): GroupRecord {
  return {
    kind: 'group', group: group.groupId,
    value: {
      protocolType: group.protocolType ?? '', generation: group.generation, protocol: group.protocolName, leader: group.leaderId,
      currentStateTimestamp: group.stateTimestampMs,
      members: [...group.members.values()].map((member) => ({
        memberId: member.memberId, groupInstanceId: member.instanceId, clientId: member.clientId, clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs, sessionTimeout: member.sessionTimeoutMs, subscription: metadataOf(member, group.protocolName),
        assignment: member.assignment,
      })),
    },
  };
}

export function transitionTo(group: ClassicGroup, state: ClassicGroupState, nowMs: number): void {
  invariant(isLegalTransition(group.state, state), `classic group: ${group.state} to ${state}`);
  group.previousState = group.state;
  group.state = state;
  group.stateTimestampMs = nowMs;
}

export function addMember(group: ClassicGroup, member: ClassicMember, protocolType: string): void {
  if (group.members.size === 0) group.protocolType = protocolType;
  group.leaderId ??= member.memberId;
  group.members.set(member.memberId, member);
  group.pendingMembers.delete(member.memberId);
  if (member.instanceId !== null) group.staticMembers.set(member.instanceId, member.memberId);
}

export function updateMember(group: ClassicGroup, memberId: string, change: Partial<ClassicMember>): ClassicMember {
  const member = group.members.get(memberId);
  invariant(member !== undefined, 'only a member is updated');
  const next = { ...member, ...change };
  group.members.set(memberId, next);
  return next;
}

/** Removes without answering anyone; `dropMember` of the rebalance does that too. */
export function removeMember(group: ClassicGroup, memberId: string): ClassicMember {
  const member = group.members.get(memberId);
  invariant(member !== undefined, 'only a member is removed');
  group.members.delete(memberId);
  group.pendingSync.delete(memberId);
  if (member.instanceId !== null && group.staticMembers.get(member.instanceId) === memberId) group.staticMembers.delete(member.instanceId);
  if (group.leaderId === memberId) group.leaderId = group.members.keys().next().value ?? null;
  return member;
}

export function awaitingJoinCount(group: ClassicGroupView): number {
  let count = 0;
  for (const member of group.members.values()) if (member.joinRequest !== null) count++;
  return count;
}

export const hasAllMembersJoined = (group: ClassicGroupView): boolean => group.pendingMembers.size === 0 && awaitingJoinCount(group) === group.members.size;

/** The longest that a member asked for. */
export function rebalanceTimeoutMs(group: ClassicGroupView): number {
  let longest = 0;
  for (const member of group.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
  return longest;
}
