/** kafka/v3 against a live cluster: naming rules, configs, ACLs, groups, and which key opens which door. */
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { newHome, Platform, until, type ClusterObject, type Identified, type Json, type Key } from '../support/platform.mjs';

jest.setTimeout(120_000);

let platform: Platform;
let environment: Identified;
let cluster: ClusterObject;
let base: string;

const answer = async (method: string, path: string, body?: unknown, key?: Key): Promise<{ status: number; warning: string | null; body: Json }> => {
  const { apiKey, apiSecret } = key ?? platform.admin;
  const response = await fetch(`${platform.baseUrl}${path}`, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  });
  const text = await response.text();
  return { status: response.status, warning: response.headers.get('warning'), body: text ? JSON.parse(text) as Json : null };
};
const create = (name: string, more: object = {}) => answer('POST', `${base}/topics`, { topic_name: name, ...more });
const kafka = (key: Key): Kafka => new Kafka({
  brokers: [cluster.spec.kafka_bootstrap_endpoint], logLevel: logLevel.NOTHING, ssl: { ca: [readFileSync(platform.admin.caFile, 'utf8')] }, sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
});

beforeAll(async () => {
  platform = new Platform(await newHome());
  await platform.start();
  environment = await platform.environment();
  cluster = await platform.cluster(environment);
  base = `/kafka/v3/clusters/${cluster.id}`;
}, 300_000);

afterAll(async () => {
  await platform.signal('SIGTERM');
  platform.destroy();
}, 60_000);

describe('topic names', () => {
  it.each([
    ['', /empty/], ['.', /can't be "\."/], ['..', /can't be "\.\."/], ['a b', /holds " "/], ['café', /holds "é"/], ['x'.repeat(249), /249 characters.*fewer than 249/], ['__consumer_offsets', /Kafka's own/], ['__transaction_state', /Kafka's own/],
  ])('%j is refused with a reason of its own', async (name, reason) => {
    const { status, body } = await create(name);
    expect([status, body.error_code]).toEqual([400, 40002]);
    expect(body.message).toMatch(reason);
  });
  it('of 248 characters is made, and by a Kafka client one of 249, but not of 250', async () => {
    expect((await create('y'.repeat(248))).status).toBe(201);
    const admin = kafka(await platform.clusterKey(cluster, environment, platform.admin.userId)).admin();
    await admin.connect();
    expect(await admin.createTopics({ topics: [{ topic: 'z'.repeat(249) }] })).toBe(true);
    await expect(admin.createTopics({ topics: [{ topic: 'z'.repeat(250) }] })).rejects.toThrow();
    await admin.disconnect();
  });
  it('with "." and "_" come with a warning, in header and body', async () => {
    const { status, warning, body } = await create('a.b_c');
    expect(status).toBe(201);
    expect(warning).toMatch(/^299 - ".*both/);
    expect(body.warnings).toEqual([expect.stringContaining('both "." and "_"')]);
  });
  it('that differ only in "." and "_" collide', async () => {
    expect((await create('col.lide')).status).toBe(201);
    const { status, body } = await create('col_lide');
    expect([status, body.message]).toEqual([400, expect.stringContaining('col.lide')]);
  });
  it('can\'t be changed, and trying says so', async () => {
    await create('fixed');
    const { status, body } = await answer('PATCH', `${base}/topics/fixed`, { topic_name: 'other', partitions_count: 6 });
    expect([status, body.message]).toEqual([400, expect.stringContaining('can\'t be changed')]);
  });
});

describe('links', () => {
  it('lead to brokers, their configs and replicas, as clients reach them', async () => {
    await create('linked', { partitions_count: 2 });
    const follow = async (url: string) => (await answer('GET', new URL(url).pathname)).body;
    const { body: made } = await answer('GET', base);
    const [broker] = (await follow(made.brokers.related)).data;
    expect(broker).toMatchObject({ kind: 'KafkaBroker', broker_id: 1 });
    expect(`${broker.host}:${broker.port}`).toBe(cluster.spec.kafka_bootstrap_endpoint.replace(/^\w+:\/\//, ''));
    expect(await follow(made.controller.related)).toEqual(broker);
    expect((await follow(broker.configs.related)).data.find((each: Json) => each.name === 'node.id')).toMatchObject({ kind: 'KafkaBrokerConfig', value: '1' });
    expect((await follow(broker.partition_replicas.related)).data.filter((each: Json) => each.topic_name === 'linked')).toHaveLength(2);
    expect((await answer('GET', `${base}/brokers/9`)).status).toBe(404);
  });
  it('name the defaults of a topic that is there and of one that is not', async () => {
    await create('set', { configs: [{ name: 'retention.ms', value: '5000' }, { name: 'cleanup.policy', value: 'compact' }] });
    const defaults = async (topic: string) => {
      const { body } = await answer('GET', `${base}/topics/${topic}/default-configs`);
      expect(body.kind).toBe('KafkaTopicDefaultConfigList');
      return Object.fromEntries(body.data.map((each: Json) => [each.name, [each.value, each.source, each.is_default]]));
    };
    const there = await defaults('set');
    expect([there['retention.ms'], there['cleanup.policy']]).toEqual([['604800000', 'DEFAULT_CONFIG', true], ['delete', 'DEFAULT_CONFIG', true]]);
    expect(await defaults('not-there-yet')).toEqual(there);
    expect((await answer('GET', `${base}/topics/a%20b/default-configs`)).status).toBe(400);
  });
  it('lead to replicas, and to reassignments that one broker has none of', async () => {
    const { body: partition } = await answer('GET', `${base}/topics/linked/partitions/1`);
    const follow = async (url: string) => answer('GET', new URL(url).pathname);
    const { body: replica } = await follow(partition.leader.related);
    expect(replica).toMatchObject({ kind: 'KafkaReplica', topic_name: 'linked', partition_id: 1, broker_id: 1, is_leader: true, is_in_sync: true });
    expect((await follow(partition.replicas.related)).body.data).toEqual([replica]);
    expect((await follow(partition.reassignment.related)).body.error_code).toBe(40403);
    for (const topic of ['linked', '-']) expect((await answer('GET', `${base}/topics/${topic}/partitions/-/reassignment`)).body).toMatchObject({ kind: 'KafkaReassignmentList', data: [] });
    for (const path of ['linked/partitions/9/replicas', 'linked/partitions/1/replicas/7', 'nowhere/partitions/0/replicas', 'nowhere/partitions/-/reassignment']) {
      expect([path, (await answer('GET', `${base}/topics/${path}`)).body.error_code]).toEqual([path, 40403]);
    }
  });
});

describe('topics', () => {
  it('come with the cluster\'s defaults, grow, and never shrink', async () => {
    expect((await create('grows')).body).toMatchObject({ kind: 'KafkaTopic', partitions_count: 6, replication_factor: 1 });
    expect((await answer('PATCH', `${base}/topics/grows`, { partitions_count: 8 })).body.partitions_count).toBe(8);
    const { status, body } = await answer('PATCH', `${base}/topics/grows`, { partitions_count: 3 });
    expect([status, body.message]).toEqual([400, expect.stringContaining('delete it and create it again')]);
    const { body: list } = await answer('GET', `${base}/topics/grows/partitions`);
    expect(list.data.map((each: { partition_id: number }) => each.partition_id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await answer('GET', `${base}/topics/grows/partitions/8`)).status).toBe(404);
  });
  it('exist once, are validated without being made, and go', async () => {
    expect((await create('once', { validate_only: true, partitions_count: 2 }))).toMatchObject({ status: 200, body: { partitions_count: 2 } });
    expect((await answer('GET', `${base}/topics/once`)).body.error_code).toBe(40403);
    expect((await create('once')).status).toBe(201);
    expect((await create('once')).body).toMatchObject({ error_code: 40002, message: expect.stringContaining('already exists') });
    expect((await answer('DELETE', `${base}/topics/once`)).status).toBe(204);
    expect((await answer('DELETE', `${base}/topics/once`)).status).toBe(404);
  });
  it('take Kafka\'s own error for a replication factor above the number of brokers', async () => {
    const { status, body } = await create('wide', { replication_factor: 3 });
    expect([status, body.message]).toEqual([400, expect.stringContaining('replication factor of 3')]);
  });
});

describe('configs', () => {
  const config = (name: string): string => `${base}/topics/configured/configs/${name}`;
  beforeAll(() => create('configured', { configs: [{ name: 'retention.ms', value: '1000' }] }));

  it('are read with their source, set, reset and altered together', async () => {
    expect((await answer('GET', config('retention.ms'))).body).toMatchObject({ value: '1000', source: 'DYNAMIC_TOPIC_CONFIG', is_default: false });
    expect((await answer('PUT', config('retention.ms'), { value: '2000' })).status).toBe(204);
    expect((await answer('DELETE', config('retention.ms'))).status).toBe(204);
    expect((await answer('GET', config('retention.ms'))).body).toMatchObject({ value: '604800000', is_default: true });
    expect((await answer('POST', `${base}/topics/configured/configs:alter`, { data: [{ name: 'cleanup.policy', value: 'compact' }, { name: 'segment.ms', value: '3600000' }] })).status).toBe(204);
    expect((await answer('GET', config('cleanup.policy'))).body.value).toBe('compact');
  });
  it('refuse what Kafka refuses, all or nothing', async () => {
    const { status, body } = await answer('POST', `${base}/topics/configured/configs:alter`, { data: [{ name: 'retention.bytes', value: '5' }, { name: 'retention.ms', value: 'soon' }] });
    expect([status, body.message]).toEqual([400, expect.stringContaining('retention.ms')]);
    expect((await answer('GET', config('retention.bytes'))).body.value).toBe('-1');
    expect((await answer('PUT', config('no.such.config'), { value: '1' })).status).toBe(400);
  });
  it('of all topics and of the cluster are listed', async () => {
    expect((await answer('GET', `${base}/topics/-/configs`)).body.data.some((each: Json) => each.topic_name === 'configured')).toBe(true);
    expect((await answer('GET', `${base}/broker-configs`)).status).toBe(200);
  });
});

describe('keys', () => {
  it('of the cluster open its routes within their ACLs; deleted or of another cluster they open none', async () => {
    const account = await platform.serviceAccount('app');
    const key = await platform.clusterKey(cluster, environment, account.id);
    await create('secret');
    expect((await answer('GET', `${base}/topics`, undefined, key)).body.data).toEqual([]);
    expect((await answer('GET', `${base}/topics/secret`, undefined, key)).body).toMatchObject({ error_code: 40301 });
    await platform.acl(cluster, account.id, 'TOPIC', 'secret', 'DESCRIBE');
    expect((await answer('GET', `${base}/topics/secret`, undefined, key)).status).toBe(200);
    expect((await answer('DELETE', `${base}/topics/secret`, undefined, key)).status).toBe(403);
    const other = await platform.cluster(environment, 'other');
    expect((await answer('GET', `/kafka/v3/clusters/${other.id}/topics`, undefined, key)).status).toBe(401);
    expect((await answer('GET', '/org/v2/environments', undefined, key)).status).toBe(401);
    await platform.call('DELETE', `/iam/v2/api-keys/${key.apiKey}`);
    expect((await answer('GET', `${base}/topics`, undefined, key)).status).toBe(401);
    expect((await answer('GET', '/kafka/v3/clusters/lkc-nowhere/topics')).status).toBe(404);
  });
});

describe('ACLs', () => {
  it('are created one by one and in batches, searched and deleted', async () => {
    const acl = (operation: string) => ({ resource_type: 'TOPIC', resource_name: 'team-', pattern_type: 'PREFIXED', principal: 'User:sa-acl', host: '*', operation, permission: 'ALLOW' });
    expect((await answer('POST', `${base}/acls`, acl('READ'))).status).toBe(201);
    expect((await answer('POST', `${base}/acls:batch`, { data: [acl('WRITE'), acl('DESCRIBE')] })).status).toBe(201);
    const operations = async (): Promise<string[]> => (await answer('GET', `${base}/acls?principal=User:sa-acl`)).body.data.map((each: { operation: string }) => each.operation).sort();
    expect(await operations()).toEqual(['DESCRIBE', 'READ', 'WRITE']);
    expect((await answer('DELETE', `${base}/acls?resource_type=TOPIC&pattern_type=PREFIXED&principal=User:sa-acl&operation=READ&permission=ALLOW`)).body.data).toHaveLength(1);
    expect(await operations()).toEqual(['DESCRIBE', 'WRITE']);
    expect((await answer('DELETE', `${base}/acls?principal=User:sa-acl`)).status).toBe(400);
    expect((await answer('POST', `${base}/acls`, acl('FLY'))).body).toMatchObject({ error_code: 40002, message: expect.stringContaining('operation') });
  });
});

/** Follows every kind of link from here, a few of each, and answers those that lead to something else than an answer. */
async function deadEnds(...from: string[]): Promise<string[]> {
  const taken = new Map<string, number>();
  const seen = new Set<string>();
  const found: string[] = [];
  const queue = from.map((path) => ({ kind: 'start', path }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { status, body } = await answer('GET', next.path);
    if (status !== 200) found.push(`${next.kind} ${status}`);
    for (const object of status === 200 ? [body, ...(body.data ?? [])] : []) {
      const links = Object.entries(object as Record<string, { related?: unknown } | null>).flatMap(([name, value]) => (typeof value?.related === 'string' ? [[name, value.related] as const] : []));
      for (const [name, url] of [['self', object.metadata.self], ...links]) {
        const { pathname, search } = new URL(url);
        const kind = `${object.kind}.${name}`;
        if (seen.has(pathname + search) || (taken.get(kind) ?? 0) >= 3) continue;
        seen.add(pathname + search);
        taken.set(kind, (taken.get(kind) ?? 0) + 1);
        queue.push({ kind, path: pathname + search });
      }
    }
  }
  expect(taken.size).toBeGreaterThan(30);
  return [...new Set(found)].sort();
}

describe('the list of clusters', () => {
  it('leads a cluster key to its own and an administrator to all', async () => {
    const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
    const { status, body } = await answer('GET', '/kafka/v3/clusters', undefined, key);
    const { body: itself } = await answer('GET', base, undefined, key);
    const { controller, ...told } = itself;
    expect(controller.related).toMatch(/\/brokers\/1$/);
    expect([status, body]).toEqual([200, { kind: 'KafkaClusterList', metadata: { self: expect.stringMatching(/\/kafka\/v3\/clusters$/), next: null }, data: [told] }]);
    expect((await answer('GET', '/api/kafka/v3/clusters')).body.data.map((each: Json) => each.cluster_id)).toContain(cluster.id);
  });
});

describe('consumer groups', () => {
  it('show members, what they own and how far behind they are', async () => {
    await create('lagging', { partitions_count: 2 });
    const client = kafka(await platform.clusterKey(cluster, environment, platform.admin.userId));
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic: 'lagging', messages: Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, partition: i % 2 })) });
    const consumer = client.consumer({ groupId: 'laggards', sessionTimeout: 10_000 });
    await consumer.connect();
    await consumer.subscribe({ topics: ['lagging'], fromBeginning: true });
    let read = 0;
    await consumer.run({ eachMessage: async () => { read++; } });
    await until('records', 30_000, () => read === 10);
    await consumer.commitOffsets([{ topic: 'lagging', partition: 0, offset: '5' }, { topic: 'lagging', partition: 1, offset: '2' }]);
    expect((await answer('GET', `${base}/consumer-groups/laggards`)).body).toMatchObject({ state: 'STABLE', partition_assignor: 'RoundRobinAssigner', is_simple: false });
    const { body: consumers } = await answer('GET', `${base}/consumer-groups/laggards/consumers`);
    const assignments = await answer('GET', `${base}/consumer-groups/laggards/consumers/${encodeURIComponent(consumers.data[0].consumer_id)}/assignments`);
    expect(assignments.body.data).toHaveLength(2);
    expect((await answer('GET', `${base}/consumer-groups/laggards/lags/lagging/partitions/1`)).body).toMatchObject({ current_offset: 2, log_end_offset: 5, lag: 3 });
    expect((await answer('GET', `${base}/consumer-groups/laggards/lag-summary`)).body).toMatchObject({ max_lag: 3, total_lag: 3, max_lag_partition_id: 1 });
    expect((await answer('GET', `${base}/consumer-groups`)).body.data.map((each: Json) => each.consumer_group_id)).toContain('laggards');
    expect((await answer('GET', `${base}/consumer-groups/nobody`)).body.error_code).toBe(40403);
    const starts = ['/kafka/v3/clusters', `${base}/acls`, `${base}/topics/-/configs`, `${base}/topics/lagging/default-configs`, `${base}/consumer-groups/laggards/lags`];
    // Nothing is being moved.
    expect(await deadEnds(...starts)).toEqual(['KafkaPartition.reassignment 404']);
    await consumer.disconnect();
    await producer.disconnect();
    expect((await answer('GET', `${base}/consumer-groups/laggards/lag-summary`)).body).toMatchObject({ max_lag_consumer_id: '', max_lag_consumer: { related: expect.stringMatching(/laggards\/consumers$/) } });
  });
});
