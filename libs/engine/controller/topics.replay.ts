/** TopicRecord, RemoveTopicRecord. */
import { invariant } from '#libs/kernel';
import type { RemoveTopicRecord, TopicRecord } from '#libs/kafka/protocol';
import type { DeltaState } from './image-delta.js';
import { collisionKey, configKey, isInternalTopic } from './image.js';

const TOPIC_RESOURCE = 2;

export function replayTopic(state: DeltaState, record: TopicRecord): void {
  invariant(state.topicByName(record.name) === undefined, `topic ${record.name} is created twice`);
  state.topicNames.set(record.topicId, record.name);
  state.putTopic({ name: record.name, topicId: record.topicId, isInternal: isInternalTopic(record.name), partitions: [] });
  const key = collisionKey(record.name);
  if (key !== null) state.collisions.set(key, [...(state.collisions.get(key) ?? []), record.name]);
}

/** The topic's configs go with it. */
export function replayRemoveTopic(state: DeltaState, record: RemoveTopicRecord): void {
  const name = state.topicNames.get(record.topicId);
  const topic = name === undefined ? undefined : state.topicByName(name);
  invariant(topic !== undefined, `topic id ${record.topicId} is removed but unknown`);
  state.topicNames.delete(record.topicId);
  state.removeTopic(topic.name);
  state.partitionCount -= topic.partitions.length;
  state.configMaps.delete(configKey(TOPIC_RESOURCE, topic.name));
  const key = collisionKey(topic.name);
  if (key === null) return;
  const others = (state.collisions.get(key) ?? []).filter((other) => other !== topic.name);
  if (others.length === 0) state.collisions.delete(key);
  else state.collisions.set(key, others);
}
