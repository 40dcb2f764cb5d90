/** A short request that names the same thing over and over must not be answered over and over: the answers are hundreds of times as large. */
import { DescribeGroupsRequest, ErrorCode, MetadataRequest, OffsetFetchRequest, DescribeConfigsRequest, ZERO_UUID, type Draft } from '#libs/kafka/protocol';
import { ResourceType, type AclFilter, type AclImage } from '#libs/engine/controller';
import type { ApiHandler, RequestContext, ServerDeps } from '../api.js';
import { createMetadataHandler } from './03-metadata.handlers.js';
import { createOffsetFetchHandler } from './09-offset-fetch.handlers.js';
import { createDescribeGroupsHandler } from './15-describe-groups.handlers.js';
import { createDescribeAclsHandler } from './29-describe-acls.handlers.js';
import { createDescribeConfigsHandler } from './32-describe-configs.handlers.js';

const repeated = <T>(value: T): T[] => Array.from({ length: 500 }, () => value);
const context = (apiVersion: number) => ({ apiVersion, clientHost: '127.0.0.1', listenerName: 'L', principal: { type: 'User', name: 'x' } }) as RequestContext;
const authorizer = { authorize: () => true, authorizeByResourceType: () => true, authorizedOperations: () => 0 };
const image = { topics: new Map(), topicNames: new Map(), brokers: new Map(), acls: new Map<string, AclImage>(), clusterId: 'c', configs: () => new Map() };
const deps = {
  authorizer, controller: { image, nodeId: 1 }, config: { nodeId: 1, autoCreateTopicsEnable: false, advertisedListeners: [] },
  groups: {
    describeGroups: (groups: string[]) => Promise.resolve(groups.map((groupId) => ({ groupId, errorCode: ErrorCode.NONE }))),
    offsetFetch: (_context: unknown, group: { groupId: string }) => Promise.resolve({ groupId: group.groupId, errorCode: ErrorCode.NONE, topics: [] }),
  },
} as unknown as ServerDeps;

async function ask<Req, Res>(handler: ApiHandler, codec: { defaults(): Req }, apiVersion: number, request: Draft<Req>): Promise<Res> {
  return await handler.handle(context(apiVersion), { ...codec.defaults(), ...request as object }) as Res;
}

it('Metadata', async () => {
  const handler = createMetadataHandler(deps);
  const topic = (name: string | null, topicId = ZERO_UUID) => ({ name, topicId });
  const { topics } = await ask<MetadataRequest, { topics: unknown[] }>(handler, MetadataRequest, 12, { topics: [...repeated(topic('a')), topic('b'), ...repeated(topic(null, 'AAAAAAAAAAAAAAAAAAAAAQ'))] });
  expect(topics).toHaveLength(3);
});

it('DescribeConfigs', async () => {
  const resource = (resourceName: string) => ({ resourceType: ResourceType.topic, resourceName, configurationKeys: null });
  const { results } = await ask<DescribeConfigsRequest, { results: unknown[] }>(createDescribeConfigsHandler(deps), DescribeConfigsRequest, 4, { resources: [...repeated(resource('a')), resource('b')] });
  expect(results).toHaveLength(2);
});

it('DescribeGroups', async () => {
  const { groups } = await ask<DescribeGroupsRequest, { groups: { groupId: string }[] }>(createDescribeGroupsHandler(deps), DescribeGroupsRequest, 5, { groups: [...repeated('a'), 'b'] });
  expect(groups.map(({ groupId }) => groupId)).toEqual(['a', 'b']);
});

it('OffsetFetch of all topics; what is named is answered as named', async () => {
  const group = (groupId: string, topics: [] | null) => ({ groupId, memberId: null, memberEpoch: -1, topics });
  const { groups } = await ask<OffsetFetchRequest, { groups: { groupId: string }[] }>(createOffsetFetchHandler(deps), OffsetFetchRequest, 8, { groups: [...repeated(group('a', null)), group('b', null), group('a', []), group('a', [])] });
  expect(groups.map(({ groupId }) => groupId)).toEqual(['a', 'b', 'a', 'a']);
});

it('DescribeAcls of many entries on one resource takes time in proportion', async () => {
  for (let index = 0; index < 30_000; index++) {
    const id = String(index);
    image.acls.set(id, { id, resourceType: ResourceType.topic, resourceName: 'a', patternType: 3, principal: `User:${id}`, host: '*', operation: 3, permissionType: 3 } as AclImage);
  }
  const filter: AclFilter = { resourceType: 1, resourceName: null, patternType: 1, principal: null, host: null, operation: 1, permissionType: 1 };
  const began = performance.now();
  const answer = await createDescribeAclsHandler(deps).handle(context(3), {
    resourceTypeFilter: filter.resourceType, resourceNameFilter: null, patternTypeFilter: 1, principalFilter: null, hostFilter: null, operation: 1, permissionType: 1,
  }) as { resources: { acls: unknown[] }[] };
  expect(answer.resources[0]!.acls).toHaveLength(30_000);
  // Copying the list for every entry took tens of seconds.
  expect(performance.now() - began).toBeLessThan(2_000);
});
