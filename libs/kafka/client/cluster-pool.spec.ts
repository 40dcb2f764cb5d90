import { MetadataRequest, MetadataResponse } from '#libs/kafka/protocol';
import { clientLimits } from './client.limits.js';
import { createClusterPool, type ClusterPool } from './cluster-pool.js';
import type { Cluster, ClusterOptions } from './cluster.js';
import { createFakeCluster, type FakeAnswer, type FakeCluster } from './fake-broker.fixture.js';

let answer: FakeAnswer;
let fake: FakeCluster;
let pool: ClusterPool;
beforeEach(() => {
  answer = { brokers: [], topics: [] };
  fake = createFakeCluster(1, { Metadata: () => answer });
  pool = createClusterPool(fake.env);
});
afterEach(() => pool.close());

const options = (): ClusterOptions => ({ bootstrap: fake.bootstrap, tls: null, sasl: null, clientId: 'test' });
const client = (key: string): Cluster => pool.get(key, options);
const ask = (cluster: Cluster): Promise<string> => cluster.any((c) => c.send(MetadataRequest, MetadataResponse, { topics: [] })).then(() => 'answered');
const connections = (): number => fake.brokers[0]!.connections.length;

test('one client for one identity, closed when nobody has used it for a while, opened anew for whoever still has it', async () => {
  const mine = client('a/1');
  expect(await fake.run(ask(mine))).toBe('answered');
  expect(await fake.run(ask(client('a/1')))).toBe('answered');
  expect(connections()).toBe(1);
  await fake.env.advance(2 * clientLimits.pooledIdleMs);
  expect(connections()).toBe(0);
  expect(await fake.run(ask(mine))).toBe('answered');
  mine.close();
  expect(connections()).toBe(1);
});

test('no client is closed under a call, neither for its age nor for others', async () => {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => { open = resolve; });
  const oldest = client('oldest');
  const call = oldest.any(async (c) => {
    await gate;
    return (await c.send(MetadataRequest, MetadataResponse, { topics: [] })).topics;
  });
  await fake.env.advance(10);
  await fake.env.advance(2 * clientLimits.pooledIdleMs);
  const idle = client('idle');
  await fake.run(ask(idle));
  for (let count = 0; count < clientLimits.pooledClientsMax; count++) client(`other/${count}`);
  // The one without a call made room.
  expect(connections()).toBe(1);
  open();
  expect(await fake.run(call)).toEqual([]);
  expect(await fake.run(ask(idle))).toBe('answered');
});

test('one whose key is gone is closed at once, whatever it does; others stay', async () => {
  await fake.run(ask(client('b/1')));
  answer = 'hang';
  const call = ask(client('a/1'));
  await fake.env.advance(10);
  expect(connections()).toBe(2);
  pool.drop('a/');
  await expect(fake.run(call)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  expect(connections()).toBe(1);
});

test('after its end nothing is opened any more', async () => {
  const mine = client('a/1');
  await fake.run(ask(mine));
  pool.close();
  expect(connections()).toBe(0);
  await expect(ask(mine)).rejects.toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  expect(() => client('b/1')).toThrow('stopping');
});
