/** Client quotas and SCRAM users over the wire in every version; who may ask; what a request over its quota gets. */
import {
  AlterClientQuotasRequest, AlterClientQuotasResponse, AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, ApiKey, DescribeClientQuotasRequest,
  DescribeClientQuotasResponse, DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, ErrorCode, FetchRequest, FetchResponse, decode, encode, type Draft,
} from '#libs/kafka/protocol';
import { AclOperation, ResourceType, type Controller } from '../../controller/index.js';
import { settled, startOn } from '../../controller/controller.fixture.js';
import { produced } from '../../replication/replication.testing.js';

import { createClientQuotas, type ClientQuotas } from '../quotas/index.js';
import { createFetchHandler } from './01-fetch.handlers.js';
import { createDescribeClientQuotasHandler } from './48-describe-client-quotas.handlers.js';
import { createAlterClientQuotasHandler } from './49-alter-client-quotas.handlers.js';
import { createDescribeUserScramCredentialsHandler } from './50-describe-user-scram-credentials.handlers.js';
import { createAlterUserScramCredentialsHandler } from './51-alter-user-scram-credentials.handlers.js';
import { createDataPath, denial, type DataPath } from './data-path.testing.js';
import { mutationCharge } from './mutation-charge.js';

const windows = { client: { samples: 11, sampleMs: 1_000 }, controller: { samples: 11, sampleMs: 1_000 } };

async function controlled(): Promise<DataPath & { controller: Controller }> {
  const path = await createDataPath([]);
  const controller = await startOn(path.env);
  Object.assign(path.deps as { controller: Controller; principals: unknown }, { controller, principals: { isReserved: (name: string) => name === 'sa-1' } });
  return { ...path, controller };
}
const forbid = (path: DataPath, operation: number): void => { path.denied.add(denial(operation, 'kafka-cluster', ResourceType.cluster)); };

describe('client quotas', () => {
  const entity = [{ entityType: 'user', entityName: 'u' }];
  const alter = (path: DataPath, version: number, validateOnly = false) => settled(path.env, path.call(createAlterClientQuotasHandler(path.deps), AlterClientQuotasRequest, AlterClientQuotasResponse, version, {
    entries: [{ entity, ops: [{ key: 'producer_byte_rate', value: 1024, remove: false }, { key: 'consumer_byte_rate', value: 0, remove: true }] }], validateOnly,
  }));
  const describeAll = (path: DataPath, version: number, entityType = 'user') => path.call(createDescribeClientQuotasHandler(path.deps), DescribeClientQuotasRequest, DescribeClientQuotasResponse, version, { components: [{ entityType, matchType: 2, match: null }], strict: true });

  it.each([0, 1])('are set and described in version %i', async (version) => {
    const path = await controlled();
    expect((await alter(path, version, true)).entries).toEqual([{ errorCode: 0, errorMessage: null, entity }]);
    expect((await describeAll(path, version)).entries).toEqual([]);
    await alter(path, version);
    expect(await describeAll(path, version)).toMatchObject({ errorCode: 0, entries: [{ entity, values: [{ key: 'producer_byte_rate', value: 1024 }] }] });
    expect(await describeAll(path, version, 'group')).toMatchObject({ errorCode: ErrorCode.UNSUPPORTED_VERSION, entries: null });
  });
  it('need ALTER_CONFIGS and DESCRIBE_CONFIGS on the cluster', async () => {
    const path = await controlled();
    forbid(path, AclOperation.alterConfigs);
    forbid(path, AclOperation.describeConfigs);
    expect((await alter(path, 1)).entries).toMatchObject([{ errorCode: 31, entity }]);
    expect(await describeAll(path, 1)).toMatchObject({ errorCode: 31, entries: null });
    expect(path.controller.image.quotas.size).toBe(0);
  });
});

describe('SCRAM users', () => {
  const upsertion = (name: string) => ({ name, mechanism: 2, iterations: 4096, salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(64, 1) });
  const alter = (path: DataPath, names: string[], deletions: string[] = []) => settled(path.env, path.call(createAlterUserScramCredentialsHandler(path.deps), AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, 0, {
    upsertions: names.map(upsertion), deletions: deletions.map((name) => ({ name, mechanism: 2 })),
  }));
  const describeUsers = (path: DataPath, names: string[] | null) => path.call(createDescribeUserScramCredentialsHandler(path.deps), DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse, 0, { users: names?.map((name) => ({ name })) ?? null });

  it('are made, described and deleted; the platform\'s names are refused', async () => {
    const path = await controlled();
    expect((await alter(path, ['bob', 'sa-1'])).results.map(({ user, errorCode }) => [user, errorCode])).toEqual([['bob', 0], ['sa-1', ErrorCode.UNACCEPTABLE_CREDENTIAL]]);
    expect((await describeUsers(path, null)).results).toEqual([{ user: 'bob', errorCode: 0, errorMessage: null, credentialInfos: [{ mechanism: 2, iterations: 4096 }] }]);
    expect((await describeUsers(path, ['bob', 'ann', 'ann'])).results.map(({ user, errorCode }) => [user, errorCode])).toEqual([['bob', 0], ['ann', ErrorCode.DUPLICATE_RESOURCE]]);
    expect((await alter(path, [], ['bob'])).results).toMatchObject([{ user: 'bob', errorCode: 0 }]);
    expect((await describeUsers(path, ['bob'])).results).toMatchObject([{ errorCode: ErrorCode.RESOURCE_NOT_FOUND }]);
  });
  it('need ALTER and DESCRIBE on the cluster', async () => {
    const path = await controlled();
    forbid(path, AclOperation.alter);
    forbid(path, AclOperation.describe);
    expect((await alter(path, ['bob'], ['ann'])).results.map(({ errorCode }) => errorCode)).toEqual([31, 31]);
    expect(await describeUsers(path, null)).toMatchObject({ errorCode: 31, results: [] });
  });
});

function quotasFor(path: DataPath, key: string, value: number): ClientQuotas {
  const image = { quotas: new Map([['q', { entity: [{ entityType: 'user', entityName: 'u' }], key, value }]]) };
  return createClientQuotas({ clock: path.env.clock, windows, controller: { image, onImage: () => undefined } });
}

it('answers a Fetch over its quota empty, and the same records once the time is over', async () => {
  const path = await createDataPath([{ name: 't', partitions: 1 }]);
  const leader = path.broker.replicas.leader('t', 0);
  if (typeof leader !== 'number') for (let i = 0; i < 12; i++) leader.appendAsLeader(produced(['x'.repeat(1_000)]), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
  const quotas = quotasFor(path, 'consumer_byte_rate', 500);
  const handler = createFetchHandler(path.deps);
  const fetch = async (fetchOffset: number, sessionId = 0, sessionEpoch = -1) => {
    const quota = quotas.begin({ user: 'u', clientId: 'c', apiKey: ApiKey.Fetch, sizeBytes: 0 });
    const request = decode(FetchRequest, 12, encode(FetchRequest, 12, { maxWaitMs: 0, minBytes: 1, maxBytes: 1e6, sessionId, sessionEpoch, topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset, currentLeaderEpoch: -1, partitionMaxBytes: 1e6 }] }] } as Draft<FetchRequest>));
    const answer = await handler.handle({ ...path.context(12), apiKey: ApiKey.Fetch, quota }, request) as Draft<FetchResponse>;
    return { throttleMs: quota.settle(true), ...decode(FetchResponse, 12, encode(FetchResponse, 12, answer)) };
  };
  // A window's bytes at most, so that nobody can ask for what would surely be throttled.
  const first = await fetch(0);
  expect(first.throttleMs).toBe(0);
  const got = first.responses[0]!.partitions[0]!.records!.length;
  expect(got).toBeGreaterThan(3_000);
  expect(got).toBeLessThanOrEqual(5_000);
  const over = await fetch(4, 0, 0);
  expect(over).toMatchObject({ errorCode: 0, sessionId: 0, responses: [] });
  expect(over.throttleMs).toBeGreaterThan(1_000);
  await path.env.advance(12_000);
  expect((await fetch(4)).responses[0]!.partitions[0]!.records!.length).toBeGreaterThan(3_000);
});

it('refuses partitions over the quota in strict versions only', async () => {
  const path = await createDataPath([]);
  const charge = (apiVersion: number, quotas: ClientQuotas) => mutationCharge({ ...path.context(apiVersion), quota: quotas.begin({ user: 'u', clientId: 'c', apiKey: ApiKey.CreateTopics, sizeBytes: 0 }) }, 6).charge!;
  for (const [apiVersion, code] of [[6, ErrorCode.THROTTLING_QUOTA_EXCEEDED], [5, null]] as const) {
    const controller = await startOn(path.env, { directory: `/data-${apiVersion}` });
    const quotas = quotasFor(path, 'controller_mutation_rate', 1);
    const create = (name: string, numPartitions: number) => settled(path.env, controller.createTopics([{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }], { validateOnly: false, charge: charge(apiVersion, quotas) }));
    expect(await create('a', 40)).toMatchObject([{ errorCode: 0 }]);
    expect(await create('b', 1)).toMatchObject([{ errorCode: code ?? 0 }]);
    expect(controller.image.topics.has('b')).toBe(code === null);
    const { topicId } = controller.image.topics.get('a')!;
    expect((await settled(path.env, controller.deleteTopics([topicId], { charge: charge(apiVersion, quotas) }))).get(topicId)!.errorCode).toBe(code ?? 0);
  }
});
