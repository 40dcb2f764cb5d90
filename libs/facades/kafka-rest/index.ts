/** Kafka REST v3 (`/kafka/v3`): what is inside a cluster, in the dialect of Confluent's REST API. */
import type { ApiGroup } from '#libs/http';
import { KafkaRestV3Module } from './kafka-rest-v3.module.js';

export { kafkaRestDialect } from './error.presenter.js';
export { KafkaRestV3Module };

export const kafkaRestGroups: readonly ApiGroup[] = [
  { name: 'kafka-v3', title: 'Kafka REST v3', description: 'Topics, configs, ACLs and consumer groups of a cluster. Takes a cloud key of the organization or a cluster key.', tags: ['Inside a cluster', 'Topics', 'Topic configs', 'ACLs', 'Consumer groups', 'Broker configs'], module: KafkaRestV3Module },
];
