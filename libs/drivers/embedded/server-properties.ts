import { isIPv6 } from 'node:net';
import { invariant } from '#libs/kernel';
import type { DesiredCluster } from '#libs/control/domain';
import type { NodeLayout } from '#libs/drivers/nodes';

const LOOPBACK = '127.0.0.1';
/** A broker follows changes of it in the file. */
const DISK_LIMIT = 'sluice.disk.limit.bytes';

/** Keys that carry the cluster's identity and its walls: no setting of a tenant or an operator replaces them. */
const PROTECTED = /^(process\.roles|node\.id|cluster\.id|listeners|advertised\.listeners|listener\.|controller\.|inter\.broker\.|sasl\.|ssl\.|super\.users|authorizer\.|log\.dirs?|sluice\.)/;

/** What one broker's `server.properties` says: Kafka's keys, and ours under `sluice.`. */
export function serverProperties(desired: DesiredCluster, nodeId: number, layout: NodeLayout): Map<string, string> {
  const broker = desired.brokers.find((candidate) => candidate.nodeId === nodeId);
  invariant(broker, `cluster ${desired.clusterId} has no broker ${nodeId}`);
  const { external, internal, controller } = broker.ports;
  const replication = String(Math.min(desired.brokers.length, 3));
  const properties = new Map<string, string>([
    ['process.roles', 'broker,controller'],
    ['node.id', String(nodeId)],
    ['cluster.id', desired.kafkaClusterId],
    ['listeners', [`EXTERNAL://${hostPort(desired.bindHost, external)}`, `INTERNAL://${LOOPBACK}:${internal}`, `CONTROLLER://${LOOPBACK}:${controller}`].join(',')],
    ['advertised.listeners', `EXTERNAL://${hostPort(desired.advertisedHost, external)},INTERNAL://${LOOPBACK}:${internal}`],
    ['listener.security.protocol.map', 'EXTERNAL:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL'],
    ['controller.listener.names', 'CONTROLLER'],
    ['inter.broker.listener.name', 'INTERNAL'],
    ['controller.quorum.bootstrap.servers', desired.brokers.map(({ ports }) => `${LOOPBACK}:${ports.controller}`).join(',')],
    ['sasl.enabled.mechanisms', 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512'],
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.location', layout.keystore],
    ['ssl.truststore.type', 'PEM'],
    ['ssl.truststore.location', layout.truststore],
    ['listener.name.internal.ssl.client.auth', 'required'],
    ['super.users', 'User:CN=sluice-control-plane'],
    ['authorizer.class.name', 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'],
    ['log.dirs', layout.data],
    ['auto.create.topics.enable', 'false'],
    ['num.partitions', '6'],
    ['default.replication.factor', replication],
    ['offsets.topic.replication.factor', replication],
    ['transaction.state.log.replication.factor', replication],
    ['group.initial.rebalance.delay.ms', '0'],
    ['sluice.cluster.id', desired.clusterId],
    ['sluice.flush.mode', desired.flushMode],
    ...(desired.diskLimitBytes === null ? [] : [[DISK_LIMIT, String(desired.diskLimitBytes)] as const]),
    ['sluice.principals.file', layout.principals],
    ['sluice.status.file', layout.status],
  ]);
  for (const [key, value] of Object.entries(desired.settings)) {
    invariant(!PROTECTED.test(key), `${key} is not a cluster's to set`);
    properties.set(key, value);
  }
  return properties;
}

/** What of the file a broker takes up at its start only: what a restart would change. */
export function withoutLiveSettings(text: string): string {
  return text.split('\n').filter((line) => !line.startsWith(`${DISK_LIMIT}=`)).join('\n');
}

function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
