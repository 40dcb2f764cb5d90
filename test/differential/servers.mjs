// One broker each of Apache Kafka and of ours, on loopback and plaintext, in directories of their own.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaLab } from '../../tools/clients/install.mjs';
import { root, until } from '../support/platform.mjs';

const running = new Set();
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const START_MS = 120_000;

/** What both read: one node, its controller and one plaintext listener. */
export function plaintextProperties({ nodeId = 1, port, controllerPort, data }, more = {}) {
  return {
    'process.roles': 'broker,controller', 'node.id': String(nodeId), 'log.dirs': data,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`, 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names': 'CONTROLLER', 'inter.broker.listener.name': 'PLAINTEXT',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'super.users': 'User:ANONYMOUS',
    'auto.create.topics.enable': 'false', 'num.partitions': '6', 'default.replication.factor': '1', 'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.replication.factor': '1', 'transaction.state.log.replication.factor': '1', 'transaction.state.log.min.isr': '1', ...more,
  };
}

function writeProperties(file, properties) {
  writeFileSync(file, Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join(''));
  return file;
}

function launch(name, command, args, directory, env = {}) {
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, `${name}.log`);
  const log = openSync(logFile, 'w');
  const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
  closeSync(log);
  running.add(child);
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => { running.delete(child); resolve(code ?? signal); }));
  return {
    logFile, pid: child.pid,
    log: () => readFileSync(logFile, 'utf8'),
    alive: () => child.exitCode === null && child.signalCode === null,
    async stop(signal = 'SIGTERM') {
      if (this.alive()) child.kill(signal);
      return ended;
    },
  };
}

async function ready(server, what, isReady) {
  await until(what, START_MS, () => {
    if (!server.alive()) return true;
    return isReady();
  });
  if (!server.alive()) throw new Error(`${what} ended at its start:\n${server.log().slice(-3000)}`);
  return server;
}

export function formatKafka(propertiesFile, clusterId) {
  const made = spawnSync(kafkaLab, ['run', 'storage', 'format', '--standalone', '-t', clusterId, '-c', propertiesFile], { encoding: 'utf8', env: { ...process.env, HEAP: '-Xmx128m' } });
  if (made.status !== 0) throw new Error(`storage format: ${made.stdout}${made.stderr}`);
}

/** @param clusterId formats the directory first. */
export async function startKafka(directory, properties, { clusterId } = {}) {
  mkdirSync(directory, { recursive: true });
  const file = writeProperties(join(directory, 'kafka.properties'), properties);
  if (clusterId && !existsSync(join(properties['log.dirs'], 'meta.properties'))) formatKafka(file, clusterId);
  const server = launch('kafka', kafkaLab, ['run', 'kafka.Kafka', file], directory, { LEVEL: 'INFO', HEAP: '-Xmx512m' });
  return ready(server, 'Apache Kafka', () => server.log().includes('Kafka Server started'));
}

export async function startEmbedded(directory, properties) {
  mkdirSync(directory, { recursive: true });
  const status = join(directory, 'status.json');
  const file = writeProperties(join(directory, 'embedded.properties'), { ...properties, 'sluice.allow.plaintext': 'true', 'sluice.status.file': status });
  const server = launch('embedded', process.execPath, [join(root, 'dist/broker/broker.mjs'), file], directory);
  return ready(server, 'embedded broker', () => {
    const { pid, phase } = JSON.parse(readFileSync(status, 'utf8'));
    return pid === server.pid && phase === 'ready';
  });
}
