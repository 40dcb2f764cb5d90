/**
 * DescribeGroups, key 15, versions 0-6. Classic groups: state, members, their metadata and assignments. Needs DESCRIBE on each group.
 * v1 throttle time · v3 authorized operations (KIP-430) · v4 group instance ids · v5 flexible · v6 an unknown group is GROUP_ID_NOT_FOUND with
 * a message (KIP-1043); before, it is a dead one
 */
import { ApiKey, DescribeGroupsRequest, DescribeGroupsResponse, ErrorCode, type Draft } from '#libs/kafka/protocol';
import { ResourceType } from '#libs/engine/controller';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayUseGroup } from './group-request.js';

const NOT_FOUND_FROM = 6;
type Described = Draft<DescribeGroupsResponse['groups'][number]>;

/** As the version can say it: no messages and no unknown groups before v6. */
function inVersion(group: Described, apiVersion: number): Described {
  if (apiVersion >= NOT_FOUND_FROM) return group;
  return { ...group, errorMessage: null, errorCode: group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND ? ErrorCode.NONE : group.errorCode };
}

function withOperations(deps: ServerDeps, context: RequestContext, group: Described): Described {
  if (group.errorCode !== ErrorCode.NONE) return group;
  const authorizedOperations = deps.authorizer.authorizedOperations(context.principal, context.clientHost, ResourceType.group, group.groupId!);
  return { ...group, authorizedOperations };
}

export function createDescribeGroupsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.DescribeGroups, request: DescribeGroupsRequest, response: DescribeGroupsResponse, minVersion: 0, maxVersion: 6,
    async handle(context, request) {
      // A group's answer holds all of its members: each is given once.
      const asked = [...new Set(request.groups)];
      const allowed = asked.filter((groupId) => mayUseGroup(deps, context, 'describe', groupId));
      const described = new Map((await deps.groups.describeGroups(allowed)).map((group) => [group.groupId, group]));
      return {
        groups: asked.map((groupId) => {
          const group = described.get(groupId) ?? { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
          return inVersion(request.includeAuthorizedOperations ? withOperations(deps, context, group) : group, context.apiVersion);
        }),
      };
    },
  });
}
