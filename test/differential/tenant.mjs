// What a tenant has in a cluster, and what it goes on doing wherever the cluster stands: it writes, commits, sets configs and ACLs, deletes and creates anew.
import { client } from './inventory.mjs';
import { nodeEnv, P } from './product.mjs';
import { until } from '../support/platform.mjs';

const CODECS = [null, 'gzip', 'snappy', 'lz4', 'zstd'];
const ACL = { resourceType: 2, resourceName: 'orders', patternType: 3, principal: 'User:sa-reader', host: '*', operation: 3, permissionType: 3 };

function must(errorCode, what) {
  if (errorCode !== 0) throw new Error(`${what}: ${P.errorName(errorCode)}`);
}

async function createTopic(cluster, name, numPartitions, configs = {}) {
  await client.createTopic(cluster, { name, numPartitions, replicationFactor: 1, configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })) }, { validateOnly: false });
  const partitions = Array.from({ length: numPartitions }, (_, partition) => ({ topic: name, partition }));
  await until(`leaders of ${name}`, 30_000, async () => (await client.listOffsets(cluster, partitions, -1)).size === numPartitions, 10);
}

async function topicId(cluster, name) { return (await client.describeTopic(cluster, name)).topicId; }

async function send(cluster, topic, partition, batch) {
  const id = await topicId(cluster, topic);
  const answer = await cluster.any((c) => c.send(P.ProduceRequest, P.ProduceResponse, { acks: -1, timeoutMs: 10_000, topicData: [{ topicId: id, partitionData: [{ index: partition, records: batch }] }] }));
  return answer.responses[0].partitionResponses[0];
}

async function write(cluster, topic, partition, records, options = {}) {
  must((await send(cluster, topic, partition, P.buildBatch(records, nodeEnv.cpu, { timestampMs: Date.now(), ...options }))).errorCode, `produce to ${topic}`);
}
const records = (count, label) => Array.from({ length: count }, (_, i) => ({
  key: i % 5 === 4 ? null : Buffer.from(`key-${i % 11}`), value: i % 13 === 12 ? null : Buffer.from(`${label} ${i} ${'ü'.repeat(i % 40)}`),
  headers: i % 3 ? [] : [{ key: 'trace', value: Buffer.from([i & 255, 0, 255]) }, { key: 'none', value: null }, { key: 'trace', value: Buffer.alloc(0) }], timestamp: Date.now() - 1000 + i,
}));
const keyed = (count, label) => Array.from({ length: count }, (_, i) => ({ key: Buffer.from(`k${i % 7}`), value: i % 9 === 8 ? null : Buffer.from(`${label} ${i}`) }));

async function commit(cluster, groupId, offsets, member = {}) {
  const { result } = await cluster.coordinator(groupId, (c) => c.send({ ...P.OffsetCommitRequest, maxVersion: 9 }, P.OffsetCommitResponse, {
    groupId, ...member, topics: offsets.map(([name, partitionIndex, committedOffset, committedMetadata]) => ({ name, partitions: [{ partitionIndex, committedOffset, committedLeaderEpoch: 0, committedMetadata }] })),
  }));
  for (const topic of result.topics) for (const partition of topic.partitions) must(partition.errorCode, `commit of ${groupId}`);
}

/** A group that has had a member: its own metadata is in the log, not only offsets. */
async function memberCommits(cluster, groupId, offsets) {
  const joining = { groupId, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 30_000, protocolType: 'consumer', protocols: [{ name: 'range', metadata: Buffer.from('00000000000100066f7264657273ffffffff', 'hex') }] };
  const join = (memberId) => cluster.coordinator(groupId, (c) => c.send(P.JoinGroupRequest, P.JoinGroupResponse, { ...joining, memberId })).then(({ result }) => result);
  const first = await join('');
  const joined = await join(first.memberId);
  must(joined.errorCode, 'join');
  const { memberId, generationId } = joined;
  const { result } = await cluster.coordinator(groupId, (c) => c.send(P.SyncGroupRequest, P.SyncGroupResponse, { groupId, generationId, memberId, protocolType: 'consumer', protocolName: joined.protocolName, assignments: [{ memberId, assignment: Buffer.from('0000000000010006', 'hex') }] }));
  must(result.errorCode, 'sync');
  await commit(cluster, groupId, offsets, { generationIdOrMemberEpoch: generationId, memberId });
  await cluster.coordinator(groupId, (c) => c.send(P.LeaveGroupRequest, P.LeaveGroupResponse, { groupId, members: [{ memberId }] }));
}

async function deleteRecords(cluster, name, partitionIndex, offset) {
  const answer = await cluster.any((c) => c.send(P.DeleteRecordsRequest, P.DeleteRecordsResponse, { topics: [{ name, partitions: [{ partitionIndex, offset }] }], timeoutMs: 10_000 }));
  must(answer.topics[0].partitions[0].errorCode, `delete-records of ${name}`);
}
const setConfig = (cluster, type, name, key, value) => client.alterConfigs(cluster, type, name, [{ name: key, value, operation: value === null ? 'DELETE' : 'SET' }], { validateOnly: false });
const TOPIC = client.ConfigResourceType.topic;
const BROKER = client.ConfigResourceType.broker;

async function newProducer(cluster) {
  // Kafka fetches its first block of ids only when one is asked for.
  const answer = await until('a producer id', 30_000, async () => {
    const found = await cluster.any((c) => c.send(P.InitProducerIdRequest, P.InitProducerIdResponse, { transactionalId: null, transactionTimeoutMs: 60_000 }));
    must(found.errorCode, 'producer id');
    return found;
  });
  return { producerId: answer.producerId, producerEpoch: answer.producerEpoch, next: 0, last: null };
}

async function sequenced(cluster, producer, count) {
  const batch = P.buildBatch(records(count, 'sequenced'), nodeEnv.cpu, { timestampMs: Date.now(), producerId: producer.producerId, producerEpoch: producer.producerEpoch, baseSequence: producer.next });
  const answer = await send(cluster, 'sequenced', 0, batch);
  must(answer.errorCode, 'idempotent produce');
  producer.next += count;
  producer.last = { batch, baseOffset: answer.baseOffset };
}

async function populate(cluster, producer) {
  for (const [i, codec] of CODECS.entries()) {
    await createTopic(cluster, `codec-${codec ?? 'none'}`, 2);
    for (let n = 0; n < 4; n++) await write(cluster, `codec-${codec ?? 'none'}`, n % 2, records(120 + i, `codec ${codec}`), { codec });
  }
  await createTopic(cluster, 'orders', 3, { 'retention.ms': '86400000', 'max.message.bytes': '2000000' });
  for (let partition = 0; partition < 3; partition++) for (let n = 0; n < 5; n++) await write(cluster, 'orders', partition, records(50, `orders ${n}`), { codec: CODECS[(n + partition) % 5] });
  await createTopic(cluster, 'compacted', 1, { 'cleanup.policy': 'compact', 'segment.bytes': '1048576' });
  for (let n = 0; n < 3; n++) await write(cluster, 'compacted', 0, keyed(200, `state ${n}`));
  await createTopic(cluster, 'trimmed', 1);
  for (let n = 0; n < 3; n++) await write(cluster, 'trimmed', 0, records(30, 'trimmed'));
  await deleteRecords(cluster, 'trimmed', 0, 37);
  await createTopic(cluster, 'again', 2, { 'retention.ms': '777777' });
  await write(cluster, 'again', 0, records(20, 'before'));
  await client.deleteTopic(cluster, 'again');
  await createTopic(cluster, 'again', 1);
  await write(cluster, 'again', 0, records(10, 'after'));
  await createTopic(cluster, 'sequenced', 1);
  await sequenced(cluster, producer, 20);
  await createTopic(cluster, 'rolled', 1, { 'segment.bytes': '1048576' });
  for (let n = 0; n < 30; n++) await write(cluster, 'rolled', 0, [{ key: null, value: Buffer.alloc(100_000, n) }]);
  await setConfig(cluster, TOPIC, 'orders', 'min.insync.replicas', '1');
  await setConfig(cluster, TOPIC, 'orders', 'max.message.bytes', null);
  await client.createPartitions(cluster, 'codec-gzip', 3, { validateOnly: false });
}

async function administer(cluster) {
  await setConfig(cluster, BROKER, '', 'log.retention.ms', '172800000');
  await client.createAcls(cluster, [ACL, { ...ACL, operation: 4, principal: 'User:sa-writer', host: '10.1.2.3' }, { ...ACL, resourceName: 'pre-', patternType: 4, permissionType: 2 }, { ...ACL, resourceType: 3, resourceName: '*' }, { ...ACL, resourceType: 4, resourceName: 'kafka-cluster', operation: 8 }]);
  await client.deleteAcls(cluster, { ...ACL, resourceType: 3, resourceName: '*' });
  await until('a group coordinator', 60_000, async () => { await commit(cluster, 'simple', [['orders', 0, 17, 'note'], ['orders', 1, 3, null]]); return true; });
  await commit(cluster, 'simple', [['orders', 0, 23, 'later']]);
  for (const i of [1, 2, 3]) await until(`group readers-${i}`, 60_000, async () => { await memberCommits(cluster, `readers-${i}`, [['orders', i - 1, 10 * i, ''], ['compacted', 0, i, 'm']]); return true; });
}

export async function createTenant(cluster) {
  const producer = await newProducer(cluster);
  const producerIds = new Set([producer.producerId]);
  await populate(cluster, producer);
  await administer(cluster);
  return {
    /** A producer's retry is recognised, its next batch is taken, and a new one gets an id that nobody has. */
    async goOn(cluster) {
      const { batch, baseOffset } = producer.last;
      const again = await send(cluster, 'sequenced', 0, Buffer.from(batch));
      await sequenced(cluster, producer, 7);
      const gap = await send(cluster, 'sequenced', 0, P.buildBatch(records(1, 'gap'), nodeEnv.cpu, { timestampMs: Date.now(), producerId: producer.producerId, producerEpoch: producer.producerEpoch, baseSequence: producer.next + 5 }));
      const { producerId } = await newProducer(cluster);
      const fresh = !producerIds.has(producerId);
      producerIds.add(producerId);
      return {
        'an idempotent producer\'s retry is recognised': (again.errorCode === 0 || P.errorName(again.errorCode) === 'DUPLICATE_SEQUENCE_NUMBER') && again.baseOffset === baseOffset,
        'its next batch is taken, a gap refused': P.errorName(gap.errorCode) === 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'a new producer\'s id is new': fresh,
      };
    },
    async add(cluster, label) {
      const name = `from-${label.replaceAll(/[^a-z0-9]+/g, '-')}`;
      await createTopic(cluster, name, 3, { 'retention.ms': '7200000' });
      for (const [i, codec] of CODECS.entries()) await write(cluster, name, i % 3, records(40, name), { codec });
      for (const codec of CODECS) await write(cluster, `codec-${codec ?? 'none'}`, 0, records(25, name), { codec });
      await write(cluster, 'orders', 1, records(33, name));
      await write(cluster, 'compacted', 0, keyed(90, name));
      await setConfig(cluster, TOPIC, 'orders', 'retention.ms', String(86_400_000 + name.length));
      await setConfig(cluster, TOPIC, 'codec-none', 'max.message.bytes', '3000000');
      await setConfig(cluster, BROKER, '', 'log.retention.ms', String(172_800_000 + name.length));
      await deleteRecords(cluster, 'trimmed', 0, 38 + name.length);
      await client.createAcls(cluster, [{ ...ACL, principal: `User:${name}` }]);
      await commit(cluster, 'simple', [['orders', 0, 24 + name.length, name]]);
      await memberCommits(cluster, `readers-${name}`, [[name, 0, 5, '']]);
      await client.deleteTopic(cluster, 'again');
      await createTopic(cluster, 'again', 1);
      await write(cluster, 'again', 0, records(5, name));
    },
  };
}
