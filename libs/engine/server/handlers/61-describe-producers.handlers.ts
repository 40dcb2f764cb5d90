/** DescribeProducers 0 (KIP-664). Needs READ on the topic. What the leader of each partition remembers of who wrote to it. */
import { DescribeProducersRequest, DescribeProducersResponse, ErrorCode, KafkaError, type Draft } from '#libs/kafka/protocol';
import { AclOperation, checkTopicName } from '../../controller/index.js';
import { defineHandler, type ApiHandler, type RequestContext, type ServerDeps } from '../api.js';
import { mayTopic } from './metadata-view.js';

type Partition = Draft<DescribeProducersResponse['topics'][number]['partitions'][number]>;
interface Refusal { errorCode: ErrorCode; errorMessage: string }

function refusalOf(deps: ServerDeps, context: RequestContext, topic: string): Refusal | null {
  try {
    checkTopicName(topic);
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return { errorCode: error.code, errorMessage: error.message };
  }
  if (!mayTopic(deps, context, AclOperation.read, topic)) return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, errorMessage: 'Topic authorization failed.' };
  if (deps.controller.image.topics.has(topic)) return null;
  return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: 'This server does not host this topic-partition.' };
}

function describe(deps: ServerDeps, topic: string, partitionIndex: number): Partition {
  const leader = deps.replicas.leader(topic, partitionIndex);
  if (typeof leader === 'number') return { partitionIndex, errorCode: leader, activeProducers: [] };
  const activeProducers = leader.log.producers().map(({ producerId, epoch, batches, lastTimestamp, coordinatorEpoch, transactionFirstOffset }) => ({
    producerId, producerEpoch: epoch, lastSequence: batches.at(-1)?.lastSequence ?? -1, lastTimestamp, coordinatorEpoch, currentTxnStartOffset: transactionFirstOffset,
  }));
  return { partitionIndex, errorCode: ErrorCode.NONE, activeProducers };
}

export function createDescribeProducersHandler(deps: ServerDeps): ApiHandler {
  return defineHandler<DescribeProducersRequest, DescribeProducersResponse>({
    apiKey: 61, request: DescribeProducersRequest, response: DescribeProducersResponse, minVersion: 0, maxVersion: 0,
    handle(context, request): Draft<DescribeProducersResponse> {
      // Each partition once: an answer is thousands of times as large as its number.
      const asked = new Map<string, Set<number>>();
      for (const { name, partitionIndexes } of request.topics) asked.set(name, new Set([...asked.get(name) ?? [], ...partitionIndexes]));
      return {
        topics: [...asked].map(([name, partitionIndexes]) => {
          const refused = refusalOf(deps, context, name);
          return { name, partitions: [...partitionIndexes].map((partitionIndex): Partition => (refused === null ? describe(deps, name, partitionIndex) : { partitionIndex, ...refused, activeProducers: [] })) };
        }),
      };
    },
  });
}
