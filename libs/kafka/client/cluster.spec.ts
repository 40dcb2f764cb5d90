import { CreateTopicsRequest, ErrorCode, KafkaError, MetadataRequest, MetadataResponse, type MessageCodec } from '#libs/kafka/protocol';
import { createAcls } from './admin-acls.js';
import { alterConfigs, ConfigResourceType } from './admin-configs.js';
import { electLeaders } from './admin-reassignments.js';
import { createTopic } from './admin-topics.js';
import { listOffsets, OffsetSpec } from './admin-offsets.js';
import { clientLimits } from './client.limits.js';
import { createCluster, type Cluster, type ClusterOptions } from './cluster.js';
import { ClusterUnreachableError } from './errors.js';
import { createFakeCluster, HOST, metadataOf, type FakeCluster, type FakeRequest, type Handlers } from './fake-broker.fixture.js';
import { raise } from './raise.js';

function client(fake: FakeCluster, options: Partial<ClusterOptions> = {}): Cluster {
  return createCluster(fake.env, { bootstrap: fake.bootstrap, tls: null, sasl: null, clientId: 'test', requestTimeoutMs: 2_000, ...options });
}
const clientOf = (count: number, handlers: Handlers = {}, options: Partial<ClusterOptions> = {}): { fake: FakeCluster; cluster: Cluster } => {
  const fake = createFakeCluster(count, handlers);
  return { fake, cluster: client(fake, options) };
};
const describedTopics = (fake: () => FakeCluster, leaders: () => number[]): Handlers => ({ Metadata: () => metadataOf(fake(), 't', leaders()) });
const metadata = (cluster: Cluster): Promise<unknown> => cluster.any((c) => c.send(MetadataRequest, MetadataResponse, { topics: [] }));
const askedOf = (fake: FakeCluster, name: string): number[] => fake.brokers.flatMap(({ nodeId, asked }) => asked.filter((each) => each === name).map(() => nodeId));
const empty = { Metadata: () => ({ brokers: [], topics: [] }) };

describe('any broker', () => {
  it('goes on to the next address, and stays with the one that served', async () => {
    const { fake, cluster } = clientOf(3, empty);
    fake.kill(1);
    await fake.run(metadata(cluster));
    await fake.run(metadata(cluster));
    expect([fake.brokers[1]!.asked, fake.brokers[2]!.asked, fake.tls.length]).toEqual([['Metadata', 'Metadata'], [], 2]);
  });

  it('reaches brokers that no bootstrap address names, once it has heard of them', async () => {
    const fake = createFakeCluster(3, empty);
    const cluster = client(fake, { bootstrap: fake.bootstrap.slice(0, 1) });
    await fake.run(cluster.describe());
    fake.kill(1);
    await fake.run(metadata(cluster));
    expect(askedOf(fake, 'Metadata')).toEqual([2]);
  });

  it('says at once that no address answers', async () => {
    const { fake, cluster } = clientOf(2, empty);
    fake.kill(1);
    fake.kill(2);
    await expect(fake.run(metadata(cluster))).rejects.toThrow(ClusterUnreachableError);
    expect(fake.env.clock.monotonic()).toBeLessThan(100);
  });

  it('asks another when a link breaks over what may be asked twice, and not over what may not', async () => {
    const { fake, cluster } = clientOf(2, empty);
    fake.brokers[0]!.handlers = { ...fake.brokers[0]!.handlers, Metadata: () => 'die' };
    await fake.run(metadata(cluster));
    expect(askedOf(fake, 'Metadata')).toEqual([1, 2]);
    const other = client(fake);
    await expect(fake.run(other.any((c) => c.send(MetadataRequest, MetadataResponse, { topics: [] }), { repeatable: false }))).rejects.toMatchObject({ mayBeDone: true });
    expect(askedOf(fake, 'Metadata')).toEqual([1, 1, 2]);
  });

  it('loses no time over one that takes connections and says nothing, unless it may have done what it was asked', async () => {
    const { fake, cluster } = clientOf(3, empty, { requestTimeoutMs: 30_000 });
    await fake.run(metadata(cluster));
    fake.brokers[0]!.handlers = { ...fake.brokers[0]!.handlers, Metadata: () => 'hang' };
    const began = fake.env.clock.monotonic();
    await fake.run(metadata(cluster));
    const tookMs = fake.env.clock.monotonic() - began;
    expect(tookMs).toBeGreaterThanOrEqual(clientLimits.patienceMs);
    expect(tookMs).toBeLessThan(clientLimits.patienceMs + 100);
    await fake.run(metadata(cluster));
    expect(fake.env.clock.monotonic() - began).toBeLessThan(clientLimits.patienceMs + 200);
    expect(askedOf(fake, 'Metadata')).toEqual([1, 1, 2, 2]);
    const other = client(fake, { requestTimeoutMs: 30_000 });
    await expect(fake.run(other.any((c) => c.send(MetadataRequest, MetadataResponse, { topics: [] }), { repeatable: false }))).rejects.toMatchObject({ mayBeDone: true });
    expect(fake.env.clock.monotonic() - began).toBeGreaterThan(30_000);
  });

  it('hands a change to nobody else while the one that has it may still carry it out', async () => {
    const late = { Metadata: empty.Metadata, IncrementalAlterConfigs: () => 'hang' as const, CreateAcls: () => 'hang' as const, ElectLeaders: () => 'hang' as const };
    const { fake, cluster } = clientOf(2, late, { requestTimeoutMs: 30_000, callTimeoutMs: 1_000 });
    const changes: [string, () => Promise<unknown>][] = [
      ['IncrementalAlterConfigs', () => alterConfigs(cluster, ConfigResourceType.topic, 't', [{ name: 'retention.ms', value: '1', operation: 'SET' }], { validateOnly: false })],
      ['CreateAcls', () => createAcls(cluster, [{ resourceType: 2, resourceName: 't', patternType: 3, principal: 'User:a', host: '*', operation: 3, permissionType: 3 }])],
      ['ElectLeaders', () => electLeaders(cluster, 'preferred', null)],
    ];
    for (const [name, change] of changes) {
      await expect(fake.run(change())).rejects.toMatchObject({ mayBeDone: true });
      expect([name, askedOf(fake, name)]).toEqual([name, [1]]);
    }
  });

  it('opens a broken connection anew', async () => {
    const { fake, cluster } = clientOf(1, empty);
    await fake.run(metadata(cluster));
    for (const connection of [...fake.brokers[0]!.connections]) connection.destroy();
    await fake.run(metadata(cluster));
    expect(fake.tls.length).toBe(2);
  });

  it('tries "not yet" again until the time of a call is over', async () => {
    const { fake, cluster } = clientOf(1, empty, { callTimeoutMs: 5_000 });
    let tries = 0;
    await expect(fake.run(cluster.any(async () => { tries += 1; raise(ErrorCode.LEADER_NOT_AVAILABLE, null); }))).rejects.toThrow(KafkaError);
    expect(tries).toBeGreaterThan(5);
    expect(fake.env.clock.monotonic()).toBeLessThan(5_100);
  });

  it('gives back what a cluster refuses as it is', async () => {
    const { fake, cluster } = clientOf(3, empty);
    let tries = 0;
    await expect(fake.run(cluster.any(async () => { tries += 1; raise(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'no'); }))).rejects.toMatchObject({ codeName: 'CLUSTER_AUTHORIZATION_FAILED', message: 'no' });
    expect(tries).toBe(1);
  });
});

describe('the controller', () => {
  /** As in ZooKeeper mode: who isn't the controller says so. */
  function zooKeeperMode(): { fake: FakeCluster; cluster: Cluster; move(nodeId: number): void } {
    let controllerId = 3;
    let topics: string[] = [];
    const fake: FakeCluster = createFakeCluster(3, {
      CreateTopics: ({ broker, body }: FakeRequest) => {
        const { name } = (body.topics as { name: string }[])[0]!;
        if (broker.nodeId === controllerId) topics = [...topics, name];
        return { topics: [{ name, errorCode: broker.nodeId === controllerId ? 0 : ErrorCode.NOT_CONTROLLER, numPartitions: 1, replicationFactor: 1 }] };
      },
      Metadata: () => metadataOf(fake, 't', [1]),
      DescribeCluster: () => ({ clusterId: 'c', controllerId, brokers: fake.brokers.filter(({ up }) => up).map(({ nodeId, port }) => ({ brokerId: nodeId, host: HOST, port })) }),
    });
    return { fake, cluster: client(fake), move(nodeId) { controllerId = nodeId; } };
  }
  const create = (cluster: Cluster): Promise<unknown> => createTopic(cluster, { name: 't', numPartitions: 1, replicationFactor: 1, configs: [] }, { validateOnly: false });

  it('is whoever forwards, where nobody says that it isn\'t', async () => {
    const { fake, cluster, move } = zooKeeperMode();
    move(1);
    await fake.run(create(cluster));
    expect(fake.brokers.map(({ asked }) => asked)).toEqual([['CreateTopics', 'Metadata'], [], []]);
  });

  it('is looked for when a broker says that it isn\'t, and remembered', async () => {
    const { fake, cluster } = zooKeeperMode();
    await fake.run(create(cluster));
    await fake.run(create(cluster));
    expect(askedOf(fake, 'CreateTopics')).toEqual([1, 3, 3]);
  });

  it('is looked for again when it moves', async () => {
    const { fake, cluster, move } = zooKeeperMode();
    await fake.run(create(cluster));
    move(2);
    await fake.run(create(cluster));
    expect(askedOf(fake, 'CreateTopics').sort()).toEqual([1, 2, 3, 3]);
  });

  it('is looked for again when it dies', async () => {
    const { fake, cluster, move } = zooKeeperMode();
    await fake.run(create(cluster));
    fake.kill(3);
    move(-1);
    fake.env.timers.set(3_000, () => move(2));
    await fake.run(create(cluster));
    expect(askedOf(fake, 'CreateTopics').at(-1)).toBe(3);
    expect(askedOf(fake, 'CreateTopics')).toContain(2);
  });

  it('is not looked for any longer than a call may last', async () => {
    const { fake, cluster, move } = zooKeeperMode();
    move(-1);
    await expect(fake.run(create(cluster))).rejects.toMatchObject({ codeName: 'NOT_CONTROLLER' });
    expect(fake.env.clock.monotonic()).toBeLessThan(31_000);
  });

  it('is not asked twice for what it may have done', async () => {
    const { fake, cluster } = clientOf(2, { CreateTopics: () => 'die' });
    await expect(fake.run(create(cluster))).rejects.toMatchObject({ mayBeDone: true });
    expect(askedOf(fake, 'CreateTopics')).toEqual([1]);
  });
});

describe('one broker, and all of them', () => {
  it('says of a broker that there isn\'t that it isn\'t available', async () => {
    const { fake, cluster } = clientOf(2);
    await expect(fake.run(cluster.node(7, async () => 1))).rejects.toMatchObject({ codeName: 'BROKER_NOT_AVAILABLE' });
  });

  it('finds a broker that came back at another address', async () => {
    const { fake, cluster } = clientOf(2, empty);
    const ask = (): Promise<unknown> => fake.run(cluster.node(2, (c) => c.send(MetadataRequest, MetadataResponse, { topics: [] })));
    await ask();
    const second = fake.brokers[1]!;
    for (const connection of [...second.connections]) connection.destroy();
    second.port = 9_500;
    await ask();
    expect(askedOf(fake, 'Metadata')).toEqual([2, 2]);
  });

  it('goes where it is told to instead of to advertised addresses', async () => {
    const fake = createFakeCluster(2, empty);
    const cluster = client(fake, { addressOf: (nodeId) => (nodeId === 2 ? { host: HOST, port: 9_001 } : null) });
    await fake.run(cluster.node(2, (c) => c.send(MetadataRequest, MetadataResponse, { topics: [] })));
    expect(askedOf(fake, 'Metadata')).toEqual([1]);
  });

  it('tells soon which brokers did not answer, or fails whole where that is asked for', async () => {
    const { fake, cluster } = clientOf(3, empty, { requestTimeoutMs: 30_000 });
    fake.brokers[1]!.handlers = { ...fake.brokers[1]!.handlers, Metadata: () => 'hang' };
    const use = (c: Parameters<Parameters<Cluster['survey']>[0]>[0]): Promise<string> => c.send(MetadataRequest, MetadataResponse, { topics: [] }).then(() => 'told');
    expect(await fake.run(cluster.survey(use))).toEqual([
      { nodeId: 1, answered: true, value: 'told' }, { nodeId: 2, answered: false, error: expect.any(ClusterUnreachableError) }, { nodeId: 3, answered: true, value: 'told' },
    ]);
    expect(fake.env.clock.monotonic()).toBeLessThan(clientLimits.surveyMs + 100);
    await expect(fake.run(cluster.every(use))).rejects.toThrow(ClusterUnreachableError);
    await expect(fake.run(cluster.survey(async () => raise(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, null)))).rejects.toThrow(KafkaError);
  });
});

describe('coordinators and leaders', () => {
  it('follows a coordinator that moves, loads, or dies', async () => {
    let coordinator = 1;
    const fake: FakeCluster = createFakeCluster(3, { FindCoordinator: ({ body }) => ({ coordinators: (body.coordinatorKeys as string[]).map((key) => ({ key, nodeId: coordinator, host: HOST, port: 9_000 + coordinator, errorCode: 0 })) }) });
    const cluster = client(fake);
    const codes: number[] = [ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, 0];
    const at: number[] = [];
    const answer = await fake.run(cluster.coordinator('g', async () => {
      at.push(coordinator);
      coordinator = 2;
      raise(codes.shift()!, null);
      return 'done';
    }));
    expect([answer, at]).toEqual([{ nodeId: 2, result: 'done' }, [1, 2, 2]]);
    fake.kill(2);
    fake.env.timers.set(2_000, () => { coordinator = 3; });
    expect(await fake.run(cluster.coordinator('g', async () => 'again'))).toEqual({ nodeId: 3, result: 'again' });
  });

  it('waits for a coordinator that isn\'t there yet', async () => {
    let tries = 0;
    const fake = createFakeCluster(1, { FindCoordinator: ({ body }) => ({ coordinators: (body.coordinatorKeys as string[]).map((key) => ({ key, nodeId: 1, host: HOST, port: 9_001, errorCode: ++tries < 5 ? ErrorCode.COORDINATOR_NOT_AVAILABLE : 0 })) }) });
    expect(await fake.run(client(fake).coordinator('g', async () => 'done'))).toEqual({ nodeId: 1, result: 'done' });
  });

  it('follows a leader that moves', async () => {
    let leaders = [1];
    const fake: FakeCluster = createFakeCluster(2, describedTopics(() => fake, () => leaders));
    const at: string[] = [];
    await fake.run(client(fake).leader({ topic: 't', partition: 0 }, async (_c, topicId) => {
      at.push(`${leaders[0]} ${topicId}`);
      if (leaders[0] === 1) { leaders = [2]; raise(ErrorCode.NOT_LEADER_OR_FOLLOWER, null); }
    }));
    expect(at).toEqual(['1 AAAAAAAAAAAAAAAAAAAAAQ', '2 AAAAAAAAAAAAAAAAAAAAAQ']);
    await expect(fake.run(client(fake).leader({ topic: 't', partition: 1 }, async () => 1))).rejects.toMatchObject({ codeName: 'UNKNOWN_TOPIC_OR_PARTITION' });
  });

  it('collects offsets from the leaders there are, and leaves out what has none', async () => {
    let leaders = [1, 2, 2, -1];
    const fake: FakeCluster = createFakeCluster(3, {
      ...describedTopics(() => fake, () => leaders),
      ListOffsets: ({ broker, body }) => ({
        topics: (body.topics as { name: string; partitions: { partitionIndex: number }[] }[]).map(({ name, partitions }) => ({
          name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: leaders[partitionIndex] === broker.nodeId ? 0 : ErrorCode.NOT_LEADER_OR_FOLLOWER, offset: broker.nodeId * 10 + partitionIndex })),
        })),
      }),
    });
    const cluster = client(fake);
    const partitions = [0, 1, 2, 3, 4].map((partition) => ({ topic: 't', partition }));
    expect(await fake.run(listOffsets(cluster, partitions, OffsetSpec.latest))).toEqual(new Map([['t-0', 10], ['t-1', 21], ['t-2', 22]]));
    expect(fake.env.clock.monotonic()).toBeLessThan(2_000);
    // Its leader dies, and is led by another some seconds later.
    fake.kill(2);
    fake.env.timers.set(4_000, () => { leaders = [1, 3, 3, -1]; });
    expect(await fake.run(listOffsets(cluster, partitions.slice(0, 2), OffsetSpec.latest))).toEqual(new Map([['t-0', 10], ['t-1', 31]]));
  });
});

it('knows the highest version that both sides speak', async () => {
  const { fake, cluster } = clientOf(1, { CreateTopics: () => ({ topics: [] }) });
  fake.brokers[0]!.ranges.CreateTopics = [0, 5];
  expect(await fake.run(cluster.any(async (c) => c.version(CreateTopicsRequest as MessageCodec<unknown>)))).toBe(5);
});

it('asks no crowd of brokers that a cluster claims to have', async () => {
  const { fake, cluster } = clientOf(1);
  fake.brokers[0]!.handlers.DescribeCluster = () => ({ clusterId: 'cluster', controllerId: 1, brokers: Array.from({ length: clientLimits.connectionsMax + 1 }, (_, brokerId) => ({ brokerId, host: HOST, port: 9001 })) });
  await expect(fake.run(cluster.describe())).rejects.toThrow('lists 1001 brokers; at most 1000 are taken');
  cluster.close();
});
