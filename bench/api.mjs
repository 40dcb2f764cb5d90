#!/usr/bin/env node
// What the control plane costs above its database. In turns with bench/bare-api.mjs, a hand-written Express handler on the same PostgreSQL:
// reads of one cluster at 8 connections (requests/s), accepting a cluster (p99 against one fsynced INSERT), and list pages with 100 and 10,000 rows.
// Nothing is cached on either side.
// usage: node bench/api.mjs [--pairs 5] [--seconds 4] [--creates 100]
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { brokerPid, createReport, newHome, Platform, quantile, until } from '../test/support/platform.mjs';

const { values: options } = parseArgs({ options: { pairs: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' }, creates: { type: 'string', default: '100' } } });
const CONNECTIONS = 8;
const MANY = 10_000;
const FEW = 100;

const basic = (key) => `Basic ${Buffer.from(`${key.apiKey}:${key.apiSecret}`).toString('base64')}`;

function ask(agent, url, { method = 'GET', authorization, body, status = 200 } = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { ...(authorization ? { authorization } : {}), ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}) };
    const sent = request(url, { agent, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.once('end', () => {
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode === status) resolve(answer);
        else reject(new Error(`${method} ${url} → ${response.statusCode} ${answer.slice(0, 300)}`));
      });
    });
    sent.once('error', reject);
    sent.end(text);
  });
}

/** Requests per second over so many connections, each asking again as soon as it is answered. */
async function throughput(urlOf, headersOf, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, async (_, connection) => {
    for (let i = connection; performance.now() < until; i += CONNECTIONS) {
      await ask(agent, urlOf(i), headersOf(i));
      answered++;
    }
  }));
  agent.destroy();
  return answered / ((performance.now() - began) / 1000);
}

async function timed(count, work) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await work(i);
    times.push(performance.now() - began);
  }
  return times;
}

/** Rows as the platform writes them for a running cluster, never due: nobody starts a broker for them. */
const ROWS = `
  WITH made AS (
    INSERT INTO cluster (organization_id, id, environment_id, display_name, kind, availability, cloud, region, config, engine, engine_spec, flush_mode, kafka_cluster_id, phase,
      balanced_brokers, provisioned_at, observed_generation, prepared_generation, due_at, created_at, updated_at)
    SELECT $1, 'lkc-' || $3 || lpad(n::text, 5, '0'), $2, $3 || n, 'Basic', 'SINGLE_ZONE', 'AWS', 'embedded', '{"kind":"Basic"}',
      'embedded', '{"engine":"embedded","version":null,"brokers":1,"controllers":0,"heapMb":null,"configs":{}}', 'ack',
      'bench' || $3 || lpad(n::text, 12, '0'), 'PROVISIONED', 1, now(), 1, 1, now() + interval '10 years', now() + n * interval '1 millisecond', now()
    FROM generate_series(1, $4::int) n RETURNING id),
  served AS (
    INSERT INTO broker (organization_id, cluster_id, node_id, roles, process, ever_ready, updated_at) SELECT $1, id, 1, ARRAY['broker', 'controller'], 'ready', true, now() FROM made RETURNING cluster_id)
  INSERT INTO port_allocation (port, organization_id, cluster_id, node_id, listener)
  SELECT $5::int + row_number() OVER () , $1, cluster_id, 1, listener FROM served, unnest(ARRAY['external', 'internal', 'controller']) listener`;

async function addRows(database, organizationId, environmentId, prefix, count, firstPort) {
  await database.query('BEGIN');
  await database.query("SELECT set_config('sluice.organization_id', $1, true)", [organizationId]);
  await database.query(ROWS, [organizationId, environmentId, prefix, count, firstPort]);
  await database.query('COMMIT');
  await database.query('ANALYZE cluster; ANALYZE broker; ANALYZE port_allocation');
}

function startBare(url, organizationId, principalId) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('bare-api.mjs', import.meta.url)), url, organizationId, principalId], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`bare-api.mjs ended with ${code}`)));
    child.stdout.once('data', (line) => resolve({ child, baseUrl: `http://127.0.0.1:${Number(line)}` }));
  });
}

async function readKeys(platform, environment, count) {
  const account = await platform.serviceAccount('bench-reader');
  const { id: organizationId } = (await platform.call('GET', '/org/v2/organizations')).data[0];
  await platform.call('POST', '/iam/v2/role-bindings', {
    principal: `User:${account.id}`, role_name: 'EnvironmentAdmin', crn_pattern: `crn://confluent.cloud/organization=${organizationId}/environment=${environment.id}`,
  });
  const keys = [];
  for (let i = 0; i < count; i++) {
    const { id, spec } = await platform.call('POST', '/iam/v2/api-keys', { spec: { display_name: `bench-${i}`, owner: { id: account.id } } });
    keys.push({ apiKey: id, apiSecret: spec.secret });
  }
  return { account, organizationId, keys };
}

const show = (values, digits = 0) => `min ${Math.min(...values).toFixed(digits)}, median ${quantile(values, 0.5).toFixed(digits)}, max ${Math.max(...values).toFixed(digits)}`;

async function reads(report, platform, bare, environment, keys) {
  const ids = Array.from({ length: FEW }, (_, i) => `lkc-few${String(i + 1).padStart(5, '0')}`);
  const headers = keys.map((key) => ({ authorization: basic(key) }));
  const ours = () => throughput((i) => `${platform.baseUrl}/cmk/v2/clusters/${ids[i % FEW]}?environment=${environment.id}`, (i) => headers[i % headers.length], Number(options.seconds));
  const theirs = () => throughput((i) => `${bare.baseUrl}/clusters/${ids[i % FEW]}`, () => ({}), Number(options.seconds));
  await ours();
  await theirs();
  const pairs = [];
  for (let i = 0; i < Number(options.pairs); i++) {
    const pair = i % 2 === 0 ? { ours: await ours(), bare: await theirs() } : { bare: await theirs(), ours: await ours() };
    pairs.push(pair);
    console.log(`  pair ${i + 1}: ${pair.ours.toFixed(0)} requests/s, bare ${pair.bare.toFixed(0)}`);
  }
  const ratios = pairs.map((pair) => pair.ours / pair.bare);
  report.line(quantile(ratios, 0.5) >= 0.5, `reads, ratio to the bare handler: ${show(ratios, 2)} (to reach: median ≥ 0.5)`);
}

async function creates(report, platform, bare, environment) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const authorization = basic(platform.admin);
  const ours = [];
  const theirs = [];
  // One at a time, and what the one before began has ended, the broker's start and its removal: what is timed is the accepting.
  for (let i = 0; i < Number(options.creates); i++) {
    const body = { spec: { display_name: `create-${i}`, availability: 'SINGLE_ZONE', cloud: 'AWS', region: 'embedded', config: { kind: 'Basic' }, environment: { id: environment.id } } };
    let answer;
    ours.push(...await timed(1, async () => { answer = await ask(agent, `${platform.baseUrl}/cmk/v2/clusters`, { method: 'POST', authorization, body, status: 202 }); }));
    const cluster = await platform.provisioned(JSON.parse(answer), environment);
    await platform.call('DELETE', `/cmk/v2/clusters/${cluster.id}?environment=${environment.id}`);
    await until(`end of ${cluster.id}`, 60_000, () => brokerPid(cluster) === null && !existsSync(join(platform.home, 'clusters', cluster.id)));
    theirs.push(...await timed(1, () => ask(agent, `${bare.baseUrl}/rows`, { method: 'POST', body: {}, status: 202 })));
  }
  agent.destroy();
  const p99 = { ours: quantile(ours, 0.99), bare: quantile(theirs, 0.99) };
  console.log(`  accepting a cluster: ${show(ours, 1)}, p99 ${p99.ours.toFixed(1)} ms; one fsynced INSERT: ${show(theirs, 1)}, p99 ${p99.bare.toFixed(1)} ms`);
  report.line(p99.ours <= 3 * p99.bare, `accepting a create, p99 ratio: ${(p99.ours / p99.bare).toFixed(2)} (to reach: ≤ 3)`);
}

async function pages(report, platform, few, many, keys) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const authorization = basic(keys[0]);
  const page = (environment, token) => async () => ask(agent, `${platform.baseUrl}/cmk/v2/clusters?environment=${environment.id}&page_size=50${token ? `&page_token=${token}` : ''}`, { authorization });
  // The last page of many: reached by its token, as a client that follows the links does.
  let token = null;
  for (let at = 0; at < MANY - 100; at += 100) {
    const { metadata } = JSON.parse(await ask(agent, `${platform.baseUrl}/cmk/v2/clusters?environment=${many.id}&page_size=100${token ? `&page_token=${token}` : ''}`, { authorization }));
    token = new URL(metadata.next).searchParams.get('page_token');
  }
  const wanted = { few: page(few, null), first: page(many, null), last: page(many, token) };
  const times = { few: [], first: [], last: [] };
  for (let round = 0; round < 60; round++) for (const name of Object.keys(wanted)) times[name].push(...await timed(1, wanted[name]));
  agent.destroy();
  const medians = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, quantile(values, 0.5)]));
  const worst = Math.max(medians.first, medians.last) / medians.few;
  report.line(worst <= 1.5, `page of 50: ${medians.few.toFixed(1)} ms of ${FEW} rows; of ${MANY}: first ${medians.first.toFixed(1)}, last ${medians.last.toFixed(1)} ms (flat: ≤ 1.5 times)`);
}

const report = createReport('The control plane above its database');
const platform = new Platform(await newHome());
let bare = null;
let database = null;
try {
  await platform.start();
  const few = await platform.environment('few');
  const many = await platform.environment('many');
  const own = await platform.environment('own');
  const { account, organizationId, keys } = await readKeys(platform, few, 8);
  await platform.call('POST', '/iam/v2/role-bindings', {
    principal: `User:${account.id}`, role_name: 'EnvironmentAdmin', crn_pattern: `crn://confluent.cloud/organization=${organizationId}/environment=${many.id}`,
  });
  const { port, ownerPassword } = JSON.parse(readFileSync(join(platform.home, 'postgres.json'), 'utf8'));
  const url = `postgresql://sluice_owner:${ownerPassword}@127.0.0.1:${port}/sluice`;
  database = new pg.Client({ connectionString: url });
  await database.connect();
  await database.query('CREATE TABLE bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)');
  await addRows(database, organizationId, few.id, 'few', FEW, 33_000);
  bare = await startBare(url, organizationId, account.id);
  await reads(report, platform, bare, few, keys);
  await creates(report, platform, bare, own);
  await addRows(database, organizationId, many.id, 'man', MANY, 34_000);
  await pages(report, platform, few, many, keys);
  await database.query('DROP TABLE bench_row');
} finally {
  await database?.end();
  bare?.child.removeAllListeners('exit').kill('SIGTERM');
  platform.destroy();
}
report.end();
