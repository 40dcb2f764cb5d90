/** DescribeLogDirs, ElectLeaders, the reassignments, DescribeQuorum, DescribeProducers: every version, who may ask, what isn't there. */
import {
  DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeProducersRequest, DescribeProducersResponse, DescribeQuorumRequest, DescribeQuorumResponse, ElectLeadersRequest,
  ElectLeadersResponse, errorName, AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
} from '#libs/kafka/protocol';
import { AclOperation, ResourceType, type Controller } from '../../controller/index.js';
import { settled, startOn } from '../../controller/controller.fixture.js';
import { produced } from '../../replication/replication.testing.js';
import type { ServerDeps } from '../api.js';
import { createDescribeLogDirsHandler } from './35-describe-log-dirs.handlers.js';
import { createElectLeadersHandler } from './43-elect-leaders.handlers.js';
import { createAlterPartitionReassignmentsHandler } from './45-alter-partition-reassignments.handlers.js';
import { createListPartitionReassignmentsHandler } from './46-list-partition-reassignments.handlers.js';
import { createDescribeQuorumHandler } from './55-describe-quorum.handlers.js';
import { createDescribeProducersHandler } from './61-describe-producers.handlers.js';
import { createDataPath, denial, type DataPath } from './data-path.testing.js';

const CLUSTER = 'kafka-cluster';
const forbid = (path: DataPath, operation: number): void => { path.denied.add(denial(operation, CLUSTER, ResourceType.cluster)); };
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function dataPath(): Promise<DataPath> {
  const path = await createDataPath([{ name: 't', partitions: 2 }, { name: 'u' }]);
  (path.deps.config as { properties: ReadonlyMap<string, string> }).properties = new Map([['log.dirs', '/data']]);
  const leader = path.broker.replicas.leader('t', 1);
  if (typeof leader !== 'number') leader.appendAsLeader(produced(['a', 'b'], { producerId: 7, producerEpoch: 3, baseSequence: 0 }), { requiredAcks: 1, origin: 'client', apiVersion: 9 });
  return path;
}

/** The same over a controller that writes, where handlers need one. */
async function controlled(): Promise<DataPath & { controller: Controller; ask: <T>(call: Promise<T>) => Promise<T> }> {
  const path = await createDataPath([]);
  const controller = await startOn(path.env);
  (path.deps as { controller: Controller }).controller = controller;
  const ask = <T>(call: Promise<T>) => settled(path.env, call);
  await ask(controller.createTopics([{ name: 't', numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }], { validateOnly: false }));
  return { ...path, controller, ask };
}

describe('DescribeLogDirs', () => {
  const describeDirs = (path: DataPath, version: number, topics: { topic: string; partitions: number[] }[] | null = null) =>
    path.call(createDescribeLogDirsHandler(path.deps), DescribeLogDirsRequest, DescribeLogDirsResponse, version, { topics });

  it.each(range(1, 5))('tells sizes and room in version %i', async (version) => {
    const path = await dataPath();
    path.env.disk.setSpace({ totalBytes: 1000, usableBytes: 400 });
    const { errorCode, results } = await describeDirs(path, version);
    expect(errorCode).toBe(0);
    expect(results).toEqual([{
      errorCode: 0, logDir: '/data', totalBytes: version >= 4 ? 1000 : -1, usableBytes: version >= 4 ? 400 : -1, isCordoned: false,
      topics: [
        { name: 't', partitions: [{ partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false }, { partitionIndex: 1, partitionSize: produced(['a', 'b']).length, offsetLag: 0, isFutureKey: false }] },
        { name: 'u', partitions: [{ partitionIndex: 0, partitionSize: 0, offsetLag: 0, isFutureKey: false }] },
      ],
    }]);
  });
  it('answers what was asked for and is here', async () => {
    const path = await dataPath();
    const [result] = (await describeDirs(path, 5, [{ topic: 't', partitions: [1, 1, 9] }, { topic: 'nowhere', partitions: [0] }, { topic: 'u', partitions: [] }])).results;
    expect(result!.topics.map(({ name, partitions }) => [name, partitions.map(({ partitionIndex }) => partitionIndex)])).toEqual([['t', [1]]]);
  });
  it('needs DESCRIBE on the cluster', async () => {
    const path = await dataPath();
    forbid(path, AclOperation.describe);
    expect(await describeDirs(path, 5)).toMatchObject({ errorCode: 31, results: [] });
    expect(await describeDirs(path, 1)).toMatchObject({ results: [] });
  });
  it('says when the directory can\'t be asked', async () => {
    const path = await dataPath();
    path.env.disk.space = () => { throw new Error('EIO'); };
    expect((await describeDirs(path, 5)).results).toMatchObject([{ errorCode: 56, logDir: '/data', totalBytes: -1 }]);
  });
});

describe('DescribeProducers', () => {
  const ask = async (path: DataPath, topics: { name: string; partitionIndexes: number[] }[]) =>
    (await path.call(createDescribeProducersHandler(path.deps), DescribeProducersRequest, DescribeProducersResponse, 0, { topics })).topics;

  it('tells who wrote, each partition once', async () => {
    const path = await dataPath();
    expect(await ask(path, [{ name: 't', partitionIndexes: [0, 1] }, { name: 't', partitionIndexes: [1, 5] }])).toEqual([{ name: 't', partitions: [
      { partitionIndex: 0, errorCode: 0, errorMessage: null, activeProducers: [] },
      { partitionIndex: 1, errorCode: 0, errorMessage: null, activeProducers: [{ producerId: 7, producerEpoch: 3, lastSequence: 1, lastTimestamp: 1_700_000_000_000, coordinatorEpoch: -1, currentTxnStartOffset: -1 }] },
      { partitionIndex: 5, errorCode: 3, errorMessage: null, activeProducers: [] },
    ] }]);
  });
  it('refuses bad names, unknown topics, and those that may not READ', async () => {
    const path = await dataPath();
    path.denied.add(denial(AclOperation.read, 'u'));
    const topics = await ask(path, ['a b', 'nowhere', 'u'].map((name) => ({ name, partitionIndexes: [0] })));
    expect(topics.map(({ partitions }) => errorName(partitions[0]!.errorCode))).toEqual(['INVALID_TOPIC_EXCEPTION', 'UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED']);
  });
});

describe('ElectLeaders', () => {
  const t = [{ topic: 't', partitions: [0, 9] }];
  it.each(range(0, 2))('has nothing to elect in version %i', async (version) => {
    const path = await controlled();
    const ask = (topicPartitions: typeof t | null) => path.ask(path.call(createElectLeadersHandler(path.deps), ElectLeadersRequest, ElectLeadersResponse, version, { topicPartitions, timeoutMs: 1000 }));
    expect((await ask(t)).replicaElectionResults.map(({ topic, partitionResult }) => [topic, ...partitionResult.map(({ partitionId, errorCode }) => [partitionId, errorName(errorCode)])]))
      .toEqual([['t', [0, 'ELECTION_NOT_NEEDED'], [9, 'UNKNOWN_TOPIC_OR_PARTITION']]]);
    expect(await ask(null)).toMatchObject({ errorCode: 0, replicaElectionResults: [{ topic: 't', partitionResult: [] }] });
    forbid(path, AclOperation.alter);
    expect(await ask(t)).toMatchObject({ errorCode: version >= 1 ? 31 : 0, replicaElectionResults: [{ topic: 't', partitionResult: [{ partitionId: 0, errorCode: 31 }, { partitionId: 9, errorCode: 31 }] }] });
  });
  it('refuses other types of elections', async () => {
    const path = await controlled();
    expect(await path.ask(path.call(createElectLeadersHandler(path.deps), ElectLeadersRequest, ElectLeadersResponse, 2, { electionType: 5, topicPartitions: t, timeoutMs: 1 }))).toMatchObject({ errorCode: 42 });
  });
});

describe('reassignments', () => {
  const alter = (path: Awaited<ReturnType<typeof controlled>>, version: number, replicas: number[] | null) => path.ask(path.call(
    createAlterPartitionReassignmentsHandler(path.deps), AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, version,
    { timeoutMs: 1000, topics: [{ name: 't', partitions: [{ partitionIndex: 1, replicas }] }] },
  ));
  const list = (path: DataPath, topics: { name: string; partitionIndexes: number[] }[] | null) =>
    path.call(createListPartitionReassignmentsHandler(path.deps), ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, 0, { topics, timeoutMs: 1000 });

  it.each([0, 1])('are true at once or refused, in version %i', async (version) => {
    const path = await controlled();
    expect(await alter(path, version, [1])).toMatchObject({ errorCode: 0, responses: [{ name: 't', partitions: [{ partitionIndex: 1, errorCode: 0, errorMessage: null }] }] });
    expect((await alter(path, version, [2])).responses[0]!.partitions[0]).toMatchObject({ errorCode: 39, errorMessage: 'The manual partition assignment includes broker 2, but no such broker is registered.' });
    expect((await alter(path, version, null)).responses[0]!.partitions[0]).toMatchObject({ errorCode: 85 });
    forbid(path, AclOperation.alter);
    expect(await alter(path, version, [1])).toMatchObject({ errorCode: 31, responses: [{ name: 't', partitions: [{ errorCode: 31 }] }] });
  });
  it('are listed while they last', async () => {
    const path = await controlled();
    expect(await list(path, null)).toMatchObject({ errorCode: 0, topics: [] });
    expect(await list(path, [{ name: 't', partitionIndexes: [0] }, { name: 'nowhere', partitionIndexes: [0] }])).toMatchObject({ errorCode: 0, topics: [] });
    const topic = path.controller.image.topics.get('t')!;
    const moving = { ...topic, partitions: topic.partitions.map((partition) => (partition.partition === 1 ? { ...partition, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] } : partition)) };
    const deps = { ...path.deps, controller: { image: { topics: new Map([['t', moving]]) } } } as unknown as ServerDeps;
    for (const asked of [null, [{ name: 't', partitionIndexes: [0, 1, 9] }]]) {
      expect((await list({ ...path, deps }, asked)).topics).toEqual([{ name: 't', partitions: [{ partitionIndex: 1, replicas: [1, 2], addingReplicas: [2], removingReplicas: [] }] }]);
    }
    forbid(path, AclOperation.describe);
    expect(await list(path, null)).toMatchObject({ errorCode: 31, topics: [] });
  });
});

describe('DescribeQuorum', () => {
  const METADATA = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }];
  const ask = (path: DataPath, version: number, topics: { topicName: string; partitions: { partitionIndex: number }[] }[] = METADATA) =>
    path.call(createDescribeQuorumHandler(path.deps), DescribeQuorumRequest, DescribeQuorumResponse, version, { topics });

  it.each(range(0, 2))('is this node, in version %i', async (version) => {
    const path = await controlled();
    const before = path.controller.quorum();
    const { errorCode, topics, nodes } = await ask(path, version);
    expect([errorCode, topics[0]!.partitions[0]]).toMatchObject([0, {
      errorCode: 0, leaderId: 1, leaderEpoch: path.controller.leaderEpoch, highWatermark: before.logEndOffset, observers: [],
      currentVoters: [{ replicaId: 1, logEndOffset: before.logEndOffset, lastCaughtUpTimestamp: version >= 1 ? path.env.clock.now() : -1, replicaDirectoryId: version >= 2 ? before.directoryId : 'AAAAAAAAAAAAAAAAAAAAAA' }],
    }]);
    expect(nodes).toEqual(version >= 2 ? [{ nodeId: 1, listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9093 }] }] : []);
    await path.ask(path.controller.deleteTopics([path.controller.image.topics.get('t')!.topicId]));
    expect(path.controller.quorum().highWatermark).toBeGreaterThan(before.highWatermark);
  });
  it('is of the metadata partition alone', async () => {
    const path = await controlled();
    for (const topics of [[{ topicName: 't', partitions: [{ partitionIndex: 0 }] }], [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 1 }] }], [...METADATA, ...METADATA]]) {
      expect((await ask(path, 2, topics)).topics[0]!.partitions[0]).toMatchObject({ errorCode: 3 });
    }
    forbid(path, AclOperation.describe);
    for (const version of range(0, 2)) expect(await ask(path, version)).toMatchObject({ errorCode: 31, topics: [] });
  });
});
