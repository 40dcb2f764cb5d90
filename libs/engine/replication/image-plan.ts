/** What a new metadata image asks of this broker's partitions. Pure: compares images by identity, so that an unchanged topic costs one comparison. */
import type { MetadataImage, PartitionImage, TopicImage } from '../controller/index.js';

/** A topic as it is hosted here: the image that was last acted on. */
export interface HostedTopic { readonly image: TopicImage; readonly partitions: ReadonlyMap<number, unknown> }

export interface ImagePlan {
  /** Topics whose id is no longer in the image (deleted, or deleted and created again). */
  dropped: { topic: string; topicId: string }[];
  /** Topics that are new or changed; with the partitions that this broker has a replica of. */
  changed: { topic: TopicImage; local: PartitionImage[] }[];
}

export function localPartitions(topic: TopicImage, nodeId: number): PartitionImage[] {
  return topic.partitions.filter((partition) => partition.replicas.includes(nodeId));
}

export function planImage(hosted: ReadonlyMap<string, HostedTopic>, next: MetadataImage, nodeId: number): ImagePlan {
  const plan: ImagePlan = { dropped: [], changed: [] };
  for (const [topic, { image }] of hosted) {
    if (next.topics.get(topic)?.topicId !== image.topicId) plan.dropped.push({ topic, topicId: image.topicId });
  }
  for (const [name, topic] of next.topics) {
    if (hosted.get(name)?.image === topic) continue;
    plan.changed.push({ topic, local: localPartitions(topic, nodeId) });
  }
  return plan;
}
