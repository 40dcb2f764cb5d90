/**
 * JoinGroup, key 11, versions 0-9. Waits until the group's next generation begins. Needs READ on the group.
 * v1 rebalance timeout · v4 a member without an id is sent back with one (KIP-394) · v5 static members (KIP-345) · v6 flexible ·
 * v7 protocol type, nullable protocol name · v8 reason (KIP-800) · v9 skipAssignment (KIP-814)
 */
import { ApiKey, ErrorCode, JoinGroupRequest, JoinGroupResponse } from '#libs/kafka/protocol';
import { CoordinatorLimits } from '#libs/engine/coordinator';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { groupContext, mayUseGroup } from './group-request.js';

const NULL_PROTOCOL_FROM = 7;

export function createJoinGroupHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.JoinGroup, request: JoinGroupRequest, response: JoinGroupResponse, minVersion: 0, maxVersion: 9,
    async handle(context, request) {
      const protocolName = context.apiVersion >= NULL_PROTOCOL_FROM ? null : '';
      if (!mayUseGroup(deps, context, 'read', request.groupId)) {
        return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, memberId: request.memberId, protocolName };
      }
      if (request.reason !== null && request.reason !== '') {
        deps.env.log.write('info', 'group.join', { group: request.groupId, member: request.memberId, reason: request.reason.slice(0, CoordinatorLimits.reasonLength) });
      }
      const answer = await deps.groups.joinGroup(groupContext(context), request);
      return answer.errorCode === ErrorCode.NONE ? answer : { ...answer, protocolName };
    },
  });
}
