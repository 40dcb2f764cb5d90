// Hostile HTTP against a running platform with a live cluster: whatever comes, a coded error in the dialect of the path, an X-Request-Id, never a
// 500 and never a stack trace; and kafka/v3 with every credential that isn't this cluster's.
// node test/hostile/http.mjs
import { request as httpRequest } from 'node:http';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createReport, newHome, Platform } from '../support/platform.mjs';

const report = createReport('hostile HTTP');
const platform = new Platform(await newHome());
const TRACE = /\n\s+at |node_modules|\.(?:ts|mjs|js):\d+|PrismaClient|invocation in|SELECT |violates/;
const basic = ({ apiKey, apiSecret }) => `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
const agentOptions = { host: '127.0.0.1' };

/** Sends the path as it stands; nothing is normalised. */
function ask(method, path, { key = platform.admin, body, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const content = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const sent = httpRequest({
      ...agentOptions, port: platform.port, method, path,
      headers: { ...(key ? { authorization: basic(key) } : {}), ...(content === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }), ...headers },
    }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('error', reject).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() }));
    });
    // An answer that came before the body was read is an answer all the same.
    sent.setTimeout(40_000, () => sent.destroy(new Error('no answer in 40 s'))).on('error', reject).end(content);
  });
}

/** What is wrong with an answer, or null. */
function fault({ status, headers, text }, allowed) {
  if (status >= 500 && status !== 503) return `status ${status}: ${text.slice(0, 200)}`;
  if (allowed && !allowed.includes(status)) return `status ${status}, not ${allowed}: ${text.slice(0, 200)}`;
  if (TRACE.test(text)) return `tells of its inside: ${text.slice(0, 200)}`;
  if (!headers['x-request-id']) return `no X-Request-Id with ${status}`;
  if (status < 400) return null;
  try {
    const body = JSON.parse(text);
    return body.errors?.[0]?.code !== undefined || body.error_code !== undefined ? null : `no code: ${text.slice(0, 200)}`;
  } catch {
    return `no JSON with ${status}: ${text.slice(0, 200)}`;
  }
}

async function probe(title, trials, allowed) {
  const statuses = {};
  const faults = [];
  const left = [...trials];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let trial = left.pop(); trial; trial = left.pop()) {
      const answer = await ask(...trial).catch((error) => ({ status: 0, headers: { 'x-request-id': '-' }, text: error.message }));
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      const bad = answer.status === 0 ? `no answer: ${answer.text}` : fault(answer, allowed);
      if (bad) faults.push(`${trial[0]} ${trial[1].slice(0, 120)} ${JSON.stringify(trial[2]?.body)?.slice(0, 160) ?? ''}: ${bad}`);
    }
  }));
  report.line(faults.length === 0, `${title}: ${trials.length} requests, ${Object.entries(statuses).map(([status, count]) => `${count} × ${status}`).join(', ')}${faults.length ? `\n      ${faults.length} faults\n      ${[...new Set(faults)].slice(0, 8).join('\n      ')}` : ''}`);
}

function resolveSchema(document, schema) {
  if (schema?.$ref) return resolveSchema(document, schema.$ref.slice(2).split('/').reduce((at, name) => at[name], document));
  if (schema?.allOf) return schema.allOf.map((each) => resolveSchema(document, each)).reduce((all, each) => ({ ...all, ...each, properties: { ...all.properties, ...each.properties } }), {});
  return schema ?? {};
}

/** A body that the schema allows, or nearly. */
function sample(document, given, depth = 0) {
  const schema = resolveSchema(document, given);
  if (schema.properties && depth < 5) return Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, sample(document, each, depth + 1)]));
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'array') return [sample(document, schema.items, depth + 1)];
  return { integer: 1, number: 1, boolean: true, object: {} }[schema.type] ?? 'x';
}

function fieldsOf(value, path = []) {
  if (typeof value !== 'object' || value === null) return [path];
  return [...(path.length > 0 ? [path] : []), ...Object.entries(value).flatMap(([name, each]) => fieldsOf(each, [...path, name]))];
}

function replaced(body, path, value) {
  const copy = structuredClone(body);
  const parent = path.slice(0, -1).reduce((at, name) => at[name], copy);
  parent[path.at(-1)] = value;
  return copy;
}

const WRONG = [null, 0, -1, 2 ** 53, 1e308, 1.5, true, '', 'x'.repeat(70_000), '\u0000', '\ud800', '\u{1f984}\u202e', [], [[]], [null], {}, { $ne: 1 }, { toString: 1, __proto__: null, constructor: 'x' }, '../../etc/passwd', '; DROP TABLE cluster; --', '${jndi:ldap://x}'];
/** Makes a process with every good variant; its fields are tried where the driver is a stand-in. */
const COSTLY = new Set(['Clusters_create', 'PlatformOrganizations_create']);

function operationsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).filter(([method]) => /^(get|post|put|patch|delete)$/.test(method)).map(([method, operation]) => ({
    id: operation.operationId, method: method.toUpperCase(), path, body: operation.requestBody ? sample(document, Object.values(operation.requestBody.content)[0].schema) : undefined,
  })));
}

const required = (method, path) => (method === 'DELETE' && path.endsWith('/acls') ? '?resource_type=TOPIC&pattern_type=LITERAL&operation=READ&permission=ALLOW' : '');

const pathOf = (path, cluster) => path.replaceAll(/\{(\w+)\}/g, (_all, name) => ({ cluster_id: cluster.id, topic_name: 'orders', name: 'retention.ms', partition_id: '0', consumer_group_id: 'group', consumer_id: 'consumer' })[name] ?? cluster.id);

async function bodies(operations, cluster) {
  const withBody = operations.filter(({ body }) => body !== undefined);
  const raw = ['', '{', '{"a":', 'null', '[]', '5', '"x"', 'true', '{}{}', '{"a":1,}', '\ufeff{}', '\u0000', '{"a":"\\ud800"}', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}', '['.repeat(20_000), '{"a":'.repeat(5_000), `${'['.repeat(31)}${']'.repeat(31)}`, '{"a":1e999}', Buffer.from([0xff, 0xfe, 0x7b])];
  await probe('bodies that are no JSON, or none that is asked for', withBody.flatMap(({ method, path }) => raw.map((body) => [method, pathOf(path, cluster), { body }])), [400, 404, 409, 415, 422]);
  await probe('bodies above a megabyte', withBody.map(({ method, path }) => [method, pathOf(path, cluster), { body: `{"a":"${'x'.repeat(1_100_000)}"}` }]), [413]);
  await probe('compressed bodies, odd lengths and types', withBody.flatMap(({ method, path }) => [{ 'content-encoding': 'gzip' }, { 'content-encoding': 'x' }, { 'content-type': 'application/json; charset=utf-7' }, { 'content-type': '' }, { 'content-type': 'text/xml' }].map((headers) => [method, pathOf(path, cluster), { body: '{}', headers }])));
  await probe('every field with every wrong type', withBody.filter(({ id }) => !COSTLY.has(id)).flatMap(({ method, path, body }) => fieldsOf(body).flatMap((field) => WRONG.map((value) => [method, pathOf(path, cluster), { body: replaced(body, field, value) }]))));
}

async function paths(operations, cluster) {
  const wrong = ['%', '%zz', '%00', '%c0%ae', '%2e%2e%2f', '..%5c..', '%ff', '%F0%9F%A6%84', 'x'.repeat(7_000), '__proto__', 'constructor', '%7B%7D', '-1', '9'.repeat(40), '%0d%0aX-A:1', 'lkc-', 'lkc-%00', "'", '*'];
  const withId = operations.filter(({ path, method }) => path.includes('{') && method !== 'DELETE');
  await probe('path parameters that are none', withId.flatMap(({ method, path, body }) => wrong.map((value) => [method, path.replaceAll(/\{\w+\}/g, value), { body }])));
  const kafka = withId.filter(({ path }) => path.startsWith('/kafka/v3'));
  await probe('the same, behind a real cluster', kafka.flatMap(({ method, path, body }) => wrong.map((value) => [method, path.replace('{cluster_id}', cluster.id).replaceAll(/\{\w+\}/g, value), { body }])));
  const outside = ['/../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/docs/../../package.json', '/docs/%2e%2e/%2e%2e/package.json', '/docs/..%2f..%2fpackage.json', '/openapi/../admin.json', '/openapi/%2e%2e%2fadmin.json', '//evil', '/api//org/v2/environments', '/api/api/org/v2/environments', '/\\..\\', '/a;b', '/ca.pem/x', '/health/', '/health/live/..;/x', '*'];
  await probe('paths that lead out', outside.flatMap((path) => [['GET', path], ['POST', path, { body: {} }]]));
  const queries = ['page_size=1&page_size=2', 'page_size[]=1', 'page_size[a]=1', 'page_token=%', 'page_token=%00', 'page_size=1e9', `a=${'x'.repeat(7_000)}`, '__proto__[x]=1', '%00=1', Array.from({ length: 2_000 }, () => 'a=1').join('&'), 'environment=a&environment=b', '?=&&&=', 'include_synonyms=maybe', 'validate_only=maybe'];
  await probe('queries', operations.filter(({ method }) => method === 'GET').flatMap(({ path }) => queries.map((query) => ['GET', `${pathOf(path, cluster)}?${query}`])));
  const overrides = [{ 'x-http-method-override': 'DELETE' }, { 'x-method-override': 'DELETE' }, { 'x-original-url': '/sluice/v1/organizations' }, { 'x-forwarded-host': 'evil' }, { 'x-forwarded-for': '127.0.0.1' }, { 'x-request-id': '\u00e9'.repeat(10) }, { 'x-request-id': 'a'.repeat(5_000) }, { expect: '100-continue' }, { range: 'bytes=0-1' }, { 'if-match': '*' }, { accept: 'text/xml' }, { 'accept-encoding': 'gzip;q=x' }, { origin: 'http://evil' }];
  await probe('headers and method overrides', overrides.map((headers) => ['GET', `/kafka/v3/clusters/${cluster.id}/topics`, { headers }]), [200, 406]);
  await probe('methods that no route has', ['TRACE', 'PROPFIND', 'OPTIONS', 'HEAD', 'PURGE', 'SEARCH'].flatMap((method) => ['/org/v2/environments', `/kafka/v3/clusters/${cluster.id}`, '/health/live'].map((path) => [method, path])).filter(([method]) => method !== 'HEAD'));
}

/** Bytes as they are; answers what came back, and after how long the connection was gone. */
function raw(bytes, { drip = 0, waitMs = 15_000 } = {}) {
  return new Promise((resolve) => {
    const began = performance.now();
    const socket = connect(platform.port, '127.0.0.1');
    let text = '';
    let at = 0;
    const timer = drip > 0 ? setInterval(() => { if (at < bytes.length) socket.write(bytes.subarray(at, ++at)); }, drip) : null;
    if (!timer) socket.write(bytes);
    const end = (outcome) => { clearInterval(timer); clearTimeout(limit); socket.destroy(); resolve({ outcome, text, afterMs: Math.round(performance.now() - began) }); };
    const limit = setTimeout(() => end('open'), waitMs);
    socket.on('data', (chunk) => { text += chunk; }).on('error', () => end('closed')).on('close', () => end('closed'));
  });
}

async function connections(cluster) {
  const broken = ['GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(5_000)}\r\n`, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n', '\u0016\u0003\u0001', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'];
  const answers = await Promise.all(broken.map((text) => raw(Buffer.from(text))));
  const bad = answers.filter(({ text }) => /^HTTP\/1.1 5(?!05)/.test(text) || TRACE.test(text));
  report.line(bad.length === 0, `requests that are none: ${broken.length}, ${answers.map(({ outcome, text }) => text.slice(9, 12) || outcome).join(' ')}`);
  const slow = await Promise.all(Array.from({ length: 50 }, () => raw(Buffer.from(`GET /health/live HTTP/1.1\r\nHost: a\r\nX-Slow: ${'x'.repeat(500)}\r\n\r\n`), { drip: 1_000, waitMs: 20_000 })));
  const latest = Math.max(...slow.map(({ afterMs }) => afterMs));
  report.line(slow.every(({ outcome }) => outcome === 'closed') && latest < 13_000, `50 clients that send a header byte a second: closed after at most ${latest} ms`);
  const idle = Array.from({ length: 2_000 }, () => connect(platform.port, '127.0.0.1').on('error', () => undefined));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const began = performance.now();
  const served = await ask('GET', `/kafka/v3/clusters/${cluster.id}/topics`);
  report.line(served.status === 200, `beside 2,000 idle connections a request is served in ${Math.round(performance.now() - began)} ms`);
  for (const socket of idle) socket.destroy();
}

async function foreigners(operations, cluster, environment) {
  const other = await platform.cluster(environment, 'other');
  const account = await platform.serviceAccount('other');
  const otherKey = await platform.clusterKey(other, environment, account.id);
  const deleted = await platform.clusterKey(cluster, environment, account.id);
  await platform.call('DELETE', `/iam/v2/api-keys/${deleted.apiKey}`);
  const foreign = await platform.call('POST', '/sluice/v1/organizations', { display_name: 'Foreign' });
  const foreignKey = { apiKey: foreign.api_key.id, apiSecret: foreign.api_key.secret };
  const routes = operations.filter(({ path }) => path.startsWith('/kafka/v3/clusters/{cluster_id}'));
  const trials = (key) => routes.map(({ method, path, body }) => [method, pathOf(path, cluster) + required(method, path), { key, body }]);
  await probe('kafka/v3 with the key of another cluster', trials(otherKey), [401, 403, 404]);
  await probe('kafka/v3 with a deleted key', trials(deleted), [401]);
  await probe('kafka/v3 with a foreign organization\'s cloud key', trials(foreignKey), [404]);
  await probe('kafka/v3 with a wrong secret', trials({ ...otherKey, apiSecret: `${otherKey.apiSecret}x` }), [401]);
  await probe('kafka/v3 without a credential', trials(null), [401]);
  await probe('kafka/v3 with credentials that are none', ['Basic', 'Basic %%%', 'Basic Og==', 'Bearer x', `Basic ${Buffer.from('a').toString('base64')}`, `Basic ${Buffer.alloc(6_000, 'a').toString('base64')}`, `Basic ${Buffer.from('\u0000:\u0000').toString('base64')}`].map((authorization) => ['GET', `/kafka/v3/clusters/${cluster.id}`, { key: null, headers: { authorization } }]), [401]);
}

try {
  await platform.start();
  const environment = await platform.environment();
  const cluster = await platform.cluster(environment);
  await platform.topic(cluster, 'orders', { partitions_count: 1 });
  const operations = operationsOf(JSON.parse((await ask('GET', '/openapi.json')).text));
  await foreigners(operations, cluster, environment);
  await bodies(operations, cluster);
  await paths(operations, cluster);
  await connections(cluster);
  report.line((await ask('GET', `/kafka/v3/clusters/${cluster.id}/topics/orders`)).status === 200, 'the topic is still there and the platform still answers');
} catch (error) {
  report.line(false, error.stack);
} finally {
  await platform.signal('SIGTERM');
  const logs = join(platform.home, 'logs');
  const written = (existsSync(logs) ? readdirSync(logs) : []).map((name) => readFileSync(join(logs, name), 'utf8')).join('\n');
  const bugs = `${platform.output}\n${written}`.split('\n').filter((line) => /http\.bug|"level":"error"|uncaught|unhandled/i.test(line));
  report.line(bugs.length === 0, `bugs in the platform's log: ${bugs.length}${bugs.length ? `\n      ${[...new Set(bugs.map((line) => line.slice(0, 500)))].slice(0, 5).join('\n      ')}` : ''}`);
  platform.destroy();
  report.end();
}
