/** ElectLeaders 0-2 (KIP-183). Needs ALTER on the cluster. v1: unclean elections and an error of the whole (KIP-460). v2: flexible. */
import { ElectLeadersRequest, ElectLeadersResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayCluster } from './metadata-view.js';

type Topics = ElectLeadersRequest['topicPartitions'];

/** As in Kafka, what is refused as a whole is said of every partition too. */
function refusal({ apiVersion }: RequestContext, topics: Topics, errorCode: ErrorCode, errorMessage: string): Draft<ElectLeadersResponse> {
  return {
    ...(apiVersion >= 1 ? { errorCode } : {}),
    replicaElectionResults: (topics ?? []).map(({ topic, partitions }) => ({ topic, partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage })) })),
  };
}

async function elect(deps: ServerDeps, { electionType, topicPartitions }: ElectLeadersRequest): Promise<Draft<ElectLeadersResponse>> {
  const asked = topicPartitions?.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))) ?? null;
  const results = await deps.controller.electLeaders(electionType, asked);
  const row = ({ partition, errorCode, errorMessage }: typeof results[number]) => ({ partitionId: partition, errorCode, errorMessage });
  if (topicPartitions !== null) {
    let at = 0;
    return { replicaElectionResults: topicPartitions.map(({ topic, partitions }) => ({ topic, partitionResult: partitions.map(() => row(results[at++]!)) })) };
  }
  // As in Kafka, every topic is named, those too of which nothing is to be said.
  const topics = new Map<string, ReturnType<typeof row>[]>([...deps.controller.image.topics.keys()].map((topic) => [topic, []]));
  for (const result of results) topics.get(result.topic)?.push(row(result));
  return { replicaElectionResults: [...topics].map(([topic, partitionResult]) => ({ topic, partitionResult })) };
}

export function createElectLeadersHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<ElectLeadersRequest, ElectLeadersResponse>({
    apiKey: 43, request: ElectLeadersRequest, response: ElectLeadersResponse, minVersion: 0, maxVersion: 2,
    async handle(context, request): Promise<Draft<ElectLeadersResponse>> {
      if (!mayCluster(deps, context, AclOperation.alter)) return refusal(context, request.topicPartitions, ErrorCode.CLUSTER_AUTHORIZATION_FAILED, 'Cluster authorization failed.');
      try {
        return await elect(deps, request);
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        return refusal(context, request.topicPartitions, error.code, error.message);
      }
    },
  });
}
