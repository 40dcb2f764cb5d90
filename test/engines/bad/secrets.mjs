// Where secrets may stand, and that they stand nowhere else: not in settings, command lines, environments, logs, operations or answers.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must, processesOf, readProc } from './trial.mjs';

/** Files that hold secrets, and nobody but their owner reads. */
const ALLOWED = /\/tls\/|\/principals\.json$|\/zookeeper[^/]*\.(jaas|json)$|\/jaas\.conf$/;

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** The middle of a private key: a line that nothing else has. */
const keyLines = (file) => [...readFileSync(file, 'utf8').matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----\n([^]*?)-----END/g)].flatMap(([, body]) => body.split('\n').filter((line) => line.length > 40).slice(1, 2));

function gather(trial, clusters, keys) {
  const { home, admin } = trial.platform;
  const pki = readdirSync(join(home, 'pki')).map((name) => join(home, 'pki', name)).filter((path) => statSync(path).isFile());
  const nodes = clusters.flatMap((cluster) => readdirSync(trial.directory(cluster)).filter((name) => name.startsWith('node-')).map((name) => trial.directory(cluster, name)));
  const principals = nodes.flatMap((directory) => JSON.parse(readFileSync(join(directory, 'principals.json'), 'utf8')).keys);
  const passwords = Object.entries(JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8'))).filter(([name]) => /password/i.test(name)).map(([, value]) => value);
  return [
    ['an API key\'s secret', [admin.apiSecret, ...keys.map(({ apiSecret }) => apiSecret)]],
    ['a hash of a key', principals.flatMap(({ secretSha256, scram }) => [secretSha256, ...Object.values(scram ?? {}).flatMap(({ storedKey, serverKey }) => [storedKey, serverKey])])],
    ['a private key', [...pki, ...nodes.flatMap((directory) => filesBelow(join(directory, 'tls')))].flatMap(keyLines)],
    ['a password of the database', passwords],
  ].map(([what, texts]) => [what, texts.filter((text) => typeof text === 'string' && text.length > 8)]);
}

export async function secrets(trial, clusters) {
  const account = await trial.platform.serviceAccount('bad-secrets');
  const keys = [];
  for (const cluster of clusters) keys.push(await trial.platform.clusterKey(cluster, trial.environment, account.id));
  const known = gather(trial, clusters, keys);
  const among = (where, text) => known.flatMap(([what, texts]) => (texts.some((each) => text.includes(each)) ? [`${what} in ${where}`] : []));
  await trial.check('secrets stand in no file but their own, and those are their owner\'s alone', async () => {
    must(known.every(([, texts]) => texts.length > 0), `nothing to look for: ${known.filter(([, texts]) => texts.length === 0).map(([what]) => what).join()}`);
    const files = clusters.flatMap((cluster) => filesBelow(trial.directory(cluster)));
    const found = files.filter((path) => !ALLOWED.test(path)).flatMap((path) => among(path, readFileSync(path, 'latin1')));
    const open = files.filter((path) => ALLOWED.test(path) && !/ca\.pem$/.test(path) && (statSync(path).mode & 0o077) !== 0);
    const directories = clusters.map((cluster) => trial.directory(cluster)).filter((path) => (statSync(path).mode & 0o077) !== 0);
    must(found.length + open.length + directories.length === 0, [...found, ...[...open, ...directories].map((path) => `${path} can be read by others`)].join('; '));
    return `${files.length} files`;
  });
  await trial.check('nor in command lines and environments of brokers', async () => {
    const processes = clusters.flatMap((cluster) => processesOf(trial.directory(cluster)));
    must(processes.length >= clusters.length, 'no brokers to look at');
    const found = processes.flatMap(({ pid, line }) => [...among(`the command line of ${pid}`, line), ...among(`the environment of ${pid}`, readProc(pid, 'environ'))]);
    must(found.length === 0, found.join('; '));
    const inherited = processes.flatMap(({ pid }) => readProc(pid, 'environ').split('\0').filter((entry) => /^(SLUICE_|DATABASE_URL|PG)|SECRET|PASSWORD|TOKEN/.test(entry) && !entry.startsWith('SLUICE_BROKER_TOKEN=')).map((entry) => entry.split('=')[0]));
    must(inherited.length === 0, `brokers inherit ${[...new Set(inherited)].join(', ')}`);
    return `${processes.length} processes`;
  });
  await trial.check('nor in the platform\'s own log, its answers and operations, or what it tells of a broker\'s settings', async () => {
    const paths = clusters.flatMap(({ id }) => [
      `/cmk/v2/clusters/${id}?environment=${trial.environment.id}`, `/sluice/v1/clusters/${id}`, `/sluice/v1/operations?resource_id=${id}&page_size=100`, `/kafka/v3/clusters/${id}/broker-configs`, `/kafka/v3/clusters/${id}/brokers/1/configs`,
    ]).concat('/sluice/v1/engines', '/iam/v2/api-keys?page_size=100', '/metrics');
    const answers = await Promise.all(paths.map(async (path) => [path, (await fetch(`${trial.platform.baseUrl}${path}`, { headers: { authorization: `Basic ${Buffer.from(`${trial.platform.admin.apiKey}:${trial.platform.admin.apiSecret}`).toString('base64')}` } }).then((response) => response.text()))]));
    const found = [...answers, ['the platform\'s output', trial.platform.output], ...filesBelow(join(trial.platform.home, 'logs')).map((path) => [path, readFileSync(path, 'latin1')])].flatMap(([where, text]) => among(where, text));
    must(found.length === 0, found.join('; '));
    return `${answers.length} answers`;
  });
}
