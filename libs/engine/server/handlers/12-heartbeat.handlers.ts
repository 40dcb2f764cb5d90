/**
 * Heartbeat, key 12, versions 0-4. Keeps a member's session; REBALANCE_IN_PROGRESS asks it to join again. Needs READ on the group.
 * v1 throttle time · v3 group instance id (KIP-345) · v4 flexible
 */
import { ApiKey, ErrorCode, HeartbeatRequest, HeartbeatResponse } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { groupContext, mayUseGroup } from './group-request.js';

export function createHeartbeatHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.Heartbeat, request: HeartbeatRequest, response: HeartbeatResponse, minVersion: 0, maxVersion: 4,
    handle(context, request) {
      if (!mayUseGroup(deps, context, 'read', request.groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      return deps.groups.heartbeat(groupContext(context), request);
    },
  });
}
