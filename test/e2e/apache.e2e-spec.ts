/** One broker of Apache Kafka as a tenant has it: made over HTTP, used by a real client with an API key, killed and back, deleted with nothing left. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { installations, missingForApacheKafka } from './apache-here.js';
import { startPlatform, type RunningPlatform } from './platform.fixture.js';

const VERSION = '4.3.1';
const UP_WITHIN_MS = 120_000;

async function until<T>(ask: () => T | Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (const deadline = performance.now() + UP_WITHIN_MS; ;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not so after ${UP_WITHIN_MS} ms: ${JSON.stringify(answer)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

const missing = missingForApacheKafka(VERSION);
const describeIt = missing === null ? describe : describe.skip;

interface Cluster { id: string; spec: { kafka_bootstrap_endpoint: string; config: { sluice: object } }; status: { phase: string; reason?: string } }
interface Report { status: { brokers: { pid: number | null; process: string }[] } }

describeIt(`a cluster of Apache Kafka${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let platform: RunningPlatform;
  let admin: { apiKey: string; apiSecret: string; caFile: string };
  let environmentId: string;
  let cluster: Cluster;
  let login: KafkaConfig;

  async function request(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const authorization = `Basic ${Buffer.from(`${admin.apiKey}:${admin.apiSecret}`).toString('base64')}`;
    const response = await fetch(`${platform.url}${path}`, { method, headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: response.status, text: await response.text() };
  }
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await request(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return (text ? JSON.parse(text) : null) as T;
  }
  const found = (): Promise<Cluster> => call('GET', `/cmk/v2/clusters/${cluster.id}?environment=${environmentId}`);
  const node = async (): Promise<Report['status']['brokers'][number]> => (await call<Report>('GET', `/sluice/v1/clusters/${cluster.id}`)).status.brokers[0]!;
  const directory = (): string => join(platform.home, 'clusters', cluster.id);
  const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory());
    } catch {
      return false;
    }
  });

  async function produce(...values: string[]): Promise<void> {
    const producer = new Kafka(login).producer();
    await producer.connect();
    try {
      await producer.send({ topic: 'orders', acks: -1, messages: values.map((value) => ({ value })) });
    } finally {
      await producer.disconnect();
    }
  }

  /** Everything in the topic, from its beginning. */
  async function consume(count: number): Promise<string[]> {
    const consumer = new Kafka(login).consumer({ groupId: `readers-${count}` });
    const values: string[] = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topic: 'orders', fromBeginning: true });
      await new Promise<void>((done, failed) => {
        consumer.run({ eachMessage: async ({ message }) => { if (values.push(message.value!.toString()) >= count) done(); } }).catch(failed);
      });
    } finally {
      await consumer.disconnect();
    }
    return values;
  }

  beforeAll(async () => {
    platform = await startPlatform({ SLUICE_KAFKA_DIR: installations, SLUICE_BROKER_PORTS: '16000-16099' });
    admin = JSON.parse(readFileSync(join(platform.home, 'admin.json'), 'utf8')) as typeof admin;
    environmentId = (await call<{ id: string }>('POST', '/org/v2/environments', { display_name: 'apache' })).id;
    cluster = await call('POST', '/cmk/v2/clusters', {
      spec: { display_name: 'orders', availability: 'SINGLE_ZONE', cloud: 'AWS', region: 'apache-kraft', config: { kind: 'Standard', sluice: { heapMb: 256 } }, environment: { id: environmentId } },
    });
  }, 310_000);
  afterAll(async () => platform?.stop(), UP_WITHIN_MS);

  it('comes up', async () => {
    const { phase, reason } = (await until(found, ({ status }) => status.phase !== 'PROVISIONING')).status;
    expect({ phase, reason }).toEqual({ phase: 'PROVISIONED', reason: undefined });
    cluster = await found();
    expect(cluster.spec.config.sluice).toMatchObject({ engine: 'apache-kraft', version: VERSION, brokers: 1, controllers: 0, heapMb: 256 });
  }, UP_WITHIN_MS + 10_000);

  it('takes records of a client with an API key, and gives them back', async () => {
    const account = await call<{ id: string }>('POST', '/iam/v2/service-accounts', { display_name: 'orders', description: '' });
    const { id, spec } = await call<{ id: string; spec: { secret: string } }>('POST', '/iam/v2/api-keys', { spec: { display_name: 'orders', owner: { id: account.id }, resource: { id: cluster.id, environment: environmentId } } });
    await call('POST', `/kafka/v3/clusters/${cluster.id}/topics`, { topic_name: 'orders', partitions_count: 1 });
    for (const [type, name, operation] of [['TOPIC', 'orders', 'WRITE'], ['TOPIC', 'orders', 'READ'], ['GROUP', '*', 'READ']]) {
      await call('POST', `/kafka/v3/clusters/${cluster.id}/acls`, { resource_type: type, resource_name: name, pattern_type: 'LITERAL', principal: `User:${account.id}`, host: '*', operation, permission: 'ALLOW' });
    }
    login = {
      clientId: 'e2e', brokers: cluster.spec.kafka_bootstrap_endpoint.split(','), ssl: { ca: [readFileSync(admin.caFile, 'utf8')] }, sasl: { mechanism: 'plain', username: id, password: spec.secret },
      logLevel: logLevel.NOTHING, retry: { retries: 12 },
    };
    await produce('one', 'two');
    expect(await consume(2)).toEqual(['one', 'two']);
  }, UP_WITHIN_MS);

  it('is back by itself when its broker is killed, with all that was acknowledged', async () => {
    const { pid } = await node();
    process.kill(pid!, 'SIGKILL');
    await until(node, (seen) => seen.process === 'ready' && seen.pid !== null && seen.pid !== pid);
    await produce('three');
    expect(await consume(3)).toEqual(['one', 'two', 'three']);
  }, 2 * UP_WITHIN_MS);

  it('is deleted with nothing left', async () => {
    expect(processes()).toHaveLength(1);
    expect((await request('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environmentId}`)).status).toBeLessThan(300);
    await until(() => existsSync(directory()) || processes().length > 0, (isThere) => !isThere);
    expect((await request('GET', `/cmk/v2/clusters/${cluster.id}?environment=${environmentId}`)).status).toBe(404);
  }, UP_WITHIN_MS);
});
