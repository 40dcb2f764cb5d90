/** Disks of brokers: what `kafka-log-dirs` does. */
import { DescribeLogDirsRequest, DescribeLogDirsResponse, ErrorCode, KafkaError, errorName } from '#libs/kafka/protocol';
import type { BrokerAnswer, Cluster } from './cluster.js';
import { raise } from './raise.js';

export interface ReplicaSize { topic: string; partition: number; sizeBytes: number; /** Behind the log's end: of the high watermark, or for a future replica of the current one. */ offsetLag: number; isFuture: boolean }
export interface LogDirDescription {
  path: string;
  /** KAFKA_STORAGE_ERROR: the directory is offline. */
  error: KafkaError | null;
  replicas: ReplicaSize[];
  /** Of the volume; null before Kafka 3.3. */
  totalBytes: number | null;
  usableBytes: number | null;
}

/** Of each broker; those that don't answer are told as such. Throws CLUSTER_AUTHORIZATION_FAILED. */
export function describeLogDirs(cluster: Cluster): Promise<BrokerAnswer<LogDirDescription[]>[]> {
  return cluster.survey(async (c) => {
    const answer = await c.send(DescribeLogDirsRequest, DescribeLogDirsResponse, { topics: null });
    raise(answer.errorCode, null);
    // Before version 3 a refusal is an empty list.
    if (answer.results.length === 0) raise(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, null);
    return answer.results.map((dir) => ({
      path: dir.logDir, error: dir.errorCode === ErrorCode.NONE ? null : new KafkaError(dir.errorCode as ErrorCode, errorName(dir.errorCode)),
      replicas: dir.topics.flatMap(({ name, partitions }) => partitions.map((p) => ({ topic: name, partition: p.partitionIndex, sizeBytes: p.partitionSize, offsetLag: p.offsetLag, isFuture: p.isFutureKey }))),
      totalBytes: dir.totalBytes < 0 ? null : dir.totalBytes, usableBytes: dir.usableBytes < 0 ? null : dir.usableBytes,
    }));
  });
}
