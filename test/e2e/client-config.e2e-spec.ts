/** Clients' configuration over HTTP: who gets it, in which form, and with which key; and that kafkajs works with its file and nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { newHome, Platform, root } from '../support/platform.mjs';
import { startControlPlane, type Answer, type ControlPlaneFixture, type Key } from './control-plane.fixture.js';
import { createTenant, type Tenant } from './tenant.fixture.js';

jest.setTimeout(120_000);

describe('a client\'s configuration', () => {
  let plane: ControlPlaneFixture;
  let ours: Tenant;
  let theirs: Tenant;
  let authority: string;
  const ask = (query: string, options: { key?: Key; accept?: string; clusterId?: string } = {}): Promise<Answer> => plane.request(
    'GET', `/sluice/v1/clusters/${options.clusterId ?? ours.clusterId}/client-config${query}`, { key: options.key ?? ours.admin, headers: options.accept === undefined ? {} : { Accept: options.accept } },
  );
  const refused = ({ status, body }: Answer): unknown[] => [status, body.errors[0].code, body.errors[0].source?.parameter];
  const clusterKey = async (owner: string, more: object = {}): Promise<Key> => {
    const { body } = await plane.request('POST', '/iam/v2/api-keys', { key: ours.admin, body: { spec: { owner: { id: owner }, resource: { id: ours.clusterId, environment: ours.environmentId }, ...more } } });
    return { id: body.id, secret: body.spec.secret };
  };

  beforeAll(async () => {
    plane = await startControlPlane();
    [ours, theirs] = [await createTenant(plane), await createTenant(plane)];
    authority = (await plane.request('GET', '/ca.pem', { key: null })).text.trim();
  }, 60_000);
  afterAll(async () => plane?.stop(), 30_000);

  it('is the file itself, to be saved', async () => {
    const { status, headers, text } = await ask(`?client=kafkajs&key=${ours.clusterKey.id}`);
    expect([status, headers.get('content-type'), headers.get('content-disposition'), headers.get('vary')]).toEqual([200, 'text/plain; charset=utf-8', 'attachment; filename="sluice-kafka.mjs"', 'Accept']);
    const { body: { spec } } = await plane.request('GET', `/cmk/v2/clusters/${ours.clusterId}?environment=${ours.environmentId}`, { key: ours.admin });
    expect(text).toBe(`// kafkajs, for the Kafka cluster ${ours.clusterId}. With the API key ${ours.clusterKey.id}.
// The secret is not in here: it is read from the environment variable SLUICE_API_SECRET.

import kafkajs from 'kafkajs';

const secret = process.env.SLUICE_API_SECRET;
if (!secret) throw new Error('SLUICE_API_SECRET is not set');

// TLS: brokers are checked against the authority of this installation, and their certificates against their host names.
const ca = \`
${authority}
\`;

// Login: SCRAM proves to each other that both know the secret, without sending it.
export const kafka = new kafkajs.Kafka({
  brokers: ["${spec.kafka_bootstrap_endpoint}"],
  ssl: { ca: [ca] },
  sasl: { mechanism: "scram-sha-512", username: "${ours.clusterKey.id}", password: secret },
});

// Producing: a record counts as written when every in-sync replica has it (with flush mode "ack": on its disk);
// retries neither double nor reorder it.
// kafkajs waits for all replicas (acks -1) unless told otherwise. One request in flight keeps the order.
export const producerOptions = { idempotent: true, maxInFlightRequests: 1 };

// Consuming: a group that has no offsets yet begins with the oldest record; otherwise it would skip what is there without a word.
export const subscribeOptions = { fromBeginning: true };
`);
  });

  it.each([['java', 'client.properties'], ['librdkafka', 'librdkafka.properties'], ['kafkajs', 'sluice-kafka.mjs'], ['python', 'sluice_kafka.py'], ['go', 'sluicekafka.go'], ['kcat', 'kcat.conf'], ['spring', 'application.yml']])('for %s is %s, which JSON holds with the way to use it', async (client, filename) => {
    const { status, headers, body } = await ask(`?client=${client}&mechanism=PLAIN`, { accept: 'application/json' });
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([200, 'application/json; charset=utf-8', null]);
    expect(body).toMatchObject({ api_version: 'sluice/v1', kind: 'ClientConfig', cluster_id: ours.clusterId, client, mechanism: 'PLAIN', api_key_id: null, filename });
    expect(body.content).toContain(body.secret.name);
    const { pathname, search } = new URL(body.metadata.self);
    const file = await plane.request('GET', pathname + search, { key: ours.admin });
    expect([file.text, file.headers.get('content-disposition')]).toEqual([body.content, `attachment; filename="${filename}"`]);
    expect(file.text).toContain('<API_KEY>');
  });

  it('is the file for whoever asks for none of both, or for both alike', async () => {
    for (const accept of ['*/*', 'text/html,*/*;q=0.8', 'image/png', 'text/plain, application/json']) expect([accept, (await ask('?client=java', { accept })).headers.get('content-type')]).toEqual([accept, 'text/plain; charset=utf-8']);
    expect((await ask('?client=java', { accept: 'text/plain;q=0.5, application/json' })).body.kind).toBe('ClientConfig');
  });

  it('says what is wrong with a question', async () => {
    const { body } = await ask('?client=perl');
    expect(body.errors[0].detail).toBe('client must be one of java, librdkafka, kafkajs, python, go, kcat, spring.');
    for (const query of ['', '?client=', '?client=perl', '?client=java&client=go', '?client=Java']) expect([query, ...refused(await ask(query))]).toEqual([query, 400, 'invalid_filter', 'client']);
    expect(refused(await ask('?client=java&mechanism=GSSAPI'))).toEqual([400, 'invalid_filter', 'mechanism']);
    expect(refused(await ask('?client=java&secret=x'))).toEqual([400, 'invalid_filter', 'secret']);
    expect(refused(await ask('?client=java', { clusterId: 'lkc-nowhere' }))).toEqual([404, 'resource_not_found', undefined]);
  });

  it('names only keys of that cluster that the caller may see', async () => {
    expect((await ask(`?client=java&key=${ours.clusterKey.id}`)).text).toContain(`username="${ours.clusterKey.id}"`);
    for (const id of ['ABCDEFGHIJKLMNOP', '', ours.admin.id, ours.deleted.id, theirs.clusterKey.id]) expect([id, ...refused(await ask(`?client=java&key=${id}`))]).toEqual([id, 404, 'resource_not_found', 'key']);
    expect((await ask('?client=java&key=%00')).status).toBe(400);
  });

  it('is for a key of the cluster too: its own by itself, others of its owner, nobody else\'s', async () => {
    const [sister, stranger] = [await clusterKey(ours.serviceAccountId), await clusterKey(ours.userId)];
    expect((await ask('?client=java', { key: ours.clusterKey })).text).toContain(`username="${ours.clusterKey.id}"`);
    expect((await ask(`?client=java&key=${sister.id}`, { key: ours.clusterKey })).text).toContain(`username="${sister.id}"`);
    expect(refused(await ask(`?client=java&key=${stranger.id}`, { key: ours.clusterKey }))).toEqual([404, 'resource_not_found', 'key']);
    expect((await ask('?client=java', { key: theirs.clusterKey })).status).toBe(401);
  });

  it('is nobody\'s without a role on the cluster', async () => {
    expect((await ask('?client=java', { key: ours.weak })).status).toBe(403);
    expect((await ask('?client=java', { key: theirs.admin })).status).toBe(404);
  });

  it('waits for a cluster that works', async () => {
    plane.driver.failWith('out of luck');
    const spec = { display_name: 'never', cloud: 'AWS', region: 'embedded', environment: { id: ours.environmentId } };
    const { body } = await plane.request('POST', '/cmk/v2/clusters', { key: ours.admin, body: { spec } });
    plane.driver.failWith(null);
    expect(refused(await ask('?client=java', { clusterId: body.id })).slice(0, 2)).toEqual([409, 'cluster_not_ready']);
  });

  it('is in the documents with an example for each client', async () => {
    const { content } = (await plane.request('GET', '/openapi/sluice-v1.json', { key: null })).body.paths['/sluice/v1/clusters/{id}/client-config'].get.responses['200'];
    expect(Object.keys(content['text/plain'].examples)).toEqual(['java', 'librdkafka', 'kafkajs', 'python', 'go', 'kcat', 'spring']);
    expect(content['application/json'].schema.$ref).toBe('#/components/schemas/ClientConfigDto');
  });
});

describe('kafkajs with its file', () => {
  const program = join(root, 'test/compat/client-config/programs/kafkajs-client.mjs');
  let platform: Platform;
  let directory: string;

  beforeAll(async () => {
    platform = new Platform(await newHome());
    await platform.start();
    mkdirSync(join(root, '.cache'), { recursive: true });
    directory = mkdtempSync(join(root, '.cache', 'client-config-'));
  }, 300_000);
  afterAll(async () => {
    await platform.signal('SIGTERM');
    platform.destroy();
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it('writes and reads 100 records, and is refused with another secret', async () => {
    const environment = await platform.environment();
    const cluster = await platform.cluster(environment);
    const key = await platform.clusterKey(cluster, environment, platform.admin.userId);
    await platform.topic(cluster, 'configured', { partitions_count: 3 });
    const file = join(directory, 'sluice-kafka.mjs');
    // With the key itself, and no other word of it.
    const response = await fetch(`${platform.baseUrl}/sluice/v1/clusters/${cluster.id}/client-config?client=kafkajs`, { headers: { authorization: `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}` } });
    writeFileSync(file, await response.text());
    const values = Array.from({ length: 100 }, (_, i) => `v-${i}`);
    const run = (secret: string, args: string[], input = ''): { status: number | null; stdout: string; stderr: string } => spawnSync(
      process.execPath, [program, file, ...args], { input, encoding: 'utf8', timeout: 60_000, env: { ...process.env, NODE_OPTIONS: '', SLUICE_API_SECRET: secret } },
    );
    const input = values.map((value, i) => `key-${i % 7}:${value}\n`).join('');
    expect(run(key.apiSecret, ['produce', 'configured'], input)).toMatchObject({ status: 0 });
    const read = run(key.apiSecret, ['consume', 'configured', 'readers', '100']);
    expect(read.status).toBe(0);
    expect(read.stdout.match(/^\d+ \d+ v-\d+$/gm)?.map((line) => line.split(' ')[2]).sort()).toEqual([...values].sort());
    const refused = run(`slc_${'x'.repeat(64)}`, ['produce', 'configured'], input);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('KafkaJSSASLAuthenticationError');
  });
});
