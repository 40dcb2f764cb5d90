// All that a client can see of a cluster, as plain data to compare: topics with ids, records with their bytes, offsets, configs, ACLs, groups.
import { createHash } from 'node:crypto';
import { nodeEnv, P } from './product.mjs';

const client = await import('../../dist/libs/kafka/client/index.js');
const ANY_ACL = { resourceType: 1, resourceName: null, patternType: 1, principal: null, host: null, operation: 1, permissionType: 1 };
const FETCH_BYTES = 4 << 20;
const DECOMPRESSED_MAX = 64 << 20;

export function connectCluster(host, port, { tls = null, sasl = null } = {}) {
  return client.createCluster(nodeEnv, { bootstrap: [{ host, port }], tls, sasl, clientId: 'differential', requestTimeoutMs: 20_000 });
}

async function fetchOnce(cluster, topicId, partition, fetchOffset) {
  const answer = await cluster.any((c) => c.send(P.FetchRequest, P.FetchResponse, { maxWaitMs: 0, minBytes: 0, maxBytes: FETCH_BYTES, topics: [{ topicId, partitions: [{ partition, fetchOffset, partitionMaxBytes: FETCH_BYTES }] }] }));
  const found = answer.responses[0]?.partitions[0];
  if (!found || answer.errorCode || found.errorCode) throw new Error(`fetch of ${topicId}-${partition} at ${fetchOffset}: error ${answer.errorCode || found?.errorCode}`);
  return found.records ?? Buffer.alloc(0);
}

/** Every record that readers get, with all its bytes. */
export async function readPartition(cluster, topicId, partition, from, end) {
  const records = [];
  const codecs = new Set();
  for (let offset = from; offset < end;) {
    const bytes = await fetchOnce(cluster, topicId, partition, offset);
    const before = offset;
    for (let at = 0; at + P.LOG_OVERHEAD <= bytes.length;) {
      const size = P.batchSizeAt(bytes, at);
      if (at + size > bytes.length) break;
      const batch = bytes.subarray(at, at + size);
      const header = P.readBatchHeader(batch);
      if (!P.crcMatches(batch, header, nodeEnv.cpu)) throw new Error(`CRC of ${topicId}-${partition} at ${header.baseOffset}`);
      codecs.add(P.compressionOf(header.attributes) ?? 'none');
      if (!P.isControlBatch(header)) {
        for (const record of P.readRecords(batch, nodeEnv.cpu, DECOMPRESSED_MAX)) {
          if (record.offset >= from) records.push([record.offset, record.timestamp, hex(record.key), hex(record.value), record.headers.map(({ key, value }) => [key, hex(value)])]);
        }
      }
      offset = P.lastOffset(header) + 1;
      at += size;
    }
    if (offset === before) throw new Error(`${topicId}-${partition} ends at ${offset} instead of ${end}`);
  }
  return { records, codecs };
}
const hex = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString('hex'));

async function topicInventory(cluster, topic, figures) {
  const partitions = topic.partitions.map(({ partition }) => ({ topic: topic.name, partition }));
  const [start, end] = [await client.listOffsets(cluster, partitions, -2), await client.listOffsets(cluster, partitions, -1)];
  const found = {};
  for (const { partition } of partitions) {
    const key = `${topic.name}-${partition}`;
    if (!end.has(key)) throw new Error(`${key} has no leader`);
    const { records, codecs } = await readPartition(cluster, topic.topicId, partition, start.get(key), end.get(key));
    figures.records += records.length;
    figures.partitions++;
    for (const codec of codecs) figures.codecs.add(codec);
    found[partition] = { start: start.get(key), end: end.get(key), records: records.length, sha256: createHash('sha256').update(JSON.stringify(records)).digest('hex') };
  }
  const configs = await client.describeConfigs(cluster, client.ConfigResourceType.topic, topic.name);
  return { topicId: topic.topicId, partitions: found, configs: Object.fromEntries(configs.filter(({ source }) => source === 'DYNAMIC_TOPIC_CONFIG').map(({ name, value }) => [name, value])) };
}

export async function inventory(cluster) {
  const figures = { topics: 0, partitions: 0, records: 0, groups: 0, offsets: 0, configs: 0, acls: 0, codecs: new Set() };
  const topics = {};
  for (const topic of await client.listTopics(cluster)) {
    if (topic.isInternal) continue;
    topics[topic.name] = await topicInventory(cluster, topic, figures);
    figures.topics++;
    figures.configs += Object.keys(topics[topic.name].configs).length;
  }
  const groups = {};
  for (const { groupId, protocolType, state } of await client.listGroups(cluster)) {
    const offsets = await client.committedOffsets(cluster, groupId);
    groups[groupId] = { protocolType, state, offsets: offsets.sort((a, b) => `${a.topic}-${a.partition}`.localeCompare(`${b.topic}-${b.partition}`)) };
    figures.groups++;
    figures.offsets += offsets.length;
  }
  const brokers = (await client.describeConfigs(cluster, client.ConfigResourceType.broker, '')).map(({ name, value }) => [name, value]);
  const acls = (await client.describeAcls(cluster, ANY_ACL)).map((acl) => JSON.stringify(acl)).sort();
  figures.configs += brokers.length;
  figures.acls = acls.length;
  return { seen: { topics, groups, brokers: Object.fromEntries(brokers), acls, clusterId: (await cluster.describe()).clusterId }, figures };
}

/** Paths at which two inventories differ. */
export function changes(before, after, path = '') {
  if (before && after && typeof before === 'object' && typeof after === 'object') {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => changes(before[key], after[key], path ? `${path}.${key}` : key));
  }
  return before === after ? [] : [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`];
}
export { client };
