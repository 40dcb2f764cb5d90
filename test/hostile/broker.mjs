// A broker process of one's own to attack: a plaintext listener on loopback (whoever comes is a super user), one with SASL_SSL, and
// one with a login but without TLS, for those who come in great numbers.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, root, until } from '../support/platform.mjs';

const { openPki } = await import('../../dist/libs/pki/index.js');
const { newCredential } = await import('../../dist/libs/control/domain/credentials.js');

const CLUSTER = 'lkc-hostile';
const running = new Set();
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

function properties(directory, ports) {
  return {
    'process.roles': 'broker,controller', 'node.id': '1', 'cluster.id': randomBytes(16).toString('base64url'), 'sluice.cluster.id': CLUSTER,
    listeners: `PLAIN://127.0.0.1:${ports.plain},SECURE://127.0.0.1:${ports.tls},LOGIN://127.0.0.1:${ports.login},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAIN://127.0.0.1:${ports.plain},SECURE://localhost:${ports.tls},LOGIN://127.0.0.1:${ports.login}`,
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,SECURE:SASL_SSL,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN', 'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    'sluice.allow.plaintext': 'true', 'super.users': 'User:ANONYMOUS', 'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'ssl.keystore.type': 'PEM', 'ssl.keystore.location': join(directory, 'tls/broker.pem'), 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': join(directory, 'pki/ca.pem'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': 'false', 'num.partitions': '1', 'default.replication.factor': '1', 'offsets.topic.replication.factor': '1', 'transaction.state.log.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0', 'sluice.flush.mode': 'os', 'sluice.principals.file': join(directory, 'principals.json'), 'sluice.status.file': join(directory, 'status.json'),
  };
}

/** Replaces a file as the platform does: nobody ever reads half of it. */
function replace(file, text) {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function principalsOf(sequence, credentials) {
  return JSON.stringify({
    version: 1, sequence, clusterId: CLUSTER,
    keys: credentials.map(({ id, verifiers, owner }) => ({ id, principal: `User:${owner}`, ...verifiers, state: 'active' })),
    grants: credentials.map(({ owner }) => ({ principal: `User:${owner}`, role: 'CloudClusterAdmin' })),
  });
}

/** Lines that say that the broker met something nobody had thought of. */
const CRASH = /uncaught|unhandled-rejection|handler-bug|invariant-broken|"level":"error"/;

/** What runs: the build, or another one to be compared with it. */
const BUNDLE = process.env.HOSTILE_BROKER ?? join(root, 'dist/broker/broker.mjs');

export async function startBroker({ keys = 1, more = {}, flags = [], command = [] } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-hostile-'));
  mkdirSync(join(directory, 'tls'));
  const pki = await openPki({ directory: join(directory, 'pki') });
  const certificate = { commonName: CLUSTER, hosts: ['localhost', '127.0.0.1'], usage: 'server' };
  await pki.ensureLeaf(join(directory, 'tls/broker.pem'), certificate);
  const ports = { plain: await freePort(), tls: await freePort(), login: await freePort(), controller: await freePort() };
  let sequence = 0;
  let credentials = [];
  for (let index = 0; index < keys; index++) credentials.push({ ...await newCredential(), owner: `sa-${index}` });
  const publish = (next) => {
    credentials = next;
    replace(join(directory, 'principals.json'), principalsOf(++sequence, credentials));
  };
  publish(credentials);
  const file = join(directory, 'server.properties');
  writeFileSync(file, Object.entries({ ...properties(directory, ports), ...more }).map(([key, value]) => `${key}=${value}\n`).join(''));
  const log = [];
  const crashes = [];
  let partial = '';
  const [program, ...args] = [...command, process.execPath, ...flags, BUNDLE, file, '--cluster', CLUSTER];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      const lines = (partial + chunk).split('\n');
      partial = lines.pop();
      // Refusals are legion here; only what must not happen and the last lines are kept.
      for (const line of lines) {
        if (CRASH.test(line)) crashes.push(line);
        log.push(line);
      }
      log.splice(0, log.length - 100);
    });
  }
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => { running.delete(child); resolve(code ?? signal); }));
  const broker = {
    directory, ports, pid: child.pid, caPem: pki.caPem, credentials, publish, log,
    alive: () => child.exitCode === null && child.signalCode === null,
    crashes: () => crashes,
    rssBytes: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0),
    /** Processor time so far, of all its threads. */
    cpuMs: () => {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    /** A certificate of another serial number in the same place. */
    async renewCertificate() {
      const { keyPem, certificatePem } = await pki.issue(certificate);
      replace(join(directory, 'tls/broker.pem'), `${keyPem.trimEnd()}\n${certificatePem.trimEnd()}\n`);
    },
    async stop() {
      if (broker.alive()) child.kill('SIGTERM');
      const code = await ended;
      rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
  await until('ready broker', 60_000, () => {
    if (!broker.alive()) throw new Error(log.join('\n'));
    return JSON.parse(readFileSync(join(directory, 'status.json'), 'utf8')).phase === 'ready';
  });
  return broker;
}
