/**
 * What one node's `server.properties` says: a pure function of what is wanted. All that a client or a neighbour could abuse (listeners,
 * certificates, logins, authorizer, super users, directories) is set here and protected; tenants' own settings come last, for the rest.
 */
import { isIPv6 } from 'node:net';
import { invariant } from '#libs/kernel';
import type { DesiredBroker, DesiredCluster } from '#libs/control/domain';
import { isDynamic, isProtected, type ConfigDefinition } from './broker-configs.js';
import type { KafkaMode } from './catalogue/catalogue.js';

/** Paths of one node. */
export interface NodeFiles { keystore: string; truststore: string; principals: string; /** The cluster's. */ diskLimits: string; data: string }

/** What the version on this machine is. */
export interface KafkaFacts {
  version: string;
  mode: KafkaMode;
  definitions: ReadonlyMap<string, ConfigDefinition>;
  /** `127.0.0.1:19980/sluice/lkc-abc12`, with the cluster's own znode; null in KRaft. */
  zookeeperConnect: string | null;
}

const LOOPBACK = '127.0.0.1';
/** Keys that are revoked lose their connections after this at the latest: clients log in again this often, without noticing. */
export const REAUTHENTICATION_MS = 60_000;
const REPLICATION_FACTOR = 3;
const MIB = 2 ** 20;
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

export function serverProperties(desired: DesiredCluster, nodeId: number, files: NodeFiles, facts: KafkaFacts): Map<string, string> {
  const node = desired.brokers.find((candidate) => candidate.nodeId === nodeId);
  invariant(node, `cluster ${desired.clusterId} has no node ${nodeId}`);
  const isBroker = node.roles.includes('broker');
  invariant(facts.mode === 'kraft' || (isBroker && !node.roles.includes('controller')), 'with ZooKeeper every node is a broker and nothing else');
  const properties = new Map<string, string>([
    ...(facts.mode === 'kraft' ? kraftIdentity(desired, node) : zookeeperIdentity(node, facts)),
    ...listeners(desired, node, facts.mode),
    ...certificates(files),
    ...(isBroker ? logins() : []),
    ...principals(desired, files, facts.mode),
    ['log.dirs', files.data],
    ...(isBroker ? [['sluice.disk.limits.file', files.diskLimits] as const] : []),
    ...(node.rack === null || !isBroker ? [] : [['broker.rack', node.rack] as const]),
    ...defaults(desired, facts),
  ]);
  for (const [key, value] of Object.entries(desired.settings)) {
    invariant(!isProtected(key), `${key} is not an operator's to set for a cluster`);
    properties.set(key, value);
  }
  for (const [key, value] of Object.entries(desired.configs)) {
    invariant(!isProtected(key), `${key} is not a tenant's to set`);
    // The others are set over the Kafka protocol, for the whole cluster: in the file they would ask for a restart.
    if (!isDynamic(facts.definitions, key)) properties.set(key, value);
  }
  return properties;
}

type Lines = (readonly [string, string])[];

function kraftIdentity(desired: DesiredCluster, node: DesiredBroker): Lines {
  const controllers = desired.brokers.filter(({ roles }) => roles.includes('controller'));
  invariant(controllers.length > 0, `cluster ${desired.clusterId} has no controller`);
  return [
    ['process.roles', [...node.roles].sort().join(',')],
    ['node.id', String(node.nodeId)],
    ['controller.listener.names', 'CONTROLLER'],
    // Who votes is in the metadata log (KIP-853): this is only whom to ask first.
    ['controller.quorum.bootstrap.servers', controllers.map(({ ports }) => `${LOOPBACK}:${ports.controller}`).join(',')],
  ];
}

function zookeeperIdentity({ nodeId }: DesiredBroker, { zookeeperConnect }: KafkaFacts): Lines {
  invariant(zookeeperConnect !== null && /\/.+/.test(zookeeperConnect), 'a cluster has a znode of its own, never the root');
  return [
    ['broker.id', String(nodeId)],
    ['broker.id.generation.enable', 'false'],
    ['zookeeper.connect', zookeeperConnect],
    // Znodes belong to the cluster's own digest user, not to whoever reaches the ensemble.
    ['zookeeper.set.acl', 'true'],
  ];
}

function listeners({ bindHost, advertisedHost }: DesiredCluster, { ports, roles }: DesiredBroker, mode: KafkaMode): Lines {
  const [isBroker, isController] = [roles.includes('broker'), roles.includes('controller')];
  const [internal, controller] = [`INTERNAL://${LOOPBACK}:${ports.internal}`, `CONTROLLER://${LOOPBACK}:${ports.controller}`];
  const bound = [...(isBroker ? [`EXTERNAL://${hostPort(bindHost === '*' ? '0.0.0.0' : bindHost, ports.external)}`, internal] : []), ...(isController ? [controller] : [])];
  const advertised = [...(isBroker ? [`EXTERNAL://${hostPort(advertisedHost, ports.external)}`, internal] : []), ...(isController ? [controller] : [])];
  return [
    ['listeners', bound.join(',')],
    ['advertised.listeners', advertised.join(',')],
    ['listener.security.protocol.map', ['EXTERNAL:SASL_SSL', 'INTERNAL:SSL', ...(mode === 'kraft' ? ['CONTROLLER:SSL'] : [])].join(',')],
    ...(isBroker ? [['inter.broker.listener.name', 'INTERNAL'] as const] : []),
  ];
}

/** Among themselves nodes show the cluster's certificate; the platform shows its own. Tenants come by EXTERNAL, where a key is asked for. */
function certificates({ keystore, truststore }: NodeFiles): Lines {
  return [
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.location', keystore],
    ['ssl.truststore.type', 'PEM'],
    ['ssl.truststore.location', truststore],
    // Renewed certificates count without a restart.
    ['ssl.engine.factory.class', 'io.sluice.kafka.RenewedSslEngineFactory'],
    ['listener.name.internal.ssl.client.auth', 'required'],
    ['listener.name.controller.ssl.client.auth', 'required'],
  ];
}

function logins(): Lines {
  const modules = { PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule', 'SCRAM-SHA-256': 'org.apache.kafka.common.security.scram.ScramLoginModule', 'SCRAM-SHA-512': 'org.apache.kafka.common.security.scram.ScramLoginModule' };
  return [
    ['listener.name.external.sasl.enabled.mechanisms', MECHANISMS.join(',')],
    ['listener.name.external.connections.max.reauth.ms', String(REAUTHENTICATION_MS)],
    ...MECHANISMS.flatMap((mechanism): Lines => {
      const prefix = `listener.name.external.${mechanism.toLowerCase()}`;
      return [[`${prefix}.sasl.jaas.config`, `${modules[mechanism]} required;`], [`${prefix}.sasl.server.callback.handler.class`, 'io.sluice.kafka.KeyLogin']];
    }),
  ];
}

function principals({ clusterId }: DesiredCluster, files: NodeFiles, mode: KafkaMode): Lines {
  return [
    ['sluice.cluster.id', clusterId],
    ['sluice.principals.file', files.principals],
    ['principal.builder.class', 'io.sluice.kafka.KeyPrincipalBuilder'],
    ['authorizer.class.name', mode === 'kraft' ? 'io.sluice.kafka.KraftAuthorizer' : 'io.sluice.kafka.ZookeeperAuthorizer'],
    ['create.topic.policy.class.name', 'io.sluice.kafka.NamingTopicPolicy'],
    ['alter.config.policy.class.name', 'io.sluice.kafka.BrokerConfigPolicy'],
    ['super.users', `User:CN=sluice-control-plane;User:CN=${clusterId}`],
  ];
}

/** On controllers too: they fill in what a request for a topic leaves open. */
function defaults({ brokers, flushMode, heapMb }: DesiredCluster, { definitions }: KafkaFacts): Lines {
  const replication = Math.min(brokers.filter(({ roles }) => roles.includes('broker')).length, REPLICATION_FACTOR);
  const inSync = String(replication >= REPLICATION_FACTOR ? replication - 1 : 1);
  const lines: Lines = [
    ['auto.create.topics.enable', 'false'],
    ['num.partitions', '6'],
    ['default.replication.factor', String(replication)],
    ['min.insync.replicas', inSync],
    ['offsets.topic.replication.factor', String(replication)],
    ['transaction.state.log.replication.factor', String(replication)],
    ['transaction.state.log.min.isr', inSync],
    ['group.initial.rebalance.delay.ms', '0'],
    // `ack`: a batch is synced before the next step, on each replica before it counts as in sync; so what is acknowledged is on disk.
    ...(flushMode === 'ack' ? [['log.flush.interval.messages', '1'] as const] : []),
    // Taken from the heap at the start, used or not: Kafka's own 128 MiB is a quarter of a small heap.
    ...(heapMb !== null && heapMb < 1024 ? [['log.cleaner.dedupe.buffer.size', String(Math.floor(heapMb / 8) * MIB)] as const] : []),
  ];
  const share: Lines = [['share.coordinator.state.topic.replication.factor', String(replication)], ['share.coordinator.state.topic.min.isr', inSync]];
  return [...lines, ...share.filter(([key]) => definitions.has(key))];
}

function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
