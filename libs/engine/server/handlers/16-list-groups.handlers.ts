/**
 * ListGroups, key 16, versions 0-5. All groups with DESCRIBE on the cluster, else those with DESCRIBE on the group.
 * v1 throttle time · v3 flexible · v4 states, as filter and in the answer (KIP-518) · v5 types likewise (KIP-848)
 */
import { ApiKey, ListGroupsRequest, ListGroupsResponse } from '#libs/kafka/protocol';
import { AclOperation, ResourceType } from '#libs/engine/controller';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayUseGroup } from './group-request.js';

const CLUSTER = 'kafka-cluster';

export function createListGroupsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.ListGroups, request: ListGroupsRequest, response: ListGroupsResponse, minVersion: 0, maxVersion: 5,
    async handle(context, request) {
      const answer = await deps.groups.listGroups(request);
      const { principal, clientHost } = context;
      if (deps.authorizer.authorize(principal, clientHost, AclOperation.describe, ResourceType.cluster, CLUSTER)) return answer;
      return { ...answer, groups: (answer.groups ?? []).filter(({ groupId }) => mayUseGroup(deps, context, 'describe', groupId!)) };
    },
  });
}
