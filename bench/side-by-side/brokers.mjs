// One broker a side, on loopback, each with a plaintext and a SASL_SSL listener, the same settings, certificates of one authority and one user.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaLab } from '../../tools/clients/install.mjs';
import { freePort, root, until } from '../../test/support/platform.mjs';

const START_MS = 120_000;
const CLUSTER = 'lkc-bench';
/** What kafka-server-start.sh and kafka-run-class.sh of Apache Kafka give a broker. */
export const KAFKA_JVM = '-Xms1g -Xmx1g -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true';
/** How the same promise is named: an answer to acks=all means the page cache, or the disk. */
export const FLUSH_SETTINGS = {
  os: { ours: { 'sluice.flush.mode': 'os' }, kafka: {} },
  fsync: { ours: { 'sluice.flush.mode': 'ack' }, kafka: { 'log.flush.interval.messages': '1' } },
};

const running = new Set();
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });

/** A certificate for localhost and a user who may do everything. */
export async function createIdentity(directory) {
  const { openPki } = await import('../../dist/libs/pki/index.js');
  const { newCredential } = await import('../../dist/libs/control/domain/credentials.js');
  const pki = await openPki({ directory: join(directory, 'pki') });
  mkdirSync(join(directory, 'tls'), { recursive: true });
  await pki.ensureLeaf(join(directory, 'tls', 'broker.pem'), { commonName: CLUSTER, hosts: ['localhost', '127.0.0.1'], usage: 'server' });
  return { keystore: join(directory, 'tls', 'broker.pem'), ca: join(directory, 'pki', 'ca.pem'), credential: await newCredential() };
}

function shared(directory, ports, identity) {
  return {
    'process.roles': 'broker,controller', 'node.id': '1', 'log.dirs': join(directory, 'data'), 'controller.listener.names': 'CONTROLLER', 'inter.broker.listener.name': 'PLAIN',
    listeners: `PLAIN://127.0.0.1:${ports.plaintext},SECURE://127.0.0.1:${ports.sasl_ssl},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAIN://127.0.0.1:${ports.plaintext},SECURE://localhost:${ports.sasl_ssl}`,
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT', 'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    'sasl.enabled.mechanisms': 'PLAIN', 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': identity.keystore, 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': identity.ca,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'super.users': `User:ANONYMOUS;User:${identity.credential.id}`,
    'auto.create.topics.enable': 'false', 'num.partitions': '1', 'default.replication.factor': '1', 'group.initial.rebalance.delay.ms': '0', 'log.segment.delete.delay.ms': '100',
    'offsets.topic.replication.factor': '1', 'transaction.state.log.replication.factor': '1', 'transaction.state.log.min.isr': '1',
  };
}

function write(file, properties) {
  writeFileSync(file, Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join(''));
  return file;
}

function oursProperties(directory, identity, more) {
  const { id, verifiers } = identity.credential;
  const principals = join(directory, 'principals.json');
  const key = { id, principal: `User:${id}`, ...verifiers, state: 'active' };
  writeFileSync(principals, JSON.stringify({ version: 1, sequence: 1, clusterId: CLUSTER, keys: [key], grants: [{ principal: `User:${id}`, role: 'CloudClusterAdmin' }] }), { mode: 0o600 });
  return {
    ...more, 'sluice.cluster.id': CLUSTER, 'cluster.id': randomBytes(16).toString('base64url'), 'sluice.allow.plaintext': 'true', 'sluice.principals.file': principals,
    'sluice.status.file': join(directory, 'status.json'),
  };
}

function kafkaProperties(identity, more) {
  const { id, secret } = identity.credential;
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${id}="${secret}";`;
  return {
    ...more, 'listener.name.secure.plain.sasl.jaas.config': login, 'share.coordinator.state.topic.replication.factor': '1', 'share.coordinator.state.topic.min.isr': '1',
  };
}

const SIDES = {
  ours: {
    properties: (directory, identity, flush) => oursProperties(directory, identity, FLUSH_SETTINGS[flush].ours),
    prepare: () => undefined,
    command: (file, { program, nodeArguments }) => [process.execPath, [...nodeArguments, program, file, '--cluster', CLUSTER]],
    isReady: ({ directory, pid }) => {
      const status = JSON.parse(readFileSync(join(directory, 'status.json'), 'utf8'));
      return status.pid === pid && status.phase === 'ready';
    },
  },
  kafka: {
    properties: (directory, identity, flush) => kafkaProperties(identity, FLUSH_SETTINGS[flush].kafka),
    prepare(file, directory) {
      if (existsSync(join(directory, 'data', 'meta.properties'))) return;
      const id = randomBytes(16).toString('base64url').replace(/^-/, 'A');
      const made = spawnSync(kafkaLab, ['run', 'storage', 'format', '--standalone', '-t', id, '-c', file], { encoding: 'utf8', env: { ...process.env, HEAP: '-Xmx128m' } });
      if (made.status !== 0) throw new Error(`storage format: ${made.stdout}${made.stderr}`);
    },
    command: (file) => [kafkaLab, ['run', 'kafka.Kafka', file], { LEVEL: 'INFO', HEAP: KAFKA_JVM }],
    isReady: ({ log }) => log().includes('Kafka Server started'),
  },
};

export const OURS_PROGRAM = join(root, 'dist', 'broker', 'broker.mjs');

/** @param options `program` and `nodeArguments` are for looking into our own side. */
export async function createBroker(side, directory, { identity, flush, program = OURS_PROGRAM, nodeArguments = [] }) {
  mkdirSync(directory, { recursive: true });
  const ports = { plaintext: await freePort(), sasl_ssl: await freePort(), controller: await freePort() };
  const kind = SIDES[side];
  const file = write(join(directory, 'server.properties'), { ...shared(directory, ports, identity), ...kind.properties(directory, identity, flush) });
  return makeBroker(kind, { side, directory, file, ports, identity, flush, how: { program, nodeArguments } });
}

function makeBroker(kind, { side, directory, file, ports, identity, flush, how }) {
  const logFile = join(directory, 'broker.log');
  let child = null;
  let ended = null;
  const broker = {
    side, flush, ports,
    get pid() { return child.pid; },
    get directory() { return directory; },
    log: () => readFileSync(logFile, 'utf8'),
    /** Where and as whom the client connects. */
    connection(listener) {
      if (listener === 'plaintext') return { bootstrap: `127.0.0.1:${ports.plaintext}` };
      return { bootstrap: `localhost:${ports.sasl_ssl}`, user: identity.credential.id, password: identity.credential.secret, ca: identity.ca };
    },
    /** What comes once before the first start. */
    prepare: () => kind.prepare(file, directory),
    /** Milliseconds from the spawn to ready. */
    async start() {
      rmSync(join(directory, 'status.json'), { force: true });
      const [command, args, env = {}] = kind.command(file, how);
      const log = openSync(logFile, 'w');
      const began = performance.now();
      child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env }, cwd: directory });
      closeSync(log);
      const started = child;
      running.add(started);
      ended = new Promise((resolve) => started.once('exit', (code, signal) => { running.delete(started); resolve(code ?? signal); }));
      await until(`start of ${side}`, START_MS, () => started.exitCode !== null || kind.isReady(broker), 2);
      if (started.exitCode !== null) throw new Error(`${side} ended at its start:\n${broker.log().slice(-3000)}`);
      return performance.now() - began;
    },
    async stop() {
      if (child !== null && running.has(child)) child.kill('SIGTERM');
      return ended;
    },
    async destroy() {
      await broker.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return broker;
}
