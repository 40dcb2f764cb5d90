import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { createAcls } from './admin-acls.js';
import { alterConfigs, ConfigResourceType } from './admin-configs.js';
import { describeFeatures, updateFeatures } from './admin-features.js';
import { describeGroup, describeGroups, listGroups, surveyGroups } from './admin-groups.js';
import { minInsyncReplicas } from './admin-min-isr.js';
import { describeQuorum } from './admin-quorum.js';
import { alterReassignments, electLeaders } from './admin-reassignments.js';
import { alterScramUsers, describeScramUsers } from './admin-scram.js';
import { createTopic, deleteTopic } from './admin-topics.js';
import { clientLimits } from './client.limits.js';
import { createCluster, type Cluster } from './cluster.js';
import { createFakeCluster, HOST, metadataOf, type FakeCluster, type Handlers } from './fake-broker.fixture.js';

const client = (fake: FakeCluster): Cluster => createCluster(fake.env, { bootstrap: fake.bootstrap, tls: null, sasl: null, clientId: 'test', requestTimeoutMs: 2_000 });
const made = (count: number, handlers: Handlers): { fake: FakeCluster; cluster: Cluster } => { const fake = createFakeCluster(count, handlers); return { fake, cluster: client(fake) }; };
const askedOf = (fake: FakeCluster, name: string): number[] => fake.brokers.flatMap(({ nodeId, asked }) => asked.filter((each) => each === name).map(() => nodeId));

describe('min.insync.replicas', () => {
  const configs = (code: ErrorCode = ErrorCode.NONE): Handlers => ({
    DescribeConfigs: ({ body }) => ({ results: (body.resources as { resourceName: string }[]).map(({ resourceName }) => ({
      resourceType: 2, resourceName, errorCode: resourceName === 'gone' ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : code, configs: [{ name: 'min.insync.replicas', value: '2' }],
    })) }),
  });

  it('of the topics that are there, in few calls', async () => {
    const { fake, cluster } = made(1, configs());
    const topics = Array.from({ length: clientLimits.configTopicsMax + 1 }, (_, index) => (index === 0 ? 'gone' : `t${index}`));
    const found = await fake.run(minInsyncReplicas(cluster, topics));
    expect([found?.size, found?.get('t1'), found?.has('gone'), askedOf(fake, 'DescribeConfigs').length]).toEqual([clientLimits.configTopicsMax, 2, false, 2]);
  });

  it('are not told to whoever may not see them', async () => {
    const { fake, cluster } = made(1, configs(ErrorCode.TOPIC_AUTHORIZATION_FAILED));
    expect(await fake.run(minInsyncReplicas(cluster, ['t']))).toBeNull();
  });
});

describe('groups', () => {
  const found: Handlers = { FindCoordinator: ({ body }) => ({ coordinators: (body.coordinatorKeys as string[]).map((key) => ({ key, nodeId: 1, host: HOST, port: 9_001 })) }) };
  const group = (groupId: string, groupType: string): Record<string, unknown> => ({ groupId, protocolType: 'consumer', groupState: 'Stable', groupType });

  it('are those of all brokers that answer, once each, without those that are no consumers', async () => {
    const { fake, cluster } = made(3, { ListGroups: ({ broker }) => ({ groups: [group('both', 'classic'), group(`of-${broker.nodeId}`, 'Consumer'), group('shared', 'share')] }) });
    fake.brokers[1]!.handlers.ListGroups = () => 'die';
    expect(await fake.run(surveyGroups(cluster))).toMatchObject({ groups: [{ groupId: 'both' }, { groupId: 'of-1' }, { groupId: 'of-3' }], silentBrokers: [2] });
  });

  it('are waited for while a coordinator loads, and refused when none answers', async () => {
    let loading = 3;
    const { fake, cluster } = made(1, { ListGroups: () => (loading-- > 0 ? { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS } : { groups: [group('g', '')] }) });
    expect(await fake.run(listGroups(cluster))).toMatchObject([{ groupId: 'g' }]);
    fake.brokers[0]!.handlers.ListGroups = () => 'hang';
    await expect(fake.run(listGroups(cluster))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  });

  it('of the consumer protocol are described by the call they have', async () => {
    const { fake, cluster } = made(1, {
      ...found,
      DescribeGroups: ({ body }) => ({ groups: [{ errorCode: ErrorCode.GROUP_ID_NOT_FOUND, groupId: (body.groups as string[])[0]! }] }),
      ConsumerGroupDescribe: ({ body }) => ({ groups: (body.groupIds as string[]).map((groupId) => (groupId === 'new'
        ? { groupId, groupState: 'Stable', assignorName: 'uniform', members: [{ memberId: 'm', clientId: 'c', clientHost: '/h', assignment: { topicPartitions: [{ topicName: 't', partitions: [1] }] } }] }
        : { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND })) }),
    });
    expect(await fake.run(describeGroup(cluster, 'new'))).toMatchObject({ groupId: 'new', assignor: 'uniform', coordinator: 1, members: [{ assignment: [{ topic: 't', partition: 1 }] }] });
    await expect(fake.run(describeGroup(cluster, 'none'))).rejects.toMatchObject({ codeName: 'GROUP_ID_NOT_FOUND' });
    expect((await fake.run(describeGroups(cluster, ['gone', 'new']))).map(({ groupId }) => groupId)).toEqual(['new']);
  });

  it('that are dead there aren\'t, on clusters without the consumer protocol', async () => {
    const { fake, cluster } = made(1, { ...found, DescribeGroups: () => ({ groups: [{ groupState: 'Dead' }] }) });
    await expect(fake.run(describeGroup(cluster, 'g'))).rejects.toMatchObject({ codeName: 'GROUP_ID_NOT_FOUND' });
  });
});

describe('changes', () => {
  it('go to the broker whose configs they are, or to any', async () => {
    const { fake, cluster } = made(3, {
      IncrementalAlterConfigs: () => ({ responses: [{}] }),
      DescribeConfigs: ({ body }) => ({ results: (body.resources as { resourceName: string }[]).map(({ resourceName }) => ({ configs: [{ name: 'num.io.threads', value: '9', configSource: resourceName === '' ? 3 : 2 }] })) }),
    });
    const change = [{ name: 'num.io.threads', value: '9', operation: 'SET' as const }];
    await fake.run(alterConfigs(cluster, ConfigResourceType.broker, '3', change, { validateOnly: false }));
    await fake.run(alterConfigs(cluster, ConfigResourceType.broker, '', change, { validateOnly: false }));
    expect([askedOf(fake, 'IncrementalAlterConfigs'), askedOf(fake, 'DescribeConfigs')]).toEqual([[1, 3], [1, 3]]);
  });

  it('are over when they are seen, and no failure when they aren\'t in time', async () => {
    let looks = 0;
    const fake: FakeCluster = createFakeCluster(1, {
      CreateTopics: () => ({ topics: [{ name: 't', numPartitions: 1, replicationFactor: 1 }] }),
      Metadata: () => (++looks < 4 ? { brokers: [], topics: [{ name: 't', errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] } : metadataOf(fake, 't', [1])),
      CreateAcls: () => ({ results: [{}] }), DescribeAcls: () => ({ resources: [] }),
    });
    const cluster = client(fake);
    await fake.run(createTopic(cluster, { name: 't', numPartitions: 1, replicationFactor: 1, configs: [] }, { validateOnly: false }));
    expect(looks).toBe(4);
    await fake.run(createAcls(cluster, [{ resourceType: 2, resourceName: 't', patternType: 3, principal: 'User:a', host: '*', operation: 3, permissionType: 3 }]));
    expect(fake.env.clock.monotonic()).toBeLessThan(7_000);
  });

  it('tell of each partition what became of it', async () => {
    const { fake, cluster } = made(1, {
      AlterPartitionReassignments: () => ({ responses: [{ name: 't', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1, errorCode: ErrorCode.NO_REASSIGNMENT_IN_PROGRESS }] }] }),
      ElectLeaders: () => ({ replicaElectionResults: [{ topic: 't', partitionResult: [{ partitionId: 0, errorCode: ErrorCode.ELECTION_NOT_NEEDED }, { partitionId: 1, errorCode: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE }] }] }),
    });
    const partitions = [0, 1].map((partition) => ({ topic: 't', partition }));
    const outcomes = await fake.run(alterReassignments(cluster, partitions.map((each) => ({ ...each, replicas: null }))));
    expect(outcomes.map(({ error }) => error?.codeName)).toEqual([undefined, 'NO_REASSIGNMENT_IN_PROGRESS']);
    expect((await fake.run(electLeaders(cluster, 'preferred', partitions))).map(({ error }) => error?.codeName)).toEqual([undefined, 'PREFERRED_LEADER_NOT_AVAILABLE']);
  });

  it('of elections find the controller though only partitions say where it isn\'t', async () => {
    const { fake, cluster } = made(2, {
      DescribeCluster: () => ({ clusterId: 'c', controllerId: 2, brokers: [1, 2].map((brokerId) => ({ brokerId, host: HOST, port: 9_000 + brokerId })) }),
      ElectLeaders: ({ broker }) => ({ replicaElectionResults: [{ topic: 't', partitionResult: [{ partitionId: 0, errorCode: broker.nodeId === 2 ? 0 : ErrorCode.NOT_CONTROLLER }] }] }),
    });
    expect(await fake.run(electLeaders(cluster, 'unclean', null))).toEqual([{ topic: 't', partition: 0, error: null }]);
    expect(askedOf(fake, 'ElectLeaders')).toEqual([1, 2]);
  });

  it('of features are refused with the text of the first that is', async () => {
    const asked: unknown[] = [];
    const { fake, cluster } = made(1, { UpdateFeatures: ({ body }) => { asked.push(body.featureUpdates); return { errorCode: ErrorCode.INVALID_UPDATE_VERSION, errorMessage: 'too new' }; } });
    await expect(fake.run(updateFeatures(cluster, [{ feature: 'metadata.version', level: 99, type: 'safe-downgrade' }], { validateOnly: true }))).rejects.toMatchObject({ codeName: 'INVALID_UPDATE_VERSION', message: 'too new' });
    expect(asked).toMatchObject([[{ feature: 'metadata.version', maxVersionLevel: 99, upgradeType: 2 }]]);
  });

  it('of users never hold the password', async () => {
    let body: Record<string, unknown> = {};
    const { fake, cluster } = made(1, {
      AlterUserScramCredentials: (request) => { body = request.body; return { results: [{ user: 'u' }] }; },
      DescribeUserScramCredentials: () => ({ results: [{ user: 'u', credentialInfos: [{ mechanism: 2, iterations: 8192 }, { mechanism: 9, iterations: 1 }] }, { user: 'nobody', errorCode: ErrorCode.RESOURCE_NOT_FOUND }] }),
    });
    await fake.run(alterScramUsers(cluster, { upsertions: [{ name: 'u', mechanism: 'SCRAM-SHA-256', password: 'pencil', salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), iterations: 4096 }] }));
    const [upsertion] = body.upsertions as { saltedPassword: Buffer; mechanism: number }[];
    expect([upsertion!.mechanism, upsertion!.saltedPassword.toString('hex')]).toEqual([1, 'c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d']);
    expect(await fake.run(describeScramUsers(cluster, ['u', 'nobody']))).toEqual([{ name: 'u', credentials: [{ mechanism: 'SCRAM-SHA-512', iterations: 8192 }] }]);
  });
});

describe('what clusters tell of themselves', () => {
  it('the quorum, with how far each is behind', async () => {
    const replica = (replicaId: number, logEndOffset: number): Record<string, unknown> => ({ replicaId, logEndOffset, replicaDirectoryId: replicaId === 1 ? 'JEXY6aqzQY-32P5TStzaFg' : 'AAAAAAAAAAAAAAAAAAAAAA' });
    const { fake, cluster } = made(1, { DescribeQuorum: () => ({ topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0, leaderId: 1, leaderEpoch: 4, highWatermark: 90, currentVoters: [replica(2, 80), replica(1, 100)], observers: [replica(3, -1)] }] }], nodes: [{ nodeId: 1, listeners: [{ name: 'CONTROLLER', host: 'h', port: 9 }] }] }) });
    expect(await fake.run(describeQuorum(cluster))).toMatchObject({
      leaderId: 1, highWatermark: 90, voters: [{ nodeId: 1, lag: 0, directoryId: 'JEXY6aqzQY-32P5TStzaFg' }, { nodeId: 2, lag: 20, directoryId: null }], observers: [{ nodeId: 3, lag: -1 }], nodes: [{ nodeId: 1, listeners: [{ host: 'h' }] }],
    });
    const other = made(1, {});
    await expect(other.fake.run(describeQuorum(other.cluster))).rejects.toMatchObject({ codeName: 'UNSUPPORTED_VERSION', message: 'the cluster does not offer DescribeQuorum' });
  });

  it('features, from what goes with its versions', async () => {
    const { fake, cluster } = made(2, {});
    fake.brokers[1]!.handlers.ApiVersions = () => ({
      apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }, { apiKey: 60, minVersion: 0, maxVersion: 2 }],
      supportedFeatures: [{ name: 'metadata.version', minVersion: 7, maxVersion: 30 }], finalizedFeaturesEpoch: 5, finalizedFeatures: [{ name: 'metadata.version', minVersionLevel: 7, maxVersionLevel: 25 }],
    });
    expect(await fake.run(describeFeatures(cluster, 2))).toEqual({ supported: [{ name: 'metadata.version', min: 7, max: 30 }], finalized: new Map([['metadata.version', 25]]), finalizedEpoch: 5 });
  });
});

it.each<[string, string, (cluster: Cluster) => Promise<unknown>, Record<string, unknown>]>([
  ['CreateTopics', 'topics', (cluster) => createTopic(cluster, { name: 't', numPartitions: 1, replicationFactor: 1, configs: [] }, { validateOnly: false }), {}],
  ['DeleteTopics', 'responses', (cluster) => deleteTopic(cluster, 't'), {}],
  ['IncrementalAlterConfigs', 'responses', (cluster) => alterConfigs(cluster, ConfigResourceType.topic, 't', [], { validateOnly: false }), {}],
  ['DescribeGroups', 'groups', (cluster) => describeGroup(cluster, 'g'), { FindCoordinator: () => ({ coordinators: [{ key: 'g', nodeId: 1, host: HOST, port: 9001 }] }) }],
])('takes an answer of %s without a row for a cluster that may have done it', async (name, rows, ask, more) => {
  const { fake, cluster } = made(1, { ...more, [name]: () => ({ [rows]: [] }) } as Handlers);
  await expect(fake.run(ask(cluster))).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE', mayBeDone: true });
});
