/** Naming policies on a live cluster: refused and warned over HTTP and by a Kafka client, changed at once, reported, and kept while the platform is away. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { newHome, Platform, until, type ClusterObject, type Identified, type Json, type Key } from '../support/platform.mjs';

jest.setTimeout(120_000);

const template = '<env>.<service>.<jira>.<type>';
let platform: Platform;
let environment: Identified;
let cluster: ClusterObject;
let key: Key;
let admin: Admin;
let policyPath: string;

const policy = (more: object) => platform.call('PUT', policyPath, { mode: 'enforce', template, ...more });
const answer = async (method: string, path: string, body: unknown, as: Key = platform.admin): Promise<{ status: number; warning: string | null; body: Json }> => {
  const response = await fetch(`${platform.baseUrl}${path}`, {
    method, body: JSON.stringify(body), headers: { authorization: `Basic ${Buffer.from(`${as.apiKey}:${as.apiSecret}`).toString('base64')}`, 'content-type': 'application/json' },
  });
  return { status: response.status, warning: response.headers.get('warning'), body: await response.json() as Json };
};
const create = (name: string, more: object = {}, as?: Key) => answer('POST', `/kafka/v3/clusters/${cluster.id}/topics`, { topic_name: name, partitions_count: 1, ...more }, as);
const byClient = async (topic: string, validateOnly = false): Promise<string> => {
  try {
    // This client takes a topic that is there already for a success, and says false.
    return await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], validateOnly, waitForLeaders: false }) ? 'created' : 'TOPIC_ALREADY_EXISTS';
  } catch (error) {
    const failure = error as { errors?: { type: string }[]; type?: string };
    return failure.errors?.[0]?.type ?? failure.type ?? String(error);
  }
};
const brokerLog = (): string => readFileSync(join(platform.home, 'clusters', cluster.id, 'node-1', 'logs', 'broker.log'), 'utf8');

beforeAll(async () => {
  platform = new Platform(await newHome());
  await platform.start();
  environment = await platform.environment();
  cluster = await platform.cluster(environment);
  policyPath = `/sluice/v1/environments/${environment.id}/naming-policy`;
  const account = await platform.serviceAccount('namer');
  for (const operation of ['CREATE', 'DESCRIBE', 'ALTER']) await platform.acl(cluster, account.id, 'TOPIC', '*', operation);
  key = await platform.clusterKey(cluster, environment, account.id);
  admin = new Kafka({
    brokers: [cluster.spec.kafka_bootstrap_endpoint], logLevel: logLevel.NOTHING, ssl: { ca: [readFileSync(platform.admin.caFile, 'utf8')] }, sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  }).admin();
  await admin.connect();
}, 300_000);

afterAll(async () => {
  await admin?.disconnect();
  await platform?.signal('SIGTERM');
  platform?.destroy();
}, 60_000);

it('without a policy, names are free and nothing is reported', async () => {
  expect((await create('orders')).status).toBe(201);
  expect(await byClient('Old_Topic')).toBe('created');
  await platform.call('GET', policyPath, undefined, { expect: [404] });
  await platform.call('GET', `/sluice/v1/clusters/${cluster.id}/naming-report`, undefined, { expect: [404] });
});

it('is refused when it can\'t be used, with the field', async () => {
  const { status, body } = await answer('PUT', policyPath, { mode: 'enforce', template, parts: [{ name: 'service', pattern: '(a+)+\\1' }] });
  expect([status, body.errors[0].code, body.errors[0].source]).toEqual([422, 'invalid_naming_policy', { pointer: '/parts/0/pattern' }]);
  expect((await answer('PUT', policyPath, { mode: 'sometimes', template })).body.errors[0].source).toEqual({ pointer: '/mode' });
});

it('enforced, holds at once for HTTP with either key and for Kafka clients, validated or made', async () => {
  const set = await policy({});
  expect(set).toMatchObject({ kind: 'NamingPolicy', id: environment.id, mode: 'enforce', template, parts: [{ name: 'env' }, { name: 'service' }, { name: 'jira', pattern: '[a-z]+-[0-9]+' }, { name: 'type' }] });
  for (const as of [platform.admin, key]) {
    for (const more of [{}, { validate_only: true }]) {
      const { status, body } = await create('Payments', more, as);
      expect([status, body.error_code]).toEqual([400, 40002]);
      expect(body.message).toMatch(/^Topic name "Payments" doesn't follow the naming policy <env>.<service>.<jira>.<type>\..* Try "dev.payments.jira-1.type"\. \(\/topic_name\)$/);
    }
  }
  expect([await byClient('Payments', true), await byClient('Payments')]).toEqual(['POLICY_VIOLATION', 'POLICY_VIOLATION']);
  expect((await create('dev.email-sender.jira-1234.email-vo.custom')).status).toBe(201);
  expect([await byClient('dev.pay.jira-1.json'), await byClient('app-store-changelog'), await byClient('connect-offsets')]).toEqual(['created', 'created', 'created']);
});

it('leaves topics that exist alone, and comes after what Kafka itself refuses', async () => {
  expect((await create('orders')).body.message).toContain('already exists');
  expect(await byClient('Old_Topic')).toBe('TOPIC_ALREADY_EXISTS');
  await admin.createPartitions({ topicPartitions: [{ topic: 'Old_Topic', count: 3 }] });
  expect((await admin.fetchTopicMetadata({ topics: ['Old_Topic'] })).topics[0].partitions).toHaveLength(3);
  const outsider = await platform.clusterKey(cluster, environment, (await platform.serviceAccount('outsider')).id);
  expect((await create('Payments', {}, outsider)).status).toBe(403);
});

it('is explained by the check, and misfits are reported page by page', async () => {
  const { results } = await platform.call('POST', `${policyPath}:check`, { topic_names: ['dev.pay.json'] });
  expect(results).toEqual([{
    topic_name: 'dev.pay.json', fits: false, exemption: null, illegal: null,
    parts: [
      { part: 'env', value: 'dev', expected: expect.stringContaining('one of dev'), fits: true, reason: null }, { part: 'service', value: 'pay', expected: expect.any(String), fits: true, reason: null },
      { part: 'jira', value: 'json', expected: 'the pattern [a-z]+-[0-9]+', fits: false, reason: '"json" doesn\'t match' }, { part: 'type', value: null, expected: expect.any(String), fits: false, reason: 'it is missing' },
    ],
    proposal: { topic_name: 'dev.pay.jira-1.json', placeholders: ['jira'] },
  }]);
  const first = await platform.call('GET', `/sluice/v1/clusters/${cluster.id}/naming-report?page_size=1`);
  expect(first).toMatchObject({ kind: 'NamingReport', environment_id: environment.id, mode: 'enforce', metadata: { topics_count: 6, fitting_count: 4, total_size: 2 }, data: [{ topic_name: 'Old_Topic', proposal: { topic_name: 'dev.old-topic.jira-1.type' } }] });
  const next = new URL(first.metadata.next);
  const second = await platform.call('GET', `${next.pathname}${next.search}`);
  expect([second.data.map((each: Json) => each.topic_name), second.metadata.next]).toEqual([['orders'], '']);
});

it('that warns makes topics: the answer says so over HTTP, the broker\'s log for Kafka clients', async () => {
  await policy({ mode: 'warn' });
  const { status, warning, body } = await create('Warned');
  expect([status, body.warnings]).toEqual([201, [expect.stringContaining('naming policy')]]);
  expect(warning).toMatch(/^299 - "Topic name \\"Warned\\" doesn't follow/);
  expect(await byClient('Warned2')).toBe('created');
  const line = await until('warning in the broker\'s log', 10_000, () => brokerLog().split('\n').find((each) => each.includes('naming-policy-warning')));
  expect(JSON.parse(line)).toMatchObject({ principal: expect.stringMatching(/^User:sa-/), topic: 'Warned2', message: expect.stringContaining('Try "') });
  await policy({ mode: 'off' });
  expect([(await create('Free')).body.warnings, await byClient('Free2')]).toEqual([undefined, 'created']);
});

it('is in a cluster that is made later, and goes when it is removed', async () => {
  await policy({});
  const later = await platform.cluster(environment, 'later');
  const file = (each: ClusterObject): Json => JSON.parse(readFileSync(join(platform.home, 'clusters', each.id, 'node-1', 'principals.json'), 'utf8'));
  expect(file(later).namingPolicy).toMatchObject({ mode: 'enforce', template });
  await platform.call('DELETE', policyPath);
  expect([file(later).namingPolicy, file(cluster).namingPolicy]).toEqual([null, null]);
  expect(await byClient('Free3')).toBe('created');
});

it('is kept by the broker while the platform is away', async () => {
  await policy({});
  await platform.signal('SIGTERM');
  expect([await byClient('Away'), await byClient('dev.away.jira-1.json')]).toEqual(['POLICY_VIOLATION', 'created']);
});
