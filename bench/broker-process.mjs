// A broker process of one's own, plaintext and on loopback, on a directory that may be started again and again.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, root, until } from '../test/support/platform.mjs';

const CLUSTER = 'lkc-bench';

const properties = (directory, port, controllerPort) => ({
  'process.roles': 'broker,controller', 'node.id': '1', 'cluster.id': randomBytes(16).toString('base64url'), 'sluice.cluster.id': CLUSTER,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`, 'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', 'controller.listener.names': 'CONTROLLER', 'inter.broker.listener.name': 'PLAINTEXT',
  'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`, 'sluice.allow.plaintext': 'true', 'super.users': 'User:ANONYMOUS',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'log.dirs': join(directory, 'data'), 'auto.create.topics.enable': 'false',
  'num.partitions': '1', 'default.replication.factor': '1', 'offsets.topic.replication.factor': '1', 'transaction.state.log.replication.factor': '1',
  'group.initial.rebalance.delay.ms': '0', 'sluice.principals.file': join(directory, 'principals.json'), 'sluice.status.file': join(directory, 'status.json'),
});

export class BrokerProcess {
  static async create(more = {}) {
    const broker = new BrokerProcess();
    broker.directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    broker.port = await freePort();
    broker.file = join(broker.directory, 'server.properties');
    const all = { ...properties(broker.directory, broker.port, await freePort()), ...more };
    writeFileSync(broker.file, Object.entries(all).map(([key, value]) => `${key}=${value}\n`).join(''));
    writeFileSync(join(broker.directory, 'principals.json'), JSON.stringify({ version: 1, sequence: 1, clusterId: CLUSTER, keys: [], grants: [] }), { mode: 0o600 });
    return broker;
  }

  get address() { return `127.0.0.1:${this.port}`; }

  /** Milliseconds from the spawn to the status `ready`. */
  async start(nodeArguments = [], program = join(root, 'dist', 'broker', 'broker.mjs')) {
    rmSync(join(this.directory, 'status.json'), { force: true });
    const began = performance.now();
    this.child = spawn(process.execPath, [...nodeArguments, program, this.file, '--cluster', CLUSTER], { stdio: 'ignore' });
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    await until('ready broker', 60_000, () => JSON.parse(readFileSync(join(this.directory, 'status.json'), 'utf8')).phase === 'ready', 2);
    return performance.now() - began;
  }

  get pid() { return this.child.pid; }

  /** Milliseconds from the signal to the end. */
  async stop() {
    const began = performance.now();
    if (this.child?.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.ended;
    return performance.now() - began;
  }

  async destroy() {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
