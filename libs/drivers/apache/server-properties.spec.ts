import type { DesiredBroker, DesiredCluster, NodeRole } from '#libs/control/domain';
import type { ConfigDefinition } from './broker-configs.js';
import { serverProperties, type KafkaFacts, type NodeFiles } from './server-properties.js';

const files: NodeFiles = { keystore: '/n/tls/broker.pem', truststore: '/n/tls/ca.pem', principals: '/n/principals.json', diskLimits: '/disk-limits.json', data: '/n/data' };
const definition = (name: string, updateMode: ConfigDefinition['updateMode']): [string, ConfigDefinition] => [name, { name, type: 'long', defaultValue: null, validator: null, updateMode }];
const definitions = new Map([definition('log.retention.ms', 'cluster-wide'), definition('socket.request.max.bytes', 'read-only'), definition('share.coordinator.state.topic.min.isr', 'read-only'), definition('share.coordinator.state.topic.replication.factor', 'read-only')]);
const kraft: KafkaFacts = { version: '4.3.1', mode: 'kraft', definitions, zookeeperConnect: null };
const zookeeper: KafkaFacts = { version: '3.9.2', mode: 'zookeeper', definitions: new Map(), zookeeperConnect: '127.0.0.1:19980/sluice/lkc-abc12' };

const node = (nodeId: number, roles: NodeRole[] = ['broker', 'controller'], rack: string | null = null): DesiredBroker => ({ nodeId, roles, rack, isFirst: true, ports: { external: 20_000 + nodeId * 10, internal: 20_001 + nodeId * 10, controller: 20_002 + nodeId * 10 } });
const cluster = (brokers: DesiredBroker[], more: Partial<DesiredCluster> = {}): DesiredCluster => ({
  clusterId: 'lkc-abc12', kafkaClusterId: '4L6g3nShT-eMCtK--X86sw', version: '4.3.1', flushMode: 'os', diskLimitBytes: null, heapMb: 1024, brokers, advertisedHost: 'kafka.example', bindHost: '0.0.0.0', settings: {}, configs: {}, ...more,
});
const of = (desired: DesiredCluster, nodeId: number, facts = kraft): Record<string, string> => Object.fromEntries(serverProperties(desired, nodeId, files, facts));

const three = [node(1), node(2), node(3)];
const apart = [node(1, ['broker'], 'zone-1'), node(2, ['broker'], 'zone-2'), node(1001, ['controller'])];

test('a combined node listens for tenants, neighbours and controllers, and asks for a key or a certificate on each', () => {
  expect(of(cluster([node(1)]), 1)).toEqual({
    'process.roles': 'broker,controller', 'node.id': '1', 'controller.listener.names': 'CONTROLLER', 'controller.quorum.bootstrap.servers': '127.0.0.1:20012',
    listeners: 'EXTERNAL://0.0.0.0:20010,INTERNAL://127.0.0.1:20011,CONTROLLER://127.0.0.1:20012',
    'advertised.listeners': 'EXTERNAL://kafka.example:20010,INTERNAL://127.0.0.1:20011,CONTROLLER://127.0.0.1:20012',
    'listener.security.protocol.map': 'EXTERNAL:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL', 'inter.broker.listener.name': 'INTERNAL',
    'ssl.engine.factory.class': 'io.sluice.kafka.RenewedSslEngineFactory', 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': '/n/tls/broker.pem', 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': '/n/tls/ca.pem',
    'listener.name.internal.ssl.client.auth': 'required', 'listener.name.controller.ssl.client.auth': 'required',
    'listener.name.external.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', 'listener.name.external.connections.max.reauth.ms': '60000',
    'listener.name.external.plain.sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required;', 'listener.name.external.plain.sasl.server.callback.handler.class': 'io.sluice.kafka.KeyLogin',
    'listener.name.external.scram-sha-256.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;', 'listener.name.external.scram-sha-256.sasl.server.callback.handler.class': 'io.sluice.kafka.KeyLogin',
    'listener.name.external.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;', 'listener.name.external.scram-sha-512.sasl.server.callback.handler.class': 'io.sluice.kafka.KeyLogin',
    'sluice.cluster.id': 'lkc-abc12', 'sluice.principals.file': '/n/principals.json', 'principal.builder.class': 'io.sluice.kafka.KeyPrincipalBuilder', 'authorizer.class.name': 'io.sluice.kafka.KraftAuthorizer',
    'create.topic.policy.class.name': 'io.sluice.kafka.NamingTopicPolicy', 'alter.config.policy.class.name': 'io.sluice.kafka.BrokerConfigPolicy', 'super.users': 'User:CN=sluice-control-plane;User:CN=lkc-abc12',
    'log.dirs': '/n/data', 'sluice.disk.limits.file': '/disk-limits.json', 'auto.create.topics.enable': 'false', 'num.partitions': '6', 'default.replication.factor': '1', 'min.insync.replicas': '1', 'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1', 'transaction.state.log.min.isr': '1', 'share.coordinator.state.topic.replication.factor': '1', 'share.coordinator.state.topic.min.isr': '1', 'group.initial.rebalance.delay.ms': '0',
  });
});

test.each<[string, DesiredBroker[], number, KafkaFacts, Record<string, string | undefined>]>([
  ['a controller apart', apart, 1001, kraft, {
    'process.roles': 'controller', 'node.id': '1001', listeners: 'CONTROLLER://127.0.0.1:30012', 'advertised.listeners': 'CONTROLLER://127.0.0.1:30012', 'inter.broker.listener.name': undefined, 'broker.rack': undefined,
    'listener.name.external.sasl.enabled.mechanisms': undefined, 'sluice.disk.limits.file': undefined, 'controller.quorum.bootstrap.servers': '127.0.0.1:30012', 'authorizer.class.name': 'io.sluice.kafka.KraftAuthorizer', 'create.topic.policy.class.name': 'io.sluice.kafka.NamingTopicPolicy',
    'default.replication.factor': '2', 'min.insync.replicas': '1',
  }],
  ['a broker apart', apart, 2, kraft, {
    'process.roles': 'broker', listeners: 'EXTERNAL://0.0.0.0:20020,INTERNAL://127.0.0.1:20021', 'controller.quorum.bootstrap.servers': '127.0.0.1:30012', 'broker.rack': 'zone-2', 'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER', 'listener.security.protocol.map': 'EXTERNAL:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL',
  }],
  ['one of three', three, 3, kraft, { 'controller.quorum.bootstrap.servers': '127.0.0.1:20012,127.0.0.1:20022,127.0.0.1:20032', 'default.replication.factor': '3', 'min.insync.replicas': '2', 'transaction.state.log.min.isr': '2', 'offsets.topic.replication.factor': '3', 'share.coordinator.state.topic.min.isr': '2' }],
  ['one of five', [...three, node(4, ['broker']), node(5, ['broker'])], 5, kraft, { 'process.roles': 'broker', 'controller.quorum.bootstrap.servers': '127.0.0.1:20012,127.0.0.1:20022,127.0.0.1:20032', 'default.replication.factor': '3', 'min.insync.replicas': '2' }],
  ['a broker with ZooKeeper', [node(1, ['broker']), node(2, ['broker'], 'zone-2')], 2, zookeeper, {
    'broker.id': '2', 'zookeeper.connect': '127.0.0.1:19980/sluice/lkc-abc12', 'zookeeper.set.acl': 'true', 'broker.id.generation.enable': 'false', 'process.roles': undefined, 'node.id': undefined, 'controller.quorum.bootstrap.servers': undefined,
    listeners: 'EXTERNAL://0.0.0.0:20020,INTERNAL://127.0.0.1:20021', 'listener.security.protocol.map': 'EXTERNAL:SASL_SSL,INTERNAL:SSL', 'authorizer.class.name': 'io.sluice.kafka.ZookeeperAuthorizer', 'broker.rack': 'zone-2',
    'share.coordinator.state.topic.min.isr': undefined,
  }],
])('%s', (_name, brokers, nodeId, facts, expected) => {
  const properties = of(cluster(brokers), nodeId, facts);
  for (const [key, value] of Object.entries(expected)) expect([key, properties[key]]).toEqual([key, value]);
});

test('hosts of all kinds', () => {
  expect(of(cluster([node(1)], { bindHost: '*', advertisedHost: '2001:db8::1' }), 1)).toMatchObject({ listeners: expect.stringMatching(/^EXTERNAL:\/\/0\.0\.0\.0:20010,/), 'advertised.listeners': expect.stringMatching(/^EXTERNAL:\/\/\[2001:db8::1\]:20010,/) });
});

test('flush mode and a small heap', () => {
  expect(of(cluster([node(1)], { flushMode: 'ack', heapMb: 512 }), 1)).toMatchObject({ 'log.flush.interval.messages': '1', 'log.cleaner.dedupe.buffer.size': String(64 * 2 ** 20) });
  const usual = of(cluster([node(1)]), 1);
  expect(usual['log.flush.interval.messages'] ?? usual['log.cleaner.dedupe.buffer.size']).toBeUndefined();
});

test('a tenant\'s settings come last; what counts at once stays out of the file', () => {
  const properties = of(cluster([node(1)], { settings: { 'num.partitions': '3', 'queued.max.requests': '100' }, configs: { 'num.partitions': '12', 'log.retention.ms': '1000', 'socket.request.max.bytes': '2000000' } }), 1);
  expect(properties).toMatchObject({ 'num.partitions': '12', 'queued.max.requests': '100', 'socket.request.max.bytes': '2000000' });
  expect(properties['log.retention.ms']).toBeUndefined();
});

test.each(['listeners', 'log.dirs', 'super.users', 'ssl.client.auth', 'listener.name.external.ssl.client.auth', 'authorizer.class.name', 'zookeeper.connect', 'broker.id', 'replica.selector.class', 'metric.reporters', 'sluice.principals.file', 'connections.max.reauth.ms'])('nobody sets %s', (key) => {
  expect(() => of(cluster([node(1)], { configs: { [key]: 'x' } }), 1)).toThrow(key);
  expect(() => of(cluster([node(1)], { settings: { [key]: 'x' } }), 1)).toThrow(key);
});

test('a cluster has a znode of its own, and its nodes are brokers', () => {
  for (const zookeeperConnect of [null, '127.0.0.1:19980', '127.0.0.1:19980/']) expect(() => of(cluster([node(1, ['broker'])]), 1, { ...zookeeper, zookeeperConnect })).toThrow('never the root');
  expect(() => of(cluster([node(1)]), 1, zookeeper)).toThrow();
  expect(() => of(cluster([node(1, ['broker'])]), 1)).toThrow('no controller');
});
