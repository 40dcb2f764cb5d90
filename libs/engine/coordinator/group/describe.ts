/** What groups look like from outside: DescribeGroups and ListGroups. */
import { EMPTY, ErrorCode, type DescribeGroupsResponse, type Draft, type ListGroupsRequest, type ListGroupsResponse } from '#libs/kafka/protocol';
import type { CoordinatorView } from '../runtime/decision.js';
import { ClassicGroupState } from './classic-group.states.js';
import { metadataOf } from './classic-group.js';

export type DescribedGroup = Draft<DescribeGroupsResponse['groups'][number]>;
export type ListedGroup = Draft<ListGroupsResponse['groups'][number]>;

/** Metadata and assignments are only shown of a stable group: before, they are of no generation. */
export function describeGroup(view: CoordinatorView, groupId: string): DescribedGroup {
  const group = view.group(groupId);
  if (group === null) {
    return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.`, groupState: ClassicGroupState.dead };
  }
  const stable = group.state === 'Stable';
  return {
    groupId, errorCode: ErrorCode.NONE, groupState: group.state, protocolType: group.protocolType ?? '', protocolData: stable ? group.protocolName ?? '' : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId, groupInstanceId: member.instanceId, clientId: member.clientId, clientHost: member.clientHost,
      memberMetadata: stable ? metadataOf(member, group.protocolName) : EMPTY, memberAssignment: stable ? member.assignment : EMPTY,
    })),
  };
}

export type ListFilters = Pick<ListGroupsRequest, 'statesFilter' | 'typesFilter'>;

/** Empty filters let everything pass; names are compared without case (KIP-518, KIP-848). */
export function listGroups(view: CoordinatorView, filters: ListFilters): ListedGroup[] {
  const states = new Set(filters.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(filters.typesFilter.map((type) => type.toLowerCase()));
  const listed: ListedGroup[] = [];
  if (types.size > 0 && !types.has('classic')) return listed;
  for (const groupId of view.groupIds()) {
    const group = view.group(groupId);
    if (group === null || (states.size > 0 && !states.has(group.state.toLowerCase()))) continue;
    listed.push({ groupId, protocolType: group.protocolType ?? '', groupState: group.state, groupType: 'classic' });
  }
  return listed;
}
