import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DesiredCluster } from '#libs/control/domain';
import { clustersLayout, formatProperties } from '#libs/drivers/nodes';
import { lastError, readStatus } from './broker-status.js';
import { STATUS_BYTES_MAX } from './embedded.limits.js';
import { serverProperties, withoutLiveSettings } from './server-properties.js';

const layout = clustersLayout('/srv/sluice').node('lkc-abc12', 1);
const DESIRED: DesiredCluster = {
  clusterId: 'lkc-abc12', kafkaClusterId: 'AAAAAAAAAAAAAAAAAAAAAA', flushMode: 'os', diskLimitBytes: 5_000_000_000, bindHost: '0.0.0.0', advertisedHost: 'kafka.example.org', settings: {},
  version: null, heapMb: null, configs: {}, brokers: [{ nodeId: 1, roles: ['broker', 'controller'], rack: null, isFirst: true, ports: { external: 20000, internal: 20001, controller: 20002 } }],
};

let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'sluice-files-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('server.properties', () => {
  test('asks for a restart after every change but that of the disk limit, which brokers follow', () => {
    const of = (change: Partial<DesiredCluster>): string => withoutLiveSettings(formatProperties(serverProperties({ ...DESIRED, ...change }, 1, layout)));
    expect([of({ diskLimitBytes: null }), of({ diskLimitBytes: 1 })]).toEqual([of({}), of({})]);
    expect(of({ flushMode: 'ack' })).not.toBe(of({}));
  });
  test('says what a broker needs, in Kafka\'s keys', () => {
    expect(formatProperties(serverProperties(DESIRED, 1, layout))).toBe(`process.roles=broker,controller
node.id=1
cluster.id=AAAAAAAAAAAAAAAAAAAAAA
listeners=EXTERNAL://0.0.0.0:20000,INTERNAL://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002
advertised.listeners=EXTERNAL://kafka.example.org:20000,INTERNAL://127.0.0.1:20001
listener.security.protocol.map=EXTERNAL:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
controller.quorum.bootstrap.servers=127.0.0.1:20002
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
ssl.keystore.type=PEM
ssl.keystore.location=/srv/sluice/clusters/lkc-abc12/node-1/tls/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=/srv/sluice/clusters/lkc-abc12/node-1/tls/ca.pem
listener.name.internal.ssl.client.auth=required
super.users=User:CN=sluice-control-plane
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
log.dirs=/srv/sluice/clusters/lkc-abc12/node-1/data
auto.create.topics.enable=false
num.partitions=6
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
group.initial.rebalance.delay.ms=0
sluice.cluster.id=lkc-abc12
sluice.flush.mode=os
sluice.disk.limit.bytes=5000000000
sluice.principals.file=/srv/sluice/clusters/lkc-abc12/node-1/principals.json
sluice.status.file=/srv/sluice/clusters/lkc-abc12/node-1/run/status.json
`);
  });

  test('a setting replaces a default, never a wall', () => {
    expect(serverProperties({ ...DESIRED, settings: { 'num.partitions': '3' } }, 1, layout).get('num.partitions')).toBe('3');
    for (const key of ['super.users', 'listeners', 'authorizer.class.name', 'ssl.keystore.location', 'sluice.allow.plaintext', 'log.dirs', 'listener.name.internal.ssl.client.auth']) {
      expect(() => serverProperties({ ...DESIRED, settings: { [key]: 'x' } }, 1, layout)).toThrow(`${key} is not a cluster's to set`);
    }
  });

  test('a value can not begin another line', () => {
    expect(formatProperties(new Map([['a', 'x\nsuper.users=User:evil'], ['b', ' \\']]))).toBe('a=x\\nsuper.users=User:evil\nb=\\ \\\\\n');
  });

  test('IPv6 addresses stand in brackets', () => {
    expect(serverProperties({ ...DESIRED, bindHost: '::', advertisedHost: '::1' }, 1, layout).get('listeners')).toContain('EXTERNAL://[::]:20000');
  });
});

describe('status', () => {
  test('nothing, half a file and an over-long one are no status', () => {
    const file = join(directory, 'status.json');
    expect(readStatus(file)).toBeNull();
    for (const text of ['', '{"pid":1,', '{"pid":"1","phase":"ready"}', '{"pid":1,"phase":"flying"}', `{"pid":1,"phase":"ready","reason":"${'x'.repeat(STATUS_BYTES_MAX)}"}`]) {
      writeFileSync(file, text);
      expect(readStatus(file)).toBeNull();
    }
    writeFileSync(file, '{"pid":1,"phase":"ready","reason":null,"more":true}');
    expect(readStatus(file)).toEqual({ pid: 1, phase: 'ready', reason: null });
  });

  test('the last error of a log', () => {
    const file = join(directory, 'broker.log');
    expect(lastError(file)).toBeNull();
    writeFileSync(file, '{"level":"error","event":"old","reason":"a"}\n{"level":"error","event":"disk","reason":"EIO"}\n{"level":"info","event":"x"}\nnot json\n');
    expect(lastError(file)).toBe('disk: EIO');
  });
});
