/**
 * SyncGroup, key 14, versions 0-5. Waits for the leader's assignment; the leader's own request brings it. Needs READ on the group.
 * v1 throttle time · v3 group instance id (KIP-345) · v4 flexible · v5 protocol type and name, checked and answered (KIP-559), must be given
 */
import { ApiKey, ErrorCode, SyncGroupRequest, SyncGroupResponse } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { groupContext, mayUseGroup } from './group-request.js';

const PROTOCOL_FROM = 5;

export function createSyncGroupHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.SyncGroup, request: SyncGroupRequest, response: SyncGroupResponse, minVersion: 0, maxVersion: 5,
    handle(context, request) {
      if (context.apiVersion >= PROTOCOL_FROM && (request.protocolType === null || request.protocolName === null)) {
        return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL };
      }
      if (!mayUseGroup(deps, context, 'read', request.groupId)) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
      return deps.groups.syncGroup(groupContext(context), request);
    },
  });
}
