/** A Kafka cluster that is nobody's here: one broker of the build, with keys of its own, that can be ended, begun again, and made another one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { newCredential, newKafkaClusterId } from '#libs/control/domain';
import { openPki } from '#libs/pki';

export interface OwnBroker {
  kafkaClusterId: string;
  caPem: string;
  /** `secure`: SASL_SSL as localhost. `plain`: SASL_PLAINTEXT. `far`: the same, advertised at a private address that isn't this machine's. */
  ports: { secure: number; plain: number; far: number; controller: number };
  /** May do everything. */
  admin: { id: string; secret: string };
  /** May log in. */
  weak: { id: string; secret: string };
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Another cluster at the same addresses, once it is started. */
  becomeAnother(): void;
  remove(): Promise<void>;
}

const BUNDLE = resolve('dist/broker/broker.mjs');
const PLATFORM_ID = 'lkc-elsewhere';
const READY_MS = 60_000;

export const FAR_ADDRESS = '10.99.99.99';

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });
}

function propertiesOf(directory: string, id: string, ports: OwnBroker['ports']): string {
  const lines: Record<string, string> = {
    'process.roles': 'broker,controller', 'node.id': '1', 'cluster.id': id, 'sluice.cluster.id': PLATFORM_ID,
    listeners: `SECURE://127.0.0.1:${ports.secure},PLAIN://127.0.0.1:${ports.plain},FAR://127.0.0.1:${ports.far},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `SECURE://localhost:${ports.secure},PLAIN://127.0.0.1:${ports.plain},FAR://${FAR_ADDRESS}:${ports.far}`,
    'listener.security.protocol.map': 'SECURE:SASL_SSL,PLAIN:SASL_PLAINTEXT,FAR:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN', 'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`, 'sluice.allow.plaintext': 'true',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512', 'ssl.keystore.type': 'PEM', 'ssl.keystore.location': join(directory, 'tls/broker.pem'), 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': join(directory, 'pki/ca.pem'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'log.dirs': join(directory, `data-${id}`), 'auto.create.topics.enable': 'false', 'num.partitions': '1', 'default.replication.factor': '1',
    'offsets.topic.replication.factor': '1', 'transaction.state.log.replication.factor': '1', 'group.initial.rebalance.delay.ms': '0', 'sluice.flush.mode': 'os',
    'sluice.principals.file': join(directory, 'principals.json'), 'sluice.status.file': join(directory, 'status.json'),
  };
  return Object.entries(lines).map(([key, value]) => `${key}=${value}\n`).join('');
}

export async function createOwnBroker(): Promise<OwnBroker> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-elsewhere-'));
  mkdirSync(join(directory, 'tls'));
  const pki = await openPki({ directory: join(directory, 'pki') });
  await pki.ensureLeaf(join(directory, 'tls/broker.pem'), { commonName: PLATFORM_ID, hosts: ['localhost'], usage: 'server' });
  const [admin, weak] = [await newCredential(), await newCredential()];
  const key = ({ id, verifiers }: typeof admin, owner: string) => ({ id, principal: `User:${owner}`, ...verifiers, state: 'active' });
  writeFileSync(join(directory, 'principals.json'), JSON.stringify({ version: 1, sequence: 1, clusterId: PLATFORM_ID, keys: [key(admin, 'sa-admin'), key(weak, 'sa-weak')], grants: [{ principal: 'User:sa-admin', role: 'CloudClusterAdmin' }], namingPolicy: null }), { mode: 0o600 });
  const ports = { secure: await freePort(), plain: await freePort(), far: await freePort(), controller: await freePort() };
  let child: ChildProcess | null = null;
  const stop = async (): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((done) => ending.once('exit', done));
    ending.kill('SIGKILL');
    await ended;
  };
  const broker: OwnBroker = {
    kafkaClusterId: newKafkaClusterId(), caPem: pki.caPem, ports, admin, weak, stop,
    becomeAnother() { broker.kafkaClusterId = newKafkaClusterId(); },
    async start() {
      const status = join(directory, 'status.json');
      rmSync(status, { force: true });
      const file = join(directory, 'server.properties');
      writeFileSync(file, propertiesOf(directory, broker.kafkaClusterId, ports));
      let said = '';
      const started = spawn(process.execPath, [BUNDLE, file, '--cluster', PLATFORM_ID], { stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-5_000); });
      for (const deadline = performance.now() + READY_MS; ;) {
        if (readPhase(status) === 'ready') return;
        if (started.exitCode !== null || performance.now() > deadline) throw new Error(`the broker did not become ready:\n${said}`);
        await new Promise((done) => { setTimeout(done, 50); });
      }
    },
    async remove() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return broker;
}

function readPhase(file: string): string | null {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { phase: string }).phase;
  } catch {
    return null;
  }
}
