// Tenants and brokers that reach for what isn't theirs: another organization's cluster by HTTP, another cluster by a key, another cluster's inner listeners by a
// certificate of the same authority.
import { readFileSync } from 'node:fs';
import { createClient, framed, header, open, plainLogin } from '../../hostile/wire.mjs';
import { scramLogin } from '../../hostile/scram.mjs';
import { query } from '../../chaos/leftovers.mjs';
import { must } from './trial.mjs';

const CLUSTER_AUTHORIZATION_FAILED = 31;
const API_VOTE = 52;
const WAIT_MS = 10_000;

/** A root's own, as is the certificate of each node: key and chain in one file. */
const pem = (path) => {
  const text = readFileSync(path, 'utf8');
  return { key: /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----/.exec(text)[0], cert: text.slice(text.indexOf('-----BEGIN CERTIFICATE-----')) };
};

async function portsOf(trial, { id }) {
  const rows = await query(trial.platform, 'SELECT listener, port FROM port_allocation WHERE cluster_id = $1 AND node_id = 1', [id]);
  return Object.fromEntries(rows.map(({ listener, port }) => [listener, port]));
}

export async function foreignTenant(trial, cluster) {
  await trial.check('a key of another organization: the cluster isn\'t there for it, by whatever call', async () => {
    const { api_key: made } = await trial.platform.call('POST', '/sluice/v1/organizations', { display_name: 'Foreign' });
    const key = { apiKey: made.id, apiSecret: made.secret };
    const { id } = cluster;
    const spec = { environment: { id: trial.environment.id } };
    const calls = [
      ['GET', `/cmk/v2/clusters/${id}?environment=${trial.environment.id}`], ['PATCH', `/cmk/v2/clusters/${id}`, { spec: { ...spec, display_name: 'mine' } }], ['DELETE', `/cmk/v2/clusters/${id}?environment=${trial.environment.id}`],
      ['GET', `/sluice/v1/clusters/${id}`], ...['restart', 'pause', 'resume'].map((verb) => ['POST', `/sluice/v1/clusters/${id}:${verb}`]), ['POST', `/sluice/v1/clusters/${id}:replace-broker`, { broker_id: 1, force: true }],
      ['GET', `/kafka/v3/clusters/${id}`], ['GET', `/kafka/v3/clusters/${id}/topics`], ['POST', `/kafka/v3/clusters/${id}/topics`, { topic_name: 'mine' }], ['GET', `/kafka/v3/clusters/${id}/acls`],
      ['POST', '/iam/v2/api-keys', { spec: { display_name: 'mine', owner: { id: made.owner?.id ?? 'u-none' }, resource: { id, environment: trial.environment.id } } }],
    ];
    const found = [];
    for (const [method, path, body] of calls) {
      const { status, text } = await trial.api(method, path, body, key);
      if (![403, 404, 422].includes(status)) found.push(`${method} ${path}: ${status} ${text.slice(0, 100)}`);
    }
    must(found.length === 0, found.join('; '));
    const operations = (await trial.api('GET', `/sluice/v1/operations?resource_id=${id}`, undefined, key)).body;
    must((operations.data ?? []).length === 0, 'its operations are seen');
    return `${calls.length} calls`;
  });
}

const loginProblem = async (port, ca, login) => {
  const client = createClient(port, { tls: { ca, servername: 'localhost' }, login });
  try {
    await client.send('Metadata', 9, { topics: [] }, WAIT_MS);
    return null;
  } catch (error) {
    return error.message;
  } finally {
    client.close();
  }
};

/** Keys of `own` on the other: `own` is the cluster that the key is for. */
export async function foreignKeys(trial, own, other) {
  const ca = readFileSync(trial.platform.admin.caFile);
  const account = await trial.platform.serviceAccount('bad-tenant');
  const { apiKey: id, apiSecret: secret } = await trial.platform.clusterKey(own, trial.environment, account.id);
  const [here, there] = [await portsOf(trial, own), await portsOf(trial, other)];
  await trial.check('a key logs in on its own cluster and on no other, nor as nobody, nor with nothing', async () => {
    const logins = { PLAIN: plainLogin({ id, secret }), 'SCRAM-SHA-256': scramLogin({ id, secret }, 'SCRAM-SHA-256'), 'SCRAM-SHA-512': scramLogin({ id, secret }, 'SCRAM-SHA-512') };
    for (const [mechanism, login] of Object.entries(logins)) {
      const mine = await eventually(() => loginProblem(here.external, ca, login));
      must(mine === null, `${mechanism} on its own: ${mine}`);
      must(/login/.test(await loginProblem(there.external, ca, login) ?? ''), `${mechanism} is let in on another cluster`);
    }
    for (const wrong of [{ id, secret: '' }, { id: '', secret: '' }, { id: `${id}\0`, secret }, { id, secret: `${secret}\0` }, { id: 'CN=sluice-control-plane', secret: '' }, { id: own.id, secret: '' }, { id: 'ANONYMOUS', secret: 'x' }, { id: '__proto__', secret: 'x' }, { id: 'x'.repeat(100_000), secret: 'x' }]) {
      must(await loginProblem(here.external, ca, plainLogin(wrong)) !== null, `${JSON.stringify(wrong).slice(0, 60)} is let in`);
    }
    must(await loginProblem(here.external, ca, null) !== null, 'it takes requests without a login');
  });
}

async function eventually(ask) {
  for (let left = 20; ; left--) {
    const answer = await ask();
    if (answer === null || left === 0) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A certificate of `own`'s broker at the inner listeners of `other`. */
export async function foreignCertificates(trial, own, other) {
  const ca = readFileSync(trial.platform.admin.caFile);
  const [mine, theirs] = [own, other].map((cluster) => pem(trial.directory(cluster, 'node-1', 'tls', 'broker.pem')));
  const { internal, controller, external } = await portsOf(trial, other);
  const tlsOf = (certificate) => ({ ca, servername: 'localhost', ...certificate });
  const asked = async (port, certificate, ...request) => {
    const client = createClient(port, { tls: tlsOf(certificate) });
    try {
      return await client.send(...request, WAIT_MS);
    } finally {
      client.close();
    }
  };
  await trial.check('no certificate, no word: the inner listeners close the connection', async () => {
    for (const [name, port] of Object.entries({ internal, controller })) {
      const answer = await asked(port, {}, 'ApiVersions', 0, {}).then(() => 'answered', (error) => error.message);
      must(/closed/.test(answer), `${name}: ${answer}`);
    }
  });
  await trial.check('a certificate that somebody made of himself: closed', async () => {
    const { forged } = await import('./forged.mjs');
    for (const port of [internal, controller]) {
      const answer = await asked(port, forged('sluice-control-plane'), 'ApiVersions', 0, {}).then(() => 'answered', (error) => error.message);
      must(/closed/.test(answer), answer);
    }
  });
  await trial.check('a certificate of another cluster\'s broker may nothing on the INTERNAL listener', async () => {
    const { topics } = await asked(internal, mine, 'Metadata', 9, { topics: null });
    must(topics.length === 0, `it sees ${topics.map(({ name }) => name).join(', ')}`);
    const created = await asked(internal, mine, 'CreateTopics', 5, { topics: [{ name: 'intruder', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 5_000 });
    must([29, 31].includes(created.topics[0].errorCode), `creating a topic: ${created.topics[0].errorCode}`);
    const acls = await asked(internal, mine, 'DescribeAcls', 2, { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 });
    must(acls.errorCode === CLUSTER_AUTHORIZATION_FAILED, `ACLs: ${acls.errorCode}`);
  });
  await trial.check('nor on the CONTROLLER listener: no vote, no fetch of the metadata, no voter more', async () => {
    const kafkaClusterId = /cluster\.id=(.*)/.exec(readFileSync(trial.directory(other, 'node-1', 'data', 'meta.properties'), 'utf8'))[1].replaceAll('\\', '');
    const codes = {
      Vote: await vote(controller, tlsOf(mine), kafkaClusterId),
      Fetch: (await asked(controller, mine, 'Fetch', 13, { clusterId: kafkaClusterId, topics: [] })).errorCode,
      AddRaftVoter: (await asked(controller, mine, 'AddRaftVoter', 0, { clusterId: kafkaClusterId, timeoutMs: 1_000, voterId: 99, listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }] })).errorCode,
      DescribeQuorum: (await asked(controller, mine, 'DescribeQuorum', 0, { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] })).errorCode,
      CreateTopics: (await asked(controller, mine, 'CreateTopics', 5, { topics: [{ name: 'intruder', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 1_000 })).topics[0].errorCode,
    };
    must(Object.values(codes).every((code) => code === CLUSTER_AUTHORIZATION_FAILED || code === 29), JSON.stringify(codes));
    // The same of one of its own, or the refusals would tell nothing.
    const own = (await asked(controller, theirs, 'DescribeQuorum', 0, { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] })).errorCode;
    must(own === 0, `its own broker is refused too: ${own}`);
    return JSON.stringify(codes);
  });
  await trial.check('a broker\'s certificate is no login where clients come in', async () => {
    must(await asked(external, theirs, 'Metadata', 9, { topics: null }).then(() => 'answered', () => null) === null, 'it is answered without a login');
  });
}

/** Asks for the metadata quorum's vote; the error code of the answer. */
async function vote(port, tls, kafkaClusterId) {
  const text = (value) => Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)]);
  const partition = Buffer.alloc(4 + 4 + 4 + 4 + 8 + 1);
  partition.writeInt32BE(1_000, 4);
  partition.writeInt32BE(99, 8);
  partition.writeInt32BE(1_000, 12);
  partition.writeBigInt64BE(1_000_000n, 16);
  const body = Buffer.concat([text(kafkaClusterId), Buffer.from([2]), text('__cluster_metadata'), Buffer.from([2]), partition, Buffer.from([0, 0])]);
  const connection = open(port, { tls });
  connection.write(framed(Buffer.concat([header(API_VOTE, 0, { flexible: true }), body])));
  const answer = await connection.answer(WAIT_MS);
  connection.destroy();
  return typeof answer === 'string' ? answer : answer.readInt16BE(5);
}

/** What an administrator of a cluster may do there is much; not what would make him the platform. */
export async function ambitiousAdministrator(trial, cluster) {
  const ca = readFileSync(trial.platform.admin.caFile);
  const { external } = await portsOf(trial, cluster);
  const account = await trial.platform.serviceAccount('bad-administrator');
  const { id: environmentId } = trial.environment;
  const organization = (await trial.api('GET', '/org/v2/organizations')).body.data[0].id;
  const crn = `crn://confluent.cloud/organization=${organization}/environment=${environmentId}/cloud-cluster=${cluster.id}`;
  const bound = await trial.api('POST', '/iam/v2/role-bindings', { principal: `User:${account.id}`, role_name: 'CloudClusterAdmin', crn_pattern: crn });
  const { apiKey: id, apiSecret: secret } = await trial.platform.clusterKey(cluster, trial.environment, account.id);
  const login = plainLogin({ id, secret });
  await trial.check('an administrator\'s key can\'t make itself the platform: users, voters, brokers, features, broker settings', async () => {
    must(bound.status < 300, `role binding: ${bound.status} ${bound.text}`);
    must(await eventually(() => loginProblem(external, ca, login)) === null, 'it can\'t log in');
    const client = createClient(external, { tls: { ca, servername: 'localhost' }, login });
    const problems = [];
    const attempt = async (what, isRefused, ...request) => {
      const answer = await client.send(...request).catch((error) => error.message);
      if (typeof answer === 'string' ? !/closed/.test(answer) : !isRefused(answer)) problems.push(`${what}: ${JSON.stringify(answer, (_key, value) => (typeof value === 'bigint' ? String(value) : value)).slice(0, 200)}`);
    };
    const made = await client.send('CreateTopics', 5, { topics: [{ name: 'allowed', numPartitions: 1, replicationFactor: 1 }], timeoutMs: 5_000 });
    if (made.topics[0].errorCode !== 0) problems.push(`a topic: ${made.topics[0].errorCode} ${made.topics[0].errorMessage}`);
    const settings = { 'super.users': `User:${account.id}`, 'listener.name.external.ssl.keystore.location': '/etc/passwd', 'listener.name.external.plain.sasl.jaas.config': 'x', 'ssl.keystore.location': '/etc/passwd', 'metric.reporters': 'java.lang.Object', 'listeners': 'PLAINTEXT://:1', 'advertised.listeners': 'PLAINTEXT://:1', 'max.connections.per.ip': '0', 'connections.max.reauth.ms': '0' };
    for (const resourceName of ['1', '']) {
      for (const [name, value] of Object.entries(settings)) await attempt(`${name} of broker "${resourceName}"`, ({ responses }) => responses[0].errorCode !== 0, 'IncrementalAlterConfigs', 1, { resources: [{ resourceType: 4, resourceName, configs: [{ name, configOperation: 0, value }] }] });
    }
    await attempt('a user', ({ results }) => results[0].errorCode !== 0, 'AlterUserScramCredentials', 0, { upsertions: [{ name: 'CN=sluice-control-plane', mechanism: 1, iterations: 8192, salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32) }] });
    await attempt('a voter', ({ errorCode }) => errorCode !== 0, 'AddRaftVoter', 0, { timeoutMs: 1_000, voterId: 99, listeners: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 1 }] });
    await attempt('no voter', ({ errorCode }) => errorCode !== 0, 'RemoveRaftVoter', 0, { voterId: 1 });
    await attempt('no broker', ({ errorCode }) => errorCode !== 0, 'UnregisterBroker', 0, { brokerId: 1 });
    await attempt('features', ({ errorCode, results }) => errorCode !== 0 || results.some((each) => each.errorCode !== 0), 'UpdateFeatures', 1, { timeoutMs: 1_000, featureUpdates: [{ feature: 'metadata.version', maxVersionLevel: 1, upgradeType: 3 }] });
    client.close();
    must(problems.length === 0, problems.join('\n      '));
  });
}
