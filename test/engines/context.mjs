// What checks work with: one cluster on one platform, spoken to as a tenant would.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { installers } from '../../tools/clients/install.mjs';
import { java } from '../compat/clients/java.mjs';
import { kcat } from '../compat/clients/kcat.mjs';
import { python } from '../compat/clients/python.mjs';
import { createClient, plainLogin } from '../hostile/wire.mjs';
import { scramLogin } from '../hostile/scram.mjs';
import { until } from '../support/platform.mjs';

export function equal(actual, expected, what) {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${what}: ${JSON.stringify(actual)?.slice(0, 400)} instead of ${JSON.stringify(expected)}`);
}

export function must(holds, what) {
  if (!holds) throw new Error(what);
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Clients that can be had here, by name, and why the others can't. Installing may take long: before the platform starts. */
export function findClients() {
  const wanted = { kcat, python, java };
  const missing = Object.fromEntries(Object.entries({ kcat: installers.kcat(), python: installers.python(), java: installers.java() }).filter(([, reason]) => reason !== null));
  return { clients: Object.entries(wanted).filter(([name]) => !(name in missing)).map(([name, client]) => ({ id: name, ...client })), missing };
}

/** Counted over all engines: service accounts are the organization's, and none has the name of another. */
let names = 0;

export class Context {
  constructor({ platform, environment, cluster, offer, capabilities, figures, clients, missing, services = [], remove, release, caFile = platform.admin.caFile, mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], isKeyPrincipal = false }) {
    Object.assign(this, { platform, environment, cluster, offer, capabilities, figures, clients, missing, services, remove, release, caFile, mechanisms, isKeyPrincipal });
    this.bootstrap = cluster.spec.kafka_bootstrap_endpoint;
    this.brokers = cluster.spec.config.sluice.brokers;
    this.replicas = Math.min(3, this.brokers);
  }

  /** A name that nothing else on this platform has. */
  name(stem) { return `${stem}-${++names}`; }

  /** Any call: status and body, whatever it is. */
  async api(method, path, body, key = this.platform.admin) {
    const response = await fetch(`${this.platform.baseUrl}${path}`, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { ...(key === null ? {} : { authorization: `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }

  rest(method, path, body, key) { return this.api(method, `/kafka/v3/clusters/${this.cluster.id}${path}`, body, key); }

  /** One that must succeed; its body. */
  async ok(method, path, body, key) {
    const answer = await this.rest(method, path, body, key);
    must(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async refused(expected, method, path, body, key) {
    const answer = await this.rest(method, path, body, key);
    equal([answer.status, answer.body?.error_code], expected, `${method} ${path} (${answer.body?.message ?? ''})`);
    return answer.body.message;
  }

  async topic(stem, more = {}) {
    const name = this.name(stem);
    await this.ok('POST', '/topics', { topic_name: name, partitions_count: 1, replication_factor: this.replicas, ...more });
    return name;
  }

  account(stem) { return this.platform.serviceAccount(this.name(stem)); }
  key(account) { return this.platform.clusterKey(this.cluster, this.environment, account.id); }

  /** A service account with a key of the cluster, and whom its ACLs are for: where keys are users of the cluster's own, the key itself. */
  async subject(stem) {
    const account = await this.account(stem);
    const key = await this.key(account);
    return { account, key, principal: this.isKeyPrincipal ? key.apiKey : account.id };
  }

  allow({ principal }, type, name, operation, pattern) { return this.platform.acl(this.cluster, principal, type, name, operation, pattern); }

  /** One that may write and read topics of this name. */
  async writer(topic) {
    const subject = await this.subject('writer');
    for (const [type, name, operation] of [['TOPIC', topic, 'WRITE'], ['TOPIC', topic, 'READ'], ['TOPIC', topic, 'DESCRIBE'], ['GROUP', '*', 'READ']]) await this.allow(subject, type, name, operation);
    return subject;
  }

  /** For the clients of test/compat. */
  target(key, mechanism = this.mechanisms[0]) { return { bootstrap: this.bootstrap, caFile: this.caFile, key, mechanism }; }

  /** The lightest client that is there. */
  get client() { return this.clients[0]; }

  /** A bare connection that logs in as this key; reconnects only when it is asked again after it was closed. */
  connection(key, mechanism = this.mechanisms[0], address = this.bootstrap.split(',')[0]) {
    const [host, port] = address.split(':');
    return createClient(Number(port), { tls: { ca: readFileSync(this.caFile), servername: host }, login: (mechanism === 'PLAIN' ? plainLogin : scramLogin)({ id: key.apiKey, secret: key.apiSecret }, mechanism) });
  }

  /** Null when the login works, else what the broker said. */
  async loginProblem(key, mechanism) {
    const client = this.connection(key, mechanism);
    try {
      await client.send('Metadata', 9, { topics: [] });
      return null;
    } catch (error) {
      return error.message;
    } finally {
      client.close();
    }
  }

  /** What the cluster says of a topic right now: `{leader, replicas, isr}` by partition. */
  async placement(topic) {
    const { data } = await this.ok('GET', `/topics/${topic}/partitions`);
    return Promise.all(data.map(async ({ partition_id: id }) => {
      const replicas = (await this.ok('GET', `/topics/${topic}/partitions/${id}/replicas`)).data;
      return { partition: id, leader: replicas.find((each) => each.is_leader)?.broker_id ?? null, replicas: replicas.map((each) => each.broker_id), isr: replicas.filter((each) => each.is_in_sync).map((each) => each.broker_id).sort() };
    }));
  }

  until(what, timeoutMs, ask, everyMs = 100) { return until(what, timeoutMs, ask, everyMs); }
}

/** Why a check isn't for this cluster, or null. Composed of what engines declare. */
export const needs = {
  capability: (name) => ({ capabilities }) => (capabilities[name] ? null : `capability ${name} is not declared`),
  /** Keys that are the platform's, with everything that hangs on them. */
  ownKeys: ({ capabilities }) => (capabilities.keys === 'file' ? null : `capability keys is ${capabilities.keys}`),
  mechanism: (name) => ({ mechanisms }) => (mechanisms.includes(name) ? null : `its keys know no ${name}`),
  keys: ({ capabilities }) => (capabilities.keys === 'none' ? 'capability keys is none' : null),
  brokers: (count) => ({ brokers }) => (brokers >= count ? null : `it has ${brokers} of ${count} brokers (brokers_max)`),
  client: (id) => ({ clients, missing }) => (clients.some((each) => each.id === id) ? null : missing[id] ?? `${id} is not there`),
  all: (...conditions) => (context) => conditions.map((condition) => condition(context)).find((reason) => reason !== null) ?? null,
};
