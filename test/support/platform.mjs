// A platform of one's own for a script: `npm start` in a directory and on ports of its own, spoken to as a user would.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What no further asking mends. */
export class Fatal extends Error {}

/** Asks until the answer is neither null nor false; the deadline names what it waited for. */
export async function until(what, timeoutMs, ask, everyMs = 50) {
  const deadline = performance.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      if (error instanceof Fatal) throw error;
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`no ${what} within ${timeoutMs} ms${last ? `: ${last.message}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A home that the database's own user can enter, and a range of broker ports that nobody else has. */
export async function newHome() {
  const home = mkdtempSync(join(tmpdir(), 'sluice-'));
  chmodSync(home, 0o711);
  return { home, port: await freePort(), brokerPorts: brokerPortRange() };
}

/** What has been installed of Apache Kafka for one test is there for the next. */
function installations() {
  const directory = process.env.SLUICE_KAFKA_DIR ?? join(root, '.cache', 'kafka');
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Below the ports that systems give to outgoing connections: one of those would keep a broker from its own. */
function brokerPortRange() {
  const first = 17_000 + 600 * (process.pid % 26);
  return `${first}-${first + 599}`;
}

export class Platform {
  constructor({ home, port, brokerPorts }, env = {}) {
    Object.assign(this, { home, port, baseUrl: `http://127.0.0.1:${port}` });
    this.env = { ...process.env, SLUICE_HOME: home, SLUICE_PORT: String(port), SLUICE_BROKER_PORTS: brokerPorts, SLUICE_KAFKA_DIR: installations(), ...env };
    this.output = '';
    // A script that is told to end leaves nothing behind either: what it started has sessions of its own.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => { this.destroy(); process.exit(1); });
  }

  /** Resolves when the platform is ready; answers the milliseconds that took. */
  async start(timeoutMs = 300_000) {
    const began = performance.now();
    this.process = spawn(process.execPath, ['tools/start.mjs'], { cwd: root, env: this.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const exited = new Promise((_, reject) => this.process.once('exit', (code) => reject(new Error(`the platform ended with ${code}:\n${this.output.slice(-2000)}`))));
    exited.catch(() => undefined);
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (chunk) => { this.output = (this.output + chunk).slice(-100_000); });
    await Promise.race([exited, until('ready platform', timeoutMs, async () => (await fetch(`${this.baseUrl}/health/ready`)).ok)]);
    this.admin = JSON.parse(readFileSync(join(this.home, 'admin.json'), 'utf8'));
    return Math.round(performance.now() - began);
  }

  /** `signal` goes to the whole process group, as from a terminal or an init system. */
  async signal(signal) {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    process.kill(-this.process.pid, signal);
    await gone;
  }

  /** Ends everything that this home has started, and removes it. */
  destroy() {
    spawnSync(process.execPath, ['tools/stop.mjs', '--all'], { cwd: root, env: this.env, stdio: 'ignore' });
    for (const directory of [movedDatabase(this.home), this.home]) if (directory) rmSync(directory, { recursive: true, force: true });
  }

  /** One HTTP call; throws with the platform's own words when the status isn't one of these. */
  async call(method, path, body, { key = this.admin, expect = [200, 201, 202, 204] } = {}) {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { authorization: `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    });
    const text = await response.text();
    if (!expect.includes(response.status)) throw new Error(`${method} ${path} → ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  environment(name = 'shows') { return this.call('POST', '/org/v2/environments', { display_name: name }); }

  async clusterRequest(environment, name, sluice, { region = 'embedded', availability = 'SINGLE_ZONE' } = {}) {
    return this.call('POST', '/cmk/v2/clusters', {
      spec: { display_name: name, availability, cloud: 'AWS', region, config: { kind: 'Basic', ...(sluice ? { sluice } : {}) }, environment: { id: environment.id } },
    });
  }

  async provisioned(cluster, environment, timeoutMs = 60_000, everyMs = 20) {
    return until(`PROVISIONED ${cluster.id}`, timeoutMs, async () => {
      const found = await this.call('GET', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);
      if (found.status.phase === 'FAILED') throw new Fatal(`cluster ${cluster.id} FAILED: ${found.status.reason}`);
      return found.status.phase === 'PROVISIONED' ? found : null;
    }, everyMs);
  }

  async cluster(environment, name = 'shows', sluice, { timeoutMs, ...more } = {}) {
    return this.provisioned(await this.clusterRequest(environment, name, sluice, more), environment, timeoutMs);
  }

  /** Resolves when nothing of a deleted cluster is left on the disk. */
  gone({ id }, timeoutMs = 120_000) { return until(`end of ${id}`, timeoutMs, () => !existsSync(join(this.home, 'clusters', id))); }

  /** What the platform tells of a cluster's nodes and health. */
  async report({ id }) { return (await this.call('GET', `/sluice/v1/clusters/${id}`)).status; }

  /** Resolves when all nodes, and the services beside them, are up and every partition has all its replicas. */
  healthy(cluster, timeoutMs = 180_000) {
    return until(`healthy ${cluster.id}`, timeoutMs, async () => {
      const status = await this.report(cluster);
      const brokers = status.brokers.filter(({ roles }) => roles.includes('broker')).length;
      const { health } = status;
      const isWhole = health !== null && health.broker_ids.length === brokers && health.under_replicated_partitions === 0 && health.offline_partitions === 0 && health.moving_partitions === 0;
      const isServed = (status.services ?? []).every(({ nodes }) => nodes.every(({ state }) => ['leader', 'follower', 'standalone'].includes(state)));
      return isWhole && isServed && status.brokers.every(({ process }) => process === 'ready') ? status : null;
    }, 200);
  }

  /** Resolves with the operation once it has ended well. */
  operation({ id }, timeoutMs) {
    return until(`end of operation ${id}`, timeoutMs, async () => {
      const found = await this.call('GET', `/sluice/v1/operations/${id}`);
      if (found.status.phase === 'FAILED') throw new Fatal(`operation ${id} FAILED: ${found.status.reason}`);
      return found.status.phase === 'SUCCEEDED' ? found : null;
    }, 200);
  }

  serviceAccount(name) { return this.call('POST', '/iam/v2/service-accounts', { display_name: name, description: '' }); }

  async clusterKey(cluster, environment, owner) {
    const { id, spec } = await this.call('POST', '/iam/v2/api-keys', {
      spec: { display_name: 'shows', owner: { id: owner }, resource: { id: cluster.id, environment: environment.id } },
    });
    return { apiKey: id, apiSecret: spec.secret };
  }

  topic(cluster, name, more = {}) { return this.call('POST', `/kafka/v3/clusters/${cluster.id}/topics`, { topic_name: name, ...more }); }

  acl(cluster, principal, resourceType, resourceName, operation, patternType = 'LITERAL') {
    return this.call('POST', `/kafka/v3/clusters/${cluster.id}/acls`, {
      resource_type: resourceType, resource_name: resourceName, pattern_type: patternType, principal: `User:${principal}`, host: '*', operation, permission: 'ALLOW',
    });
  }
}

/** The database's directory, where it isn't in the home. */
function movedDatabase(home) {
  const file = join(home, 'postgres.json');
  const directory = existsSync(file) ? dirname(JSON.parse(readFileSync(file, 'utf8')).dataDirectory) : home;
  return directory.startsWith(home) ? null : directory;
}

/** The process of a cluster's broker, by the cluster's id in its command line; null while there is none. */
export function brokerPid(cluster) {
  const line = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n').find((each) => each.includes('broker.mjs') && each.includes(cluster.id));
  return line ? Number(line.trim().split(/\s+/)[0]) : null;
}

/** Prints a line of a show and remembers whether all of them held. */
export function createReport(title) {
  let failures = 0;
  console.log(title);
  return {
    line(ok, text) {
      if (!ok) failures++;
      console.log(`  ${ok ? '✓' : '✗'} ${text}`);
    },
    skipped(text) { console.log(`  – skipped: ${text}`); },
    end() {
      console.log(failures ? `${failures} failed` : 'all shown');
      process.exitCode = failures ? 1 : 0;
    },
  };
}

/** Does the work on a running platform, of which nothing is left afterwards, whatever happened. What the work throws is a line that failed. */
export async function onPlatform(platform, report, work) {
  try {
    await platform.start();
    await work();
  } catch (error) {
    report.line(false, error.stack);
  } finally {
    await platform.signal('SIGTERM').catch(() => undefined);
    platform.destroy();
  }
  report.end();
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}
