/**
 * An operator that creates topics, writes to them, commits a group's offsets for them, deletes them and makes others of the same name. A
 * request without an answer is asked again, as tools do. What can go by topic id does, so it can't mean another life.
 */
import type { Cpu, Random } from '#libs/kernel';
import type { BrokerConnection } from '#libs/kafka/client';
import {
  buildBatch, CreateTopicsRequest, CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, ErrorCode, errorName, InitProducerIdRequest, InitProducerIdResponse, MetadataRequest, MetadataResponse,
  OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, ProduceRequest, ProduceResponse,
} from '#libs/kafka/protocol';
import { createClientLoop, RoundEnded, type ClientLoop, type SimWorld } from './sim-client.js';
import { findCoordinator } from './sim-group-member.js';
import { fetchFrom, highWatermarkOf, readAll } from './sim-reader.js';
import { deleteRecordsBelow, readLogStarts } from './sim-record-deleter.js';
import type { FoundTopic, TopicHistory, TopicLife } from './topic-history.js';

export interface SimTopicChurnOptions { name: string; group: string; names: number; partitions: number; cpu: Cpu; random: Random; topics: TopicHistory }

const NAME_PREFIX = 'churn-';
const TIMEOUT_MS = 3_000;
/** Longer than anything is on its way. */
const SETTLE_MS = 1_000;

interface PendingBatch { partition: number; firstSequence: number; values: string[] }
/** What the operator holds of a life. An answer that was missed leaves `pending` to be sent again. */
interface Held { life: TopicLife; sequences: number[]; pending: PendingBatch | null }

function expectNone(errorCode: number, what: string): void {
  if (errorCode !== ErrorCode.NONE) throw new RoundEnded(`${what}: ${errorName(errorCode)}`);
}

async function listTopics(connection: BrokerConnection): Promise<{ name: string; topicId: string; partitions: number }[]> {
  const { topics } = await connection.send(MetadataRequest, MetadataResponse, { topics: null, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: false });
  return topics.filter(({ name }) => name?.startsWith(NAME_PREFIX)).map(({ name, topicId, partitions }) => ({ name: name!, topicId, partitions: partitions.length }));
}

/** Answers the id; of a topic that is there already, since an earlier answer was missed, the one it has. */
async function create(connection: BrokerConnection, name: string, numPartitions: number): Promise<string> {
  const answer = await connection.send(CreateTopicsRequest, CreateTopicsResponse, { topics: [{ name, numPartitions, replicationFactor: 1 }], timeoutMs: TIMEOUT_MS, validateOnly: false });
  const created = answer.topics[0]!;
  if (created.errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS) {
    expectNone(created.errorCode, 'create');
    return created.topicId;
  }
  const existing = (await listTopics(connection)).find((topic) => topic.name === name);
  if (!existing) throw new RoundEnded(`${name} exists and is not listed`);
  return existing.topicId;
}

async function fetchCommits(connection: BrokerConnection, group: string, topicId: string, partitions: number): Promise<Map<number, number>> {
  await findCoordinator(connection, group);
  const partitionIndexes = Array.from({ length: partitions }, (_, partition) => partition);
  const answer = await connection.send(OffsetFetchRequest, OffsetFetchResponse, { groups: [{ groupId: group, topics: [{ topicId, partitionIndexes }] }], requireStable: true });
  expectNone(answer.groups[0]!.errorCode, 'fetch offsets');
  const found = answer.groups[0]!.topics[0]!.partitions;
  for (const { errorCode } of found) expectNone(errorCode, 'fetch offsets');
  return new Map(found.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
}

export function startTopicChurn(world: SimWorld, options: SimTopicChurnOptions): { loop: ClientLoop; done: Promise<void> } {
  const loop = createClientLoop(world, options.name);
  const { group, partitions, random, topics } = options;
  const held = new Map<string, Held>();
  let producerId: number | null = null;
  let serial = 0;
  let nextCommit = 0;

  async function begin(connection: BrokerConnection, name: string): Promise<void> {
    const topicId = await create(connection, name, partitions);
    const life = topics.created(topicId, name);
    held.set(name, { life, sequences: Array.from({ length: partitions }, () => 0), pending: null });
    for (const [partition, offset] of await fetchCommits(connection, group, topicId, partitions)) topics.foundCommit(topicId, group, partition, offset);
  }

  function drawBatch({ life, sequences }: Held): PendingBatch {
    const partition = random.int(partitions);
    const firstSequence = sequences[partition]!;
    const values = Array.from({ length: 1 + random.int(3) }, () => `${options.name}-${serial++}`);
    values.forEach((value, index) => { life.history.sent(options.name, partition, value, firstSequence + index); });
    sequences[partition] = firstSequence + values.length;
    return { partition, firstSequence, values };
  }

  async function identity(connection: BrokerConnection): Promise<number> {
    const answer = await connection.send(InitProducerIdRequest, InitProducerIdResponse, { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 });
    expectNone(answer.errorCode, 'producer id');
    return answer.producerId;
  }

  async function write(connection: BrokerConnection, holding: Held): Promise<void> {
    producerId ??= await identity(connection);
    const { life } = holding;
    const batch = holding.pending ??= drawBatch(holding);
    const records = buildBatch(batch.values.map((value) => ({ key: null, value: Buffer.from(value) })), options.cpu, {
      timestampMs: world.scheduler.clock.now(), producerId, producerEpoch: 0, baseSequence: batch.firstSequence,
    });
    const answer = await connection.send(ProduceRequest, ProduceResponse, { acks: -1, timeoutMs: TIMEOUT_MS, topicData: [{ topicId: life.topicId, partitionData: [{ index: batch.partition, records }] }] });
    const result = answer.responses[0]!.partitionResponses[0]!;
    expectNone(result.errorCode, 'produce');
    batch.values.forEach((value, index) => { life.history.acknowledged(batch.partition, value, result.baseOffset + index); });
    holding.pending = null;
  }

  async function commit(connection: BrokerConnection, { life: { topicId } }: Held): Promise<void> {
    await findCoordinator(connection, group);
    const partition = random.int(partitions);
    const committedOffset = ++nextCommit;
    topics.committing(topicId, partition, committedOffset);
    const answer = await connection.send(OffsetCommitRequest, OffsetCommitResponse, { groupId: group, topics: [{ topicId, partitions: [{ partitionIndex: partition, committedOffset, committedMetadata: '' }] }] });
    expectNone(answer.topics[0]!.partitions[0]!.errorCode, 'commit');
    topics.committed(topicId, group, partition, committedOffset);
  }

  async function trim(connection: BrokerConnection, { life: { name, history } }: Held): Promise<void> {
    const partition = random.int(partitions);
    const highWatermark = await highWatermarkOf(connection, name, partition);
    try {
      await deleteRecordsBelow(connection, history, name, partition, random.int(highWatermark + 1));
    } catch (error) {
      // It goes by name: what is still on its way must not meet the next life.
      await loop.sleep(SETTLE_MS);
      throw error;
    }
  }

  async function remove(connection: BrokerConnection, { life: { topicId, name, state } }: Held): Promise<void> {
    topics.deleting(topicId);
    const answer = await connection.send(DeleteTopicsRequest, DeleteTopicsResponse, { topics: [{ name: null, topicId }], timeoutMs: TIMEOUT_MS });
    const { errorCode } = answer.responses[0]!;
    // Asked before without an answer: gone is what it was to be.
    if (errorCode !== ErrorCode.UNKNOWN_TOPIC_ID) expectNone(errorCode, 'delete');
    else if (state === 'living') topics.missing(topicId);
    topics.deleted(topicId);
    held.delete(name);
  }

  /** Writes and commits that are under way when the topic goes; whether they succeed is all the same. */
  async function removeUnderLoad(connection: BrokerConnection, holding: Held): Promise<void> {
    const busy = [write(connection, holding), commit(connection, holding)].map((work) => work.catch(() => undefined));
    await loop.sleep(random.int(4));
    await remove(connection, holding);
    // Often the next life begins before those of the last one are answered.
    if (random.int(2) === 0) await begin(connection, holding.life.name);
    await Promise.all(busy);
  }

  async function round(connection: BrokerConnection): Promise<void> {
    while (!loop.stopped) {
      const name = `${NAME_PREFIX}${random.int(options.names)}`;
      const holding = held.get(name);
      const drawn = random.int(10);
      if (!holding) {
        await begin(connection, name);
        // With its very first flush under way.
        if (random.int(4) === 0) await removeUnderLoad(connection, held.get(name)!);
      } else if (holding.life.state === 'deleting') await remove(connection, holding);
      else if (drawn < 5) await write(connection, holding);
      else if (drawn < 7) await commit(connection, holding);
      else if (drawn === 7) await trim(connection, holding);
      else if (drawn === 8) await remove(connection, holding);
      else await removeUnderLoad(connection, holding);
      await loop.sleep(random.int(120));
    }
  }
  return { loop, done: loop.run(round) };
}

/** Whether anything is served under the id. */
async function isServed(connection: BrokerConnection, topicId: string, cpu: Cpu): Promise<boolean> {
  try {
    await fetchFrom(connection, topicId, new Map([[0, 0]]), cpu, 0);
    return true;
  } catch (error) {
    if (error instanceof RoundEnded) return false;
    throw error;
  }
}

/** What is there of all lives in the end. */
export async function readTopics(connection: BrokerConnection, options: { group: string; topics: TopicHistory; cpu: Cpu }): Promise<{ found: FoundTopic[]; servedIds: string[] }> {
  const found: FoundTopic[] = [];
  for (const { name, topicId, partitions } of await listTopics(connection)) {
    const records = await readAll(connection, name, topicId, partitions, options.cpu);
    const logStarts = await readLogStarts(connection, name, partitions);
    found.push({ name, topicId, records, logStarts, commits: await fetchCommits(connection, options.group, topicId, partitions) });
  }
  const servedIds: string[] = [];
  for (const { topicId, state } of options.topics.lives()) if (state === 'deleted' && await isServed(connection, topicId, options.cpu)) servedIds.push(topicId);
  return { found, servedIds };
}
