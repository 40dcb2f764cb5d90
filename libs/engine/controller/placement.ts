/** Where the replicas of new partitions go: round-robin from a random start, the followers shifted by one more after each lap (no racks). */
import type { Random } from '#libs/kernel';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { ControllerImage } from './image.js';

export function usableBrokers(image: ControllerImage): number[] {
  return [...image.brokers.values()].filter((broker) => !broker.fenced && !broker.inControlledShutdown).map((broker) => broker.nodeId).sort((a, b) => a - b);
}

export function placeReplicas(image: ControllerImage, random: Random, request: { firstPartition: number; count: number; replicationFactor: number }): number[][] {
  const brokers = usableBrokers(image);
  const registered = image.brokers.size;
  const fail = (why: string): never => { throw new KafkaError(ErrorCode.INVALID_REPLICATION_FACTOR, `Unable to replicate the partition ${request.replicationFactor} time(s): ${why}`); };
  if (brokers.length === 0) fail('All brokers are currently fenced, or have all their log directories cordoned.');
  if (request.replicationFactor > registered || request.replicationFactor > brokers.length) {
    fail(`The target replication factor of ${request.replicationFactor} cannot be reached because only ${registered} broker(s) are registered or some brokers have all their log directories cordoned.`);
  }
  const n = brokers.length;
  const start = random.int(n);
  let shift = random.int(n);
  const placed: number[][] = [];
  for (let i = 0; i < request.count; i++) {
    const partition = request.firstPartition + i;
    if (i > 0 && partition % n === 0) shift += 1;
    const first = (partition + start) % n;
    const replicas = [brokers[first]!];
    for (let j = 1; j < request.replicationFactor; j++) replicas.push(brokers[(first + 1 + ((shift + j - 1) % (n - 1))) % n]!);
    placed.push(replicas);
  }
  return placed;
}

/** A manual assignment: known brokers, none twice, as many as the other partitions have. Answers the ones that are in sync from the start. */
export function checkAssignment(image: ControllerImage, replicas: readonly number[], replicationFactor: number | null): void {
  const refuse = (message: string): never => { throw new KafkaError(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message); };
  if (replicas.length === 0) refuse('The manual partition assignment includes an empty replica list.');
  const sorted = [...replicas].sort((a, b) => a - b);
  sorted.forEach((broker, index) => {
    if (!image.brokers.has(broker)) refuse(`The manual partition assignment includes broker ${broker}, but no such broker is registered.`);
    if (index > 0 && sorted[index - 1] === broker) refuse(`The manual partition assignment includes the broker ${broker} more than once.`);
  });
  if (replicationFactor !== null && replicationFactor !== replicas.length) {
    refuse(`The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${replicationFactor} replica(s).`);
  }
}
