/** One batch in, some batches out: for checks of a cluster, not for traffic. Batches are built and read with `#libs/kafka/protocol`. */
import { ErrorCode, FetchRequest, FetchResponse, KafkaError, ProduceRequest, ProduceResponse, type MessageCodec } from '#libs/kafka/protocol';
import type { Cluster, PartitionName } from './cluster.js';
import { only, raise } from './raise.js';

/** From these versions topics go by their ids. */
const PRODUCE_BY_ID = 13;
const FETCH_BY_ID = 13;

/**
 * Appends one whole batch, with acks=all unless told otherwise; returns the offset of its first record. Throws NOT_ENOUGH_REPLICAS, NOT_ENOUGH_REPLICAS_AFTER_APPEND,
 * MESSAGE_TOO_LARGE, TOPIC_AUTHORIZATION_FAILED …; ClusterUnreachableError with `mayBeDone` when the leader went away over it: `repeatable` asks again all the same.
 */
export function produceBatch(cluster: Cluster, partition: PartitionName, batch: Buffer, options: { acks?: -1 | 1; timeoutMs?: number; repeatable?: boolean } = {}): Promise<{ baseOffset: number }> {
  return cluster.leader(partition, async (c, topicId) => {
    const version = c.version(ProduceRequest as MessageCodec<unknown>) ?? 0;
    const topic = version >= PRODUCE_BY_ID ? { topicId } : { name: partition.topic };
    const answer = await c.send(ProduceRequest, ProduceResponse, {
      transactionalId: null, acks: options.acks ?? -1, timeoutMs: options.timeoutMs ?? 30_000, topicData: [{ ...topic, partitionData: [{ index: partition.partition, records: batch }] }],
    });
    const result = only(only(answer.responses).partitionResponses);
    raise(result.errorCode, result.errorMessage);
    return { baseOffset: result.baseOffset };
  }, { repeatable: options.repeatable ?? false });
}

export interface FetchedBatches { records: Buffer; highWatermark: number; logStartOffset: number }

/** Batches from the one that has this offset on: whole ones, and perhaps the beginning of another. Throws OFFSET_OUT_OF_RANGE, TOPIC_AUTHORIZATION_FAILED. */
export function fetchBatches(cluster: Cluster, partition: PartitionName, offset: number, options: { maxBytes?: number; maxWaitMs?: number; isolation?: 'read_uncommitted' | 'read_committed' } = {}): Promise<FetchedBatches> {
  const maxBytes = options.maxBytes ?? 1 << 20;
  return cluster.leader(partition, async (c, topicId) => {
    const version = c.version(FetchRequest as MessageCodec<unknown>) ?? 0;
    const topic = version >= FETCH_BY_ID ? { topicId } : { topic: partition.topic };
    const answer = await c.send(FetchRequest, FetchResponse, {
      maxWaitMs: options.maxWaitMs ?? 500, minBytes: 1, maxBytes, isolationLevel: options.isolation === 'read_committed' ? 1 : 0, sessionId: 0, sessionEpoch: -1,
      topics: [{ ...topic, partitions: [{ partition: partition.partition, fetchOffset: offset, currentLeaderEpoch: -1, partitionMaxBytes: maxBytes }] }],
    });
    raise(answer.errorCode, null);
    const result = answer.responses[0]?.partitions[0];
    if (!result) throw new KafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    raise(result.errorCode, null);
    return { records: result.records ?? Buffer.alloc(0), highWatermark: result.highWatermark, logStartOffset: result.logStartOffset };
  });
}
