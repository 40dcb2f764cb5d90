/** Checks that several requests share. Each answers Kafka's code, or null when all is well. */
import { ErrorCode } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '../coordinator.limits.js';
import type { ClassicGroupView } from './classic-group.js';

/** That this is the group's member, and the one that now holds the instance id. */
export function validateMember(group: ClassicGroupView, memberId: string, instanceId: string | null): ErrorCode | null {
  if (instanceId !== null) {
    const holder = group.staticMembers.get(instanceId);
    if (holder === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (holder !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
  }
  return group.members.has(memberId) ? null : ErrorCode.UNKNOWN_MEMBER_ID;
}

/** Requests of the group protocol need a group id; offsets may be kept under the empty one. */
export const isGroupIdForMembers = (groupId: string): boolean => groupId !== '';

export const isIdentifier = (text: string): boolean => Buffer.byteLength(text, 'utf8') <= CoordinatorLimits.identifierBytes;
