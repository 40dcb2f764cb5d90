import type { TopicInput } from '#libs/control/application/data-plane';
import type { TopicCreateDto } from './topic.dto.js';

export function toTopicInput(body: TopicCreateDto): TopicInput {
  return {
    name: body.topic_name ?? '', partitionsCount: body.partitions_count ?? null, replicationFactor: body.replication_factor ?? null,
    configs: (body.configs ?? []).map(({ name, value }) => ({ name, value: value ?? null })), validateOnly: body.validate_only ?? false,
  };
}
