import { createTestEnv, type TestEnv } from '../../kernel/testing/index.js';
import { ErrorCode } from '#libs/kafka/protocol';
import { NOTHING_REMOVED, openLog } from '../log/index.js';
import { buildBatch, readBatchHeader } from '#libs/kafka/protocol';
import { decodeMetadataRecord, encodeMetadataRecord, metadataRecord, METADATA_TOPIC_ID, type MetadataRecord } from '../quorum/index.js';
import { visitBatch } from '../quorum/metadata-batch.js';
import type { Controller, NewTopic } from './api.js';
import { CLUSTER_ID, controllerConfig, DATA, imageContent, METADATA, settled, startOn } from './controller.fixture.js';
import { emptyImage, type ControllerImage } from './image.js';
import { beginDelta } from './image-delta.js';
import { imageRecords } from './image-records.js';

const LOG = `${METADATA}/00000000000000000000.log`;
const topic = (name: string, more: Partial<NewTopic> = {}): NewTopic => ({ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [], ...more });

/** Records of the log from this offset on, as [type, value] pairs. */
function recordsFrom(env: TestEnv, offset: number): [string, Record<string, unknown>][] {
  const bytes = env.disk.readFile(LOG)!;
  const found: [string, Record<string, unknown>][] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readBatchHeader(bytes, at);
    if (header.baseOffset >= offset) {
      visitBatch(bytes.subarray(at, at + header.sizeBytes), header, env, {
        record: (record) => found.push([record.type, { ...record.value }]), control: (record) => found.push([record.type, { ...record }]),
      });
    }
    at += header.sizeBytes;
  }
  return found;
}

async function create(env: TestEnv, controller: Controller, ...topics: NewTopic[]) {
  return settled(env, controller.createTopics(topics, { validateOnly: false }));
}

describe('the first start of a cluster', () => {
  it('writes the voters, the bootstrap transaction and the registrations, then unfences', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    expect(recordsFrom(env, 0).map(([type]) => type)).toEqual([
      'leaderChange', 'kraftVersion', 'voters', 'BeginTransactionRecord', 'FeatureLevelRecord', 'EndTransactionRecord', 'RegisterControllerRecord', 'RegisterBrokerRecord',
      'BrokerRegistrationChangeRecord',
    ]);
    expect(recordsFrom(env, 7)[0]![1]).toMatchObject({ brokerId: 1, brokerEpoch: 7, fenced: true });
    expect(controller.image.brokers.get(1)).toMatchObject({ epoch: 7, fenced: false, endpoints: [{ listener: 'EXTERNAL', host: 'broker.example', port: 9092, securityProtocol: 'SASL_SSL' }] });
    expect([...controller.image.features]).toEqual([['metadata.version', 30]]);
    expect(env.disk.readFile(`${METADATA}/quorum-state`)!.toString()).toBe('{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}');
    expect(env.disk.readFile(`${METADATA}/leader-epoch-checkpoint`)!.toString()).toBe('0\n1\n1 0\n');
    expect(env.disk.readFile(`${METADATA}/partition.metadata`)!.toString()).toContain(`topic_id: ${METADATA_TOPIC_ID}`);
  });

  it('refuses the directory of another cluster or node', async () => {
    const env = createTestEnv();
    await startOn(env);
    await expect(startOn(env, { config: controllerConfig({ clusterId: 'AAAAAAAAAAAAAAAAAAAAAB' }) })).rejects.toMatchObject({ code: 'OTHER_CLUSTER' });
    await expect(startOn(env, { config: controllerConfig({ nodeId: 2 }) })).rejects.toMatchObject({ code: 'OTHER_NODE' });
  });
});

describe('restarts', () => {
  it('raises epochs at a clean stop and keeps everything', async () => {
    const env = createTestEnv();
    const first = await startOn(env);
    await create(env, first, topic('a', { configs: [{ name: 'retention.ms', value: '1000' }] }));
    await settled(env, first.createAcls([{ resourceType: 2, resourceName: 'a', patternType: 3, principal: 'User:x', host: '*', operation: 3, permissionType: 3 }]));
    await settled(env, first.allocateProducerIds());
    expect(await settled(env, first.shutdown())).toEqual({ brokerEpoch: 7 });
    const second = await startOn(env);
    expect(second.leaderEpoch).toBe(2);
    expect(second.image.topics.get('a')!.partitions[0]).toMatchObject({ leader: 1, leaderEpoch: 2, partitionEpoch: 2, isr: [1] });
    expect(second.image.configs(2, 'a').get('retention.ms')).toBe('1000');
    expect(second.image.acls.size).toBe(1);
    expect((await settled(env, second.allocateProducerIds())).first).toBe(1000);
    const third = await startOn(env);
    expect(third.leaderEpoch).toBe(3);
    expect(third.image.topics.get('a')!.partitions[0]).toMatchObject({ leader: 1, leaderEpoch: 4 });
  });

  it('live state is replayed state', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    await create(env, controller, topic('a.b'), topic('c', { configs: [{ name: 'cleanup.policy', value: 'compact' }] }));
    await settled(env, controller.deleteTopics([controller.image.topics.get('c')!.topicId]));
    const replayed = beginDelta(emptyImage(CLUSTER_ID));
    const bytes = env.disk.readFile(LOG)!;
    for (let at = 0; at < bytes.length;) {
      const header = readBatchHeader(bytes, at);
      visitBatch(bytes.subarray(at, at + header.sizeBytes), header, env, {
        control: () => undefined,
        record: (record, offset, epoch) => { if (!record.type.endsWith('TransactionRecord')) replayed.replay(record, offset, epoch); },
      });
      at += header.sizeBytes;
    }
    expect(imageContent({ image: replayed.build() })).toEqual(imageContent(controller));
    const fromSnapshot = beginDelta(emptyImage(CLUSTER_ID));
    for (const record of imageRecords(controller.image as ControllerImage)) fromSnapshot.replay(decodeMetadataRecord(encodeMetadataRecord(record)), 0, 1);
    expect(imageContent({ image: fromSnapshot.build() })).toEqual(imageContent(controller));
  });

  it('cuts a torn tail and goes on', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    await create(env, controller, topic('kept'));
    const whole = env.disk.readFile(LOG)!.length;
    await create(env, controller, topic('torn'));
    const file = env.disk.open(LOG, 'readwrite');
    file.truncate(whole + 40);
    file.close();
    const again = await startOn(env);
    expect([...again.image.topics.keys()]).toEqual(['kept']);
    await create(env, again, topic('next'));
    expect([...(await startOn(env)).image.topics.keys()].sort()).toEqual(['kept', 'next']);
  });

  it('undoes a metadata transaction that a crash left open, and survives unserved records', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    await create(env, controller, topic('before'));
    await settled(env, controller.shutdown());
    const log = openLog(env, {
      topicPartition: { topic: '__cluster_metadata', partition: 0 }, topicId: METADATA_TOPIC_ID, directory: METADATA, recoveryPoint: 0, cleanShutdown: false, logStartOffset: null,
      config: { ...NOTHING_REMOVED, segmentBytes: 1e9, segmentMs: 1e12, segmentIndexBytes: 1e6, indexIntervalBytes: 4096 }, maxDecompressedBytes: 1e6,
    });
    const append = (...records: MetadataRecord[]) => log.append(buildBatch(records.map((record) => ({ key: null, value: encodeMetadataRecord(record) })), env.cpu, { timestampMs: 1 }), { leaderEpoch: 5, logAppendTimeMs: null });
    append(metadataRecord('NoOpRecord', {}), metadataRecord('FeatureLevelRecord', { name: 'share.version', featureLevel: 1 }));
    append(metadataRecord('ClientQuotaRecord', { entity: [{ entityType: 'user', entityName: 'bob' }], key: 'producer_byte_rate', value: 5 }));
    append(metadataRecord('BeginTransactionRecord', { name: 'upgrade' }), metadataRecord('TopicRecord', { name: 'half', topicId: 'J22uQ3F8SgaacUTA1VB2oA' }));
    await settled(env, log.close());
    const again = await startOn(env);
    expect(again.leaderEpoch).toBe(6);
    expect([...again.image.topics.keys()]).toEqual(['before']);
    expect(again.image.features.get('share.version')).toBe(1);
    expect((again.image as ControllerImage).quotas.size).toBe(1);
    expect((await startOn(env)).image.topics.has('half')).toBe(false);
  });

  it('refuses a record type that nobody knows', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    const bytes = env.disk.readFile(LOG)!;
    const file = env.disk.open(LOG, 'readwrite');
    const foreign = buildBatch([{ key: null, value: Buffer.from([1, 99, 0]) }], env.cpu, { timestampMs: 1, baseOffset: controller.image.offset + 1, partitionLeaderEpoch: 1 });
    file.write(bytes.length, [foreign]);
    file.close();
    await expect(startOn(env)).rejects.toMatchObject({ code: 'BAD_METADATA_RECORD' });
  });

  it('starts from a snapshot and drops the older ones', async () => {
    const env = createTestEnv();
    let controller = await startOn(env);
    for (let i = 0; i < 4; i++) {
      await create(env, controller, topic(`t${i}`));
      await env.advance(3_600_001);
      await create(env, controller, topic(`u${i}`));
      await env.advance(1000);
    }
    const before = imageContent(controller);
    const snapshots = env.disk.list(METADATA).filter((name) => name.endsWith('.checkpoint'));
    expect(snapshots).toHaveLength(2);
    controller = await startOn(env);
    expect(controller.image.topics.size).toBe(8);
    await settled(env, controller.shutdown());
    for (const name of env.disk.list(METADATA)) if (name.endsWith('.log') || name.endsWith('index')) env.disk.remove(`${METADATA}/${name}`);
    const bare = await startOn(env);
    expect(imageContent(bare).filter((record) => (record as MetadataRecord).type === 'TopicRecord')).toEqual(before.filter((record) => (record as MetadataRecord).type === 'TopicRecord'));
  });
});

it.each([
  ['after metadata.log.max.record.bytes.between.snapshots', { 'metadata.log.max.record.bytes.between.snapshots': '1' }, 0, 1],
  ['after metadata.log.max.snapshot.interval.ms', { 'metadata.log.max.snapshot.interval.ms': '5000' }, 5_001, 1],
  ['never by time where the interval is 0', { 'metadata.log.max.snapshot.interval.ms': '0' }, 7_200_000, 0],
])('makes a snapshot %s', async (_when, properties, waitMs, count) => {
  const env = createTestEnv();
  const controller = await startOn(env, { config: controllerConfig({ properties: new Map(Object.entries(properties)) }) });
  await env.advance(waitMs);
  await create(env, controller, topic('a'));
  await env.advance(1000);
  expect(env.disk.list(METADATA).filter((name) => /^0*[1-9]\d*-\d+\.checkpoint$/.test(name))).toHaveLength(count);
});

it('falls back to the older snapshot and the log when the newest snapshot is damaged', async () => {
  const env = createTestEnv();
  const controller = await startOn(env);
  await create(env, controller, topic('a'));
  await env.advance(3_600_001);
  await create(env, controller, topic('b'));
  await env.advance(1000);
  const newest = env.disk.list(METADATA).filter((name) => name.endsWith('.checkpoint')).sort().at(-1)!;
  env.disk.corrupt(`${METADATA}/${newest}`, (bytes) => { bytes[bytes.length - 5]! ^= 1; return bytes; });
  expect([...(await startOn(env)).image.topics.keys()].sort()).toEqual(['a', 'b']);
  expect(env.lines.some((line) => line.event === 'quorum.snapshot.unreadable')).toBe(true);
});

describe('publication', () => {
  it('tells listeners before the answer, and nothing is seen before the disk has it', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    const seen: string[] = [];
    controller.onImage((next, previous) => seen.push(`${previous.topics.size}->${next.topics.size}`));
    const answer = controller.createTopics([topic('a')], { validateOnly: false }).then(() => seen.push('answer'));
    expect(controller.image.topics.size).toBe(0);
    await settled(env, answer);
    expect(seen).toEqual(['0->1', 'answer']);
  });

  it('validateOnly writes nothing', async () => {
    const env = createTestEnv();
    const controller = await startOn(env);
    const { offset } = controller.image;
    const [result] = await settled(env, controller.createTopics([topic('a')], { validateOnly: true }));
    expect(result).toMatchObject({ errorCode: ErrorCode.NONE, numPartitions: 2 });
    expect(controller.image.offset).toBe(offset);
    expect(env.disk.list(DATA)).not.toContain('a-0');
  });
});
