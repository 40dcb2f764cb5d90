export interface TopicPartition { topic: string; partition: number }

export const topicPartitionKey = (topic: string, partition: number): string => `${topic}-${partition}`;
