/** A producer of few keys to a compacted topic, one batch at a time, each sent until it is answered; and a reader of all that is left. */
import type { Cpu, Random } from '#libs/kernel';
import type { BrokerConnection } from '#libs/kafka/client';
import {
  batchSizeAt, BATCH_OVERHEAD, buildBatch, CreateTopicsRequest, CreateTopicsResponse, ErrorCode, FetchRequest, FetchResponse, InitProducerIdRequest, InitProducerIdResponse, lastOffsetAt,
  ProduceRequest, ProduceResponse, readRecords,
} from '#libs/kafka/protocol';
import type { CompactedHistory, FoundKeyed, KeyedSend } from './compacted-history.js';
import { createClientLoop, RoundEnded, type ClientLoop, type SimWorld } from './sim-client.js';

export const COMPACTED_TOPIC = 'prices';

const KEYS = 6;
const PRODUCE_TIMEOUT_MS = 3_000;
const FETCH_BYTES = 1 << 20;
const SERIAL = 'serial';

export interface SimCompactedTopicOptions { cpu: Cpu; random: Random; history: CompactedHistory }

async function topicIdOf(connection: BrokerConnection): Promise<string | null> {
  const configs = Object.entries({ 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01', 'segment.ms': '300', 'delete.retention.ms': '1500' }).map(([name, value]) => ({ name, value }));
  const answer = await connection.send(CreateTopicsRequest, CreateTopicsResponse, { topics: [{ name: COMPACTED_TOPIC, numPartitions: 1, replicationFactor: 1, configs }], timeoutMs: 5_000, validateOnly: false });
  const created = answer.topics[0]!;
  return created.errorCode === ErrorCode.NONE ? created.topicId : null;
}

export interface SimCompactedTopic { loop: ClientLoop; done: Promise<void>; readonly topicId: string | null }

export function startCompactedTopic(world: SimWorld, { cpu, random, history }: SimCompactedTopicOptions): SimCompactedTopic {
  const loop = createClientLoop(world, 'prices');
  const serials = new Map<string, number>();
  let topicId: string | null = null;
  let producerId: number | null = null;
  let sequence = 0;
  let pending: KeyedSend[] = [];

  async function prepare(connection: BrokerConnection): Promise<void> {
    topicId ??= await topicIdOf(connection);
    if (topicId === null) throw new RoundEnded('no compacted topic');
    if (producerId !== null) return;
    const answer = await connection.send(InitProducerIdRequest, InitProducerIdResponse, { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 });
    if (answer.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    producerId = answer.producerId;
  }

  function draw(): void {
    pending = Array.from({ length: 1 + random.int(3) }, () => {
      const key = `k${random.int(KEYS)}`;
      const serial = serials.get(key) ?? 0;
      serials.set(key, serial + 1);
      return { key, serial, isTombstone: random.int(5) === 0 };
    });
    for (const send of pending) history.sent(send);
  }

  async function send(connection: BrokerConnection): Promise<void> {
    const records = buildBatch(pending.map(({ key, serial, isTombstone }) => ({
      key: Buffer.from(key), value: isTombstone ? null : Buffer.from('x'.repeat(40)), headers: [{ key: SERIAL, value: Buffer.from(String(serial)) }],
    })), cpu, { timestampMs: world.scheduler.clock.now(), producerId: producerId!, producerEpoch: 0, baseSequence: sequence });
    const answer = await connection.send(ProduceRequest, ProduceResponse, { acks: -1, timeoutMs: PRODUCE_TIMEOUT_MS, topicData: [{ topicId: topicId!, partitionData: [{ index: 0, records }] }] });
    const result = answer.responses[0]!.partitionResponses[0]!;
    if (result.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    pending.forEach(({ key, serial }, index) => history.acknowledged(key, serial, result.baseOffset + index));
    sequence += pending.length;
    pending = [];
  }

  const done = loop.run(async (connection) => {
    await prepare(connection);
    while (!loop.stopped) {
      if (pending.length === 0) draw();
      await send(connection);
      await loop.sleep(random.int(60));
    }
  });
  return { loop, done, get topicId() { return topicId; } };
}

/** All that is left of the topic. Batches without records are passed over, as clients do. */
export async function readCompacted(connection: BrokerConnection, topicId: string, cpu: Cpu): Promise<FoundKeyed[]> {
  const found: FoundKeyed[] = [];
  for (let position = 0; ;) {
    const partitions = [{ partition: 0, fetchOffset: position, currentLeaderEpoch: -1, logStartOffset: -1, partitionMaxBytes: FETCH_BYTES }];
    const answer = await connection.send(FetchRequest, FetchResponse, { maxWaitMs: 0, minBytes: 1, maxBytes: FETCH_BYTES, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, topics: [{ topicId, partitions }] });
    const partition = answer.responses[0]?.partitions[0];
    if (answer.errorCode !== ErrorCode.NONE || partition === undefined || partition.errorCode !== ErrorCode.NONE) throw new RoundEnded();
    const bytes = partition.records ?? Buffer.alloc(0);
    let at = 0;
    for (; at + BATCH_OVERHEAD <= bytes.length && at + batchSizeAt(bytes, at) <= bytes.length; at += batchSizeAt(bytes, at)) {
      for (const { key, value, offset, headers } of readRecords(bytes.subarray(at, at + batchSizeAt(bytes, at)), cpu, FETCH_BYTES)) {
        if (offset >= position) found.push({ key: String(key), isTombstone: value === null, offset, serial: Number(headers.find((header) => header.key === SERIAL)?.value) });
      }
      position = Math.max(position, lastOffsetAt(bytes, at) + 1);
    }
    if (at === 0 || position >= partition.highWatermark) return found;
  }
}
