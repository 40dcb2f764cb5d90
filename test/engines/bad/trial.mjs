// What attempts at breaking a platform share: calls that may fail, phases that are waited for, and a look at what is left on the machine.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { query } from '../../chaos/leftovers.mjs';
import { until } from '../../support/platform.mjs';

export const ENGINE = 'apache-kraft';
const MINUTE = 60_000;

export function must(holds, what) {
  if (!holds) throw new Error(what);
}

export { until };

/** Thrown by a check that can't be made here. */
export class Skip extends Error {}

export class Trial {
  constructor(platform, report) {
    Object.assign(this, { platform, report, names: 0 });
  }

  /** One line: what was seen, or what went wrong. */
  async check(title, run) {
    const began = performance.now();
    try {
      const seen = await run();
      this.report.line(true, `${title}${seen ? `: ${seen}` : ''} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      return true;
    } catch (error) {
      if (error instanceof Skip) this.report.skipped(`${title}: ${error.message}`);
      else this.report.line(false, `${title}: ${error.message} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      return error instanceof Skip;
    }
  }

  /** Ends the platform as a terminal would, and starts it in another world. */
  async restart(env = {}, signal = 'SIGTERM') {
    await this.platform.signal(signal);
    await this.begin(env);
  }

  async begin(env = {}) {
    for (const [name, value] of Object.entries(env)) {
      if (value === null) delete this.platform.env[name];
      else this.platform.env[name] = value;
    }
    this.platform.output = '';
    await this.platform.start();
    this.environment ??= await this.platform.environment('bad input');
  }

  /** Any call: its status, and of a refusal the code, the message and what it points at. */
  async api(method, path, body, key = this.platform.admin, raw = undefined) {
    const response = await fetch(`${this.platform.baseUrl}${path}`, {
      method, body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
      headers: {
        ...(key === null ? {} : { authorization: `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}` }),
        ...(body === undefined && raw === undefined ? {} : { 'content-type': 'application/json' }),
      },
    });
    const text = await response.text();
    const answer = text ? JSON.parse(text) : null;
    const error = answer?.errors?.[0];
    return { status: response.status, body: answer, text, code: error?.code ?? answer?.error_code ?? null, detail: error?.detail ?? answer?.message ?? null, pointer: error?.source?.pointer ?? null };
  }

  bodyOf(sluice, { region = ENGINE, availability = 'SINGLE_ZONE', config = {} } = {}) {
    return { spec: { display_name: `bad-${++this.names}`, availability, cloud: 'AWS', region, config: { kind: 'Standard', sluice, ...config }, environment: { id: this.environment.id } } };
  }

  /** Asks for a cluster of Apache Kafka; the answer, whatever it is. */
  ask(sluice = {}, more) {
    return this.api('POST', '/cmk/v2/clusters', this.bodyOf({ heapMb: 256, ...sluice }, more));
  }

  async create(sluice, more) {
    const { status, body, text } = await this.ask(sluice, more);
    must(status === 202, `creating a cluster: ${status} ${text}`);
    return body;
  }

  change(cluster, sluice, spec = {}) {
    return this.api('PATCH', `/cmk/v2/clusters/${cluster.id}`, { spec: { ...spec, config: { kind: 'Standard', sluice }, environment: { id: this.environment.id } } });
  }

  lifeCycle(cluster, verb, body) { return this.api('POST', `/sluice/v1/clusters/${cluster.id}:${verb}`, body); }

  async get(cluster) { return (await this.api('GET', `/cmk/v2/clusters/${cluster.id}?environment=${this.environment.id}`)).body; }

  async count() { return (await this.api('GET', `/cmk/v2/clusters?environment=${this.environment.id}&page_size=100`)).body.data.length; }

  /** The latest operation of this kind. */
  async operation(cluster, kind) {
    const { body } = await this.api('GET', `/sluice/v1/operations?resource_id=${cluster.id}&page_size=100`);
    return body.data.filter(({ spec }) => spec.operation === kind).sort((a, b) => b.metadata.created_at.localeCompare(a.metadata.created_at))[0];
  }

  provisioned(cluster, timeoutMs = 4 * MINUTE) { return this.platform.provisioned(cluster, this.environment, timeoutMs, 200); }

  /** Why it failed. */
  async failed(cluster, timeoutMs = MINUTE) {
    const found = await until(`FAILED ${cluster.id}`, timeoutMs, async () => {
      const seen = await this.get(cluster);
      return seen.status?.phase === 'FAILED' ? seen : null;
    }, 200);
    must(typeof found.status.reason === 'string' && found.status.reason !== '', 'it failed without a reason');
    return found.status.reason;
  }

  /** What the latest operation of this kind says of itself, as soon as it matches. */
  said(cluster, kind, pattern, timeoutMs = MINUTE) {
    return until(`"${pattern.source}" of ${kind} of ${cluster.id}`, timeoutMs, async () => {
      const found = await this.operation(cluster, kind);
      const words = [found?.status.reason, ...found?.status.steps.flatMap(({ reason, progress }) => [reason, progress]) ?? []].filter(Boolean);
      return words.find((each) => pattern.test(each)) ?? null;
    }, 100);
  }

  remove(cluster) { return this.api('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${this.environment.id}`); }

  /** Deletes a cluster, and looks for what it may have left. */
  async removeWhole(cluster, timeoutMs = MINUTE) {
    const { status, text } = await this.remove(cluster);
    must(status === 202 || status === 204, `deleting: ${status} ${text}`);
    await this.goneWhole(cluster, timeoutMs);
  }

  async goneWhole(cluster, timeoutMs = MINUTE) {
    await until(`end of the deletion of ${cluster.id}`, timeoutMs, async () => (await this.operation(cluster, 'cluster.delete'))?.status.phase === 'SUCCEEDED', 100);
    const left = await this.leftOf(cluster);
    must(left.length === 0, `left of ${cluster.id}: ${left.join('; ')}`);
  }

  /** Processes, files and rows of a cluster. */
  async leftOf({ id }) {
    const directory = join(this.platform.home, 'clusters', id);
    const rows = await query(this.platform, 'SELECT port FROM port_allocation WHERE cluster_id = $1', [id]);
    return [
      ...processesOf(directory).map(({ pid, line }) => `process ${pid} ${line.slice(0, 60)}`),
      ...(existsSync(directory) ? [`directory with ${readdirSync(directory).join(', ')}`] : []),
      ...rows.map(({ port }) => `port ${port}`),
    ];
  }

  directory({ id }, ...more) { return join(this.platform.home, 'clusters', id, ...more); }
}

/** Every process with this path in its command line or its working directory. */
export function processesOf(path) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    const line = readProc(pid, 'cmdline').replaceAll('\0', ' ');
    return line.includes(path) ? [{ pid: Number(pid), line }] : [];
  });
}

export function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

/** A PATH with every program of the present one but these, and with these instead. */
export function pathWith(directory, without, scripts = {}) {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const each of (process.env.PATH ?? '').split(delimiter).filter((path) => path !== '' && existsSync(path))) {
    for (const name of readdirSync(each)) if (!without.includes(name) && !(name in scripts) && !existsSync(join(directory, name))) link(join(each, name), join(directory, name));
  }
  for (const [name, text] of Object.entries(scripts)) script(join(directory, name), text);
  return directory;
}

function link(target, path) {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}

export function script(path, text) {
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}
