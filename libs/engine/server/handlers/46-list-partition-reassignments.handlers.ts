/**
 * ListPartitionReassignments 0 (KIP-455). Needs DESCRIBE on the cluster. Topics null: all that are under way; what isn't there or isn't moving is left
 * out. One broker moves nothing: only a directory that came from a larger Apache Kafka cluster may hold some.
 */
import { ErrorCode, ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, type Draft } from '#libs/kafka/protocol';
import { AclOperation, type PartitionImage } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

type Ongoing = Draft<ListPartitionReassignmentsResponse['topics'][number]>;

function ongoing(name: string, partitions: readonly PartitionImage[]): Ongoing[] {
  const moving = partitions.flatMap(({ partition, replicas, addingReplicas = [], removingReplicas = [] }) =>
    (addingReplicas.length + removingReplicas.length === 0 ? [] : [{ partitionIndex: partition, replicas, addingReplicas, removingReplicas }]));
  return moving.length === 0 ? [] : [{ name, partitions: moving }];
}

export function createListPartitionReassignmentsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>({
    apiKey: 46, request: ListPartitionReassignmentsRequest, response: ListPartitionReassignmentsResponse, minVersion: 0, maxVersion: 0,
    handle(context, { topics }): Draft<ListPartitionReassignmentsResponse> {
      if (!mayCluster(deps, context, AclOperation.describe)) {
        return {
          errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.',
          topics: (topics ?? []).map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex })) })),
        };
      }
      const { image } = deps.controller;
      if (topics === null) return { errorCode: ErrorCode.NONE, errorMessage: null, topics: [...image.topics.values()].flatMap(({ name, partitions }) => ongoing(name, partitions)) };
      const named = topics.flatMap(({ name, partitionIndexes }) => {
        const partitions = image.topics.get(name)?.partitions ?? [];
        return ongoing(name, partitionIndexes.flatMap((index) => partitions[index] ?? []));
      });
      return { errorCode: ErrorCode.NONE, errorMessage: null, topics: named };
    },
  });
}
