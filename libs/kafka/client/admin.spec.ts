import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { createAcls } from './admin-acls.js';
import { alterConfigs, ConfigResourceType } from './admin-configs.js';
import { describeFeatures, updateFeatures } from './admin-features.js';
import { describeGroup, describeGroups, listGroups, surveyGroups } from './admin-groups.js';
import { clusterHealth } from './admin-health.js';
import { describeLogDirs } from './admin-log-dirs.js';
import { describeQuorum } from './admin-quorum.js';
import { alterReassignments, cancelReassignments, electLeaders } from './admin-reassignments.js';
import { alterScramUsers, describeScramUsers } from './admin-scram.js';
import { createTopic, deleteTopic } from './admin-topics.js';
import { createCluster, type Cluster } from './cluster.js';
import { createFakeCluster, HOST, metadataOf, type FakeCluster, type Handlers } from './fake-broker.fixture.js';
import { fetchBatches, produceBatch } from './records.js';

const client = (fake: FakeCluster): Cluster => createCluster(fake.env, { bootstrap: fake.bootstrap, tls: null, sasl: null, clientId: 'test', requestTimeoutMs: 2_000 });
const made = (count: number, handlers: Handlers): { fake: FakeCluster; cluster: Cluster } => { const fake = createFakeCluster(count, handlers); return { fake, cluster: client(fake) }; };
const askedOf = (fake: FakeCluster, name: string): number[] => fake.brokers.flatMap(({ nodeId, asked }) => asked.filter((each) => each === name).map(() => nodeId));

describe('health', () => {
  /** Topics a (2 partitions), b, c of three replicas on brokers 1 to 3, with these in sync and leading. */
  const states = [
    { topic: 'a', partition: 0, leaderId: 1, replicaNodes: [1, 2, 3], isrNodes: [1, 2, 3] },
    { topic: 'a', partition: 1, leaderId: 3, replicaNodes: [2, 3, 4], isrNodes: [3] },
    { topic: 'b', partition: 0, leaderId: -1, replicaNodes: [4], isrNodes: [4] },
    { topic: 'c', partition: 0, leaderId: 1, replicaNodes: [1, 2, 3, 5], isrNodes: [1, 2, 3] },
    { topic: 'd', partition: 0, leaderId: 2, replicaNodes: [2, 3], isrNodes: [2] },
  ];
  const calls: Handlers = {
    Metadata: () => ({ brokers: [], topics: [...new Set(states.map(({ topic }) => topic))].map((name) => ({ name, partitions: states.filter(({ topic }) => topic === name).map(({ partition, ...rest }) => ({ partitionIndex: partition, ...rest })) })) }),
    ListPartitionReassignments: () => ({ topics: [{ name: 'c', partitions: [{ partitionIndex: 0, replicas: [1, 2, 3, 5], addingReplicas: [5], removingReplicas: [] }] }] }),
    DescribeConfigs: ({ body }) => ({ results: (body.resources as { resourceName: string }[]).map(({ resourceName }) => ({ resourceType: 2, resourceName, configs: [{ name: 'min.insync.replicas', value: resourceName === 'd' ? '1' : '2' }] })) }),
  };
  const paged: Handlers = {
    ...calls,
    DescribeTopicPartitions: ({ body }) => {
      const from = (body.cursor as { partitionIndex: number } | null)?.partitionIndex ?? 0;
      return {
        topics: states.slice(from, from + 2).map(({ topic, partition, ...rest }) => ({ name: topic, partitions: [{ partitionIndex: partition, ...rest }] })),
        nextCursor: from + 2 < states.length ? { topicName: 'any', partitionIndex: from + 2 } : null,
      };
    },
  };

  it.each<[string, Handlers, number]>([['in pages', paged, 3], ['in one answer, where the cluster has no pages', calls, 0]])('is told %s', async (_how, handlers, pages) => {
    const { fake, cluster } = made(3, handlers);
    expect(await fake.run(clusterHealth(cluster))).toMatchObject({
      clusterId: 'cluster', controllerId: 1, topics: 4, partitions: 5, notPreferred: 1,
      underReplicated: { count: 2, named: [{ topic: 'a', partition: 1 }, { topic: 'd', partition: 0 }] }, underMinIsr: { count: 1, named: [{ topic: 'a', partition: 1 }] },
      offline: { count: 1, named: [{ topic: 'b', partition: 0 }] }, reassignments: [{ topic: 'c', partition: 0, addingReplicas: [5], removingReplicas: [] }],
      shares: [
        { nodeId: 1, alive: true, replicas: 2, leaders: 2, outOfSync: 0 }, { nodeId: 2, alive: true, replicas: 4, leaders: 1, outOfSync: 1 },
        { nodeId: 3, alive: true, replicas: 4, leaders: 1, outOfSync: 1 }, { nodeId: 4, alive: false, replicas: 2, leaders: 0, outOfSync: 1 }, { nodeId: 5, alive: false, replicas: 1, leaders: 0, outOfSync: 1 },
      ],
    });
    expect([askedOf(fake, 'DescribeTopicPartitions').length, askedOf(fake, 'DescribeConfigs').length]).toEqual([pages, 1]);
  });

  it('says what it isn\'t told, and does not wait for a controller that there isn\'t', async () => {
    const { fake, cluster } = made(1, {
      ...paged, ListPartitionReassignments: () => ({ errorCode: ErrorCode.NOT_CONTROLLER }),
      DescribeConfigs: () => ({ results: [{ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, resourceName: 'a' }] }),
    });
    expect(await fake.run(clusterHealth(cluster))).toMatchObject({ reassignments: null, underMinIsr: null, underReplicated: { count: 3 } });
    expect(fake.env.clock.monotonic()).toBeLessThan(2_000);
  });

  it('ends with a cluster whose pages lead nowhere', async () => {
    const { fake, cluster } = made(1, { ...paged, DescribeTopicPartitions: () => ({ topics: [], nextCursor: { topicName: 'a', partitionIndex: 1 } }) });
    expect(await fake.run(clusterHealth(cluster))).toMatchObject({ partitions: 0 });
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
    expect((await fake.run(cancelReassignments(cluster, partitions))).map(({ error }) => error)).toEqual([null, null]);
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

  it('disks of brokers, and which are silent or off', async () => {
    const { fake, cluster } = made(2, { DescribeLogDirs: () => ({ results: [{ logDir: '/a', totalBytes: 10, usableBytes: 4, topics: [{ name: 't', partitions: [{ partitionIndex: 1, partitionSize: 7 }] }] }, { logDir: '/b', errorCode: ErrorCode.KAFKA_STORAGE_ERROR }] }) });
    fake.brokers[1]!.handlers.DescribeLogDirs = () => 'die';
    expect(await fake.run(describeLogDirs(cluster))).toMatchObject([
      { nodeId: 1, answered: true, value: [{ path: '/a', error: null, totalBytes: 10, usableBytes: 4, replicas: [{ topic: 't', partition: 1, sizeBytes: 7 }] }, { path: '/b', error: expect.any(KafkaError), totalBytes: null }] },
      { nodeId: 2, answered: false },
    ]);
  });
});

it.each([[13, 'topicId'], [12, 'name']] as const)('sends and reads a batch by what version %d knows topics by', async (version, by) => {
  const bodies: Record<string, unknown>[] = [];
  const fake: FakeCluster = createFakeCluster(1, {
    Metadata: () => metadataOf(fake, 't', [1]),
    Produce: ({ body }) => { bodies.push((body.topicData as Record<string, unknown>[])[0]!); return { responses: [{ partitionResponses: [{ index: 0, baseOffset: 7 }] }] }; },
    Fetch: () => ({ responses: [{ partitions: [{ partitionIndex: 0, highWatermark: 8, records: Buffer.from('bytes') }] }] }),
  });
  fake.brokers[0]!.ranges = { Produce: [3, version], Fetch: [4, version] };
  const cluster = client(fake);
  expect(await fake.run(produceBatch(cluster, { topic: 't', partition: 0 }, Buffer.from('batch')))).toEqual({ baseOffset: 7 });
  expect(bodies[0]![by]).toBe(by === 'name' ? 't' : 'AAAAAAAAAAAAAAAAAAAAAQ');
  expect(await fake.run(fetchBatches(cluster, { topic: 't', partition: 0 }, 7))).toMatchObject({ highWatermark: 8, records: Buffer.from('bytes') });
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
