/**
 * LeaveGroup, key 13, versions 0-5. Needs READ on the group.
 * v1 throttle time · v3 a list of members, each with an answer of its own; by instance id alone for administrators (KIP-345) · v4 flexible ·
 * v5 reason (KIP-800)
 */
import { ApiKey, ErrorCode, LeaveGroupRequest, LeaveGroupResponse } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '#libs/engine/coordinator';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { groupContext, mayUseGroup } from './group-request.js';

export function createLeaveGroupHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.LeaveGroup, request: LeaveGroupRequest, response: LeaveGroupResponse, minVersion: 0, maxVersion: 5,
    handle(context, request) {
      if (!mayUseGroup(deps, context, 'read', request.groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      for (const { memberId, reason } of request.members) {
        if (reason === null || reason === '') continue;
        deps.env.log.write('info', 'group.leave', { group: request.groupId, member: memberId, reason: reason.slice(0, CoordinatorLimits.reasonLength) });
      }
      return deps.groups.leaveGroup(groupContext(context), request);
    },
  });
}
