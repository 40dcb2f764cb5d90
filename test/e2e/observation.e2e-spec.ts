/** What a cluster tells of its logs under sluice/v1, and of everything at /metrics, with a real broker behind both. */
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { newHome, Platform, until, type ClusterObject, type Identified, type Json, type Key } from '../support/platform.mjs';

jest.setTimeout(120_000);

let platform: Platform;
let environment: Identified;
let cluster: ClusterObject;
let adminKey: Key;

async function answer(method: string, path: string, key: Key | null = platform.admin, body?: unknown): Promise<{ status: number; text: string; type: string; body: Json }> {
  const response = await fetch(`${platform.baseUrl}${path}`, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { ...(key === null ? {} : { authorization: `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  });
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, text, type, body: type.includes('json') ? JSON.parse(text) as Json : null };
}
const kafka = (key: Key): Kafka => new Kafka({
  brokers: [cluster.spec.kafka_bootstrap_endpoint], logLevel: logLevel.NOTHING, ssl: { ca: [readFileSync(platform.admin.caFile, 'utf8')] }, sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
});
const rest = async (path: string, body: unknown): Promise<void> => {
  const { status, text } = await answer('POST', `/kafka/v3/clusters/${cluster.id}${path}`, platform.admin, body);
  if (status !== 201) throw new Error(`${path}: ${status} ${text}`);
};
const logs = (topic: string, rest_ = '', key: Key | null = platform.admin) => answer('GET', `/sluice/v1/clusters/${cluster.id}/topics/${topic}/partitions${rest_}`, key);

beforeAll(async () => {
  platform = new Platform(await newHome());
  await platform.start();
  environment = await platform.environment();
  cluster = await platform.cluster(environment);
  adminKey = await platform.clusterKey(cluster, environment, platform.admin.userId);
  await rest('/topics', { topic_name: 'seen', partitions_count: 3, configs: [{ name: 'retention.ms', value: '86400000' }, { name: 'retention.bytes', value: '1073741824' }, { name: 'segment.bytes', value: '1048576' }] });
  await rest('/topics', { topic_name: 'cleaned', partitions_count: 1, configs: [{ name: 'cleanup.policy', value: 'compact' }] });
  const producer = kafka(adminKey).producer();
  await producer.connect();
  for (let round = 0; round < 12; round++) await producer.send({ topic: 'seen', messages: Array.from({ length: 4 }, () => ({ partition: 1, value: 'x'.repeat(75_000) })) });
  await producer.send({ topic: 'cleaned', messages: [{ key: 'k', value: 'v' }] });
  await producer.disconnect();
}, 300_000);

afterAll(async () => {
  await platform.signal('SIGTERM');
  platform.destroy();
}, 60_000);

describe('partitions', () => {
  it('tell where their logs begin and end', async () => {
    const { status, body } = await logs('seen');
    expect(status).toBe(200);
    expect(body).toMatchObject({ api_version: 'sluice/v1', kind: 'PartitionLogList' });
    expect(body.data.map((each: Json) => [each.partition_id, each.status.log_start_offset, each.status.high_watermark, each.status.log_end_offset])).toEqual([[0, 0, 0, 0], [1, 0, 48, 48], [2, 0, 0, 0]]);
    expect(body.data[1].status.size_bytes).toBeGreaterThan(3_600_000);
    expect((await answer('GET', new URL(body.data[1].metadata.self).pathname)).body).toEqual(body.data[1]);
  });
  it('come in pages', async () => {
    const first = (await logs('seen', '?page_size=2')).body;
    expect(first.data.map((each: Json) => each.partition_id)).toEqual([0, 1]);
    const { pathname, search } = new URL(first.metadata.next);
    const second = (await answer('GET', pathname + search)).body;
    expect([second.data.map((each: Json) => each.partition_id), second.metadata.next]).toEqual([[2], '']);
    expect((await logs('seen', '?page_token=nonsense')).status).toBe(400);
    expect((await logs('seen', '?page_size=0')).status).toBe(400);
  });
  it('have logs with a policy, compacted ones a head and a tail', async () => {
    expect((await logs('seen', '/1/log')).body).toMatchObject({ kind: 'Log', topic_name: 'seen', partition_id: 1, status: { cleanup_policy: 'delete', compaction: null, high_watermark: 48 } });
    const { status } = (await logs('cleaned', '/0/log')).body;
    expect(status).toMatchObject({ cleanup_policy: 'compact', compaction: { first_dirty_offset: 0, dirty_ratio: 1, last_cleaned_at: null, tail: { start_offset: 0, end_offset: 0, size_bytes: 0 }, head: { start_offset: 0, end_offset: 1 } } });
    expect(status.compaction.head.size_bytes).toBe(status.size_bytes);
  });
  it('have segments that retention takes by the day', async () => {
    const { body } = await logs('seen', '/1/segments');
    expect(body.kind).toBe('SegmentList');
    const segments: Json[] = body.data;
    expect(segments.length).toBeGreaterThan(2);
    expect(segments.map((each) => each.active)).toEqual(segments.map((_each, index) => index === segments.length - 1));
    segments.forEach((each, index) => { expect(each.base_offset).toBe(index === 0 ? 0 : segments[index - 1].next_offset); });
    expect(segments.at(-1)!.next_offset).toBe(48);
    const [oldest] = segments;
    expect(Date.parse(oldest.retention_at) - Date.parse(oldest.largest_timestamp)).toBe(86_400_001);
    const { status } = (await logs('seen', '/1')).body;
    expect([oldest.retention_after_bytes, segments.at(-1)!.retention_after_bytes]).toEqual([1_073_741_824 - status.size_bytes + oldest.size_bytes, null]);
    expect(Date.parse(oldest.first_timestamp)).toBeLessThanOrEqual(Date.parse(oldest.largest_timestamp));
    const page = (await logs('seen', '/1/segments?page_size=1')).body;
    const { pathname, search } = new URL(page.metadata.next);
    expect((await answer('GET', pathname + search)).body.data[0].base_offset).toBe(segments[1].base_offset);
  });
  it('that aren\'t there are not found', async () => {
    for (const [topic, path] of [['nowhere', ''], ['seen', '/9'], ['seen', '/x'], ['seen', '/-1/segments'], ['a%20b', ''], ['seen', '/99999999999/log']] as const) {
      const { status, body } = await logs(topic, path);
      expect([path, status, body.errors[0].code]).toEqual([path, 404, 'resource_not_found']);
    }
    expect((await answer('GET', '/sluice/v1/clusters/lkc-nowhere/topics/seen/partitions')).status).toBe(404);
  });
});

describe('who may see logs', () => {
  it('is the cluster\'s to say for a key of it', async () => {
    expect((await logs('seen', '/1/segments', adminKey)).status).toBe(200);
    const account = await platform.serviceAccount('onlooker');
    const key = await platform.clusterKey(cluster, environment, account.id);
    const { status, body } = await logs('seen', '', key);
    expect([status, body.errors[0].code]).toEqual([403, 'user_unauthorized']);
    await rest('/acls', { resource_type: 'TOPIC', resource_name: 'seen', pattern_type: 'LITERAL', principal: `User:${account.id}`, host: '*', operation: 'DESCRIBE', permission: 'ALLOW' });
    await until('the ACL', 10_000, async () => (await logs('seen', '', key)).status === 200);
    expect((await logs('cleaned', '/0/log', key)).status).toBe(403);
  });
  it('is nobody without a key, or with one of another organization', async () => {
    expect((await logs('seen', '', null)).status).toBe(401);
    const made = await answer('POST', '/sluice/v1/organizations', platform.admin, { display_name: 'Others' });
    const { id, secret } = made.body.api_key;
    const other = { apiKey: id, apiSecret: secret };
    expect((await logs('seen', '', other)).status).toBe(404);
    expect((await answer('GET', '/metrics', other)).status).toBe(403);
  });
});

describe('/metrics', () => {
  const value = (text: string, name: string, labels: Record<string, string>): number | null => {
    const line = text.split('\n').find((each) => each.startsWith(`${name}{`) && Object.entries(labels).every(([label, wanted]) => each.includes(`${label}="${wanted}"`)));
    return line === undefined ? null : Number(line.slice(line.lastIndexOf(' ') + 1));
  };

  it('tells traffic, lag, latency, connections and disk of every cluster to the operator', async () => {
    const consumer = kafka(adminKey).consumer({ groupId: 'behind' });
    await consumer.connect();
    const admin = kafka(adminKey).admin();
    await admin.connect();
    await admin.setOffsets({ groupId: 'behind', topic: 'seen', partitions: [{ partition: 1, offset: '40' }] });
    const { status, text, type } = await answer('GET', '/metrics');
    await Promise.all([consumer.disconnect(), admin.disconnect()]);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const own = { cluster: cluster.id, environment: environment.id };
    expect(value(text, 'sluice_cluster_up', own)).toBe(1);
    expect(value(text, 'sluice_topic_records_in_total', { ...own, topic: 'seen' })).toBe(48);
    expect(value(text, 'sluice_topic_bytes_in_total', { ...own, topic: 'seen' })).toBeGreaterThan(3_600_000);
    expect(value(text, 'sluice_topic_log_bytes', { ...own, topic: 'seen' })).toBe(value(text, 'sluice_topic_bytes_in_total', { ...own, topic: 'seen' }));
    expect(value(text, 'sluice_group_lag_records', { ...own, group: 'behind', topic: 'seen' })).toBe(8);
    expect(value(text, 'sluice_request_p99_seconds', { ...own, api: 'Produce' })).toBeGreaterThan(0);
    expect(value(text, 'sluice_request_duration_seconds_count', { ...own, api: 'Produce' })).toBe(13);
    expect(value(text, 'sluice_connections', { ...own, listener: 'EXTERNAL' })).toBeGreaterThanOrEqual(2);
    expect(value(text, 'sluice_disk_usable_bytes', own)).toBeGreaterThan(0);
    expect(value(text, 'sluice_process_resident_bytes', own)).toBeGreaterThan(10_000_000);
    expect(value(text, 'sluice_http_requests_total', { route: '/sluice/v1/clusters/:id/topics/:topic_name/partitions', status: '200' })).toBeGreaterThan(0);
    expect(text).not.toContain('nowhere');
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{([a-z]+="([^"\\]|\\.)*",?)+\})? (-?[0-9.e+-]+|\+Inf|NaN))$/);
    expect(new Set(text.split('\n').filter((line) => line.startsWith('# TYPE'))).size).toBe(text.split('\n').filter((line) => line.startsWith('# TYPE')).length);
    await until('the second answer, with the event loop watched', 10_000, async () => value((await answer('GET', '/metrics')).text, 'sluice_event_loop_delay_seconds', { ...own, of: 'p99' }) !== null);
  });
  it('counts refused logins, and is for the operator\'s key alone', async () => {
    await expect(kafka({ ...adminKey, apiSecret: 'wrong' }).admin().connect()).rejects.toThrow();
    expect(value((await answer('GET', '/metrics')).text, 'sluice_logins_total', { cluster: cluster.id, result: 'failed' })).toBeGreaterThanOrEqual(1);
    expect((await answer('GET', '/metrics', null)).status).toBe(401);
    expect((await answer('GET', '/metrics', adminKey)).status).toBe(401);
  });
  it('says that a cluster is down, and tells the rest', async () => {
    const { pid } = JSON.parse(readFileSync(`${platform.home}/clusters/${cluster.id}/node-1/run/status.json`, 'utf8')) as { pid: number };
    process.kill(pid, 'SIGSTOP');
    try {
      const { status, text } = await answer('GET', '/metrics');
      expect([status, value(text, 'sluice_cluster_up', { cluster: cluster.id })]).toEqual([200, 0]);
      expect(text).toContain('sluice_platform_uptime_seconds');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});
