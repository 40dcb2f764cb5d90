/**
 * DeleteGroups, key 42, versions 0-2. Only groups without members; their offsets go too. Needs DELETE on each group.
 * v1 throttling before the answer · v2 flexible
 */
import { ApiKey, DeleteGroupsRequest, DeleteGroupsResponse, ErrorCode } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayUseGroup } from './group-request.js';

export function createDeleteGroupsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.DeleteGroups, request: DeleteGroupsRequest, response: DeleteGroupsResponse, minVersion: 0, maxVersion: 2,
    async handle(context, request) {
      const names = [...new Set(request.groupsNames)];
      const allowed = names.filter((groupId) => mayUseGroup(deps, context, 'delete', groupId));
      const results = new Map((await deps.groups.deleteGroups(allowed)).map((result) => [result.groupId, result]));
      return { results: names.map((groupId) => results.get(groupId) ?? { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }) };
    },
  });
}
