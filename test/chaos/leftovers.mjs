// What a platform has on this machine, against what it should have: processes, ports, directories, rows. Nothing may be missing and nothing left over.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** In words, one entry each; none when what is there is exactly what these clusters need. */
export async function discrepancies(platform, clusterIds) {
  const wanted = [...clusterIds].sort();
  const rows = await readRows(platform);
  const brokers = brokerProcesses(platform.home);
  const listening = listeningPorts(brokers.map((broker) => broker.pid));
  return [
    ...compare('broker processes of', brokers.map((broker) => broker.clusterId).sort(), wanted),
    ...compare('directories of', readdirSync(join(platform.home, 'clusters')).sort(), wanted),
    ...compare('rows of', rows.clusters.map((row) => row.id).sort(), wanted),
    ...compare('ports of', rows.ports.map((row) => row.cluster_id).sort(), wanted.flatMap((id) => [id, id, id])),
    ...compare('clients are listened to on', rows.ports.filter((row) => row.listener === 'external' && listening.includes(row.port)).map((row) => row.cluster_id).sort(), wanted),
    ...listening.filter((port) => !rows.ports.some((row) => row.port === port)).map((port) => `port ${port} is listened on and nobody's`),
    ...compare('databases', databaseProcesses(platform), ['1']),
    ...compare('builds', readdirSync(join(platform.home, 'engine')).map((name) => name.replace(/^[0-9a-f]{16}$/, 'build')), ['build']),
    ...temporaryFiles(platform.home).map((file) => `a temporary file: ${file}`),
    ...rows.operations.map((row) => `operation ${row.id} (${row.kind}) still runs`),
  ];
}

function compare(what, found, wanted) {
  return found.join() === wanted.join() ? [] : [`${what} ${found.join(', ') || 'nothing'} instead of ${wanted.join(', ') || 'nothing'}`];
}

const processes = () => execFileSync('ps', ['-eo', 'pid,args'], { maxBuffer: 10_000_000 }).toString().split('\n').slice(1).map((line) => line.trim());

/** Brokers of this home, by their command lines. */
export function brokerProcesses(home) {
  return processes().filter((line) => line.includes(`${home}/clusters/`)).map((line) => ({ pid: Number(line.split(' ')[0]), clusterId: /\/clusters\/([^/]+)/.exec(line)[1] }));
}

const settingsOf = (home) => JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8'));

function databaseProcesses(platform) {
  const { dataDirectory } = settingsOf(platform.home);
  return [String(processes().filter((line) => line.includes(`-D ${dataDirectory} `)).length)];
}

/** Process id of the embedded database. */
export function postmasterPid(home) {
  return Number(readFileSync(join(settingsOf(home).dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Ports that these processes listen on: the machine has other programs, and each socket is known by its inode. */
function listeningPorts(pids) {
  const inodes = new Set(pids.flatMap((pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))));
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => readFileSync(table, 'utf8').trim().split('\n').slice(1).map((line) => line.trim().split(/\s+/)))
    .filter((columns) => columns[3] === '0A' && inodes.has(`socket:[${columns[9]}]`)).map((columns) => parseInt(columns[1].split(':').at(-1), 16));
}

function linkOf(path) {
  try {
    return readlinkSync(path);
  } catch {
    return null; // Closed meanwhile.
  }
}

/** Data directories are the brokers' own and are judged by what can be read from them; a broker may be writing there at this moment. */
function temporaryFiles(home, folder = '') {
  return readdirSync(join(home, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(postgres|engine)$|\/data$/.test(path) ? [] : temporaryFiles(home, path);
    return entry.name.endsWith('.tmp') ? [path] : [];
  });
}

/** As the database's superuser: what is forced on the platform's own roles would hide rows from them. */
export async function query(platform, text, values = []) {
  const { port, superuserPassword } = settingsOf(platform.home);
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password: superuserPassword, database: 'sluice' });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function readRows(platform) {
  return {
    clusters: await query(platform, 'SELECT id FROM cluster'),
    ports: await query(platform, 'SELECT cluster_id, listener, port FROM port_allocation'),
    operations: await query(platform, `SELECT id, kind FROM operation WHERE phase = 'RUNNING'`),
  };
}
