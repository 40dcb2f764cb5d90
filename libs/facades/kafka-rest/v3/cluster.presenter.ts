import type { KafkaClusterDto } from './cluster.dto.js';
import type { Links } from './envelope.presenter.js';

/** `controllerId`: null where the cluster wasn't asked, or has none. */
export function presentKafkaCluster(links: Links, controllerId: number | null): KafkaClusterDto {
  return {
    kind: 'KafkaCluster', metadata: links.metadata(), cluster_id: links.clusterId, ...(controllerId === null ? {} : { controller: links.link('brokers', controllerId) }), acls: links.link('acls'),
    brokers: links.link('brokers'), broker_configs: links.link('broker-configs'), consumer_groups: links.link('consumer-groups'), topics: links.link('topics'),
    partition_reassignments: links.link('topics', '-', 'partitions', '-', 'reassignment'),
  };
}
