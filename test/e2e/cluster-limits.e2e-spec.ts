/** Limits of a live broker, changed while it runs: the disk limit of its cluster, reached and given room again, and how many may connect. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Kafka, logLevel, type Admin, type KafkaConfig, type Producer } from 'kafkajs';
import { brokerPid, newHome, Platform, until, type ClusterObject, type Identified } from '../support/platform.mjs';

jest.setTimeout(180_000);

const TOPIC = 'filled';
const MIB = 1024 * 1024;
const LIMIT_BYTES = 16 * MIB;
const VALUE_BYTES = 512 * 1024;
const WAIT_MS = 60_000;

let platform: Platform;
let environment: Identified;
let cluster: ClusterObject;
let client: KafkaConfig;
let kafka: Kafka;
let admin: Admin;
let producer: Producer;
/** Acknowledged so far. */
let written = 0;

const limitTo = (diskLimitBytes: number) => platform.call('PATCH', `/cmk/v2/clusters/${cluster.id}`, { spec: { environment: { id: environment.id }, config: { sluice: { diskLimitBytes } } } });

/** Null when it was acknowledged, else the error that the client names. */
async function produce(): Promise<string | null> {
  try {
    await producer.send({ topic: TOPIC, acks: -1, messages: [{ key: String(written), value: randomBytes(VALUE_BYTES) }] });
    written += 1;
    return null;
  } catch (error) {
    return (error as { type?: string }).type ?? String(error);
  }
}

/** How many are acknowledged until the first that is refused, and what that one is told. */
async function fill(most: number): Promise<{ taken: number; refusal: string | null }> {
  for (let taken = 0; taken < most; taken++) {
    const refusal = await produce();
    if (refusal !== null) return { taken, refusal };
  }
  return { taken: most, refusal: null };
}
const accepted = (what: string) => until(`producing after ${what}`, WAIT_MS, async () => (await produce()) === null);
const refused = (what: string) => until(`refusal after ${what}`, WAIT_MS, async () => (await produce()) === 'POLICY_VIOLATION');

beforeAll(async () => {
  platform = new Platform(await newHome());
  await platform.start();
  environment = await platform.environment();
  cluster = await platform.cluster(environment);
  const account = await platform.serviceAccount('filler');
  for (const operation of ['WRITE', 'READ', 'DELETE', 'ALTER_CONFIGS']) await platform.acl(cluster, account.id, 'TOPIC', TOPIC, operation);
  await platform.acl(cluster, account.id, 'GROUP', 'readers', 'READ');
  for (const operation of ['DESCRIBE_CONFIGS', 'ALTER_CONFIGS']) await platform.acl(cluster, account.id, 'CLUSTER', 'kafka-cluster', operation);
  await platform.topic(cluster, TOPIC, { partitions_count: 1, configs: [{ name: 'segment.bytes', value: String(MIB) }, { name: 'file.delete.delay.ms', value: '3600000' }] });
  const key = await platform.clusterKey(cluster, environment, account.id);
  client = {
    brokers: [cluster.spec.kafka_bootstrap_endpoint], logLevel: logLevel.NOTHING, ssl: { ca: [readFileSync(platform.admin.caFile, 'utf8')] }, sasl: { mechanism: 'plain', username: key.apiKey, password: key.apiSecret },
  };
  kafka = new Kafka(client);
  [admin, producer] = [kafka.admin(), kafka.producer({ retry: { retries: 0 } })];
  await Promise.all([admin.connect(), producer.connect()]);
}, 300_000);

afterAll(async () => {
  await Promise.all([admin?.disconnect(), producer?.disconnect()]);
  await platform?.signal('SIGTERM');
  platform?.destroy();
}, 60_000);

describe('the disk limit', () => {
  it('refuses producers by name, about where the limit is, and the broker\'s log says why', async () => {
    const pid = brokerPid(cluster);
    expect(await fill(4)).toEqual({ taken: 4, refusal: null });
    expect((await limitTo(LIMIT_BYTES)).spec.config.sluice).toMatchObject({ diskLimitBytes: LIMIT_BYTES });
    // The broker takes the limit up when its file is replaced, soon after the answer.
    const { refusal } = await fill(4 * LIMIT_BYTES / VALUE_BYTES);
    expect(refusal).toBe('POLICY_VIOLATION');
    expect(written * VALUE_BYTES).toBeGreaterThan(LIMIT_BYTES - MIB);
    expect(await produce()).toBe('POLICY_VIOLATION');
    expect(brokerPid(cluster)).toBe(pid);
    const told = readFileSync(join(platform.home, 'clusters', cluster.id, 'node-1', 'logs', 'broker.log'), 'utf8').split('\n').filter((line) => line.includes('disk.room.none'));
    expect(JSON.parse(told.at(-1)!)).toMatchObject({ level: 'warn', refusal: expect.stringContaining(String(LIMIT_BYTES)) });
  });

  it('lets consumers go on: all that was acknowledged is read, offsets are committed', async () => {
    const consumer = kafka.consumer({ groupId: 'readers' });
    const keys = new Set<string>();
    await consumer.connect();
    try {
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => { keys.add(String(message.key)); } });
      await until('all that was acknowledged', WAIT_MS, () => keys.size === written);
      await consumer.commitOffsets([{ topic: TOPIC, partition: 0, offset: String(written) }]);
    } finally {
      await consumer.disconnect();
    }
    expect([...keys]).toEqual(Array.from({ length: written }, (_, index) => String(index)));
    expect((await admin.fetchOffsets({ groupId: 'readers', topics: [TOPIC] }))[0]!.partitions[0]!.offset).toBe(String(written));
  });

  it('raised or lowered, counts without a restart', async () => {
    const pid = brokerPid(cluster);
    expect(await produce()).toBe('POLICY_VIOLATION');
    await limitTo(4 * LIMIT_BYTES);
    await accepted('the limit was raised');
    await limitTo(LIMIT_BYTES);
    await refused('the limit was lowered');
    expect(brokerPid(cluster)).toBe(pid);
  });

  it('has room again after DeleteRecords, whatever delay files have', async () => {
    expect(await produce()).toBe('POLICY_VIOLATION');
    await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition: 0, offset: String(written) }] });
    await accepted('records were deleted');
    // Nothing that was acknowledged is behind what was asked to go.
    const [offsets] = await admin.fetchTopicOffsets(TOPIC);
    expect(Number(offsets!.high)).toBe(written);
  });

  it('has room again by retention, which runs when it is wanted', async () => {
    const { refusal } = await fill(4 * LIMIT_BYTES / VALUE_BYTES);
    expect(refusal).toBe('POLICY_VIOLATION');
    const configEntries = [{ name: 'segment.bytes', value: String(MIB) }, { name: 'file.delete.delay.ms', value: '3600000' }, { name: 'retention.bytes', value: String(4 * MIB) }];
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: TOPIC, configEntries }] });
    await accepted('retention.bytes was set');
    const [offsets] = await admin.fetchTopicOffsets(TOPIC);
    expect(Number(offsets!.low)).toBeGreaterThan(0);
  });
});

describe('limits of connections', () => {
  const BROKER = 4;
  const NAMES = ['max.connections', 'max.connections.per.ip', 'max.connections.per.ip.overrides'];
  /** All that is set at run time; what isn't named goes back. */
  const set = (values: Record<string, string>) => admin.alterConfigs({ validateOnly: false, resources: [{ type: BROKER, name: '1', configEntries: Object.entries(values).map(([name, value]) => ({ name, value })) }] });
  const shown = async (): Promise<[string, string, boolean][]> => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: BROKER, name: '1', configNames: NAMES }] });
    return resources[0]!.configEntries.map(({ configName, configValue, readOnly }) => [configName, configValue, readOnly] as [string, string, boolean]).sort();
  };
  /** Whether one more client gets in; the ones that are open stay. */
  const comesIn = async (): Promise<boolean> => {
    const another = new Kafka({ ...client, connectionTimeout: 5_000, retry: { retries: 0 } }).admin();
    try {
      await another.connect();
      return true;
    } catch {
      return false;
    } finally {
      await another.disconnect();
    }
  };
  const ours: [string, string, boolean][] = [['max.connections', '20000', false], ['max.connections.per.ip', '4096', false], ['max.connections.per.ip.overrides', '', false]];

  it('are shown as they hold, to be changed', async () => { expect(await shown()).toEqual(ours); });

  it.each([['max.connections', '1'], ['max.connections.per.ip', '1'], ['max.connections.per.ip.overrides', '127.0.0.1:1']])('%s keeps clients out from the next connection on, and lets them in again', async (name, value) => {
    expect(await comesIn()).toBe(true);
    await set({ [name]: value });
    expect((await shown()).find(([each]) => each === name)?.[1]).toBe(value);
    expect(await comesIn()).toBe(false);
    await set({});
    expect(await shown()).toEqual(ours);
    await until('room for one more client', WAIT_MS, comesIn);
  });

  it('an override lets its address in where the others are kept out', async () => {
    await set({ 'max.connections.per.ip': '1', 'max.connections.per.ip.overrides': '127.0.0.1:100' });
    expect(await comesIn()).toBe(true);
    await set({});
  });
});
