/** AlterPartitionReassignments 0-1 (KIP-455). Needs ALTER on the cluster. v1: the number of replicas may be kept (KIP-860). */
import { AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, type ItemResult } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

type Request = AlterPartitionReassignmentsRequest;

function answer({ topics, allowReplicationFactorChange }: Request, whole: ItemResult, resultOf: (index: number) => ItemResult): Draft<AlterPartitionReassignmentsResponse> {
  let at = 0;
  return {
    ...whole, allowReplicationFactorChange,
    responses: topics.map(({ name, partitions }) => ({ name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...resultOf(at++) })) })),
  };
}

export function createAlterPartitionReassignmentsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<Request, AlterPartitionReassignmentsResponse>({
    apiKey: 45, request: AlterPartitionReassignmentsRequest, response: AlterPartitionReassignmentsResponse, minVersion: 0, maxVersion: 1,
    async handle(context, request): Promise<Draft<AlterPartitionReassignmentsResponse>> {
      const refused = (errorCode: ErrorCode, errorMessage: string) => answer(request, { errorCode, errorMessage }, () => ({ errorCode, errorMessage }));
      if (!mayCluster(deps, context, AclOperation.alter)) return refused(ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      const asked = request.topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, replicas }) => ({ topic: name, partition: partitionIndex, replicas })));
      try {
        const results = await deps.controller.alterPartitionReassignments(asked, { allowFactorChange: request.allowReplicationFactorChange });
        return answer(request, { errorCode: ErrorCode.NONE, errorMessage: null }, (index) => results[index]!);
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return refused(error.code, error.message);
      }
    },
  });
}
