import { javaStringHash } from '#libs/kafka/protocol';

/**
 * Partition of `__consumer_offsets` that a group lives in. Apache Kafka takes the hash's absolute value, and 0 for the smallest int, which
 * has none; not its lower 31 bits.
 */
export function groupPartition(groupId: string, partitionCount: number): number {
  const hash = javaStringHash(groupId);
  return (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % partitionCount;
}
