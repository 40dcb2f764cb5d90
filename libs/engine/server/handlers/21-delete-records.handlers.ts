/**
 * DeleteRecords 0-2. Raises the log start offset; −1 means up to the high watermark, beyond it is OFFSET_OUT_OF_RANGE. Topics that are
 * compacted only refuse (POLICY_VIOLATION), internal ones too. Answers when the new start is durable. v2: flexible.
 */
import { ApiKey, DeleteRecordsRequest, DeleteRecordsResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { defineHandler, type ApiHandler, type ServerDeps } from '../api.js';
import { AclOperation, createTopicAccess } from './topic-access.js';

type PartitionResult = Draft<DeleteRecordsResponse['topics'][number]['partitions'][number]>;

const NO_LOW_WATERMARK = -1;

async function deleteRecords(deps: ServerDeps, allowed: boolean, topic: string, partitionIndex: number, offset: number): Promise<PartitionResult> {
  const failed = (errorCode: ErrorCode): PartitionResult => ({ partitionIndex, lowWatermark: NO_LOW_WATERMARK, errorCode });
  if (!allowed) return failed(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
  const leader = deps.replicas.leader(topic, partitionIndex);
  if (typeof leader === 'number') return failed(leader);
  try {
    const { lowWatermark } = await leader.deleteRecordsBefore(offset);
    return { partitionIndex, lowWatermark, errorCode: ErrorCode.NONE };
  } catch (error) {
    if (error instanceof KafkaError) return failed(error.code);
    throw error;
  }
}

export function createDeleteRecordsHandler(deps: ServerDeps): ApiHandler {
  return defineHandler({
    apiKey: ApiKey.DeleteRecords, request: DeleteRecordsRequest, response: DeleteRecordsResponse, minVersion: 0, maxVersion: 2,
    async handle(context, request): Promise<Draft<DeleteRecordsResponse>> {
      const mayDelete = createTopicAccess(deps, context, AclOperation.delete);
      const topics = await Promise.all(request.topics.map(async ({ name, partitions }) => ({
        name, partitions: await Promise.all(partitions.map(({ partitionIndex, offset }) => deleteRecords(deps, mayDelete(name), name, partitionIndex, offset))),
      })));
      return { topics };
    },
  });
}
