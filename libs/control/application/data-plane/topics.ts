/** Topics of a tenant's cluster: the platform's naming rules, then the cluster's own, then the environment's naming policy. Throws ControlFailure and KafkaError. */
import { checkTopicName, ControlFailure, decideOnName, topicNameWarning, type Caller } from '#libs/control/domain';
import { ErrorCode, KafkaError } from '#libs/kafka/protocol';
import { createPartitions, createTopic, deleteTopic, describeTopic, listReassignments, listTopics, type Cluster, type NewTopicSpec, type ReassignmentDescription, type TopicDescription } from '#libs/kafka/client';
import type { DataPlaneConnections } from './connections.js';

export interface TopicInput {
  name: string;
  partitionsCount: number | null;
  replicationFactor: number | null;
  configs: readonly { name: string; value: string | null }[];
  validateOnly: boolean;
}

export interface TopicsUseCases {
  list(caller: Caller, clusterId: string): Promise<TopicDescription[]>;
  get(caller: Caller, clusterId: string, name: string, options?: { authorizedOperations: boolean }): Promise<TopicDescription>;
  /** `topic` is null after a mere validation. */
  create(caller: Caller, clusterId: string, input: TopicInput): Promise<{ topic: TopicDescription | null; partitionsCount: number; replicationFactor: number; warnings: string[] }>;
  /** Partitions only grow, and a name stays. */
  update(caller: Caller, clusterId: string, name: string, change: { newName?: string; partitionsCount: number }): Promise<TopicDescription>;
  remove(caller: Caller, clusterId: string, name: string): Promise<void>;
  /** Those under way; `name` null: of all topics. */
  reassignments(caller: Caller, clusterId: string, name: string | null): Promise<ReassignmentDescription[]>;
}

/**
 * What the cluster itself refuses the topic for comes first, as it does for Kafka clients: whoever may not create topics learns nothing of the policy. Brokers
 * judge by the policy too, but for the platform's own principal, which carries out what callers with a role ask for.
 */
async function refusalOf(client: Cluster, spec: NewTopicSpec, message: string): Promise<Error> {
  try {
    await createTopic(client, spec, { validateOnly: true });
  } catch (error) {
    if (!(error instanceof KafkaError && error.code === ErrorCode.POLICY_VIOLATION)) throw error;
  }
  return new ControlFailure('topic_name_refused', message, { source: { pointer: '/topic_name' } });
}

export function createTopicsUseCases(connections: DataPlaneConnections): TopicsUseCases {
  const describe = async (caller: Caller, clusterId: string, name: string, authorizedOperations = false): Promise<TopicDescription> =>
    describeTopic((await connections.open(caller, clusterId)).client, name, { authorizedOperations });

  return {
    async list(caller, clusterId) {
      return listTopics((await connections.open(caller, clusterId)).client);
    },
    get: (caller, clusterId, name, options) => describe(caller, clusterId, name, options?.authorizedOperations),
    async create(caller, clusterId, input) {
      const { access, client } = await connections.open(caller, clusterId);
      const problem = checkTopicName(input.name);
      if (problem) throw new ControlFailure('invalid_topic_name', problem.message, { source: { pointer: '/topic_name' } });
      const naming = decideOnName(await connections.namingPolicy(access), input.name);
      const warnings = [topicNameWarning(input.name), naming.outcome === 'warned' ? naming.message : null].filter((each) => each !== null);
      const spec = { name: input.name, numPartitions: input.partitionsCount, replicationFactor: input.replicationFactor, configs: input.configs };
      if (naming.outcome === 'refused') throw await refusalOf(client, spec, naming.message);
      const created = await createTopic(client, spec, { validateOnly: input.validateOnly });
      const topic: TopicDescription | null = input.validateOnly ? null : {
        name: input.name, topicId: created.topicId, isInternal: false, authorizedOperations: null,
        partitions: Array.from({ length: created.numPartitions }, (_, partition) => ({ partition, leader: null, replicas: new Array<number>(created.replicationFactor).fill(-1), isr: [] })),
      };
      return { topic, partitionsCount: created.numPartitions, replicationFactor: created.replicationFactor, warnings };
    },
    async reassignments(caller, clusterId, name) {
      const { client } = await connections.open(caller, clusterId);
      if (name === null) return listReassignments(client, null);
      const { partitions } = await describeTopic(client, name);
      return listReassignments(client, { name, partitions: partitions.map(({ partition }) => partition) });
    },
    async update(caller, clusterId, name, change) {
      const { client } = await connections.open(caller, clusterId);
      if (change.newName !== undefined && change.newName !== name) {
        throw new ControlFailure('immutable_field', `The name of a topic can't be changed: create "${change.newName}" and copy the records of "${name}".`, { source: { pointer: '/topic_name' } });
      }
      const topic = await describeTopic(client, name);
      const count = topic.partitions.length;
      if (change.partitionsCount < count) {
        throw new ControlFailure('invalid_configuration', `The topic has ${count} partitions, and a topic can't lose any: to have ${change.partitionsCount}, delete it and create it again.`, { source: { pointer: '/partitions_count' } });
      }
      if (change.partitionsCount > count) await createPartitions(client, name, change.partitionsCount, { validateOnly: false });
      return describeTopic(client, name);
    },
    async remove(caller, clusterId, name) {
      await deleteTopic((await connections.open(caller, clusterId)).client, name);
    },
  };
}
