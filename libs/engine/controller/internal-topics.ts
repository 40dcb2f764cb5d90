/** Topics that brokers make for themselves when they first need them. */
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import type { Controller, TopicImage } from './api.js';

export const OFFSETS_TOPIC = '__consumer_offsets';

export interface InternalTopicConfig {
  offsetsTopicNumPartitions: number;
  offsetsTopicReplicationFactor: number;
  offsetsTopicSegmentBytes: number;
}

/** The topic, made with its own counts and settings if it isn't there. Throws a KafkaError when it can't be made. */
export async function ensureInternalTopic(controller: Controller, config: InternalTopicConfig, name: typeof OFFSETS_TOPIC): Promise<TopicImage> {
  const existing = controller.image.topics.get(name);
  if (existing !== undefined) return existing;
  const [created] = await controller.createTopics([{
    name, numPartitions: config.offsetsTopicNumPartitions, replicationFactor: config.offsetsTopicReplicationFactor, assignments: [],
    configs: [{ name: 'cleanup.policy', value: 'compact' }, { name: 'compression.type', value: 'producer' }, { name: 'segment.bytes', value: String(config.offsetsTopicSegmentBytes) }],
  }], { validateOnly: false });
  if (created!.errorCode !== ErrorCode.NONE && created!.errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS) {
    throw new KafkaError(created!.errorCode, created!.errorMessage ?? undefined);
  }
  return controller.image.topics.get(name)!;
}
