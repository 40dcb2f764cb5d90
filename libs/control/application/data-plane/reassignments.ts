/** Where replicas are to be and who leads: what Kafka's own tools do by command line, for tenants. */
import { ControlFailure, type Caller } from '#libs/control/domain';
import { alterReassignments, ClusterAuthenticationError, electLeaders, type PartitionOutcome, type Reassignment } from '#libs/kafka/client';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { DataPlaneConnections } from './connections.js';

export interface PartitionInCluster { topic: string; partition: number }
export type Election = 'preferred' | 'unclean';

export interface ReassignmentsUseCases {
  /** Begins to move, or with null as replicas ends a move; each partition is judged alone. Throws when none could be. */
  alter(caller: Caller, clusterId: string, reassignments: readonly Reassignment[]): Promise<PartitionOutcome[]>;
  /** `partitions` null: all that need one. */
  elect(caller: Caller, clusterId: string, election: Election, partitions: readonly PartitionInCluster[] | null): Promise<PartitionOutcome[]>;
}

function toFailure(error: unknown, caller: Caller): unknown {
  if (error instanceof ClusterAuthenticationError && caller.kind === 'cluster-key') return new ControlFailure('invalid_api_key', 'invalid API key: the Kafka cluster refuses it');
  if (!(error instanceof KafkaError)) return error;
  if (error.code === ErrorCode.CLUSTER_AUTHORIZATION_FAILED) return new ControlFailure('user_unauthorized', 'no ACL of the Kafka cluster allows this key to alter it');
  if (error.code === ErrorCode.UNSUPPORTED_VERSION) return new ControlFailure('not_supported_by_engine', 'the brokers of this Kafka cluster don\'t know this call');
  return error;
}

export function createReassignmentsUseCases(connections: DataPlaneConnections): ReassignmentsUseCases {
  async function judged(caller: Caller, work: () => Promise<PartitionOutcome[]>): Promise<PartitionOutcome[]> {
    try {
      const outcomes = await work();
      const [first] = outcomes;
      if (first?.error && outcomes.every(({ error }) => error !== null)) throw first.error;
      return outcomes;
    } catch (error) {
      throw toFailure(error, caller);
    }
  }
  return {
    alter: (caller, clusterId, reassignments) => judged(caller, async () => alterReassignments((await connections.open(caller, clusterId)).client, reassignments)),
    elect: (caller, clusterId, election, partitions) => judged(caller, async () => electLeaders((await connections.open(caller, clusterId)).client, election, partitions)),
  };
}
